//! The door for check classes: `*.check.yaml` in, a class that can be compiled and findings out.
//!
//! # The format
//!
//! ```text
//! file      = { class: NAME, version?, description?, parameters?: { NAME: parameter … }, run, interval?, timeout?,
//!               retry?, flapping?, active?, depends_on?: [NAME…], remediate?, annotations?: { NAME: TEXT … },
//!               publish?, tests?, $schema? }
//! parameter = { type: string | integer | float | boolean | duration | size | percent | threshold | list | secret,
//!               description?, default?, optional?, unit?, minimum?, maximum?, pattern?, values?, max_length?,
//!               max_items?, greater_than?: NAME, less_than?: NAME }
//! run       = { plugin: [word…], environment?: { NAME: TEXT … } } | { goss: FILE } | { builtin: NAME }
//! word      = TEXT with {{PARAMETER}} | [word…]     the words of a list are left out together
//! retry     = { attempts?, interval? }
//! flapping  = { window?, high?, low? }
//! active    = { schedule: CRON, timezone? }
//! remediate = { command: [word…], states?: [STATE…], interval?, attempts?, timeout? }
//! publish   = POLICY | { policy: all | changes | failing, summary? }
//! ```
//!
//! A class is the machine of Scout's checks; what stands here says how its checks differ from it and from each other.

mod decode;
pub(crate) mod keys;
mod machine;
mod parameter;
pub(crate) mod policy;
mod run;
#[cfg(feature = "schema")]
mod schema;

use std::sync::Arc;

use chorister_ir::{CheckClass, ClassRun, GossText, Text};

use crate::check::Graph;
use crate::diagnostic::{Diagnostic, Findings, at};
use crate::form::Reader;
use crate::outline::{Mark, Named, Outline};
use crate::source::Source;
use crate::{machine as machines, scenario};

#[cfg(feature = "schema")]
pub use schema::schema;

/// What came of checking one class.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The class, where nothing is wrong with it.
    ///
    /// A class that runs a goss file holds its path only, until [`Checked::embed`] puts in what it says.
    pub class: Option<CheckClass>,
    /// Its name, where it could be read.
    pub name: Option<Named>,
    /// What it runs: the program, the goss file or the builtin check.
    pub runs: Option<Named>,
    /// Where its parameters stand, in order.
    pub parameters: Vec<Named>,
    /// The goss files that were read for it; none before somebody did.
    pub gossfiles: Vec<Source>,
    /// Its machine, all findings in the order of the file, and its tests.
    pub machine: machines::Checked,
}

/// Checks a class and lowers it.
#[must_use]
pub fn check(source: &Source) -> Checked {
    let mut findings = Findings::default();
    let root = crate::form::parse(source, "a check class", &mut findings);
    let is_torn = findings.has_errors();
    let read = root.as_ref().map(|root| {
        let mut reader = Reader {
            findings: &mut findings,
        };
        decode::class(&mut reader, root)
    });
    let mut checked = Checked {
        class: None,
        name: None,
        runs: None,
        parameters: Vec::new(),
        gossfiles: Vec::new(),
        machine: machines::Checked {
            machine: None,
            diagnostics: Vec::new(),
            outline: Outline {
                file: Arc::clone(&source.path),
                ..Outline::default()
            },
            tests: Vec::new(),
            model: None,
        },
    };
    if let (Some(root), Some(read)) = (&root, read) {
        let name = read.name.as_ref().map_or("", |it| it.text.as_str());
        let model = machine::model(name, &read.version, &read.description, &read.defaults);
        let graph = Graph::of(&model);
        if let Some(node) = root.get("tests") {
            checked.machine.tests =
                scenario::in_machine(node, &model, &graph, !is_torn, &mut findings);
        }
        checked.machine.outline = outline(&model, &graph, root, &source.path, read.name.clone());
        let machine = machine::lower(name, &read.version, &read.description, &read.defaults);
        let machine = Some(machine).filter(|_| !findings.has_errors());
        checked.machine.machine.clone_from(&machine);
        checked.parameters = parameters(root);
        checked.runs = read.run.as_ref().map(|it| it.place.clone());
        checked.class = machine.zip(read.run).map(|(machine, run)| CheckClass {
            name: Text::Owned(name.to_owned()),
            description: Text::Owned(read.description),
            parameters: read.parameters.into(),
            run: run.run,
            machine,
            defaults: read.defaults,
        });
        checked.machine.model = Some(model);
        checked.name = read.name;
    }
    checked.machine.diagnostics = findings.locate(&source.path, root.as_ref());
    checked
}

impl Checked {
    /// Whether any finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.machine.has_errors()
    }

    /// Takes in what was found outside of its file, and gives up the class where that is an error.
    pub fn refuse(&mut self, findings: impl IntoIterator<Item = Diagnostic>) {
        self.machine.diagnostics.extend(findings);
        self.machine
            .diagnostics
            .sort_by_key(|it| (it.span.start, it.code));
        if self.has_errors() {
            self.class = None;
            self.machine.machine = None;
        }
    }

    /// The path of the goss file that the class runs, as it is written.
    #[must_use]
    pub fn goss_file(&self) -> Option<&Named> {
        let is_goss = matches!(self.class.as_ref()?.run, ClassRun::Goss(_));
        self.runs.as_ref().filter(|_| is_goss)
    }

    /// Puts in the goss file, the first of these, and those that it includes.
    pub fn embed(&mut self, files: Vec<GossText>) {
        if let Some(CheckClass {
            run: ClassRun::Goss(of),
            ..
        }) = &mut self.class
        {
            *of = files.into();
        }
    }
}

/// The names of the parameters with their places.
fn parameters(root: &chorister_yaml::Node) -> Vec<Named> {
    let entries = root
        .get("parameters")
        .map(chorister_yaml::Node::entries)
        .unwrap_or_default();
    let named = entries.iter().map(|it| Named {
        text: it.key.text.clone(),
        place: Mark {
            span: it.key.span,
            path: at!["parameters", it.key.text.clone()].to_string(),
        },
    });
    named.collect()
}

/// What others need to know about the machine; all of it stands where the class does.
fn outline(
    model: &crate::model::Machine,
    graph: &Graph<'_>,
    root: &chorister_yaml::Node,
    file: &Arc<str>,
    name: Option<Named>,
) -> Outline {
    let mut outline = Outline::of(model, graph, root, file);
    let span = at!["class"].span_in(root);
    outline.name = name;
    for it in &mut outline.transitions {
        (it.name, it.destination) = (span, span);
    }
    for it in &mut outline.watchers {
        (it.whole, it.name, it.success, it.failure) = (span, span, span, span);
    }
    for it in &mut outline.sites {
        it.place = Mark {
            span,
            path: "class".to_owned(),
        };
    }
    outline
}
