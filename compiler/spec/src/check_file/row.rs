//! One check of a file, not yet held against its class.

use core::time::Duration;

use chorister_yaml::{Entry as Pair, Node};
use serde_json::Map;

use super::Row;
use super::keys::CHECK;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::Reader;
use crate::outline::Named;

/// Reads a check; what is wrong with its form is reported.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &Path, name: Named) -> Row {
    let mut row = Row {
        name,
        class: String::new(),
        with: Map::new(),
        interval: None,
        timeout: None,
        annotations: Vec::new(),
        is_good: true,
    };
    let entries = reader.mapping(node, path, &CHECK);
    for Pair { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "class" => row.class = reader.text(value, &path).unwrap_or_default(),
            // `with:` without anything below it says nothing.
            "with" if value.is_null() => {}
            "with" => row.with = reader.object(value, &path).unwrap_or_default(),
            "interval" => row.interval = positive(reader, value, &path),
            "timeout" => row.timeout = positive(reader, value, &path),
            "annotations" => row.annotations = annotations(reader, value, &path),
            _ => {}
        }
    }
    let has_class = entries.iter().any(|it| it.key.text == "class");
    if !has_class && node.as_mapping().is_some() {
        let finding = Finding::new(Code::MissingKey, path.clone(), "a check needs a `class`")
            .at(Part::Key)
            .help("add `class:` and the name of a check class, such as `disk`");
        reader.findings.add(finding);
    }
    row
}

/// A time that is more than nothing.
fn positive(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Duration> {
    let time = reader.duration(node, path)?;
    if time.is_zero() {
        let message = format!("`{path}` is nothing");
        let finding = Finding::new(Code::DurationRange, path.clone(), message);
        reader
            .findings
            .add(finding.help("leave it out to have that of the class"));
        return None;
    }
    Some(time)
}

fn annotations(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<(String, String)> {
    let Some(entries) = node.as_mapping() else {
        reader.wrong_type(node, path, "a mapping of texts");
        return Vec::new();
    };
    let mut found = Vec::with_capacity(entries.len());
    for Pair { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        // An empty text takes away what the class says.
        match value.text() {
            Some("") => found.push((key.text.clone(), String::new())),
            _ => found.extend(reader.text(value, &path).map(|it| (key.text.clone(), it))),
        }
    }
    found
}
