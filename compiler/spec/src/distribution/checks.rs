//! The checks of a distribution: `checks`.

use std::collections::HashMap;
use std::sync::Arc;

use chorister_ir::{Given, Settings};
use chorister_yaml::{Entry as Pair, Node};

use super::decode::entries;
use super::keys::{CHECKS, INSTANCE};
use super::{Checked, Entry, Sort};
use crate::class::{self, row};
use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Part, Path, at};
use crate::form::Reader;
use crate::outline::{Mark, Named};

/// A check that is compiled in, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Its name.
    pub name: Named,
    pub(crate) written: row::Written,
    /// Where it stands.
    pub(crate) at: usize,
}

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
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
) -> (Vec<Entry>, Vec<Instance>) {
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

fn instances(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<Instance> {
    let mut instances = Vec::new();
    let mut first = HashMap::new();
    for (index, (item, path)) in reader.list(node, path).into_iter().enumerate() {
        let written = row::read(reader, item, &path, &INSTANCE);
        if item.as_mapping().is_none() {
            continue;
        }
        let Some(node) = item.get("name") else {
            let finding =
                Finding::new(Code::MissingKey, path, "a check needs a `name`").at(Part::Start);
            reader.findings.add(finding.help("add `name: root_disk`"));
            continue;
        };
        let place = path.join("name");
        let Some(text) = reader.text(node, &place) else {
            continue;
        };
        row::check_name(reader, &text, &place, Part::Value);
        if let Some(earlier) = first.insert(text.clone(), place.clone()) {
            let message = format!("two checks are called `{text}`");
            let finding = Finding::new(Code::DuplicateInstance, place.clone(), message);
            reader
                .findings
                .add(finding.label(earlier, Part::Value, "first used here"));
        }
        instances.push(Instance {
            name: Named {
                text,
                place: Mark {
                    span: node.span,
                    path: place.to_string(),
                },
            },
            written,
            at: index,
        });
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
    for instance in &distribution.instances {
        let path = at!["checks", "instances", instance.at];
        fitted.extend(one(&mut reader, instance, &path, classes));
        parents(&mut reader, instance, &path, distribution, others);
    }
    (fitted, findings.locate(file, Some(root)))
}

fn one(
    reader: &mut Reader<'_>,
    instance: &Instance,
    path: &Path,
    classes: &[&class::Checked],
) -> Option<Fitted> {
    let named = instance.written.class.as_ref()?;
    let names = || {
        classes
            .iter()
            .filter_map(|it| Some(it.name.as_ref()?.text.as_str()))
    };
    let found = classes
        .iter()
        .position(|it| it.name.as_ref().is_some_and(|it| it.text == named.text));
    let Some(class) = found else {
        let message = format!("no class is called `{}` here", named.text);
        reader.no_such(
            Code::NoSuchClass,
            path.join("class"),
            message,
            &named.text,
            names(),
        );
        return None;
    };
    // What is wrong with the class is said where it stands.
    let checked = classes.get(class)?.class.as_ref()?;
    let row = row::row(&instance.name.text, &instance.written);
    match chorister_classes::given(checked, &row) {
        Ok(with) => Some(Fitted {
            name: instance.name.clone(),
            class,
            with,
            settings: instance.written.settings.clone(),
        }),
        Err(problems) => {
            for problem in problems {
                row::report(reader, problem, path);
            }
            None
        }
    }
}

/// Reports the names of checks that are not there to depend on.
fn parents(
    reader: &mut Reader<'_>,
    instance: &Instance,
    path: &Path,
    of: &super::Distribution,
    others: &[&str],
) {
    // What comes at run time may be any of them.
    if of.loaded_checks.is_some() || of.loaded_machines.is_some() {
        return;
    }
    let known = || {
        let checks = of.instances.iter().map(|it| it.name.text.as_str());
        checks
            .chain(others.iter().copied())
            .filter(|it| *it != instance.name.text)
    };
    for (at, parent) in instance.written.depends_on.iter().enumerate() {
        if !known().any(|it| it == parent.text) {
            let message = format!(
                "`{}` depends on `{}`, which is not here",
                instance.name.text, parent.text
            );
            let place = path.join("depends_on").join(at);
            reader.no_such(Code::NoSuchParent, place, message, &parent.text, known());
        }
    }
}
