//! Agents of MCollective, which are in Ruby and run by a shim.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use chorister_ddl::{Agent, Answer, Calling, Data, Failure, RequestContext};
use chorister_ir::ddl::{Action, Ddl};
use chorister_system::child::{self, Exit, Limits, Program};
use serde::Serialize;

use crate::agent::{Place, remaining, trusted};
use crate::document::{self, Reply};
use crate::exchange::{self, ANSWER};

/// What the shim may print: its answer.
const OUTPUT: Limits = Limits {
    keep: ANSWER as usize,
    ..Limits::DEFAULT
};

/// The program that runs agents of MCollective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shim {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its configuration.
    pub(crate) configuration: PathBuf,
}

/// An agent of MCollective. The shim holds requests against the DDL itself.
#[derive(Debug)]
pub(crate) struct Ruby {
    ddl: Ddl,
    shim: Shim,
    place: Arc<Place>,
}

/// What the shim is asked.
///
/// Compat: go-choria `providers/agent/mcorpc/ruby`: names and order of the members.
#[derive(Serialize)]
struct Request<'a> {
    agent: &'a str,
    action: &'a str,
    requestid: &'a str,
    senderid: &'a str,
    callerid: &'a str,
    collective: &'a str,
    ttl: u64,
    msgtime: i64,
    body: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    agent: &'a str,
    action: &'a str,
    data: &'a Data,
    caller: &'a str,
}

// === impl Ruby ===

impl Ruby {
    pub(crate) const fn new(ddl: Ddl, shim: Shim, place: Arc<Place>) -> Self {
        Self { ddl, shim, place }
    }

    async fn ask(&self, cx: &RequestContext, action: &Action, data: &Data) -> Answer {
        let agent = self.ddl.metadata.name.as_ref();
        let failed = |error: String| {
            let name = &action.name;
            Failure::aborted(format!("Could not call Ruby agent {agent}#{name}: {error}"))
        };
        let request = serde_json::to_vec(&Request {
            agent,
            action: &action.name,
            requestid: &cx.request_id,
            senderid: &cx.sender,
            callerid: &cx.caller,
            collective: &cx.collective,
            ttl: cx.ttl,
            msgtime: cx.time,
            body: Body {
                agent,
                action: &action.name,
                data,
                caller: &cx.caller,
            },
        });
        let request = request.map_err(|error| failed(error.to_string()))?;
        let shim = trusted(self.place.trust, self.shim.program.clone());
        let file = shim.await.map_err(failed)?;
        let input = tokio::task::spawn_blocking(move || input(&request)).await;
        let input = input
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(|error| failed(error.to_string()))?;
        let name = file.to_string_lossy().into_owned();
        let program = Program {
            file,
            name,
            arguments: vec![
                "--config".to_owned(),
                self.shim.configuration.to_string_lossy().into_owned(),
            ],
            directory: std::env::temp_dir(),
            environment: vec![("PATH".into(), child::search_folders())],
            timeout: Some(remaining(cx)),
            disown: false,
        };
        let never = std::future::pending();
        let mut ended = child::run_fed_apart(&program, input, &OUTPUT, never).await;
        let printed = core::mem::take(&mut ended.output);
        exchange::log(agent, &ended);
        if ended.exit != Exit::Code(0) {
            let why = exchange::why(&ended.exit);
            return Err(failed(format!("executing the shim failed: {why}")));
        }
        let reply: Reply = document::decode(&printed).map_err(failed)?;
        reply.into_answer(action)
    }
}

impl Agent for Ruby {
    fn ddl(&self) -> &Ddl {
        &self.ddl
    }

    fn call<'a>(&'a self, cx: &'a RequestContext, action: &'a str, data: Data) -> Calling<'a> {
        Box::pin(async move {
            let name = &self.ddl.metadata.name;
            let found = self.ddl.action(action);
            let action = found.ok_or_else(|| Failure::unknown_action(name, action))?;
            self.ask(cx, action, &data).await
        })
    }
}

/// A file that nobody else sees, from which these bytes are read.
fn input(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file: File = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}
