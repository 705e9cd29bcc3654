//! The agents of emulated nodes.

use core::time::Duration;
use std::sync::Arc;

use chorister_ddl::{Agent, Calling, Data, Failure, RequestContext, accept};
use chorister_ir::ddl::{Action, Ddl, Display, Input, InputKind, Metadata, Output};
use chorister_ir::{Json, list, text};
use serde_json::Value;
use tokio::sync::Notify;

/// An agent that answers with as much as it is asked for.
pub(super) struct Emulated {
    ddl: Ddl,
    ending: Arc<Notify>,
}

/// What the names of such agents begin with; a number follows.
const NAME: &str = "emulated";

/// The longest text that is made, in bytes: less than brokers take in one message.
const MOST: usize = 512 << 10;

static SIZE: [Input; 1] = [Input {
    name: text("size"),
    prompt: text("Size"),
    description: text("How many bytes are answered"),
    kind: InputKind::Integer,
    optional: true,
    default: Some(Json::Integer(20)),
}];

static MESSAGE: [Output; 1] = [Output {
    name: text("message"),
    description: text("As many bytes as were asked for"),
    display_as: text("Message"),
    ..Output::DEFAULT
}];

static ACTIONS: [Action; 2] = [
    Action {
        name: text("generate"),
        description: text("Answers with so many bytes"),
        display: Display::Always,
        inputs: list(&SIZE),
        outputs: list(&MESSAGE),
        ..Action::DEFAULT
    },
    Action {
        name: text("exit_emulator"),
        description: text("Ends all nodes of the process"),
        ..Action::DEFAULT
    },
];

// === impl Emulated ===

impl Emulated {
    /// The agent with this number.
    pub(super) fn new(number: usize, ending: Arc<Notify>) -> Self {
        Self {
            ddl: describe(format!("{NAME}{number}")),
            ending,
        }
    }
}

/// What an emulated agent can be asked; `None` for names of others.
pub(crate) fn description(agent: &str) -> Option<Ddl> {
    let number = agent.strip_prefix(NAME)?;
    number.parse::<usize>().ok()?;
    Some(describe(agent.to_owned()))
}

fn describe(name: String) -> Ddl {
    Ddl {
        metadata: Metadata {
            name: name.into(),
            description: text("Answers as much as it is asked for"),
            author: text("Chorister"),
            license: text("Apache-2.0"),
            url: text("https://github.com/chorister/chorister"),
            version: text("0.1.0"),
            timeout: Duration::from_secs(10),
            ..Metadata::DEFAULT
        },
        actions: list(&ACTIONS),
    }
}

impl Agent for Emulated {
    fn ddl(&self) -> &Ddl {
        &self.ddl
    }

    fn call<'a>(&'a self, _: &'a RequestContext, action: &'a str, data: Data) -> Calling<'a> {
        Box::pin(async move {
            let declared = self.ddl.action(action);
            let declared =
                declared.ok_or_else(|| Failure::unknown_action(&self.ddl.metadata.name, action))?;
            let data = accept(declared, data)
                .map_err(|error| Failure::invalid(format!("Validation failed: {error}")))?;
            if action == "exit_emulator" {
                self.ending.notify_one();
                return Ok(Data::new());
            }
            let size = data.get("size").and_then(Value::as_u64).unwrap_or_default();
            let size = usize::try_from(size).unwrap_or(usize::MAX).min(MOST);
            let digits = ('0'..='9').cycle().take(size);
            let message = Value::from(digits.collect::<String>());
            Ok(Data::from_iter([("message".to_owned(), message)]))
        })
    }
}
