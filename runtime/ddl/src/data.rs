//! Data plugins: questions that filters and agents put to the node that they are on.

use chorister_ir::ddl::{ActionRun, DataDdl, InputKind};
use serde_json::Value;

use crate::exec::execute;
use crate::{Answer, Calling, Data, Failure, RequestContext, complete, parse, take};

/// A data plugin that a node can ask.
///
/// Generated plugins implement it; whoever asks them sees nothing else of them.
pub trait DataPlugin: Send + Sync {
    /// What it can be asked, and what it answers.
    fn ddl(&self) -> &DataDdl;

    /// Answers what is asked; the query is held against its DDL first.
    ///
    /// The future may be dropped at the deadline at any point where it waits.
    fn ask<'a>(&'a self, cx: &'a RequestContext, data: Data) -> Calling<'a>;
}

/// A query as the values of a plugin's question.
///
/// A text is read as the type that is wanted: `rpcutil#get_data` knows only texts.
#[must_use]
pub fn question(ddl: &DataDdl, query: Option<&Value>) -> Data {
    let wanted = ddl.question.input(DataDdl::QUERY);
    let query = query.filter(|it| !it.is_null()).map(|query| {
        let is_text =
            |kind: &InputKind| matches!(kind, InputKind::String { .. } | InputKind::List(_));
        match (wanted, query) {
            (Some(input), Value::String(text)) if !is_text(&input.kind) => {
                // What it is not is said where it is held against the DDL.
                parse(input, text).unwrap_or_else(|_| query.clone())
            }
            _ => query.clone(),
        }
    });
    let named = query.map(|it| (DataDdl::QUERY.to_owned(), it));
    named.into_iter().collect()
}

/// Asks a plugin that is declared and not written in Rust.
///
/// # Errors
/// What is wrong with the query, or what went wrong.
pub async fn asked(cx: &RequestContext, ddl: &DataDdl, data: Data) -> Answer {
    let question = &ddl.question;
    let data = take(question, data)?;
    let ActionRun::Exec(exec) = &question.run else {
        let message = format!("Nobody answers for the data plugin {}", question.name);
        return Err(Failure::unknown(message));
    };
    let mut answer = execute(cx, question, exec, &data).await?;
    complete(question, &mut answer);
    Ok(answer)
}
