//! Reading files, one after the other, and joining what they say.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chorister_yaml::{Format, Limits, Node, Span};

use super::Checked;
use super::document::{self, Include};
use crate::files::Files;
use crate::finding::{Finding, Mistake};
use crate::glob;
use crate::model::{Kind, Resource, Suite};
use crate::source::SourceFile;
use crate::template::{self, RenderErrorKind};
use crate::vars::Vars;

/// How many files may be read, includes of includes counted every time.
const MAX_FILES: usize = 10_000;

/// How many bytes all files may have together.
const MAX_BYTES: usize = 64 << 20;

/// How deep files may include one another.
const MAX_DEPTH: usize = 50;

/// How many findings are kept: nobody reads more.
const MAX_FINDINGS: usize = 1000;

/// How much is found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Depth {
    /// What goss finds out when it reads a file.
    Load,
    /// All that can be known.
    Check,
}

/// Resources by what may be there once.
type Resources = BTreeMap<(Kind, String), Resource>;

/// Reads a file and its includes.
pub(super) fn read(path: &str, vars: &Vars, files: &dyn Files, depth: Depth) -> Checked {
    let mut reader = Reader {
        vars,
        files,
        depth,
        sources: Vec::new(),
        findings: Vec::new(),
        open: Vec::new(),
        bytes: 0,
        work: 2 * template::MAX_WORK,
    };
    let resources = reader.root(path);
    Checked {
        suite: Suite {
            resources: resources.into_values().collect(),
        },
        files: reader.sources,
        findings: reader.findings,
    }
}

pub(super) struct Reader<'a> {
    vars: &'a Vars,
    files: &'a dyn Files,
    pub(super) depth: Depth,
    pub(super) sources: Vec<SourceFile>,
    findings: Vec<Finding>,
    /// The files that include the one that is read, from the outermost on, and that one.
    open: Vec<String>,
    bytes: usize,
    /// The work that is left for templates, those of all files together.
    work: usize,
}

// === impl Reader ===

impl Reader<'_> {
    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    fn root(&mut self, path: &str) -> Resources {
        let format = match path.rsplit_once('.').map(|(_, end)| end) {
            Some("json") => Format::Json,
            Some("yaml" | "yml") => Format::Yaml,
            _ => {
                self.sources
                    .push(SourceFile::new(path.to_owned(), String::new()));
                let name = path.rsplit('/').next().unwrap_or_default();
                let end = name
                    .rfind('.')
                    .and_then(|at| name.get(at..))
                    .unwrap_or_default();
                let words = format!("unknown file extension: {end}");
                let message = format!("the name of `{name}` does not say what it is");
                let finding = Finding::new(Mistake::Shape, 0, Span::default(), message)
                    .help("call it `.yaml`, `.yml` or `.json`")
                    .refused(words);
                self.add(finding);
                return Resources::new();
            }
        };
        let resources = match self.files.read(path) {
            Ok(bytes) => self.file(path, bytes, format),
            Err(reason) => {
                self.sources
                    .push(SourceFile::new(path.to_owned(), String::new()));
                let message = format!("cannot read `{path}`: {reason}");
                let words = format!("open {path}: {reason}");
                self.add(
                    Finding::new(Mistake::Include, 0, Span::default(), message).refused(words),
                );
                return Resources::new();
            }
        };
        if resources.is_empty() && self.findings.iter().all(|it| it.refusal.is_none()) {
            let finding = Finding::new(
                Mistake::Empty,
                0,
                Span::default(),
                "there is nothing to check",
            )
            .help("write resources such as `process: {nginx: {running: true}}`")
            .refused(format!("found 0 tests, source: {path}"));
            self.add(finding);
        }
        resources
    }

    /// Reads one file, and the files that it includes.
    fn file(&mut self, path: &str, bytes: Vec<u8>, format: Format) -> Resources {
        self.bytes = self.bytes.saturating_add(bytes.len());
        let at = self.sources.len();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
                self.sources.push(SourceFile::new(path.to_owned(), lossy));
                self.parse(at, error.as_bytes(), format);
                return Resources::new();
            }
        };
        self.sources.push(SourceFile::new(path.to_owned(), text));
        let Some(rendered) = self.render(at) else {
            return Resources::new();
        };
        let format = match format {
            // Whatever includes it, YAML is read as YAML.
            Format::Json if at > 0 && !rendered.trim_start().starts_with('{') => {
                let message = "this file is not JSON, and a JSON file includes it";
                let place = Span::at(chorister_yaml::Position::START);
                let finding = Finding::new(Mistake::Include, at, place, message).warning();
                self.add(finding.help("goss refuses that; write JSON here, or YAML there"));
                Format::Yaml
            }
            format => format,
        };
        let Some(root) = self.parse(at, rendered.as_bytes(), format) else {
            return Resources::new();
        };
        let document = document::read(self, at, &root, format);
        let mut resources = Resources::new();
        for resource in document.resources {
            self.put(&mut resources, resource);
        }
        self.open.push(path.to_owned());
        for include in document.includes {
            self.include(at, path, format, &include, &mut resources);
        }
        self.open.pop();
        resources
    }

    fn render(&mut self, at: usize) -> Option<String> {
        let source = self.sources.get_mut(at)?;
        let data = &self.vars.data;
        match template::render_within(&source.text, data, self.files, &mut self.work) {
            Ok(rendered) => {
                source.set_map(rendered.map);
                Some(rendered.text)
            }
            Err(error) => {
                let mistake = match error.kind {
                    RenderErrorKind::Unset => Mistake::Variable,
                    RenderErrorKind::Function => Mistake::Function,
                    _ => Mistake::Template,
                };
                let span = source.span(error.span.clone());
                let words = format!("{}{}", self.reading(), error.full);
                let is_unset = mistake == Mistake::Variable;
                let (message, help) = match is_unset.then(|| self.unset(at, &error.span)).flatten()
                {
                    Some(explained) => explained,
                    None => (error.message, error.help),
                };
                let finding = Finding::new(mistake, at, span, message)
                    .maybe_help(help)
                    .refused(words);
                self.add(finding);
                if is_unset && self.vars.is_empty() && self.depth == Depth::Check {
                    self.other_unset(at, error.span.start);
                }
                None
            }
        }
    }

    /// What is wrong where a variable is not set, in our words.
    fn unset(&self, at: usize, span: &core::ops::Range<usize>) -> Option<(String, Option<String>)> {
        let source = self.sources.get(at)?;
        let reads = template::reads(&source.text);
        let read = reads.iter().find(|read| read.span == *span)?;
        Some(unset(&read.path))
    }

    /// Without any variables, one finding for each of those that are read.
    fn other_unset(&mut self, at: usize, first: usize) {
        let Some(source) = self.sources.get(at) else {
            return;
        };
        let reads = template::reads(&source.text);
        let mut known: Vec<&[String]> = Vec::new();
        known.extend(
            reads
                .iter()
                .filter(|it| it.span.start == first)
                .map(|it| it.path.as_slice()),
        );
        let mut findings = Vec::new();
        for read in &reads {
            let is_set = match read.path.as_slice() {
                [root, name, ..] if root == "Env" => self.vars.data.env.contains_key(name),
                [root, _, ..] => root != "Vars",
                _ => true,
            };
            if is_set || known.contains(&read.path.as_slice()) {
                continue;
            }
            known.push(&read.path);
            let (message, help) = unset(&read.path);
            let span = source.span(read.span.clone());
            findings.push(Finding::new(Mistake::Variable, at, span, message).maybe_help(help));
        }
        for finding in findings {
            self.add(finding);
        }
    }

    fn parse(&mut self, at: usize, text: &[u8], format: Format) -> Option<Node> {
        let parsed = chorister_yaml::parse(text, format, &Limits::LOADED);
        let is_read = parsed.errors.is_empty();
        for error in parsed.errors {
            let origin = |span| self.sources.get(at).map_or(span, |it| it.origin(span));
            let line = error.span.start.line;
            let key = || error.span.slice(core::str::from_utf8(text).ok()?);
            let words = match (error.kind, &error.related, format) {
                (chorister_yaml::ErrorKind::DuplicateKey, Some((first, _)), Format::Yaml) => {
                    let key = key().unwrap_or_default().trim_matches(['"', '\'']);
                    let first = first.start.line;
                    format!(
                        "yaml: unmarshal errors:\n  line {line}: mapping key \"{key}\" already defined at line {first}"
                    )
                }
                (_, _, Format::Yaml) => format!("yaml: line {line}: {}", error.message),
                (_, _, Format::Json) => format!("json: line {line}: {}", error.message),
            };
            let words = format!("{}{words}", self.reading());
            let span = origin(error.span);
            let mut finding =
                Finding::new(Mistake::Text(error.kind), at, span, error.message.clone())
                    .maybe_help(error.help.clone())
                    .refused(words);
            if let Some((first, text)) = &error.related {
                finding = finding.related(at, origin(*first), text.clone());
            }
            self.add(finding);
        }
        parsed.root.filter(|_| is_read)
    }

    /// Takes a resource in; one with the same name is replaced.
    fn put(&mut self, resources: &mut Resources, resource: Resource) {
        match resources.entry((resource.kind, resource.id.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(resource);
            }
            Entry::Occupied(mut entry) => {
                let earlier = entry.insert(resource);
                let resource = entry.get();
                let (kind, id) = (resource.kind.key(), &resource.id);
                let message = format!("this `{kind}` `{id}` replaces another one as a whole");
                let words = format!(
                    "[WARN] Duplicate key detected: '{kind}: {id}'. The value from a later-loaded goss file has \
                     overwritten the previous value."
                );
                let finding =
                    Finding::new(Mistake::Replaced, resource.file, resource.span, message)
                        .warning()
                        .path(format!("{kind}.{id}"))
                        .help("give one of them another id, and the real name by an attribute")
                        .related(earlier.file, earlier.span, "this one counts for nothing")
                        .refused(words);
                self.add(finding);
            }
        }
    }

    fn include(
        &mut self,
        at: usize,
        path: &str,
        format: Format,
        include: &Include,
        resources: &mut Resources,
    ) {
        let pattern = joined(path, &include.path);
        let paths = glob::files(&pattern, self.files);
        let finding = |message: String| {
            Finding::new(Mistake::Include, at, include.span, message)
                .path(format!("gossfile.{}", include.id))
        };
        if paths.is_empty() {
            let message = match glob::has_wildcard(&pattern) {
                true => format!("no file matches `{pattern}`"),
                false => format!("there is no file `{pattern}`"),
            };
            let words = format!(
                "{}no matched files were found: \"{pattern}\"",
                self.joining()
            );
            let help = "paths are relative to the file that includes";
            self.add(finding(message).help(help).refused(words));
            return;
        }
        for included in paths {
            let is_open = self.open.contains(&included);
            if is_open || self.open.len() >= MAX_DEPTH {
                let message = match is_open {
                    true => format!("`{included}` includes itself"),
                    false => format!("files include one another more than {MAX_DEPTH} deep"),
                };
                let words = format!(
                    "{}max depth of {MAX_DEPTH} reached, possibly due to dependency loop in goss file",
                    self.joining()
                );
                self.add(finding(message).refused(words));
                continue;
            }
            if self.sources.len() >= MAX_FILES || self.bytes > MAX_BYTES {
                let message =
                    format!("more than {MAX_FILES} files or {MAX_BYTES} bytes are included");
                self.add(finding(message.clone()).refused(message));
                return;
            }
            match self.files.read(&included) {
                Ok(bytes) => {
                    let included = self.file(&included, bytes, format);
                    for resource in included.into_values() {
                        self.put(resources, resource);
                    }
                }
                Err(reason) => {
                    let words = format!("{}open {included}: {reason}", self.joining());
                    self.add(finding(format!("cannot read `{included}`: {reason}")).refused(words));
                }
            }
        }
    }

    /// What goss says before the reason for which it cannot read the file that is next.
    pub(super) fn reading(&self) -> String {
        let Some(above) = self.open.len().checked_sub(1) else {
            return String::new();
        };
        let path = self.sources.last().map_or("", |it| it.path.as_str());
        format!(
            "{}could not read json data in {path}: ",
            JOINING.repeat(above)
        )
    }

    /// What goss says before the reason for which it cannot join the file that is read with its includes.
    fn joining(&self) -> String {
        JOINING.repeat(self.open.len().saturating_sub(1))
    }
}

const JOINING: &str = "could not write json data: ";

/// What is wrong with a variable that is not set, and what to do.
fn unset(path: &[String]) -> (String, Option<String>) {
    match path {
        [root, name] if root == "Env" => (
            format!("the environment has no `{name}`"),
            Some(format!("write `getEnv \"{name}\" \"default\"` if it may be missing")),
        ),
        [_, rest @ ..] => (
            format!("the variable `{}` is not set", rest.join(".")),
            Some(
                "give variables with `--vars FILE`, or write `get .Vars \"name\" | default \"value\"`"
                    .to_owned(),
            ),
        ),
        [] => ("a variable is not set".to_owned(), None),
    }
}

/// An include as seen from the directory of the whole run.
fn joined(includer: &str, path: &str) -> String {
    if path.starts_with('/') {
        return template::clean(path);
    }
    match includer.rsplit_once('/') {
        Some((directory, _)) => template::clean(&format!("{directory}/{path}")),
        None => template::clean(path),
    }
}
