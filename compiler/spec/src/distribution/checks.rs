//! The checks of a distribution: `checks`.

use std::collections::HashMap;
use std::sync::Arc;

use chorister_ir::{Given, Settings};
use chorister_yaml::{Entry as Pair, Node};

use super::decode::entries;
use super::keys::{CHECKS, INSTANCE};
use super::{Checked, Entry, Sort};
use crate::class;
use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Part, Path};
use crate::form::Reader;
use crate::outline::Named;
use crate::row::{self, Name, Row};

/// A check that fits its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Its name, and where it stands.
    pub name: Named,
    /// Its class, as an index.
    pub class: usize,
    /// The values that it gives.
    pub with: Vec<Given>,
    /// What else it says of itself.
    pub settings: Settings,
}

/// The classes and the checks that are listed.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &Path) -> (Vec<Entry>, Vec<Row>) {
    let (mut classes, mut instances) = (Vec::new(), Vec::new());
    for Pair { key, value, .. } in reader.mapping(node, path, &CHECKS) {
        let below = path.join(key.text.clone());
        match key.text.as_str() {
            "classes" => classes = entries(reader, value, &below, Sort::Class),
            "instances" => instances = self::instances(reader, value, &below),
            _ => {}
        }
    }
    (classes, instances)
}

fn instances(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<Row> {
    let mut instances = Vec::new();
    let mut first = HashMap::new();
    for (item, path) in reader.list(node, path) {
        let place = path.join("name");
        let Some(node) = item.get("name") else {
            if item.as_mapping().is_none() {
                reader.wrong_type(item, &path, "a mapping");
                continue;
            }
            let finding =
                Finding::new(Code::MissingKey, path, "a check needs a `name`").at(Part::Start);
            reader.findings.add(finding.help("add `name: root_disk`"));
            continue;
        };
        let Some(text) = reader.text(node, &place) else {
            continue;
        };
        let name = Name {
            text: &text,
            span: node.span,
            path: place.clone(),
        };
        let row = row::read(reader, item, &path, &INSTANCE, &name);
        if let Some(earlier) = first.insert(text.clone(), place.clone()) {
            let message = format!("two checks are called `{text}`");
            let finding = Finding::new(Code::DuplicateInstance, place, message);
            reader
                .findings
                .add(finding.label(earlier, Part::Value, "first used here"));
        }
        instances.push(row);
    }
    instances
}

/// Holds the checks of a distribution against its classes, as far as these could be read. `others` are the names of
/// its machines, on which checks may depend too.
#[must_use]
pub fn fit(
    of: &Checked,
    file: &Arc<str>,
    classes: &[&class::Checked],
    others: &[&str],
) -> (Vec<Fitted>, Vec<Diagnostic>) {
    let (Some(root), Some(distribution)) = (&of.root, &of.distribution) else {
        return (Vec::new(), Vec::new());
    };
    let mut findings = Findings::default();
    let mut reader = Reader {
        findings: &mut findings,
    };
    let mut fitted = Vec::new();
    // What comes at run time may be any of them.
    let is_closed = distribution.loaded_checks.is_none() && distribution.loaded_machines.is_none();
    for row in &distribution.instances {
        fitted.extend(one(&mut reader, row, classes));
        if is_closed {
            let checks = distribution
                .instances
                .iter()
                .map(|it| it.name.text.as_str());
            row::parents(&mut reader, row, checks.chain(others.iter().copied()));
        }
    }
    let mut found = findings.locate(file, Some(root));
    found.extend(row::circles(
        distribution.instances.iter().map(|it| (file, it)),
    ));
    (fitted, found)
}

fn one(reader: &mut Reader<'_>, row: &Row, classes: &[&class::Checked]) -> Option<Fitted> {
    let names = classes
        .iter()
        .map(|it| it.name.as_ref().map(|it| it.text.as_str()));
    let class = row::class_of(reader, row, names)?;
    // What is wrong with the class is said where it stands.
    let checked = classes.get(class)?.class.as_ref()?;
    let with = row::fit(reader, row, checked, chorister_classes::given)?;
    Some(Fitted {
        name: row.name.clone(),
        class,
        with,
        settings: row.settings.clone(),
    })
}
