//! Watchers, as their specification has them.

mod network;

use core::time::Duration;
use std::collections::BTreeMap;

use chorister_ir::{self as ir, StateSet, TransitionId, WatcherKind};
use chorister_lang::template::Template;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::secret::without_secrets;
use crate::{Digest, duration};
pub use network::{Gossip, Governor, Kv, Plugins, Registration};

/// A watcher and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watcher {
    /// Unique in the machine.
    pub name: String,
    /// The states in which it runs; none means every state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub active_in: Vec<String>,
    /// Other machines that have to be in a state for it to run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<ForeignState>,
    /// Time between two runs.
    #[serde(
        with = "duration::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub interval: Option<Duration>,
    /// Time between two publications of its state.
    #[serde(
        with = "duration::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub announce: Option<Duration>,
    /// Fired when it succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<String>,
    /// Fired when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// What it does; its keys stand beside the ones above, with the name of the type under `type`.
    #[serde(flatten)]
    pub kind: Kind,
}

/// Another machine of the node and the state it has to be in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ForeignState {
    /// Name of the machine.
    pub machine: String,
    /// Name of the state.
    pub state: String,
}

/// What a check runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// What each check of a class says for itself.
    Check,
    /// The command line of a monitoring plugin.
    Plugin(String),
    /// Nothing.
    Heartbeat,
    /// What the node says about itself.
    NodeStatus {
        /// The greatest age of the last message.
        #[serde(with = "duration")]
        last_message: Duration,
        /// How long before its end a certificate is a problem; zero never.
        #[serde(with = "duration")]
        certificate: Duration,
        /// How long before its end a token is a problem; zero never.
        #[serde(with = "duration")]
        token: Duration,
    },
    /// The goss file of this path.
    Goss(String),
}

/// What a watcher does. Templates, expressions and schedules are the text that was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Kind {
    /// Runs a command; its exit status decides.
    Exec {
        /// The command line.
        command: String,
        /// Names of the variables that are added to the environment, with digests of their values.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        environment: BTreeMap<String, Digest>,
        /// How long a run may take.
        #[serde(with = "duration")]
        timeout: Duration,
        /// Whether the output becomes machine data.
        #[serde(default, skip_serializing_if = "is_false")]
        parse_as_data: bool,
        /// Whether a success is not published.
        #[serde(default, skip_serializing_if = "is_false")]
        suppress_success_announce: bool,
        /// Whether it runs soon after start too.
        #[serde(default, skip_serializing_if = "is_false")]
        gather_initial_state: bool,
        /// Whether it is left running with no deadline.
        #[serde(default, skip_serializing_if = "is_false")]
        disown: bool,
        /// What limits how many nodes run it at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        governor: Option<Governor>,
    },
    /// Looks at a file, or keeps its content.
    File {
        /// The file; a relative path is one in the machine's directory.
        path: String,
        /// Whether the first look is the reference and not a change.
        #[serde(default, skip_serializing_if = "is_false")]
        gather_initial_state: bool,
        /// What it has to hold, if its content is managed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<Content>,
    },
    /// Is on in windows that begin by the calendar.
    Schedule {
        /// When windows begin.
        schedules: Vec<String>,
        /// How long a window is.
        #[serde(with = "duration")]
        duration: Duration,
        /// A window begins a random time below this one late.
        #[serde(with = "duration", default, skip_serializing_if = "Duration::is_zero")]
        start_splay: Duration,
        /// Whether entering an active state while on does not fire again.
        #[serde(default, skip_serializing_if = "is_false")]
        skip_trigger_on_reenter: bool,
        /// IANA name of the time zone; missing is the node's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
    },
    /// Fires after a time in a state.
    Timer {
        /// How long it runs.
        #[serde(with = "duration")]
        timer: Duration,
        /// Whether the length is drawn, from nothing up to `timer`.
        #[serde(default, skip_serializing_if = "is_false")]
        splay: bool,
    },
    /// Runs a command that prints a measurement.
    Metric {
        /// The command line.
        command: String,
        /// How long a run may take.
        #[serde(with = "duration")]
        timeout: Duration,
        /// Labels added to each measurement.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        labels: BTreeMap<String, String>,
        /// Whether the measurement is kept out of the Prometheus text file.
        #[serde(default, skip_serializing_if = "is_false")]
        skip_prometheus: bool,
        /// Whether the measurement becomes machine data.
        #[serde(default, skip_serializing_if = "is_false")]
        store: bool,
        /// Whether the measurement is offered over HTTP.
        #[serde(default, skip_serializing_if = "is_false")]
        http: bool,
        /// Where measurements are sent as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        graphite: Option<Graphite>,
    },
    /// Decides by a formula over facts and machine data.
    Expression {
        /// True means success.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        success_when: Option<String>,
        /// True means failure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fail_when: Option<String>,
    },
    /// Keeps an unpacked archive in place.
    Archive {
        /// URL of the archive, without the credentials and the query that it may hold.
        source: String,
        /// SHA-256 of the archive.
        checksum: String,
        /// The directory that the archive holds.
        creates: String,
        /// Where it is unpacked.
        target: String,
        /// The file of checksums that is verified on each run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verify: Option<Verify>,
        /// Digest of what is secret about the download: user name, password and query, if there are any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credentials: Option<Digest>,
        /// Whether the server's certificate is not verified.
        #[serde(default, skip_serializing_if = "is_false")]
        insecure: bool,
        /// How long the download may take.
        #[serde(with = "duration")]
        timeout: Duration,
        /// What limits how many nodes download at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        governor: Option<Governor>,
    },
    /// Follows a key of a key-value bucket.
    Kv(Kv),
    /// Publishes a message again and again.
    Gossip(Gossip),
    /// Keeps other machines in place.
    Plugins(Plugins),
    /// A check.
    Nagios {
        /// What is run.
        probe: Probe,
        /// The values of parameters that it is run with, where no command line says them; never secrets.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        with: Map<String, Value>,
        /// How long a run may take.
        #[serde(with = "duration")]
        timeout: Duration,
        /// Free text for those who show the check.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        annotations: BTreeMap<String, String>,
    },
    /// A switch that people turn over HTTP. A missing list is no state, an empty one every state.
    HttpSwitch {
        /// States in which the switch shows as on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_when: Option<Vec<String>>,
        /// States in which the switch shows as off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        off_when: Option<Vec<String>>,
        /// States in which it cannot be turned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disable_when: Option<Vec<String>>,
        /// Free text for those who show the switch.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        annotations: BTreeMap<String, String>,
    },
}

/// The wanted content and ownership of a managed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Digest of the text: it may be long, and it may be secret.
    pub contents: Digest,
    /// Name of the owner.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Name of the group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// Permissions in octal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
}

/// A Graphite server that receives measurements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graphite {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: String,
    /// What names begin with.
    pub prefix: String,
}

/// A file of checksums in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verify {
    /// Its name below the created directory.
    pub sums: String,
    /// Its own SHA-256.
    pub checksum: String,
}

// === impl Watcher ===

impl Watcher {
    pub(crate) fn of(machine: &ir::Machine, watcher: &ir::Watcher) -> Self {
        let transition = |id: Option<TransitionId>| id.map(|it| machine.transition(it).to_owned());
        Self {
            name: watcher.name.clone().into_owned(),
            active_in: states(machine, &watcher.active_in),
            foreign: watcher
                .foreign
                .iter()
                .map(|it| ForeignState {
                    machine: it.machine.clone().into_owned(),
                    state: it.state.clone().into_owned(),
                })
                .collect(),
            interval: watcher.interval,
            announce: watcher.announce_interval,
            on_success: transition(watcher.on_success),
            on_failure: transition(watcher.on_failure),
            kind: Kind::of(machine, &watcher.kind),
        }
    }

    /// How long a run may take, where the type has a limit.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        match &self.kind {
            Kind::Exec { timeout, .. }
            | Kind::Metric { timeout, .. }
            | Kind::Nagios { timeout, .. }
            | Kind::Archive { timeout, .. } => Some(*timeout),
            _ => None,
        }
    }

    /// The command line, where the type has one.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        match &self.kind {
            Kind::Exec { command, .. } | Kind::Metric { command, .. } => Some(command),
            _ => None,
        }
    }
}

// === impl Kind ===

impl Probe {
    fn of(probe: &ir::Probe) -> Self {
        match probe {
            ir::Probe::Check => Self::Check,
            ir::Probe::Plugin(it) => Self::Plugin(it.source.clone().into_owned()),
            ir::Probe::Heartbeat => Self::Heartbeat,
            ir::Probe::NodeStatus(it) => Self::NodeStatus {
                last_message: it.last_message,
                certificate: it.certificate,
                token: it.token,
            },
            ir::Probe::Goss(it) => Self::Goss(it.clone().into_owned()),
        }
    }
}

impl Kind {
    /// The name of the type in a specification.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Exec { .. } => "exec",
            Self::File { .. } => "file",
            Self::Schedule { .. } => "schedule",
            Self::Timer { .. } => "timer",
            Self::Metric { .. } => "metric",
            Self::Expression { .. } => "expression",
            Self::Archive { .. } => "archive",
            Self::HttpSwitch { .. } => "httpswitch",
            Self::Nagios { .. } => "nagios",
            Self::Kv(_) => "kv",
            Self::Gossip(_) => "gossip",
            Self::Plugins(_) => "plugins",
        }
    }

    fn of(machine: &ir::Machine, kind: &WatcherKind) -> Self {
        match kind {
            WatcherKind::Exec(it) => Self::exec(it),
            WatcherKind::File(it) => Self::file(it),
            WatcherKind::Schedule(it) => Self::Schedule {
                schedules: it
                    .schedules
                    .iter()
                    .map(|it| it.source.clone().into_owned())
                    .collect(),
                duration: it.duration,
                start_splay: it.start_splay,
                skip_trigger_on_reenter: it.skip_trigger_on_reenter,
                timezone: it.timezone.clone().map(Into::into),
            },
            WatcherKind::Timer(it) => Self::Timer {
                timer: it.timer,
                splay: it.splay,
            },
            WatcherKind::Metric(it) => Self::metric(it),
            WatcherKind::Expression(it) => Self::Expression {
                success_when: it
                    .success_when
                    .as_ref()
                    .map(|it| it.source.clone().into_owned()),
                fail_when: it
                    .fail_when
                    .as_ref()
                    .map(|it| it.source.clone().into_owned()),
            },
            WatcherKind::Archive(it) => Self::archive(it),
            WatcherKind::Kv(it) => Self::Kv(Kv::of(it)),
            WatcherKind::Gossip(it) => Self::Gossip(Gossip::of(it)),
            WatcherKind::Plugins(it) => Self::Plugins(Plugins::of(it)),
            WatcherKind::Nagios(it) => Self::Nagios {
                probe: Probe::of(&it.probe),
                with: Map::new(),
                timeout: it.timeout,
                annotations: pairs(&it.annotations),
            },
            WatcherKind::HttpSwitch(it) => {
                let named = |set: &Option<StateSet>| set.as_ref().map(|it| states(machine, it));
                Self::HttpSwitch {
                    on_when: named(&it.on_when),
                    off_when: named(&it.off_when),
                    disable_when: named(&it.disable_when),
                    annotations: pairs(&it.annotations),
                }
            }
        }
    }

    fn exec(it: &ir::Exec) -> Self {
        let entry = |it: &Template| {
            let (name, value) = it.source.split_once('=').unwrap_or((&it.source, ""));
            (name.to_owned(), Digest::of(value))
        };
        Self::Exec {
            command: text(&it.command),
            environment: it.environment.iter().map(entry).collect(),
            timeout: it.timeout,
            parse_as_data: it.parse_as_data,
            suppress_success_announce: it.suppress_success_announce,
            gather_initial_state: it.gather_initial_state,
            disown: it.disown,
            governor: it.governor.as_ref().map(Governor::of),
        }
    }

    fn file(it: &ir::File) -> Self {
        let content = it.content.as_ref().map(|it| Content {
            contents: Digest::of(&it.contents.source),
            owner: text(&it.owner),
            group: text(&it.group),
            mode: text(&it.mode),
        });
        Self::File {
            path: it.path.clone().into_owned(),
            gather_initial_state: it.gather_initial_state,
            content,
        }
    }

    fn metric(it: &ir::Metric) -> Self {
        Self::Metric {
            command: text(&it.command),
            timeout: it.timeout,
            labels: pairs(&it.labels),
            skip_prometheus: it.skip_prometheus,
            store: it.store,
            http: it.http,
            graphite: it.graphite.as_ref().map(|it| Graphite {
                host: text(&it.host),
                port: text(&it.port),
                prefix: text(&it.prefix),
            }),
        }
    }

    fn archive(it: &ir::Archive) -> Self {
        let (source, hidden) = without_secrets(&it.source.source);
        let given = [&it.username, &it.password].map(|it| it.as_ref().map_or("", |it| &it.source));
        let secret = [given[0], given[1], &hidden].join("\n");
        Self::Archive {
            source,
            checksum: text(&it.checksum),
            creates: it.creates.clone().into_owned(),
            target: it.target.clone().into_owned(),
            verify: it.verify.as_ref().map(|it| Verify {
                sums: it.sums.clone().into_owned(),
                checksum: text(&it.checksum),
            }),
            credentials: (secret.len() > 2).then(|| Digest::of(&secret)),
            insecure: it.insecure,
            timeout: it.timeout,
            governor: it.governor.as_ref().map(Governor::of),
        }
    }
}

fn states(machine: &ir::Machine, set: &StateSet) -> Vec<String> {
    set.named()
        .iter()
        .map(|it| machine.state(*it).to_owned())
        .collect()
}

fn text(template: &Template) -> String {
    template.source.clone().into_owned()
}

fn pairs(pairs: &[ir::Pair]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|it| (it.key.clone().into_owned(), it.value.clone().into_owned()))
        .collect()
}

fn is_false(value: &bool) -> bool {
    !value
}
