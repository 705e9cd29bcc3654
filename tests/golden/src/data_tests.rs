//! What was printed of a data plugin is what was read, and answers as its DDL says.

use std::sync::Arc;
use std::time::Instant;

use chorister_ddl::{Command, DataPlugin, Finished, Host, data_document, question};
use serde_json::{Value, json};

use crate::agents::tests::{now, read};
use crate::codegen::{Calling, Data, Failure, RequestContext};
use crate::data::{self, mount, queue};

#[test]
fn what_was_printed_is_what_was_read() {
    for (spec, document, compiled) in data::ALL {
        let checked = read("spec.ddl.yaml", spec);
        assert_eq!(
            checked.plugin(),
            Some(*compiled),
            "{:?}",
            checked.diagnostics
        );
        let document: Value = serde_json::from_str(document).expect("it is JSON");
        assert_eq!(document, data_document(compiled));
        let again = read("ddl.json", &document.to_string());
        let again = again.plugin().expect("the document has no errors");
        assert_eq!(data_document(again), document);
    }
}

/// A node that answers for its commands.
struct Node;

impl Host for Node {
    fn run(&self, command: Command, _: Instant) -> Calling<'_, Result<Finished, Failure>> {
        let source = command.arguments.join(" ");
        let finished = Finished {
            exit_code: Some(0),
            stdout: json!({"filesystems": [{"source": source}]}).to_string(),
            stderr: String::new(),
        };
        Box::pin(core::future::ready(Ok(finished)))
    }
}

struct Queues;

impl queue::QueueData for Queues {
    async fn ask(
        &self,
        _: &RequestContext,
        input: queue::QueueInput,
    ) -> Result<queue::QueueOutput, Failure> {
        if input.query.starts_with('_') {
            return Err(Failure::aborted("there is no such queue"));
        }
        Ok(queue::QueueOutput {
            length: i64::try_from(input.query.len()).unwrap_or_default(),
            ..queue::QueueOutput::default()
        })
    }
}

/// What a plugin answers, or why it does not.
fn ask(plugin: &dyn DataPlugin, query: Value) -> Result<Value, String> {
    let cx = RequestContext::new(Instant::now(), Arc::new(Node));
    let data: Data = question(plugin.ddl(), Some(&query));
    let answer = now(plugin.ask(&cx, data));
    answer.map(Value::Object).map_err(|it| it.message)
}

#[test]
fn a_plugin_in_rust_is_asked_with_a_query_that_fits() {
    let ask = |query| ask(&queue::QueuePlugin(Queues), query);
    assert_eq!(ask(json!("mail.out")), Ok(json!({"length": 8})));
    assert_eq!(ask(json!("_")), Err("there is no such queue".to_owned()));
    let invalid = |why: &str| Err(format!("Validation failed: {why}"));
    assert_eq!(ask(Value::Null), invalid("input 'query' is required"));
    let text = "validation failed for input 'query': is not a string";
    assert_eq!(ask(json!(1)), invalid(text));
    let text = "validation failed for input 'query': input does not match '^[a-z_.]+$'";
    assert_eq!(ask(json!("$(id)")), invalid(text));
}

#[test]
fn a_command_is_told_the_query_in_its_own_type() {
    let ask = |query| ask(&mount::MountPlugin, query);
    let expect = |depth: &str| {
        let device = format!("/usr/bin/findmnt --json --depth={depth}");
        Ok(json!({"device": device, "options": "ro"}))
    };
    assert_eq!(ask(Value::Null), expect("1"));
    assert_eq!(ask(json!(3)), expect("3"));
    // `rpcutil#get_data` only knows texts.
    assert_eq!(ask(json!("4")), expect("4"));
    let text = "Validation failed: validation failed for input 'query': is not an integer";
    assert_eq!(ask(json!("many")), Err(text.to_owned()));
}
