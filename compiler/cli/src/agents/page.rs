//! A page about an agent, in Markdown.

use anyhow::Result;
use chorister_ir::ddl::{Action, ActionRun, DataDdl, Ddl, Input, InputKind, Output, ValueType};
use chorister_ir::{Argument, Filling, command_line};
use serde_json::{Value, json};

use crate::docs::{code, sentence, text};
use crate::templates::template;

/// The page about an agent.
pub(crate) fn page(of: &Ddl, source: &str) -> Result<String> {
    let metadata = &of.metadata;
    let data = json!({
        "source": source,
        "name": text(&metadata.name),
        "version": text(&metadata.version),
        "description": sentence(&metadata.description),
        "timeout": metadata.timeout.as_secs(),
        "service": metadata.service,
        "author": text(&metadata.author),
        "license": text(&metadata.license),
        "url": text(&metadata.url),
        "actions": of.actions.iter().map(action).collect::<Vec<_>>(),
    });
    template!("docs/agent.md").render(&data)
}

/// The page about a data plugin.
pub(crate) fn page_of_data(of: &DataDdl, source: &str) -> Result<String> {
    let (metadata, question) = (&of.metadata, &of.question);
    let output = question.outputs.first();
    let call = format!(
        "{}({}){}",
        metadata.name,
        if of.takes_query() { "…" } else { "" },
        output.map_or_else(String::new, |it| format!(".{}", it.name)),
    );
    let data = json!({
        "source": source,
        "name": text(&metadata.name),
        "version": text(&metadata.version),
        "description": sentence(&metadata.description),
        "timeout": metadata.timeout.as_secs(),
        "author": text(&metadata.author),
        "license": text(&metadata.license),
        "url": text(&metadata.url),
        "call": code(&call),
        "question": action(question),
    });
    template!("docs/data.md").render(&data)
}

fn action(of: &Action) -> Value {
    let sums = of.aggregates.iter();
    let sums = sums.map(|it| format!("{} of {}", it.function.name(), code(&it.output)));
    json!({
        "name": text(&of.name),
        "description": sentence(&of.description),
        "runs": runs(&of.run),
        "inputs": of.inputs.iter().map(input).collect::<Vec<_>>(),
        "outputs": of.outputs.iter().map(output).collect::<Vec<_>>(),
        "sums": sums.collect::<Vec<_>>().join(", "),
    })
}

fn runs(of: &ActionRun) -> String {
    match of {
        ActionRun::Native | ActionRun::External => String::new(),
        ActionRun::Exec(exec) => format!("Runs {}.", words(&exec.arguments)),
        ActionRun::Job(job) => format!(
            "Starts {} as a job, which is ended after {} s.",
            words(&job.arguments),
            job.timeout.as_secs()
        ),
        ActionRun::Machine(it) => format!(
            "Fires {} of the machine {}.",
            code(&it.transition),
            code(&it.machine)
        ),
    }
}

/// A command with its values left open.
fn words(of: &[Argument]) -> String {
    let words = command_line(of, |_| Some(Filling::One("…".to_owned())));
    code(&words.join(" "))
}

fn input(of: &Input) -> Value {
    let limits = match &of.kind {
        InputKind::String {
            validation,
            max_length,
        } => match (validation.as_str(), max_length) {
            (_, 0) => String::new(),
            ("", most) => format!("at most {most} bytes"),
            (like, most) => format!("{}, at most {most} bytes", code(like)),
        },
        InputKind::List(values) => {
            let values: Vec<_> = values.iter().map(|it| code(it)).collect();
            values.join(", ")
        }
        _ => String::new(),
    };
    let items = match &of.kind {
        InputKind::Array(items) => *items,
        _ => None,
    };
    let default = chorister_ddl::default_of(of).map(|it| code(&it.to_string()));
    json!({
        "name": code(&of.name),
        "kind": kind(of.kind.name(), items),
        "limits": limits,
        "default": match default {
            Some(default) => default,
            None if of.optional => String::new(),
            None => "has to be given".to_owned(),
        },
        "about": sentence(&of.description),
    })
}

fn output(of: &Output) -> Value {
    let default = of.default.as_ref().map(chorister_ddl::to_value);
    json!({
        "name": code(&of.name),
        "title": text(&of.display_as),
        "kind": kind(of.kind.map_or("any", ValueType::name), of.items),
        "default": default.map(|it| code(&it.to_string())).unwrap_or_default(),
        "about": sentence(&of.description),
    })
}

fn kind(name: &str, items: Option<ValueType>) -> String {
    match items {
        Some(items) => format!("{name} of {}", items.name()),
        None => name.to_owned(),
    }
}
