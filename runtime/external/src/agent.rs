//! An agent that is a program.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use chorister_ddl::{
    Agent, Answer, Calling, Data, Failure, Host, RequestContext, declared, validated,
};
use chorister_engine::EngineHandle;
use chorister_ir::ddl::{Action, ActionRun, Ddl};
use chorister_loader::{Judge, Trust};

use crate::document::{self, Activation, Protocol, Reply, Request};
use crate::exchange::{self, Question};
use crate::find;

/// How long a program may take to say whether it wants to be active.
///
/// Compat: go-choria `external/agent.go`.
const ACTIVATION: Duration = Duration::from_secs(2);

/// How much longer than a request a program may take, if whoever asked has not ended it by then.
const LATE: Duration = Duration::from_millis(1500);

/// What all agents of a node share.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Whose files are run.
    pub(crate) trust: Trust,
    /// The folder in which an agent's own configuration would be.
    pub(crate) plugins: PathBuf,
    /// What knows the facts.
    pub(crate) engine: EngineHandle,
}

/// An agent whose actions a program beside its DDL does.
#[derive(Debug)]
pub(crate) struct External {
    ddl: Ddl,
    /// Where the DDL is.
    folder: PathBuf,
    place: Arc<Place>,
}

// === impl External ===

impl External {
    pub(crate) const fn new(ddl: Ddl, folder: PathBuf, place: Arc<Place>) -> Self {
        Self { ddl, folder, place }
    }

    /// Whether it wants to be active. One that needs no program always does.
    ///
    /// # Errors
    /// Why it cannot say.
    pub(crate) async fn activates(&self) -> Result<bool, String> {
        let is_program = |it: &Action| matches!(it.run, ActionRun::External);
        if !self.ddl.actions.iter().any(is_program) {
            return Ok(true);
        }
        let agent = self.ddl.metadata.name.to_string();
        let request = serde_json::to_vec(&Activation::new(&agent)).unwrap_or_default();
        let answer = exchange::ask(Question {
            program: self.program().await?,
            configuration: self.place.plugins.join(&agent),
            agent,
            protocol: Protocol::Activation,
            request,
            facts: None,
            timeout: ACTIVATION,
        });
        document::activates(&answer.await?)
    }

    /// The program as it is now: a new one counts from the next request on.
    async fn program(&self) -> Result<PathBuf, String> {
        let program = find::program(&self.folder, &self.ddl.metadata.name);
        self.place.runnable(program).await
    }
}

impl Agent for External {
    fn ddl(&self) -> &Ddl {
        &self.ddl
    }

    fn call<'a>(&'a self, cx: &'a RequestContext, action: &'a str, data: Data) -> Calling<'a> {
        Box::pin(async move {
            let name = &self.ddl.metadata.name;
            let found = self.ddl.action(action);
            let action = found.ok_or_else(|| Failure::unknown_action(name, action))?;
            match action.run {
                ActionRun::External => {
                    let data = validated(action, data)?;
                    let program = self.program().await;
                    self.place.ask(program, cx, name, action, data).await
                }
                _ => declared(cx, &self.ddl, action, data).await,
            }
        })
    }
}

// === impl Place ===

impl Place {
    /// A program, if it is there and nobody can change it who should not.
    async fn runnable(&self, program: Option<PathBuf>) -> Result<PathBuf, String> {
        let program = program.ok_or_else(|| "agent executable was not found".to_owned())?;
        trusted(self.trust, program).await
    }

    /// Asks a program for an action, with values that were held against its DDL.
    ///
    /// Compat: go-choria `external/agent.go`: the texts.
    async fn ask(
        &self,
        program: Result<PathBuf, String>,
        cx: &RequestContext,
        agent: &str,
        action: &Action,
        data: Data,
    ) -> Answer {
        let of = format!("external agent {agent}#{}", action.name);
        let program =
            program.map_err(|error| Failure::aborted(format!("Cannot call {of}: {error}")))?;
        let request = Request::new(cx, agent, &action.name, &data);
        let failed = |error: String| Failure::aborted(format!("Could not call {of}: {error}"));
        let request = serde_json::to_vec(&request).map_err(|error| failed(error.to_string()))?;
        let answer = exchange::ask(Question {
            program,
            configuration: self.plugins.join(agent),
            agent: agent.to_owned(),
            protocol: Protocol::Request,
            request,
            facts: self.engine.facts().await.ok(),
            timeout: remaining(cx),
        });
        let reply: Reply = document::decode(&answer.await.map_err(failed)?).map_err(failed)?;
        reply.into_answer(action)
    }
}

/// The programs of agents whose DDLs are part of the node.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) directories: Vec<PathBuf>,
    pub(crate) place: Place,
}

impl Host for Programs {
    fn external<'a>(
        &'a self,
        cx: &'a RequestContext,
        ddl: &'a Ddl,
        action: &'a str,
        data: Data,
    ) -> Calling<'a> {
        Box::pin(async move {
            let name = &ddl.metadata.name;
            let found = ddl.action(action);
            let action = found.ok_or_else(|| Failure::unknown_action(name, action))?;
            let folders = self.directories.iter();
            let mut folders = folders.flat_map(|it| [it.clone(), it.join(name.as_ref())]);
            let program = folders.find_map(|it| find::program(&it, name));
            let program = self.place.runnable(program).await;
            self.place.ask(program, cx, name, action, data).await
        })
    }
}

/// How long a program may take for a request.
pub(crate) fn remaining(cx: &RequestContext) -> Duration {
    cx.deadline.saturating_duration_since(Instant::now()) + LATE
}

/// A file that is run, if nobody can change it who should not.
///
/// # Errors
/// Who could.
pub(crate) async fn trusted(trust: Trust, file: PathBuf) -> Result<PathBuf, String> {
    let judge = move || {
        let unusable = |error| format!("{} cannot be read: {error}", file.display());
        let real = Path::canonicalize(&file).map_err(unusable)?;
        match Judge::new(trust).open(&real) {
            Ok((_, _, None)) => Ok(file),
            Ok((_, _, Some(objection))) => Err(objection),
            // A program need not be readable.
            Err(_) if trust == Trust::Anybody => Ok(file),
            Err(error) => Err(unusable(error)),
        }
    };
    let judged = tokio::task::spawn_blocking(judge).await;
    judged.unwrap_or_else(|error| Err(error.to_string()))
}
