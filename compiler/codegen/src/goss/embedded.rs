//! The goss files of classes and machines, with all that they include.

use std::io;
use std::sync::Arc;

use chorister_goss::Vars;
use chorister_ir::{GossText, Text};
use chorister_lang::suggest::closest;
use chorister_spec::{Checked, Code, Diagnostic, Named, Severity, Source, class};

use super::values::Values;
use super::{Beside, MAX_FILE};
use crate::capabilities::at;
use crate::files::Files;
use crate::load::below;

/// What came of the goss files of a machine.
#[derive(Clone, Debug, Default)]
pub struct Gossfiles {
    /// The files that were read.
    pub sources: Vec<Source>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks the goss file that a class runs, and makes it and what it includes part of the class.
pub(crate) fn embed(files: &dyn Files, checked: &mut class::Checked) -> Vec<Diagnostic> {
    let (Some(named), Some(class)) = (checked.goss_file().cloned(), &checked.class) else {
        return Vec::new();
    };
    let file = Arc::clone(&checked.machine.outline.file);
    let mut values = Values::of_class(class);
    let place = match Place::of(
        files,
        &file,
        &named,
        "write the path from the folder of this file",
    ) {
        Ok(place) => place,
        Err(finding) => return vec![*finding],
    };
    let found = place.check(&mut values);
    let texts = found.sources.iter().map(|it| GossText {
        path: Text::Owned(it.path.to_string()),
        text: Text::Owned(it.text.to_string()),
    });
    let texts: Vec<_> = texts.collect();
    let found = place.shown(found);
    checked.gossfiles = found.sources;
    checked.embed(texts);
    found.diagnostics
}

/// Checks the goss files that a machine evaluates, as far as they lie in its own directory; a machine in a file of
/// another name than `machine.yaml` has none.
#[must_use]
pub fn check_gossfiles(files: &dyn Files, checked: &Checked) -> Gossfiles {
    let mut all = Gossfiles::default();
    let file = &checked.outline.file;
    let name = file.rsplit_once('/').map_or(&**file, |it| it.1);
    if !matches!(name, "machine.yaml" | "machine.json") {
        return all;
    }
    for named in &checked.outline.gossfiles {
        let help =
            "put it beside the machine, or name it from `/` on; until then the check is UNKNOWN";
        match Place::of(files, file, named, help) {
            Ok(place) => {
                let found = place.check(&mut Values::of_machine());
                let found = place.shown(found);
                all.sources.extend(found.sources);
                all.diagnostics.extend(found.diagnostics);
            }
            Err(finding) => all.diagnostics.push(Diagnostic {
                severity: Code::CommandFile.severity(),
                ..*finding
            }),
        }
    }
    all
}

/// Where a goss file lies that a spec names. To the files that it includes, its folder is all there is.
struct Place<'f> {
    files: &'f dyn Files,
    folder: String,
    name: String,
}

impl<'f> Place<'f> {
    /// The file that stands at `named` in the spec `spec`; why it cannot be read, with this advice.
    fn of(
        files: &'f dyn Files,
        spec: &Arc<str>,
        named: &Named,
        help: &str,
    ) -> Result<Self, Box<Diagnostic>> {
        let folder = spec.rsplit_once('/').map_or("", |it| it.0);
        let path = below(folder, &named.text);
        let refuse = |message: String, help: &str| {
            let help = help.to_owned();
            Err(Box::new(at(
                Code::ClassGoss,
                spec,
                &named.place,
                message,
                help,
            )))
        };
        match files.read(&path, MAX_FILE) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return refuse(format!("there is no file `{path}`"), help);
            }
            Err(error) => {
                let message = format!("`{path}` cannot be read: {error}");
                return refuse(message, "it has to be a readable file");
            }
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        Ok(Self {
            files,
            folder: folder.to_owned(),
            name: name.to_owned(),
        })
    }

    /// What is wrong with the file and those that it includes, whatever the values are that only a node knows.
    fn check(&self, values: &mut Values) -> Gossfiles {
        let mut checked = self.check_with(&values.vars());
        while values.learn(&checked.sources) {
            checked = self.check_with(&values.vars());
        }
        let sources = checked.sources;
        let found = checked.diagnostics.into_iter();
        let diagnostics = found.filter_map(|it| judge(it, &sources, values)).collect();
        // What is named from `/` on is read on the node.
        let own = sources.into_iter().filter(|it| !it.path.starts_with('/'));
        Gossfiles {
            sources: own.collect(),
            diagnostics,
        }
    }

    fn check_with(&self, vars: &Vars) -> chorister_spec::goss::Checked {
        chorister_spec::goss::check(&self.name, vars, self)
    }

    /// The same with paths as they are everywhere else.
    fn shown(&self, mut found: Gossfiles) -> Gossfiles {
        let shown = |path: &str| Arc::<str>::from(below(&self.folder, path));
        for source in &mut found.sources {
            source.path = shown(&source.path);
        }
        for finding in &mut found.diagnostics {
            finding.file = shown(&finding.file);
            for file in finding.labels.iter_mut().filter_map(|it| it.file.as_mut()) {
                *file = shown(file);
            }
        }
        found
    }
}

impl chorister_goss::Files for Place<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path.starts_with('/') {
            true => Ok(b"{}".to_vec()),
            false => Beside(self.files).read(&below(&self.folder, path)),
        }
    }

    fn names(&self, directory: &str) -> Vec<String> {
        match directory.starts_with('/') {
            true => Vec::new(),
            false => Beside(self.files).names(&below(&self.folder, directory)),
        }
    }

    fn exists(&self, path: &str) -> bool {
        path.starts_with('/') || Beside(self.files).exists(&below(&self.folder, path))
    }
}

/// What a finding means where the file is part of a class or a machine; nothing where it means nothing there.
fn judge(finding: Diagnostic, sources: &[Source], values: &Values) -> Option<Diagnostic> {
    let source = sources.iter().find(|it| it.path == finding.file);
    let written = source.and_then(|it| finding.span.slice(&it.text));
    let written = written.unwrap_or_default().trim_start_matches(['"', '\'']);
    match finding.code {
        Code::GossInclude if written.starts_with('/') => None,
        Code::GossInclude if written.contains("{{") => Some(Diagnostic {
            severity: Severity::Warning,
            message: "which file this is only a node will know, and then it is not at hand"
                .to_owned(),
            help: Some("name the file as it is, and choose inside of it".to_owned()),
            ..finding
        }),
        Code::GossVariable if values.is_open() => None,
        Code::GossVariable => Some(Diagnostic {
            help: Some(parameters(&finding.message, values)),
            ..finding
        }),
        Code::GossTemplate if values.is_open() && values.is_guess => None,
        // What looks wrong may be right with the value that comes.
        code if values.is_guess && is_about_values(code) => None,
        _ => Some(finding),
    }
}

/// Which variables there are instead of the one that a message quotes.
fn parameters(message: &str, values: &Values) -> String {
    let name = message.split('`').nth(1).unwrap_or_default();
    match closest(name, values.names()) {
        Some(near) => {
            format!("did you mean `{near}`? the parameters of the class are its variables")
        }
        None => {
            let names: Vec<_> = values.names().map(|it| format!("`{it}`")).collect();
            match names.as_slice() {
                [] => "the parameters of the class are its variables, and it has none".to_owned(),
                names => format!(
                    "the parameters of the class are its variables: {}",
                    names.join(", ")
                ),
            }
        }
    }
}

/// Whether a finding is about what an attribute is expected to be, and not about which attributes there are.
fn is_about_values(code: Code) -> bool {
    matches!(
        code,
        Code::GossMatcher
            | Code::GossNeverPasses
            | Code::GossSaysNothing
            | Code::GossExpression
            | Code::GossPatternText
            | Code::GossName
            | Code::GossSetting
            | Code::GossReplaced
            | Code::GossShape
    )
}
