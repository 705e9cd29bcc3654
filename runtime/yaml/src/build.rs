//! The flat tree to [`Node`]s: aliases replaced, merge keys merged, duplicate keys found.

use std::collections::BTreeMap;

use crate::compose::{Document, Index, Raw, RawValue};
use crate::error::Errors;
use crate::event::RawScalar;
use crate::{Entry, Error, ErrorKind, Key, Merge, Node, Scalar, Span, Style, Value};

/// Builds the root. Its size is within the limits, as the composer has counted.
pub(crate) fn build(document: &Document<'_>, errors: &mut Errors) -> Option<Node> {
    Builder {
        document,
        errors,
        aliases: 0,
        in_list: false,
    }
    .node(0)
}

struct Builder<'d, 's> {
    document: &'d Document<'s>,
    errors: &'d mut Errors,
    /// How many aliases we are in. What is wrong below one is reported where it is defined.
    aliases: usize,
    /// Whether the next node is an item of a list.
    in_list: bool,
}

/// The entries of a mapping while it is read.
#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    /// Key to index in `entries`.
    index: BTreeMap<String, usize>,
    /// The place of `<<`.
    merge: Option<Span>,
    /// Whether it is an item of a list.
    is_item: bool,
    /// The index of the last key that was given again.
    repeated: Option<usize>,
}

// === impl Builder ===

impl<'d, 's> Builder<'d, 's> {
    // Recursion ends: the composer has bounded the depth, aliases included.
    fn node(&mut self, index: Index) -> Option<Node> {
        let raw = self.document.get(index)?;
        let is_item = core::mem::take(&mut self.in_list);
        let value = match &raw.value {
            RawValue::Scalar(scalar) => Value::Scalar(scalar.into()),
            RawValue::Sequence => {
                // Counting first is cheap and saves memory: lists can be long.
                let mut items = Vec::with_capacity(self.children(index, raw).count());
                items.extend(self.children(index, raw).filter_map(|item| {
                    self.in_list = true;
                    self.node(item)
                }));
                Value::Sequence(items)
            }
            RawValue::Mapping => Value::Mapping(self.mapping(index, raw, is_item)),
            RawValue::Alias(target) => {
                self.aliases += 1;
                let definition = self.node(*target);
                self.aliases -= 1;
                let Node {
                    span: defined,
                    alias_of,
                    value,
                } = definition?;
                return Some(Node {
                    span: raw.span,
                    alias_of: alias_of.or(Some(defined)),
                    value,
                });
            }
        };
        Some(Node {
            span: raw.span,
            alias_of: None,
            value,
        })
    }

    fn children(&self, parent: Index, raw: &Raw<'_>) -> impl Iterator<Item = Index> + use<'d, 's> {
        let (document, end) = (self.document, raw.end);
        let first = Some(parent + 1).filter(|first| *first < end);
        std::iter::successors(first, move |index| {
            document
                .get(*index)
                .map(|raw| raw.end)
                .filter(|next| *next < end)
        })
    }

    fn mapping(&mut self, index: Index, raw: &Raw<'_>, is_item: bool) -> Vec<Entry> {
        let count = self.children(index, raw).count() / 2;
        let mut mapping = Mapping {
            entries: Vec::with_capacity(count),
            is_item,
            ..Mapping::default()
        };
        let mut children = self.children(index, raw);
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let Some(key) = self.key(key, raw.span) else {
                continue;
            };
            if key.text == "<<" && key.style == Style::Plain {
                self.merge(&mut mapping, &key, value);
            } else if let Some(value) = self.node(value) {
                self.check_colon(&key, &value);
                self.insert(&mut mapping, key, value);
            }
        }
        mapping.entries
    }

    /// Refuses `{a:1}`, which is a key `a:1` to YAML 1.2 and a pair to upstream.
    fn check_colon(&mut self, key: &Key, value: &Node) {
        let is_one_line = key.style == Style::Plain && key.span.start.line == key.span.end.line;
        let has_no_value = is_one_line && value.span == Span::at(key.span.end);
        let Some((name, rest)) = key.text.split_once(':').filter(|_| has_no_value) else {
            return;
        };
        let colon = key.span.start.after(name);
        let span = Span::new(colon, colon.after(":"));
        self.report(
            Error::new(ErrorKind::Syntax, span, "no space after the colon").help(format!(
                "write `{}: {}`",
                shorten(name),
                shorten(rest)
            )),
        );
    }

    /// The key at `index`, in the mapping at `parent`.
    fn key(&mut self, index: Index, parent: Span) -> Option<Key> {
        let raw = self.document.get(index)?;
        let (written, span) = match &raw.value {
            RawValue::Alias(target) => (self.document.get(*target)?, raw.span),
            _ => (raw, raw.span),
        };
        let RawValue::Scalar(scalar) = &written.value else {
            let is_mapping = matches!(written.value, RawValue::Mapping);
            let is_template = is_mapping && span.start.offset == parent.start.offset + 1;
            self.report(if is_template {
                Error::unquoted_template(parent)
            } else {
                let kind = if is_mapping { "mapping" } else { "list" };
                Error::new(
                    ErrorKind::KeyType,
                    span,
                    format!("a {kind} cannot be a key"),
                )
                .help("put it in quotes if it is text")
            });
            return None;
        };
        if scalar.text.is_empty() && span.range().is_empty() {
            self.report(Error::new(
                ErrorKind::KeyType,
                span,
                "a key is missing before the colon",
            ));
            return None;
        }
        Some(Key {
            text: scalar.text.to_string(),
            span,
            style: scalar.style,
        })
    }

    fn insert(&mut self, mapping: &mut Mapping, key: Key, value: Node) {
        let mut merge = Merge::None;
        if let Some(&at) = mapping.index.get(&key.text)
            && let Some(earlier) = mapping.entries.get_mut(at)
        {
            match earlier.merge {
                Merge::From(_) => merge = Merge::Replaces(earlier.key.span),
                Merge::None | Merge::Replaces(_) => {
                    let first = earlier.key.span;
                    // Several keys that come again are those of the next item, whose dash is missing.
                    let other = |last: usize| mapping.is_item && at != last;
                    let goes_on = mapping.repeated.is_some_and(other);
                    mapping.repeated = Some(at);
                    if !goes_on {
                        self.report(duplicate(&key, first));
                    } else if self.aliases == 0 {
                        self.errors
                            .advise("put `- ` before it if a list item begins here, or remove it");
                    }
                    return;
                }
            }
            *earlier = Entry { key, value, merge };
            return;
        }
        mapping
            .index
            .insert(key.text.clone(), mapping.entries.len());
        mapping.entries.push(Entry { key, value, merge });
    }

    fn merge(&mut self, mapping: &mut Mapping, key: &Key, value: Index) {
        if let Some(first) = mapping.merge {
            self.report(
                duplicate(key, first).help("merge several mappings with a list: `<<: [*a, *b]`"),
            );
            return;
        }
        mapping.merge = Some(key.span);
        let Some(value) = self.node(value) else {
            return;
        };
        match value.value {
            Value::Mapping(entries) => self.merge_entries(mapping, entries, value.span),
            Value::Sequence(items) => {
                for item in items {
                    match item.value {
                        Value::Mapping(entries) => self.merge_entries(mapping, entries, item.span),
                        // What an alias stands for is right where it is; the alias is not.
                        _ => {
                            let place = value.alias_of.map_or(item.span, |_| value.span);
                            self.report(not_mergeable(place));
                            break;
                        }
                    }
                }
            }
            Value::Scalar(_) => self.report(not_mergeable(value.span)),
        }
    }

    /// Compat: go-choria go.mod: of two mappings that goccy/go-yaml merges, the later one wins, against the YAML
    /// merge draft. It wins over keys that come before `<<` as well; that is an error here, as few would guess.
    fn merge_entries(&mut self, mapping: &mut Mapping, entries: Vec<Entry>, from: Span) {
        for entry in entries {
            let entry = Entry {
                merge: Merge::From(from),
                ..entry
            };
            let at = mapping.index.get(&entry.key.text).copied();
            match at.and_then(|at| mapping.entries.get_mut(at)) {
                None => {
                    mapping
                        .index
                        .insert(entry.key.text.clone(), mapping.entries.len());
                    mapping.entries.push(entry);
                }
                Some(earlier) if matches!(earlier.merge, Merge::From(_)) => *earlier = entry,
                Some(earlier) => {
                    let text = shorten(&entry.key.text);
                    let error = Error::new(
                        ErrorKind::DuplicateKey,
                        from,
                        format!(
                            "`{text}` is merged in here but already given on line {}",
                            earlier.key.span.start.line
                        ),
                    )
                    .help("put `<<` first: the keys after it replace what it brings")
                    .related(earlier.key.span, "already given here");
                    self.report(error);
                }
            }
        }
    }

    fn report(&mut self, error: Error) {
        if self.aliases == 0 {
            self.errors.push(error);
        }
    }
}

impl From<&RawScalar<'_>> for Scalar {
    fn from(raw: &RawScalar<'_>) -> Self {
        Self {
            text: raw.text.to_string(),
            style: raw.style,
            schema: raw.schema,
            origin: raw.origin.clone(),
        }
    }
}

fn duplicate(key: &Key, first: Span) -> Error {
    let message = format!(
        "`{}` is already given on line {}",
        shorten(&key.text),
        first.start.line
    );
    Error::new(ErrorKind::DuplicateKey, key.span, message)
        .help("remove one of the two")
        .related(first, "first given here")
}

fn not_mergeable(span: Span) -> Error {
    Error::new(
        ErrorKind::Merge,
        span,
        "`<<` merges mappings, and this is none",
    )
    .help("give an alias of a mapping, or a list of them")
}

/// Enough of a key to know it by.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}
