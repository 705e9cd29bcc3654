//! Which nodes a plugin is for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use chorister_bundle::plugins::Plugin;
use chorister_lang::expr::{Environment, EvalError, Host, Program, Signature, Type};
use chorister_lang::{gjson, re2};
use chorister_system::programs;
use serde_json::Value;

/// How much memory a pattern may take, in bytes.
const PATTERN: usize = 256 << 10;

/// What conditions look at.
pub(super) struct Node<'a> {
    pub(super) identity: &'a str,
    pub(super) facts: &'a Value,
    /// Where commands are found.
    pub(super) search: &'a OsStr,
}

/// The condition of a plugin; `None` where it is for every node.
///
/// # Errors
/// It is no condition.
pub(super) fn condition(plugin: &Plugin) -> Result<Option<Program>, String> {
    let text = plugin.matcher.as_deref().map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    Program::compile(text, &environment())
        .map(Some)
        .map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(|it| it.message.to_string()).collect();
            format!("`match` of `{}`: {}", plugin.name, errors.join("; "))
        })
}

fn environment() -> Environment {
    let function = |result| Signature {
        parameters: vec![Type::String],
        result,
    };
    let functions = [
        ("identity", Type::Bool),
        ("get_fact", Type::Any),
        ("has_file", Type::Bool),
        ("has_directory", Type::Bool),
        ("has_command", Type::Bool),
    ];
    Environment {
        variables: BTreeMap::new(),
        functions: functions
            .map(|(name, result)| (name.to_owned(), function(result)))
            .into(),
        expects_bool: true,
        undefined_is_nil: false,
    }
}

impl Host for Node<'_> {
    fn variable(&self, _: &str) -> Option<&Value> {
        None
    }

    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, EvalError> {
        let [Value::String(text)] = arguments else {
            return Err(EvalError::new(format!("`{function}` takes one string")));
        };
        Ok(match function {
            "identity" => {
                let pattern = re2::compile_within(text, PATTERN)
                    .map_err(|error| EvalError::new(error.message.to_string()))?;
                pattern.is_match(self.identity).into()
            }
            "get_fact" => gjson::get(self.facts, text).map_or(Value::Null, Cow::into_owned),
            "has_file" => Path::new(text).is_file().into(),
            "has_directory" => Path::new(text).is_dir().into(),
            "has_command" => programs::find(text, self.search).is_some().into(),
            _ => return Err(EvalError::new(format!("there is no `{function}`"))),
        })
    }
}
