//! Facts and machine data: what templates and expressions read, and who writes it.

use core::cell::RefCell;
use core::ops::Range;
use std::collections::BTreeSet;

use chorister_lang::expr::Root;
use chorister_lang::template::Template;

use super::Scene;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part, Path, at};
use crate::model::{Declared, Machine, Properties};
use crate::text::quoted;

/// Names that a lookup may begin with.
const ROOTS: [&str; 2] = ["facts", "data"];

pub(crate) fn check(machine: &Machine, scenes: &[Scene<'_>], cx: &mut Cx) {
    let written = Written::of(machine, scenes);
    for scene in scenes {
        for (place, template) in templates(scene) {
            let reads = template.reads();
            if let Some(span) = reads.absent.first() {
                nothing(&place, span, template, cx);
            }
            for lookup in reads.lookups {
                // The span has the quotes of the path.
                let read = Read {
                    path: &lookup.path,
                    span: lookup.span,
                    place: place.clone(),
                };
                read.check(machine, &written, cx);
            }
        }
        if let Some(Properties::Plugins(it)) = &scene.watcher.properties
            && let Some(item) = it.data_item.as_deref().filter(|it| !it.is_empty())
        {
            let read = Read {
                path: item,
                span: 0..item.len(),
                place: scene.property("data_item"),
            };
            read.written(item, machine, &written, cx);
        }
        let Some(Properties::Expression(it)) = &scene.watcher.properties else {
            continue;
        };
        for (key, compiled) in [
            ("success_when", &it.success_when),
            ("fail_when", &it.fail_when),
        ] {
            for read in compiled.iter().flat_map(|it| &it.reads) {
                if read.root == Root::Data && !read.path.is_empty() {
                    let path = format!("data.{}", read.path);
                    let span = read.span.clone();
                    Read {
                        path: &path,
                        span,
                        place: scene.property(key),
                    }
                    .check(machine, &written, cx);
                }
            }
        }
    }
}

/// Reports a field such as `.facts`: templates have no dot of their own.
fn nothing(place: &Path, span: &Range<usize>, template: &Template, cx: &mut Cx) {
    let rest = template.source.get(span.start..).unwrap_or_default();
    let end = rest.find(|it: char| !it.is_alphanumeric() && !matches!(it, '_' | '.'));
    let field = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    let message = format!("`{field}` is always nothing: a template has no fields");
    let (root, path) = match field.trim_matches('.').split_once('.') {
        Some((root, path)) if root.eq_ignore_ascii_case("data") => ("data", path),
        Some((root, path)) if root.eq_ignore_ascii_case("facts") => ("facts", path),
        _ => ("facts", field.trim_matches('.')),
    };
    let finding = Finding::new(Code::LookupPath, place.clone(), message)
        // It is nothing each time, and not only where a fact is missing.
        .severity(crate::Severity::Error);
    cx.findings.add(
        finding
            .at(Part::Within(span.clone()))
            .help(format!("write `lookup \"{root}.{path}\" \"default\"`")),
    );
}

/// A path that is read somewhere.
struct Read<'a> {
    path: &'a str,
    span: Range<usize>,
    place: Path,
}

impl Read<'_> {
    fn check(&self, machine: &Machine, written: &Written, cx: &mut Cx) {
        let mut segments = segments(self.path);
        let root = segments.next().unwrap_or_default();
        if !ROOTS.contains(&root.as_str()) {
            let message = format!(
                "`{}` is neither a fact nor machine data, so it is never found",
                self.path
            );
            let help = match cx.guesses.similar(&root, ROOTS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "begin with `facts.` or `data.`, such as `facts.{}`",
                    self.path
                ),
            };
            let finding = Finding::new(Code::LookupPath, self.place.clone(), message);
            cx.findings
                .add(finding.at(Part::Within(self.span.clone())).help(help));
            return;
        }
        if let Some(name) = segments.next()
            && root == "data"
        {
            self.written(&name, machine, written, cx);
        }
        self.declared(&root, machine, cx);
    }

    fn written(&self, name: &str, machine: &Machine, written: &Written, cx: &mut Cx) {
        let declared = machine.declare.iter().flat_map(|it| &it.data);
        let mut declared = declared.filter_map(|(path, _)| segments(path).next());
        if written.anything || written.names.contains(name) || declared.any(|it| it == name) {
            return;
        }
        if !written.told.borrow_mut().insert(name.to_owned()) {
            return;
        }
        if name.contains(['*', '?', '#', '@', '{', '[']) {
            return;
        }
        let message = format!("nothing in this machine writes the data item `{name}`");
        let near = cx
            .guesses
            .similar(name, written.names.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if written.names.is_empty() => {
                "an `exec` with `parse_as_data`, a `metric` with `store`, or a `kv` watcher writes data; \
                 if it comes from outside, name it under `declare`"
                    .to_owned()
            }
            None => format!("what is written here is {}", quoted(written.names.iter().map(String::as_str))),
        };
        let finding = Finding::new(Code::NoWriter, self.place.clone(), message);
        cx.findings
            .add(finding.at(Part::Within(self.span.clone())).help(help));
    }

    /// A path that resembles a declared one, but is not it, is most likely misspelt.
    fn declared(&self, root: &str, machine: &Machine, cx: &mut Cx) {
        let Some(declare) = &machine.declare else {
            return;
        };
        let paths: &[(String, Declared)] = if root == "facts" {
            &declare.facts
        } else {
            &declare.data
        };
        let Some(path) = self.path.get(root.len() + 1..).filter(|it| !it.is_empty()) else {
            return;
        };
        let known = paths.iter().any(|(it, _)| {
            it == path || it.starts_with(&format!("{path}.")) || path.starts_with(&format!("{it}."))
        });
        if known {
            return;
        }
        if let Some(near) = cx
            .guesses
            .similar(path, paths.iter().map(|(it, _)| it.as_str()))
        {
            let message = format!("`{root}.{path}` is not declared");
            let finding = Finding::new(Code::Undeclared, self.place.clone(), message)
                .severity(crate::Severity::Warning)
                .label(
                    at![
                        "declare",
                        if root == "facts" { "facts" } else { "data" },
                        near.to_owned()
                    ],
                    Part::Key,
                    "this is",
                );
            cx.findings.add(
                finding
                    .at(Part::Within(self.span.clone()))
                    .help(format!("did you mean `{root}.{near}`?")),
            );
        }
    }
}

/// The data items that watchers of a machine write.
struct Written {
    names: BTreeSet<String>,
    /// Whether a watcher writes items that only its runs know.
    anything: bool,
    /// The items that were reported: that nobody writes one is said once.
    told: RefCell<BTreeSet<String>>,
}

impl Written {
    fn of(machine: &Machine, scenes: &[Scene<'_>]) -> Self {
        let mut written = Self {
            names: BTreeSet::new(),
            told: RefCell::default(),
            // What a watcher of an unknown type does is not known either.
            anything: machine.watchers.len() > scenes.len(),
        };
        for scene in scenes {
            match &scene.watcher.properties {
                Some(Properties::Exec(it)) => {
                    // Where it could not be read it is most likely meant to be true.
                    let unread = || scene.has_property("parse_as_data");
                    written.anything |= it.parse_as_data.unwrap_or_else(unread);
                }
                Some(Properties::Metric(it)) if it.store == Some(true) => {
                    written.names.insert("metric".to_owned());
                }
                Some(Properties::Kv(it)) => {
                    let key = it
                        .store_key
                        .as_ref()
                        .filter(|it| !it.source.is_empty())
                        .or(it.key.as_ref());
                    let (Some(bucket), Some(key)) = (&it.bucket, key) else {
                        written.anything = true;
                        continue;
                    };
                    if !key.is_literal() {
                        written.anything = true;
                    }
                    if it.store_key.is_some() {
                        written.names.insert(key.source.clone().into_owned());
                    }
                    // Compat: go-choria aagent/watchers/kvwatcher: the bucket is part of the name unless that is off.
                    written.names.insert(match it.bucket_prefix {
                        Some(false) => key.source.clone().into_owned(),
                        _ => format!("{bucket}_{}", key.source),
                    });
                }
                None => written.anything = true,
                Some(_) => {}
            }
        }
        written
    }
}

/// The segments of a gjson path, without escapes.
fn segments(path: &str) -> impl Iterator<Item = String> + '_ {
    let mut chars = path.chars().peekable();
    core::iter::from_fn(move || {
        chars.peek()?;
        let mut segment = String::new();
        while let Some(char) = chars.next() {
            match char {
                '.' | '|' => break,
                '\\' => segment.extend(chars.next()),
                _ => segment.push(char),
            }
        }
        Some(segment)
    })
}

/// Every template of a watcher in which `lookup` works, and its place.
fn templates<'a>(scene: &Scene<'a>) -> Vec<(Path, &'a Template)> {
    let mut found = Vec::new();
    let mut add = |key: &'static str, template: &'a Option<Template>| {
        if let Some(template) = template {
            found.push((scene.property(key), template));
        }
    };
    match &scene.watcher.properties {
        Some(Properties::Exec(it)) => {
            add("command", &it.command);
            add("governor", &it.governor);
            let alone = scene
                .written("environment")
                .is_some_and(|it| it.as_scalar().is_some());
            for (index, entry) in it.environment.iter().enumerate() {
                let place = scene.property("environment");
                found.push((if alone { place } else { place.join(index) }, entry));
            }
        }
        Some(Properties::Metric(it)) => {
            add("command", &it.command);
            add("graphite_host", &it.graphite_host);
            add("graphite_port", &it.graphite_port);
            add("graphite_prefix", &it.graphite_prefix);
        }
        Some(Properties::File(it)) => {
            add("contents", &it.contents);
            add("owner", &it.owner);
            add("group", &it.group);
            add("mode", &it.mode);
        }
        Some(Properties::Kv(it)) => {
            add("key", &it.key);
            add("store_key", &it.store_key);
            add("republish_trigger", &it.republish_trigger);
        }
        Some(Properties::Archive(it)) => {
            add("source", &it.source);
            add("checksum", &it.checksum);
            add("verify_checksum", &it.verify_checksum);
            add("username", &it.username);
            add("password", &it.password);
            add("governor", &it.governor);
        }
        Some(Properties::Gossip(it)) => {
            add("subject", &it.subject);
            add("payload", &it.payload);
        }
        Some(Properties::CcmManifest(it)) => add("governor", &it.governor),
        _ => {}
    }
    found
}
