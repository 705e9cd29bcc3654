//! The RPC agents and data plugins of a distribution.

use chorister_yaml::Node;

use super::decode::{entries, mark};
use super::{Entry, Sort};
use crate::diagnostic::{Code, Finding, Path};
use crate::form::Reader;
use crate::outline::Named;

/// One entry of `agents` or `data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentEntry {
    /// Where its DDL comes from.
    pub entry: Entry,
    /// Path of the type in Rust that does what is neither a command nor a transition.
    pub implementation: Option<Named>,
}

/// Agents or data plugins, each once.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
    sort: Sort,
) -> Vec<AgentEntry> {
    let items = node.items().iter().enumerate();
    let implementations: Vec<_> = items
        .map(|(at, item)| {
            let path = path.join(at).join("implementation");
            let named = implementation(reader, item.get("implementation")?, &path)?;
            Some((item.span, named))
        })
        .collect();
    let of = |entry: &Entry| {
        let mut given = implementations.iter().flatten();
        let found = given.find(|(span, _)| {
            span.start <= entry.place.span.start && entry.place.span.end <= span.end
        });
        found.map(|(_, named)| named.clone())
    };
    entries(reader, node, path, sort)
        .into_iter()
        .map(|entry| AgentEntry {
            implementation: of(&entry),
            entry,
        })
        .collect()
}

/// A path such as `crate::actions::Disk`.
fn implementation(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Named> {
    let text = reader.text(node, path)?;
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'_')
    };
    if !text.contains("::") || !text.split("::").all(is_name) {
        let message = format!("`{text}` is not the path of a type");
        let finding = Finding::new(Code::AgentImplementation, path.clone(), message);
        reader.findings.add(
            finding.help("write it from the root of the crate, such as `crate::actions::Disk`"),
        );
    }
    Some(Named {
        text,
        place: mark(node, path),
    })
}
