//! The tree of one file to resources.

use chorister_lang::suggest::closest;
use chorister_yaml::{Entry, Format, Node, Span, Value as Tree};

use super::fields::Fields;
use super::reader::{Depth, Reader};
use crate::finding::{Finding, Mistake};
use crate::model::{Kind, Resource};
use crate::{check, scalar};

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) resources: Vec<Resource>,
    /// In the order in which they are read.
    pub(super) includes: Vec<Include>,
}

/// An include of a file.
#[derive(Debug)]
pub(super) struct Include {
    pub(super) id: String,
    /// The path as written.
    pub(super) path: String,
    /// Where it is written.
    pub(super) span: Span,
}

/// The attributes of an include.
const INCLUDE: [&str; 4] = ["file", "skip", "title", "meta"];

/// Reads the tree of a file.
pub(super) fn read(reader: &mut Reader<'_>, file: usize, root: &Node, format: Format) -> Document {
    let mut place = Place {
        reader,
        file,
        format,
        kind: "",
        id: "",
    };
    let mut document = Document::default();
    if root.is_null() {
        return document;
    }
    let Some(entries) = root.as_mapping() else {
        place.mismatch(root, "goss.GossConfig", "a mapping of kinds of resources");
        return document;
    };
    for entry in entries {
        let key = entry.key.text.as_str();
        let kind = Kind::of_key(key);
        if kind.is_none() && key != "gossfile" {
            place.unknown_kind(entry);
            continue;
        }
        if entry.value.is_null() {
            continue;
        }
        let Some(resources) = entry.value.as_mapping() else {
            place.kind = key;
            let wanted = format!("goss.{}Map", kind.map_or("Gossfile", Kind::type_name));
            place.mismatch(&entry.value, &wanted, "a mapping of resources by id");
            continue;
        };
        for it in resources {
            let mut place = place.of(key, &it.key.text);
            match kind {
                Some(kind) => document.resources.extend(place.resource(kind, it)),
                None => document.includes.extend(place.include(it)),
            }
        }
    }
    document
        .includes
        .sort_by(|one, other| one.id.cmp(&other.id));
    document
}

/// What is read, for findings about it.
pub(crate) struct Place<'p, 'r> {
    reader: &'p mut Reader<'r>,
    file: usize,
    format: Format,
    /// The key at the top of the file.
    pub(crate) kind: &'p str,
    pub(crate) id: &'p str,
}

// === impl Place ===

impl<'r> Place<'_, 'r> {
    fn of<'p>(&'p mut self, kind: &'p str, id: &'p str) -> Place<'p, 'r> {
        Place {
            reader: &mut *self.reader,
            file: self.file,
            format: self.format,
            kind,
            id,
        }
    }

    /// A place of the rendered text as its author sees it.
    pub(crate) fn origin(&self, span: Span) -> Span {
        let source = self.reader.sources.get(self.file);
        source.map_or(span, |it| it.origin(span))
    }

    /// A finding at a place of the rendered text, about this attribute if there is one.
    pub(crate) fn finding(
        &self,
        mistake: Mistake,
        span: Span,
        attribute: &str,
        message: impl Into<String>,
    ) -> Finding {
        let parts = [self.kind, self.id, attribute];
        let parts: Vec<&str> = parts.into_iter().filter(|it| !it.is_empty()).collect();
        Finding::new(mistake, self.file, self.origin(span), message).path(parts.join("."))
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.reader.add(finding);
    }

    /// Goss refuses the file with these words, and with those of the files that include it.
    pub(super) fn refused(&self, finding: Finding, words: &str) -> Finding {
        finding.refused(format!("{}{words}", self.reader.reading()))
    }

    /// Notes that a node is not of the type that Go wants there.
    pub(super) fn mismatch(&mut self, node: &Node, go_type: &str, wanted: &str) {
        let tag = match &node.value {
            Tree::Sequence(_) => "!!seq".to_owned(),
            Tree::Mapping(_) => "!!map".to_owned(),
            Tree::Scalar(it) => {
                let text: String = it.text.chars().take(10).collect();
                let ellipsis = if text.len() < it.text.len() {
                    "..."
                } else {
                    ""
                };
                let tag = match scalar::scalar(it) {
                    crate::Value::Null => "!!null",
                    crate::Value::Bool(_) => "!!bool",
                    crate::Value::Int(_) | crate::Value::Unsigned(_) => "!!int",
                    crate::Value::Float(_) => "!!float",
                    crate::Value::Timestamp(_) => "!!timestamp",
                    _ => "!!str",
                };
                format!("{tag} `{text}{ellipsis}`")
            }
        };
        let line = node.span.start.line;
        let words = match self.format {
            Format::Yaml => format!(
                "yaml: unmarshal errors:\n  line {line}: cannot unmarshal {tag} into {go_type}"
            ),
            Format::Json => format!(
                "json: cannot unmarshal {} into Go value of type {go_type}",
                node.kind()
            ),
        };
        let message = format!("expected {wanted}, found {}", node.kind());
        let finding = self.finding(Mistake::Shape, node.span, "", message);
        let finding = self.refused(finding, &words);
        self.add(finding);
    }

    /// A key at the top that is no kind of resource: goss does not look at it.
    fn unknown_kind(&mut self, entry: &Entry) {
        let key = entry.key.text.as_str();
        if self.reader.depth == Depth::Load || key.starts_with("x-") {
            return;
        }
        let keys = Kind::ALL.into_iter().map(Kind::key).chain(["gossfile"]);
        let message = format!("there is no kind of resource `{key}`");
        let finding = self.finding(Mistake::Kind, entry.key.span, key, message);
        let finding = match closest(key, keys) {
            Some(known) => finding.help(format!(
                "did you mean `{known}`? goss passes over what it does not know"
            )),
            None => finding
                .warning()
                .help("goss passes over it; call it `x-…` if that is meant"),
        };
        self.add(finding);
    }

    fn resource(&mut self, kind: Kind, entry: &Entry) -> Option<Resource> {
        let entries = self.attributes(kind.type_name(), entry)?;
        let mut fields = Fields::new(kind, self.format);
        let mut is_read = true;
        for attribute in entries {
            let key = attribute.key.text.as_str();
            let Some(known) = kind.attribute(key) else {
                self.unknown_attribute(
                    kind.type_name(),
                    attribute,
                    kind.attributes().map(|it| it.key),
                );
                is_read = false;
                continue;
            };
            is_read &= fields.set(self, known, &attribute.value);
        }
        let span = self.origin(entry.key.span);
        let resource = fields.into_resource(&entry.key.text, self.file, span);
        if self.reader.depth == Depth::Check && is_read {
            check::resource(self, &resource, entry);
        }
        Some(resource)
    }

    fn include(&mut self, entry: &Entry) -> Option<Include> {
        let entries = self.attributes("Gossfile", entry)?;
        let mut include = Include {
            id: entry.key.text.clone(),
            path: entry.key.text.clone(),
            span: self.origin(entry.key.span),
        };
        let mut skip = false;
        for attribute in entries {
            let (key, value) = (attribute.key.text.as_str(), &attribute.value);
            match key {
                "file" => {
                    if let Some(text) = value.text().filter(|it| !it.is_empty()) {
                        include.path = text.to_owned();
                        include.span = self.origin(value.span);
                    } else if !value.is_null() {
                        self.mismatch(value, "string", "a path");
                    }
                }
                "skip" => skip = super::fields::truth(self, value, self.format).unwrap_or_default(),
                "title" | "meta" => {}
                _ => self.unknown_attribute("Gossfile", attribute, INCLUDE.into_iter()),
            }
        }
        (!skip).then_some(include)
    }

    /// The attributes of a resource; nothing where there are none to read.
    fn attributes<'n>(&mut self, type_name: &str, entry: &'n Entry) -> Option<&'n [Entry]> {
        let id = &entry.key.text;
        if entry.value.is_null() {
            let message = format!("`{id}` says nothing");
            let finding = self
                .finding(Mistake::Shape, entry.key.span, "", message)
                .help("write its attributes below it, or remove it");
            let words = format!("Could not parse resource {type_name}:{id}");
            let finding = self.refused(finding, &words);
            self.add(finding);
            return None;
        }
        let entries = entry.value.as_mapping();
        if entries.is_none() {
            self.mismatch(
                &entry.value,
                "map[string]interface {}",
                "a mapping of attributes",
            );
        }
        entries
    }

    fn unknown_attribute<'k>(
        &mut self,
        type_name: &str,
        attribute: &Entry,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let key = attribute.key.text.as_str();
        let message = format!("`{}` has no attribute `{key}`", self.kind);
        let finding = self.finding(Mistake::Attribute, attribute.key.span, key, message);
        let mut others = Kind::ALL
            .into_iter()
            .filter(|it| it.attribute(key).is_some());
        let help = match (closest(key, known.clone()), others.next()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(other)) => format!("`{key}` is an attribute of `{}`", other.key()),
            (None, None) => {
                let known: Vec<String> = known.map(|it| format!("`{it}`")).collect();
                format!("the attributes are {}", known.join(", "))
            }
        };
        let words = format!("invalid Attribute for {type_name}:{}: {key}", self.id);
        let finding = self.refused(finding.help(help), &words);
        self.add(finding);
    }
}
