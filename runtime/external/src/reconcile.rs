//! Making the agents of a node what its directories say.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_ddl::{Agent, Hosting};
use chorister_engine::{EngineHandle, HandleError};
use chorister_ir::ddl::Ddl;
use chorister_loader::follow::{Follow, Looked};
use chorister_loader::reports::Reports;
use chorister_loader::stamp::Stamp;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Origin;
use crate::agent::{External, Place};
use crate::find;
use crate::judge::{Kind, Verdict, judge, read};
use crate::ruby::{Ruby, Shim};

/// How long after an agent did not want to be active, or could not say, it is asked again.
const RETRY: Duration = Duration::from_secs(10);

/// How many agents are asked at a time whether they want to be active.
const AT_ONCE: usize = 8;

/// The agents of some directories.
pub(crate) struct Agents {
    origin: Origin,
    place: Arc<Place>,
    hosting: Arc<dyn Hosting>,
    reports: Reports,
    /// By the paths of their DDLs.
    files: BTreeMap<PathBuf, File>,
    /// What is hosted by us, and whose it is.
    hosted: HashMap<String, Hosted>,
    /// Who was asked for nothing, and when.
    asked: HashMap<PathBuf, (Attempt, Instant)>,
}

/// A DDL as it was read last.
#[derive(Clone, Debug)]
struct File {
    /// What its text was.
    content: u64,
    /// What it is now.
    verdict: Verdict,
    /// The agent that it last described well.
    good: Option<Good>,
}

/// An agent that can be hosted.
#[derive(Clone, Debug)]
struct Good {
    ddl: Box<Ddl>,
    kind: Kind,
    content: u64,
}

/// What an agent was when it was asked whether it wants to be active.
type Attempt = (u64, Option<Stamp>);

/// What is hosted.
#[derive(Debug, PartialEq, Eq)]
struct Hosted {
    path: PathBuf,
    content: u64,
}

/// What one look found.
struct View {
    files: BTreeMap<PathBuf, File>,
    /// Directories that cannot be read.
    unreadable: Vec<(PathBuf, io::Error)>,
}

// === impl Agents ===

impl Follow for Agents {
    fn directories(&self) -> BTreeSet<PathBuf> {
        let of_files = self.files.keys().filter_map(|it| it.parent());
        let own = self.origin.directories.iter().map(PathBuf::as_path);
        of_files.chain(own).map(Path::to_owned).collect()
    }

    async fn look(&mut self) -> Option<Looked> {
        let origin = self.origin.clone();
        let files = core::mem::take(&mut self.files);
        let looking = tokio::task::spawn_blocking(move || View::of(&origin, files));
        let view = looking.await.ok()?;
        self.reconcile(view).await.ok()
    }
}

impl Agents {
    pub(crate) fn new(origin: Origin, hosting: Arc<dyn Hosting>, engine: EngineHandle) -> Self {
        Self {
            place: Arc::new(origin.place(engine.clone())),
            origin,
            hosting,
            reports: Reports::new("agents", engine),
            files: BTreeMap::new(),
            hosted: HashMap::new(),
            asked: HashMap::new(),
        }
    }

    async fn reconcile(&mut self, view: View) -> Result<Looked, HandleError> {
        self.files = view.files;
        let mut problems: BTreeMap<PathBuf, String> = view
            .unreadable
            .iter()
            .map(|(path, error)| {
                (
                    path.clone(),
                    format!("the agents cannot be looked at: {error}"),
                )
            })
            .collect();
        let claims = self.claims(&mut problems);
        // Where it is not known what there is, what is hosted goes on.
        if view.unreadable.is_empty() {
            self.dismiss(&claims);
        }
        for (name, path, result) in self.activate(&claims).await {
            let problem = match result {
                Ok(Some((agent, content))) => {
                    if self.hosting.host(agent) {
                        tracing::info!(agent = name, ddl = %path.display(), "hosts an external agent");
                    }
                    self.asked.remove(&path);
                    self.hosted.insert(name, Hosted { path, content });
                    continue;
                }
                Ok(None) => {
                    tracing::info!(agent = name, "does not want to be active");
                    if self.hosted.remove(&name).is_some() {
                        self.hosting.dismiss(&name);
                    }
                    continue;
                }
                Err(problem) => problem,
            };
            problems.insert(path, format!("agent `{name}` is not active: {problem}"));
        }
        self.tell(problems).await?;
        Ok(Looked::default())
    }

    /// Which DDL each agent is hosted by.
    fn claims(&self, problems: &mut BTreeMap<PathBuf, String>) -> BTreeMap<String, PathBuf> {
        let mut claims = BTreeMap::<String, PathBuf>::new();
        let place = |path: &Path| {
            let mut directories = self.origin.directories.iter();
            directories.position(|it| path.starts_with(it))
        };
        let mut paths: Vec<&PathBuf> = self.files.keys().collect();
        paths.sort_by_key(|path| place(path));
        for path in paths {
            let Some(file) = self.files.get(path) else {
                continue;
            };
            if let Verdict::Refused(reason) = &file.verdict {
                problems.insert(path.clone(), reason.clone());
            }
            let Some(good) = &file.good else { continue };
            let name = good.ddl.metadata.name.to_string();
            if !self.is_wanted(&name) {
                continue;
            }
            let is_foreign = !self.hosted.contains_key(&name) && self.hosting.hosts(&name);
            let problem = match claims.get(&name) {
                _ if is_foreign => format!("agent `{name}` is part of the program"),
                Some(first) => format!(
                    "agent `{name}` is also described by {}, which counts",
                    first.display()
                ),
                None => {
                    claims.insert(name, path.clone());
                    continue;
                }
            };
            problems.insert(path.clone(), problem);
        }
        claims
    }

    /// Whether the configuration lets an agent be active.
    fn is_wanted(&self, name: &str) -> bool {
        self.origin.settings.activates(name)
    }

    /// Gives up the agents that nothing describes any more.
    fn dismiss(&mut self, claims: &BTreeMap<String, PathBuf>) {
        let hosting = &self.hosting;
        self.hosted.retain(|name, _| {
            let stays = claims.contains_key(name);
            if !stays {
                tracing::info!(agent = name, "an external agent is gone");
                hosting.dismiss(name);
            }
            stays
        });
        let files = &self.files;
        self.asked.retain(|path, _| files.contains_key(path));
    }

    /// Asks those that are not hosted as they are now whether they want to be active: the agent then, with its content.
    async fn activate(
        &mut self,
        claims: &BTreeMap<String, PathBuf>,
    ) -> Vec<(
        String,
        PathBuf,
        Result<Option<(Arc<dyn Agent>, u64)>, String>,
    )> {
        let mut answers = Vec::new();
        let mut asking = JoinSet::new();
        for (name, path) in claims {
            let Some(good) = self.due(name, path) else {
                continue;
            };
            let agent = self.agent(path, &good);
            let (name, path) = (name.clone(), path.clone());
            asking.spawn(async move {
                let answer = match agent {
                    Ok(Candidate::Ready(agent)) => Ok(Some(agent)),
                    Ok(Candidate::Asked(agent)) => {
                        let wants = agent.activates().await;
                        wants.map(|it| it.then_some(agent as Arc<dyn Agent>))
                    }
                    Err(problem) => Err(problem),
                };
                let answer = answer.map(|it| it.map(|agent| (agent, good.content)));
                (name, path, answer)
            });
            if asking.len() >= AT_ONCE
                && let Some(Ok(answer)) = asking.join_next().await
            {
                answers.push(answer);
            }
        }
        while let Some(answer) = asking.join_next().await {
            answers.extend(answer);
        }
        answers
    }

    /// What is to be asked now whether it wants to be active.
    fn due(&mut self, name: &str, path: &Path) -> Option<Good> {
        let good = self.files.get(path)?.good.clone()?;
        let is_hosted = self
            .hosted
            .get(name)
            .is_some_and(|it| it.path == path && it.content == good.content);
        if is_hosted {
            self.asked.remove(path);
            return None;
        }
        let program = find::program(path.parent()?, name);
        let stamp = program.and_then(|it| it.metadata().ok());
        let attempt = (good.content, stamp.as_ref().map(Stamp::of));
        let now = Instant::now();
        if let Some((before, at)) = self.asked.get(path)
            && *before == attempt
            && now.duration_since(*at) < RETRY
        {
            return None;
        }
        self.asked.insert(path.to_owned(), (attempt, now));
        Some(good)
    }

    fn agent(&self, path: &Path, good: &Good) -> Result<Candidate, String> {
        let ddl = Ddl::clone(&good.ddl);
        let folder = path.parent().unwrap_or(path).to_owned();
        let place = Arc::clone(&self.place);
        match good.kind {
            Kind::Program => Ok(Candidate::Asked(Arc::new(External::new(
                ddl, folder, place,
            )))),
            Kind::Ruby => {
                let settings = &self.origin.settings.external_agents;
                let (Some(program), Some(configuration)) = (&settings.shim, &settings.config)
                else {
                    return Err("it is in Ruby, and there is no shim: set \
                         `plugin.choria.agent_provider.mcorpc.agent_shim` and `.config`"
                        .to_owned());
                };
                let shim = Shim {
                    program: program.clone(),
                    configuration: configuration.clone(),
                };
                Ok(Candidate::Ready(Arc::new(Ruby::new(ddl, shim, place))))
            }
        }
    }

    /// Tells the engine what is wrong, and what is not any more. What has not been asked again is as it was.
    async fn tell(&mut self, problems: BTreeMap<PathBuf, String>) -> Result<(), HandleError> {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let well: Vec<String> = self
            .reports
            .subjects()
            .filter(|subject| {
                let path = Path::new(subject);
                !problems.contains_key(path) && !self.asked.contains_key(path)
            })
            .map(str::to_owned)
            .collect();
        for subject in well {
            self.reports.report(&subject, None).await?;
        }
        for (path, problem) in problems {
            self.reports.report(&shown(&path), Some(problem)).await?;
        }
        Ok(())
    }
}

/// An agent before it is hosted.
enum Candidate {
    /// It is not asked whether it wants to be active.
    Ready(Arc<dyn Agent>),
    /// It is.
    Asked(Arc<External>),
}

// === impl View ===

impl View {
    fn of(origin: &Origin, mut known: BTreeMap<PathBuf, File>) -> Self {
        let mut view = Self {
            files: BTreeMap::new(),
            unreadable: Vec::new(),
        };
        for directory in &origin.directories {
            match find::scan(directory) {
                Ok(paths) => {
                    for path in paths {
                        let before = known.remove(&path);
                        let file = File::of(origin, &path, before);
                        view.files.insert(path, file);
                    }
                }
                // Most nodes do not have all of them.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let stays = known.extract_if(.., |path, _| path.starts_with(directory));
                    view.files.extend(stays);
                    view.unreadable.push((directory.clone(), error));
                }
            }
        }
        view
    }
}

// === impl File ===

impl File {
    fn of(origin: &Origin, path: &Path, before: Option<Self>) -> Self {
        let text = read(origin.trust, path);
        let content = hash(&text);
        let good = match before {
            Some(before) if before.content == content => return before,
            before => before.and_then(|it| it.good),
        };
        let verdict = match text {
            Ok(text) => judge(path, text),
            Err(problem) => Verdict::Refused(problem),
        };
        let good = match &verdict {
            Verdict::Agent(ddl, kind) => Some(Good {
                ddl: ddl.clone(),
                kind: *kind,
                content,
            }),
            Verdict::NotForUs => None,
            // What was good before goes on.
            Verdict::Refused(_) => good,
        };
        Self {
            content,
            verdict,
            good,
        }
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
