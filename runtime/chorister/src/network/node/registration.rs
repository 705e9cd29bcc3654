//! Registering: publishing a file, or what the node is, every so often.

use core::time::Duration;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use chorister_ddl::Host;
use chorister_engine::EngineHandle;
use chorister_node::registration::{
    AgentEntry, BuildInfo, FileContent, Inventory, MachineEntry, Rhythm, message, target,
};
use chorister_settings::Settings;
use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::SOURCE;
use super::lend::Lender;
use super::status::Reporter;

/// The largest file that is published, in bytes: brokers take no larger messages unless they are told to.
const LARGEST: u64 = 1 << 20;

/// Publishes what the settings ask for.
pub(super) struct Registrar {
    pub(super) settings: Settings,
    pub(super) lender: Arc<Lender>,
    pub(super) reporter: Reporter,
}

/// What is published.
enum Plugin {
    File(PathBuf),
    Inventory,
}

impl Registrar {
    /// Begins, one task for each plugin.
    pub(super) async fn begin(self, tasks: &mut JoinSet<()>, engine: &EngineHandle) {
        let mut problems = Vec::new();
        let this = Arc::new(self);
        let settings = &this.settings.registration;
        for name in &settings.plugins {
            let plugin = match (name.as_str(), &settings.file) {
                ("file_content", Some(file)) => Plugin::File(file.clone()),
                ("file_content", None) => {
                    problems.push(
                        "`plugin.choria.registration.file_content.data` names no file".to_owned(),
                    );
                    continue;
                }
                ("inventory_content", _) => Plugin::Inventory,
                _ => {
                    problems.push(format!(
                        "there is no registration `{name}`, only `file_content` and `inventory_content`"
                    ));
                    continue;
                }
            };
            let this = Arc::clone(&this);
            let engine = engine.clone();
            tasks.spawn(async move { this.publish(plugin, engine).await });
        }
        let problem = (!problems.is_empty()).then(|| problems.join("; "));
        // A node that has stopped has no problems.
        let _ = engine.report(SOURCE, "registration", problem).await;
    }

    /// Publishes again and again.
    ///
    /// Compat: go-choria `server/registration`: nodes begin at different times, and each plugin waits a little more.
    async fn publish(&self, plugin: Plugin, engine: EngineHandle) {
        let settings = &self.settings.registration;
        if settings.interval.is_zero() {
            return;
        }
        let trigger = usize::try_from(settings.size_trigger).unwrap_or(usize::MAX);
        let every = match trigger {
            0 => settings.interval,
            _ => settings
                .size_interval
                .clamp(Duration::from_secs(1), settings.interval),
        };
        if settings.splay {
            sleep(settings.interval.mul_f64(fastrand::f64())).await;
        }
        sleep(Duration::from_secs(fastrand::u64(1..=4))).await;
        let began = Instant::now();
        let mut rhythm = Rhythm::default();
        let mut published = None;
        let mut look = interval(every);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            if !self.reporter.connection.is_up() {
                continue;
            }
            let made = match &plugin {
                Plugin::File(path) => self.file(path, published).await,
                Plugin::Inventory => self.inventory().await,
            };
            let problem = match made {
                // Half a second less: the clock of ticks is not to the microsecond.
                Ok(made)
                    if rhythm.is_due(
                        began.elapsed() + Duration::from_millis(500),
                        made.size,
                        settings.interval,
                        trigger,
                    ) =>
                {
                    published = made.changed;
                    self.send(&made.body, plugin.target(&self.settings))
                        .await
                        .err()
                }
                Ok(_) => None,
                Err(reason) => Some(reason),
            };
            let problem = problem.map(|it| format!("cannot register: {it}"));
            if engine.report(SOURCE, plugin.name(), problem).await.is_err() {
                return;
            }
        }
    }

    /// The content of a file, if it can be read.
    async fn file(&self, path: &Path, published: Option<i64>) -> Result<Made, String> {
        let file = path.to_owned();
        let compress = self.settings.registration.file_compression;
        let made = tokio::task::spawn_blocking(move || {
            let unreadable = |error| format!("{}: {error}", file.display());
            let mut open = std::fs::File::open(&file).map_err(unreadable)?;
            let about = open.metadata().map_err(unreadable)?;
            if about.len() > LARGEST {
                return Err(format!("{}: larger than {LARGEST} bytes", file.display()));
            }
            let mut content = Vec::new();
            let read = Read::by_ref(&mut open)
                .take(LARGEST)
                .read_to_end(&mut content);
            read.map_err(unreadable)?;
            let changed = about.modified().map_err(unreadable)?;
            let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
            let changed = i64::try_from(changed.as_secs()).unwrap_or(i64::MAX);
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let body = FileContent {
                file: &name,
                changed,
                is_updated: published.is_some_and(|it| changed > it),
                content: &content,
            };
            Ok(Made {
                body: body.body(compress),
                size: content.len(),
                changed: Some(changed),
            })
        });
        made.await.map_err(|error| error.to_string())?
    }

    /// What the node is.
    async fn inventory(&self) -> Result<Made, String> {
        let node = self.lender.node();
        let machines = self
            .lender
            .machines()
            .await
            .map_err(|error| error.message)?;
        let agents = node.agents.iter().map(|it| {
            let of = &it.metadata;
            AgentEntry {
                license: of.license.to_string(),
                author: of.author.to_string(),
                timeout: of.timeout.as_secs(),
                name: of.name.to_string(),
                version: of.version.to_string(),
                url: of.url.to_string(),
                description: of.description.to_string(),
            }
        });
        let inventory = Inventory {
            agents: agents.collect(),
            classes: node.classes,
            facts: (*node.facts).clone(),
            status: self.reporter.status(),
            collectives: node.collectives,
            build_info: BuildInfo {
                version: node.version,
                sha: "unknown".to_owned(),
            },
            machines: machines
                .into_iter()
                .map(|it| MachineEntry {
                    name: it.name,
                    version: it.version,
                    state: it.state,
                })
                .collect(),
        };
        let body = inventory.body(self.settings.registration.inventory_compression);
        let (body, size) = body.map_err(|error| error.to_string())?;
        Ok(Made {
            body,
            size,
            changed: None,
        })
    }

    async fn send(&self, body: &[u8], to: Option<&str>) -> Result<(), String> {
        let node = self.lender.node();
        let settings = &self.settings.registration;
        let collective = settings
            .collective
            .as_ref()
            .unwrap_or(&node.main_collective);
        let signer = Arc::clone(&self.reporter.signer.borrow());
        let random = fastrand::u128(..).to_be_bytes();
        let now = Timestamp::now();
        let message = message(&signer, &node.identity, collective, body, now, random);
        let message = message.map_err(|error| error.to_string())?;
        let to = to.map_or_else(|| target(collective), str::to_owned);
        let sent = self.reporter.connection.publish(to, message).await;
        sent.map_err(|error| error.to_string())
    }
}

/// Something to be published.
struct Made {
    body: Vec<u8>,
    /// The size of what is in it.
    size: usize,
    /// When that was changed, in seconds since 1970.
    changed: Option<i64>,
}

impl Plugin {
    const fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file_content",
            Self::Inventory => "inventory_content",
        }
    }

    fn target<'a>(&self, settings: &'a Settings) -> Option<&'a str> {
        let registration = &settings.registration;
        match self {
            Self::File(_) => registration.file_target.as_deref(),
            Self::Inventory => registration.inventory_target.as_deref(),
        }
    }
}
