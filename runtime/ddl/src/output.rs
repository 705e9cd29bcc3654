//! What an action answers.

use chorister_ir::ddl::{Action, Output, ValueType};
use serde::Serialize;
use serde_json::{Number, Value};

use crate::{Data, Failure, json, value};

/// Fills in the outputs that an answer leaves out and that have a default.
pub fn complete(action: &Action, data: &mut Data) {
    for output in &action.outputs {
        let Some(default) = &output.default else {
            continue;
        };
        if !data.contains_key(output.name.as_ref()) {
            data.insert(output.name.to_string(), json::to_value(default));
        }
    }
}

/// The answer to a request, from the output of an action in Rust.
///
/// # Errors
/// Status 5, where the output is no mapping.
pub fn answer(action: &Action, output: &impl Serialize) -> Result<Data, Failure> {
    match serde_json::to_value(output) {
        Ok(Value::Object(mut data)) => {
            action.outputs.iter().for_each(|it| plain(it, &mut data));
            complete(action, &mut data);
            Ok(data)
        }
        _ => Err(Failure::unknown(format!(
            "Could not write the reply of {}",
            action.name
        ))),
    }
}

/// Writes whole numbers as Go does: without a fraction, whatever their type is.
fn plain(output: &Output, data: &mut Data) {
    if !matches!(output.kind, Some(ValueType::Float | ValueType::Number)) {
        return;
    }
    if let Some(Value::Number(number)) = data.get_mut(output.name.as_ref())
        && let Some(whole) = value::whole(number)
    {
        *number = Number::from(whole);
    }
}
