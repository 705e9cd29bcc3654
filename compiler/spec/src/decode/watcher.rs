//! Reading a watcher.

use chorister_lang::suggest;
use chorister_yaml::Node;

use super::{Cx, Level, Reader, properties};
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::model::{ForeignState, Kind, Properties, Watcher};

/// Types that upstream once had, or that are often written, and what became of them.
const RETIRED: [(&str, &str); 4] = [
    (
        "homekit",
        "go-choria removed it; an `httpswitch` watcher can be turned from outside",
    ),
    ("machines", "its successor is `plugins`"),
    ("ccmmanifest", "it is called `ccm_manifest`"),
    ("scheduler", "it is called `schedule`"),
];

pub(super) fn read(node: &Node, path: Path, cx: &mut Cx) -> Watcher {
    let owner = super::owner("watcher", node, &path);
    let mut reader = Reader::new(node, Level::Watcher, owner, path, cx);
    if node.as_mapping().is_none() {
        return Watcher::default();
    }
    reader.require();
    let kind = kind(&mut reader);
    Watcher {
        name: reader.text("name"),
        description: reader.text("description"),
        kind,
        state_match: reader.list("state_match", "states"),
        foreign_state_required: reader.mappings(
            "foreign_state_required",
            "machines and their states",
            foreign_state,
        ),
        success_transition: reader.text("success_transition"),
        fail_transition: reader.text("fail_transition"),
        interval: reader.interval("interval"),
        announce_interval: reader.interval("announce_interval"),
        properties: kind.map(|kind| settings(&mut reader, node, kind)),
    }
}

/// The type; one that is misspelt is read as what it was meant to be.
fn kind(reader: &mut Reader<'_, '_>) -> Option<Kind> {
    let name = reader.text("type")?;
    if let Some(kind) = Kind::named(&name) {
        return Some(kind);
    }
    if name.trim().is_empty() {
        return None;
    }
    let path = reader.at("type");
    if let Some((_, advice)) = RETIRED.iter().find(|(it, _)| *it == name) {
        let message = format!("watchers of type `{name}` do not exist any more");
        let message = if name.starts_with("ccm") || name == "scheduler" {
            format!("unknown watcher type `{name}` of {}", reader.owner)
        } else {
            message
        };
        reader
            .cx
            .findings
            .add(Finding::new(Code::RetiredType, path, message).help(*advice));
        return None;
    }
    let names = Kind::ALL.map(Kind::as_str);
    let near = suggest::closest(&name, names);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "the types are {}",
            names.map(|it| format!("`{it}`")).join(", ")
        ),
    };
    let message = format!("unknown watcher type `{name}` of {}", reader.owner);
    reader
        .cx
        .findings
        .add(Finding::new(Code::UnknownType, path, message).help(help));
    near.and_then(Kind::named)
}

fn settings(watcher: &mut Reader<'_, '_>, node: &Node, kind: Kind) -> Properties {
    let level = Level::Properties(kind);
    let owner = watcher.owner.clone();
    match watcher.slot("properties") {
        Some(entry) if !entry.value.is_null() => {
            let path = watcher.at("properties");
            let mut reader = Reader::new(&entry.value, level, owner, path, watcher.cx);
            reader.excuse(node.entries());
            properties::read(kind, reader)
        }
        given => {
            // What is missing there is missing here: there is nothing else to point at.
            let (path, part) = match given {
                Some(_) => (watcher.at("properties"), Part::Key),
                None => (watcher.path.clone(), Part::Start),
            };
            let mut reader = Reader::empty(level, owner, path, part, watcher.cx);
            reader.excuse(node.entries());
            properties::read(kind, reader)
        }
    }
}

fn foreign_state(node: &Node, path: Path, cx: &mut Cx) -> ForeignState {
    let owner = "an entry of `foreign_state_required`".to_owned();
    let mut reader = Reader::new(node, Level::ForeignState, owner, path, cx);
    if node.as_mapping().is_none() {
        return ForeignState::default();
    }
    reader.require();
    ForeignState {
        machine_name: reader.text("machine_name"),
        state: reader.text("state"),
    }
}
