//! All values of a request, held against its action.

use chorister_ir::ddl::{Action, Input};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Data, Failure, Invalid, check, check_text, json, parse, value};

/// What clients in Ruby add to every request.
const OF_RUBY: &str = "process_results";

/// What is wrong with the values of a request; one thing at a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// A value is missing.
    #[error("input '{0}' is required")]
    Missing(String),
    /// A request has a value that cannot be.
    #[error("validation failed for input '{name}': {invalid}")]
    Invalid {
        /// Name of the input.
        name: String,
        /// What is wrong.
        invalid: Invalid,
    },
    /// A word of a command line is a value that cannot be.
    #[error("invalid value for '{name}': {invalid}")]
    InvalidText {
        /// Name of the input.
        name: String,
        /// What is wrong.
        invalid: Invalid,
    },
    /// A request has a value that the action does not take.
    #[error("request contains an input '{name}' that is not declared in the DDL. Valid inputs are: {}", .known.join(", "))]
    Undeclared {
        /// The name that was given.
        name: String,
        /// The names that there are, sorted.
        known: Vec<String>,
    },
    /// A request has values, and the action takes none.
    #[error("request contains inputs while none are declared in the DDL")]
    NoneDeclared,
    /// A word of a command line names no input.
    #[error("input '{0}' has not been declared")]
    UndeclaredText(String),
}

/// Holds the values of a request against its action, and fills in what they leave out.
///
/// What is wrong is looked for input by input in the order of their names, and then among the rest. `null` is as good
/// as nothing.
///
/// # Errors
/// The first thing that is wrong.
pub fn accept(action: &Action, mut data: Data) -> Result<Data, Rejected> {
    data.shift_remove(OF_RUBY);
    data.retain(|_, value| !value.is_null());
    let mut inputs: Vec<&Input> = action.inputs.iter().collect();
    inputs.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let mut accepted = Data::new();
    for input in &inputs {
        let name = input.name.as_ref();
        let value = match data.shift_remove(name) {
            Some(value) => {
                check(input, &value).map_err(|invalid| Rejected::Invalid {
                    name: name.to_owned(),
                    invalid,
                })?;
                value
            }
            None => match default_of(input) {
                Some(default) => default,
                None if input.optional => continue,
                None => return Err(Rejected::Missing(name.to_owned())),
            },
        };
        let value = match input.kind.value_type() {
            Some(wanted) => value::normal(wanted, value),
            None => value,
        };
        accepted.insert(name.to_owned(), value);
    }
    match data.keys().next() {
        None => Ok(accepted),
        Some(_) if inputs.is_empty() => Err(Rejected::NoneDeclared),
        Some(name) => Err(Rejected::Undeclared {
            name: name.clone(),
            known: inputs.iter().map(|it| it.name.to_string()).collect(),
        }),
    }
}

/// Reads `name=value` words of a command line as the values of a request, and fills in what they leave out.
///
/// # Errors
/// The first thing that is wrong.
pub fn request<'w>(
    action: &Action,
    words: impl IntoIterator<Item = (&'w str, &'w str)>,
) -> Result<Data, Rejected> {
    let mut data = Data::new();
    for (name, text) in words {
        let input = action
            .input(name)
            .or_else(|| action.input(&name.to_lowercase()))
            .ok_or_else(|| Rejected::UndeclaredText(name.to_owned()))?;
        let value = parse(input, text).map_err(|invalid| Rejected::InvalidText {
            name: input.name.to_string(),
            invalid,
        })?;
        data.insert(input.name.to_string(), value);
    }
    for input in &action.inputs {
        if data.contains_key(input.name.as_ref()) {
            continue;
        }
        match default_of(input) {
            Some(default) => {
                data.insert(input.name.to_string(), default);
            }
            None if input.optional => {}
            None => return Err(Rejected::Missing(input.name.to_string())),
        }
    }
    Ok(data)
}

/// The value of an input where a request gives none.
///
/// A default that its own input refuses is none: many DDLs say `""` for "nothing".
#[must_use]
pub fn default_of(input: &Input) -> Option<Value> {
    let default = json::to_value(input.default.as_ref()?);
    check(input, &default).is_ok().then_some(default)
}

/// The default of an input in Rust, for one that has such.
#[must_use]
pub fn default<T: DeserializeOwned + Default>(action: &Action, input: &str) -> T {
    let default = action.input(input).and_then(default_of);
    let read = default.and_then(|it| serde_json::from_value(it).ok());
    read.unwrap_or_default()
}

/// A text, if it can be the value of an input.
///
/// # Errors
/// What is wrong with it.
pub fn checked(action: &Action, input: &str, text: String) -> Result<String, Invalid> {
    match action.input(input) {
        Some(input) => check_text(input, &text).map(|()| text),
        None => Ok(text),
    }
}

/// Makes sure that a request for an action without inputs has no values.
///
/// # Errors
/// Status 4, as agents in Go have it, where there are some.
pub fn nothing(action: &Action, data: Data) -> Result<(), Failure> {
    accept(action, data).map(drop).map_err(|it| invalid(&it))
}

/// The input of an action in Rust, from the values of a request.
///
/// # Errors
/// Status 4, as agents in Go have it, where a value is wrong.
pub fn take<I: DeserializeOwned>(action: &Action, data: Data) -> Result<I, Failure> {
    let invalid =
        |error: &dyn core::fmt::Display| Failure::invalid(format!("Validation failed: {error}"));
    let data = accept(action, data).map_err(|error| invalid(&error))?;
    serde_json::from_value(Value::Object(data)).map_err(|error| invalid(&error))
}

fn invalid(error: &dyn core::fmt::Display) -> Failure {
    Failure::invalid(format!("Validation failed: {error}"))
}
