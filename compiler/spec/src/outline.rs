//! What other machines need to know about a machine.

use std::sync::Arc;

use chorister_lang::template::Template;
use chorister_yaml::{Node, Span};

use crate::check::Graph;
use crate::diagnostic::{Path, at};
use crate::model::{Machine, Properties, Watcher};

/// What other machines need to know about a machine, with the places to point at.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The path of the source.
    pub file: Arc<str>,
    /// Its name, where it could be read.
    pub name: Option<Named>,
    /// Every state.
    pub states: Vec<String>,
    /// Every transition.
    pub events: Vec<Event>,
    /// Where each transition stands, in order of the file; several may share a name.
    pub transitions: Vec<TransitionPlace>,
    /// Where each watcher stands, in order.
    pub watchers: Vec<WatcherPlace>,
    /// The transitions of other machines that fire one of its own.
    pub subscriptions: Vec<Subscription>,
    /// The states of other machines that its watchers wait for.
    pub foreign: Vec<Foreign>,
    /// The metrics it publishes for Prometheus.
    pub series: Vec<Series>,
    /// The files and directories that it writes, as absolute paths.
    pub managed: Vec<Named>,
    /// The programs that it runs from its own directory, as relative paths.
    pub programs: Vec<Named>,
    /// The goss files of its own directory that it evaluates, as relative paths.
    pub gossfiles: Vec<Named>,
    /// Where its watchers say what they need.
    pub sites: Vec<Site>,
}

/// Where a watcher names a program, a file or a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name of the watcher.
    pub watcher: String,
    /// The property.
    pub property: &'static str,
    /// Where its value stands; of a command the program, where that is a word as it stands.
    pub place: Mark,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub place: Mark,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it is.
    pub span: Span,
    /// The same in the spec's own terms.
    pub path: String,
}

/// Where the parts of a transition stand. A part that is missing is where it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitionPlace {
    /// Its name.
    pub name: Span,
    /// The state that it leads to.
    pub destination: Span,
}

/// Where the parts of a watcher stand. A part that is missing is where it would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatcherPlace {
    /// All of it.
    pub whole: Span,
    /// Its name.
    pub name: Span,
    /// What it fires when it succeeds.
    pub success: Span,
    /// What it fires when it fails.
    pub failure: Span,
}

/// A transition as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Where it leads from and to.
    pub edges: Vec<Way>,
}

/// Where a transition leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The state that it leaves, as an index.
    pub from: usize,
    /// The state that it enters, as an index.
    pub to: usize,
    /// Which transition of the file says so, as an index.
    pub entry: usize,
}

/// A transition that another machine fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Name of the other machine.
    pub machine: Named,
    /// Name of its transition.
    pub event: Named,
    /// Name of the transition that is fired here.
    pub fires: String,
}

/// A state of another machine that a watcher waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Name of the other machine.
    pub machine: Named,
    /// Name of its state.
    pub state: Named,
}

/// The metrics of one watcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Name of the watcher, as Prometheus sees it.
    pub name: Named,
    /// Its labels, sorted.
    pub labels: Vec<(String, String)>,
}

// === impl Event ===

impl Event {
    /// Whether other machines hear of it: only what leads to another state is announced.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        self.edges.iter().any(|it| it.from != it.to)
    }
}

// === impl Outline ===

impl Outline {
    /// The outline of a machine, as far as it could be read.
    pub(crate) fn of(machine: &Machine, graph: &Graph<'_>, root: &Node, file: &Arc<str>) -> Self {
        let marks = Marks(root);
        let mut outline = Self {
            file: Arc::clone(file),
            name: machine
                .name
                .clone()
                .map(|name| marks.named(name, at!["name"])),
            states: graph.states.iter().map(|it| (*it).to_owned()).collect(),
            ..Self::default()
        };
        for name in graph.event_names() {
            let own = graph.written_edges_of(name);
            let ways = own.map(|it| Way {
                from: it.from,
                to: it.to,
                entry: it.transition,
            });
            outline.events.push(Event {
                name: name.to_owned(),
                edges: ways.collect(),
            });
        }
        for (index, it) in machine.transitions.iter().enumerate() {
            let part = |key: &'static str| at!["transitions", index, key].span_in(root);
            outline.transitions.push(TransitionPlace {
                name: part("name"),
                destination: part("destination"),
            });
            let Some(fires) = &it.name else { continue };
            for (at, it) in it.subscribe.iter().enumerate() {
                let (Some(machine), Some(event)) = (&it.machine_name, &it.event) else {
                    continue;
                };
                let place = at!["transitions", index, "subscribe", at];
                outline.subscriptions.push(Subscription {
                    machine: marks.named(machine.clone(), place.join("machine_name")),
                    event: marks.named(event.clone(), place.join("event")),
                    fires: fires.clone(),
                });
            }
        }
        for (index, it) in machine.watchers.iter().enumerate() {
            let part = |key: &'static str| at!["watchers", index, key].span_in(root);
            outline.watchers.push(WatcherPlace {
                whole: at!["watchers", index].span_in(root),
                name: part("name"),
                success: part("success_transition"),
                failure: part("fail_transition"),
            });
            outline.watcher(index, it, &marks);
        }
        outline
    }

    fn watcher(&mut self, index: usize, it: &Watcher, marks: &Marks<'_>) {
        for (at, it) in it.foreign_state_required.iter().enumerate() {
            let (Some(machine), Some(state)) = (&it.machine_name, &it.state) else {
                continue;
            };
            let place = at!["watchers", index, "foreign_state_required", at];
            self.foreign.push(Foreign {
                machine: marks.named(machine.clone(), place.join("machine_name")),
                state: marks.named(state.clone(), place.join("state")),
            });
        }
        let property = |key: &'static str| at!["watchers", index, "properties", key];
        let command = match &it.properties {
            Some(Properties::Exec(exec)) => exec.command.as_ref(),
            Some(Properties::Metric(metric)) => metric.command.as_ref(),
            _ => None,
        };
        if let Some(program) = command.and_then(own_program) {
            self.programs.push(marks.part(program, property("command")));
        }
        self.sites(it, command, &property, marks);
        match &it.properties {
            Some(Properties::Metric(metric)) if metric.skip_prometheus != Some(true) => {
                let mut labels: Vec<_> = metric
                    .labels
                    .iter()
                    .map(|(key, value)| (series(key), series(value)))
                    .collect();
                labels.sort();
                if let Some(name) = &it.name {
                    let name = marks.named(series(name), at!["watchers", index, "name"]);
                    self.series.push(Series { name, labels });
                }
            }
            Some(Properties::File(file)) if file.contents.is_some() => {
                if let Some(path) = file.path.as_deref().filter(|it| it.starts_with('/')) {
                    self.managed
                        .push(marks.named(path.to_owned(), property("path")));
                }
            }
            Some(Properties::Nagios(nagios)) => {
                let own = nagios.gossfile.as_deref();
                let own = own.filter(|it| !it.is_empty() && !it.starts_with('/'));
                let own = own.map(|it| marks.named(it.to_owned(), property("gossfile")));
                self.gossfiles.extend(own);
            }
            Some(Properties::Archive(archive)) => {
                let (Some(target), Some(creates)) = (&archive.target, &archive.creates) else {
                    return;
                };
                if target.starts_with('/') {
                    let path = format!("{}/{creates}", target.trim_end_matches('/'));
                    self.managed.push(marks.named(path, property("target")));
                }
            }
            _ => {}
        }
    }
}

impl Outline {
    fn sites(
        &mut self,
        it: &Watcher,
        command: Option<&Template>,
        property: &impl Fn(&'static str) -> Path,
        marks: &Marks<'_>,
    ) {
        let Some(watcher) = &it.name else { return };
        if let Some(command) = command {
            let program = plain_word(&command.source).unwrap_or(&command.source);
            self.sites.push(Site {
                watcher: watcher.clone(),
                property: "command",
                place: marks.part(program.to_owned(), property("command")).place,
            });
        }
        let keys: &[&'static str] = match &it.properties {
            Some(Properties::File(_)) => &["path"],
            Some(Properties::Archive(_)) => &["source", "target"],
            Some(Properties::Plugins(it)) if it.plugins_directory.is_none() => &["data_item"],
            Some(Properties::Plugins(_)) => &["data_item", "plugins_directory"],
            Some(Properties::Nagios(nagios)) if nagios.gossfile.is_some() => &["gossfile"],
            Some(Properties::Metric(metric)) if metric.graphite_host.is_some() => {
                &["graphite_host"]
            }
            _ => &[],
        };
        self.sites.extend(keys.iter().map(|key| Site {
            watcher: watcher.clone(),
            property: key,
            place: marks.named(String::new(), property(key)).place,
        }));
    }
}

/// Finds places in a tree.
struct Marks<'a>(&'a Node);

impl Marks<'_> {
    fn named(&self, text: String, path: Path) -> Named {
        Named {
            text,
            place: Mark {
                span: path.span_in(self.0),
                path: path.to_string(),
            },
        }
    }

    /// A text with which the scalar at `path` begins.
    fn part(&self, text: String, path: Path) -> Named {
        let span = path.part_in(self.0, 0..text.len());
        Named {
            text,
            place: Mark {
                span,
                path: path.to_string(),
            },
        }
    }
}

/// The program of a command line, where it is fixed and a file of the machine's own directory.
fn own_program(command: &Template) -> Option<String> {
    let program = plain_word(&command.source)?;
    let relative = program.contains('/') && !program.starts_with('/');
    let inside = !program.split('/').any(|it| it == "..");
    (relative && inside).then(|| program.to_owned())
}

/// The word that a command line begins with, where it stands there as it is meant.
fn plain_word(command: &str) -> Option<&str> {
    let word = command.split_whitespace().next()?;
    (!word.contains(['{', '\'', '"', '\\']) && command.starts_with(word)).then_some(word)
}

/// A name or value as upstream writes it into the text file.
///
/// Compat: go-choria aagent/watchers/metricwatcher/prometheus.go: lower case, spaces, commas and quotes as `_`.
fn series(text: &str) -> String {
    text.to_lowercase().replace([' ', ',', '"', '\''], "_")
}
