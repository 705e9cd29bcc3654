//! Actions that are commands.

use chorister_ir::ddl::{Action, ExecAction, ExecOutputs, Extract, Output, ValueType};
use chorister_ir::{Argument, Filling, ParameterId, Variable, command_line, filled};
use chorister_lang::gjson;
use serde_json::{Number, Value};

use crate::host::{Command, Finished};
use crate::{Answer, Data, Failure, RequestContext, fits, normal, pattern};

/// Most bytes of what a command complained that are told to whoever asked.
const MOST_TOLD: usize = 500;

/// The command for these values of a request, which were accepted.
#[must_use]
pub fn argv(
    action: &Action,
    arguments: &[Argument],
    environment: &[Variable],
    data: &Data,
) -> Command {
    let value = |id: ParameterId| {
        let input = action.input_at(id)?;
        data.get(input.name.as_ref()).map(filling)
    };
    Command {
        arguments: command_line(arguments, value),
        environment: environment
            .iter()
            .filter_map(|it| Some((it.name.to_string(), filled(&it.value, value)?)))
            .collect(),
    }
}

fn filling(value: &Value) -> Filling {
    match value {
        Value::Array(items) => Filling::Many(items.iter().map(text).collect()),
        value => Filling::One(text(value)),
    }
}

/// A value as a word: texts as they are, all else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Runs the command that an action is for these values, which were accepted; its outputs.
pub(crate) async fn execute(
    cx: &RequestContext,
    action: &Action,
    exec: &ExecAction,
    data: &Data,
) -> Answer {
    let command = argv(action, &exec.arguments, &exec.environment, data);
    let finished = cx.host.run(command, cx.deadline).await?;
    extract(action, exec, &finished)
}

/// The outputs of an action, taken from what its command left behind.
///
/// # Errors
/// Status 1, where the command did not succeed, or an output is not there or of the wrong type.
pub fn extract(action: &Action, exec: &ExecAction, of: &Finished) -> Result<Data, Failure> {
    let code = of.exit_code.and_then(|it| u8::try_from(it).ok());
    if !code.is_some_and(|it| exec.success.contains(&it)) {
        return Err(Failure::aborted(failed(of)));
    }
    match &exec.outputs {
        ExecOutputs::Object => object(action, &of.stdout),
        ExecOutputs::Each(each) => {
            let mut data = Data::new();
            let mut printed = None;
            for taken in each {
                let wanted = action.output(&taken.output).and_then(|it| it.kind);
                let found = match &taken.from {
                    Extract::Stdout => typed(wanted, of.stdout.trim()),
                    Extract::Stderr => typed(wanted, of.stderr.trim()),
                    Extract::ExitCode => code.map(|it| Value::Number(it.into())),
                    Extract::Line(number) => {
                        line(&of.stdout, *number).and_then(|it| typed(wanted, it))
                    }
                    Extract::Match(pattern) => {
                        first_group(pattern, &of.stdout).and_then(|it| typed(wanted, it))
                    }
                    Extract::Json(path) => {
                        let printed: &Value = printed.get_or_insert_with(|| json(&of.stdout));
                        gjson::get(printed, path)
                            .map(std::borrow::Cow::into_owned)
                            .and_then(|it| suitable(wanted, it))
                    }
                };
                // What has a default may be missing.
                match found {
                    Some(value) => {
                        data.insert(taken.output.to_string(), value);
                    }
                    None if has_default(action, &taken.output) => {}
                    None => {
                        let name = &taken.output;
                        let message =
                            format!("Could not find '{name}' in what the command printed");
                        return Err(Failure::aborted(message));
                    }
                }
            }
            Ok(data)
        }
    }
}

fn failed(of: &Finished) -> String {
    let ended = match of.exit_code {
        Some(code) => format!("The command failed with exit code {code}"),
        None => "The command was ended by a signal".to_owned(),
    };
    let complaint = of.stderr.trim();
    let told = complaint.get(..complaint.floor_char_boundary(MOST_TOLD));
    match told.unwrap_or_default() {
        "" => ended,
        told => format!("{ended}: {told}"),
    }
}

/// The members of the object that a command printed, those that the action answers.
fn object(action: &Action, printed: &str) -> Result<Data, Failure> {
    let Value::Object(mut members) = json(printed) else {
        return Err(Failure::aborted("The command did not print a JSON object"));
    };
    let mut data = Data::new();
    for Output { name, kind, .. } in &action.outputs {
        let Some(value) = members.shift_remove(name.as_ref()) else {
            continue;
        };
        let Some(value) = suitable(*kind, value) else {
            let message = format!("The command printed '{name}', which is of the wrong type");
            return Err(Failure::aborted(message));
        };
        data.insert(name.to_string(), value);
    }
    Ok(data)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn has_default(action: &Action, output: &str) -> bool {
    action.output(output).is_some_and(|it| it.default.is_some())
}

/// A line from the beginning or the end, without white space around it.
fn line(text: &str, number: i64) -> Option<&str> {
    let at = usize::try_from(number.unsigned_abs())
        .ok()?
        .checked_sub(1)?;
    let line = if number > 0 {
        text.lines().nth(at)
    } else {
        text.lines().nth_back(at)
    };
    line.map(str::trim)
}

fn first_group<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let captures = pattern::compiled(pattern)?.captures(text)?;
    let all = captures.get(0)?;
    Some(captures.get(1).unwrap_or(all).as_str())
}

/// A text as a value of a type; as it is, where none is wanted.
fn typed(wanted: Option<ValueType>, text: &str) -> Option<Value> {
    Some(match wanted {
        None | Some(ValueType::String | ValueType::List) => Value::String(text.to_owned()),
        Some(ValueType::Integer) => Value::Number(text.parse::<i64>().ok()?.into()),
        Some(ValueType::Float | ValueType::Number) => {
            Value::Number(Number::from_f64(text.parse().ok()?)?)
        }
        Some(ValueType::Boolean) => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Value::Bool(true),
            "0" | "false" | "no" | "off" => Value::Bool(false),
            _ => return None,
        },
        Some(wanted) => suitable(Some(wanted), json(text))?,
    })
}

/// The value, if it is of the type that is wanted.
fn suitable(wanted: Option<ValueType>, value: Value) -> Option<Value> {
    match wanted {
        None => Some(value),
        Some(wanted) => fits(wanted, &value).then(|| normal(wanted, value)),
    }
}
