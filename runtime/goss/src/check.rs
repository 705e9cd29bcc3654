//! What can be known of resources without a look at the system.

mod expected;
mod matcher;
mod name;
mod pattern;
mod setting;

use chorister_yaml::{Entry, Node};

use crate::Value;
use crate::finding::Mistake;
use crate::load::Place;
use crate::model::{Kind, Property, Resource, Role, Type};

/// Checks one resource; `entry` is its id and its attributes.
pub(crate) fn resource(place: &mut Place<'_, '_>, resource: &Resource, entry: &Entry) {
    required(place, resource, entry);
    skipped(place, resource, entry);
    for attribute in entry.value.entries() {
        let (key, node) = (attribute.key.text.as_str(), &attribute.value);
        let Some(known) = resource.kind.attribute(key) else {
            continue;
        };
        match known.role {
            Role::Property { .. } => {
                let property = resource.properties.iter().find(|it| {
                    it.attribute.key == key
                        || (it.attribute.key, key) == ("resolvable", "resolveable")
                });
                self::property(place, resource, key, property, node);
            }
            Role::Setting(Type::Count | Type::Delay) => {
                let message = format!("goss 0.4.9, which go-choria has, does not know `{key}`");
                let finding = place
                    .finding(Mistake::Newer, attribute.key.span, key, message)
                    .warning()
                    .help("it refuses the whole file; leave it out if such nodes read it");
                place.add(finding);
            }
            Role::Setting(_) => setting::check(place, resource, attribute),
            Role::Name | Role::Common(_) => {}
        }
    }
    name::check(place, resource, entry);
}

fn property(
    place: &mut Place<'_, '_>,
    resource: &Resource,
    key: &str,
    property: Option<&Property>,
    node: &Node,
) {
    let Some(property) = property else {
        // An empty list of patterns is no property.
        if node.as_sequence().is_some() {
            let message = format!("`{key}` asks for nothing: the list is empty");
            let finding = place
                .finding(Mistake::SaysNothing, node.span, key, message)
                .warning()
                .help("write what should be found, or leave it out");
            place.add(finding);
        }
        return;
    };
    if property.expected == Value::Null {
        return;
    }
    let is_stream = resource.is_stream(property.attribute);
    if matcher::check(place, property, key, node, is_stream) {
        expected::check(place, key, &property.expected, node);
    }
}

/// What the kind has to have.
fn required(place: &mut Place<'_, '_>, resource: &Resource, entry: &Entry) {
    let (kind, id) = (resource.kind.key(), &resource.id);
    let missing = resource
        .properties
        .iter()
        .filter(|it| it.attribute.is_required() && it.expected == Value::Null);
    for property in missing {
        let key = property.attribute.key;
        let message = format!("`{kind}` needs `{key}`");
        let example = match (resource.kind, property.attribute.actual()) {
            (Kind::Command, _) => "0",
            (Kind::Http, _) => "200",
            (_, crate::model::Actual::Bool) => "true",
            _ => "…",
        };
        let finding = place
            .finding(Mistake::Required, entry.key.span, "", message)
            .help(format!(
                "write `{key}: {example}`; without it the check fails every time"
            ));
        place.add(finding);
    }
    if resource.properties.is_empty() {
        let message = format!("nothing is expected of `{id}`");
        let finding = place
            .finding(Mistake::Required, entry.key.span, "", message)
            .help("write `running: true`, `enabled: true` or both");
        place.add(finding);
    }
}

/// What is expected of a thing that should not be there is never looked at.
fn skipped(place: &mut Place<'_, '_>, resource: &Resource, entry: &Entry) {
    let Some(gate) = resource
        .gate()
        .filter(|it| it.expected == Value::Bool(false))
    else {
        return;
    };
    let key = gate.attribute.key;
    let others = resource
        .properties
        .iter()
        .filter(|it| it.attribute.key != key)
        .filter_map(|it| entry.value.entry(it.attribute.key));
    for other in others {
        let name = &other.key.text;
        let message = format!("`{name}` is never looked at: `{key}` is `false`");
        let finding = place
            .finding(Mistake::SaysNothing, other.key.span, name, message)
            .warning()
            .help(format!("remove it, or expect `{key}: true`"));
        place.add(finding);
    }
    if resource.kind == Kind::Mount {
        let span = entry.value.get(key).map_or(entry.key.span, |it| it.span);
        let message = "goss 0.4.9, which go-choria has, fails here whether it is mounted or not";
        let finding = place.finding(Mistake::Newer, span, key, message).warning();
        place.add(finding.help("use `command` if such nodes read the file"));
    }
}
