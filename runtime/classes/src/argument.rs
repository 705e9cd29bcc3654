//! Values on command lines, in environments, and for checks that are part of the program.

use core::time::Duration;

use chorister_fsm::Piece;
use chorister_ir::{Argument, Filling, Literal, ParameterId, Part, Variable, command_line};
use serde_json::{Number, Value};

/// Values by parameter; `None` where a parameter has none.
pub(crate) struct Values<'a>(pub(crate) &'a [Option<Literal>]);

impl Values<'_> {
    fn get(&self, id: ParameterId) -> Option<&Literal> {
        self.0.get(usize::from(id.0))?.as_ref()
    }

    /// The words of a command line.
    pub(crate) fn command_line(&self, arguments: &[Argument]) -> Vec<String> {
        command_line(arguments, |id| {
            Some(match self.get(id)? {
                Literal::List(items) => {
                    Filling::Many(items.iter().map(|it| it.clone().into_owned()).collect())
                }
                value => Filling::One(text(value)),
            })
        })
    }

    /// The variables of an environment that have a value.
    pub(crate) fn environment(&self, variables: &[Variable]) -> Vec<(String, Vec<Piece>)> {
        variables
            .iter()
            .filter_map(|it| {
                let pieces: Option<Vec<_>> = it.value.0.iter().map(|it| self.piece(it)).collect();
                Some((it.name.clone().into_owned(), pieces?))
            })
            .collect()
    }

    fn piece(&self, part: &Part) -> Option<Piece> {
        Some(match part {
            Part::Text(text) => Piece::Text(text.clone().into_owned()),
            Part::Parameter(id) => match self.get(*id)? {
                Literal::Secret(source) => Piece::Secret(source.clone()),
                value => Piece::Text(text(value)),
            },
        })
    }
}

/// A value as text: times in seconds, sizes in bytes, percents without `%`, lists with commas. Where a secret is
/// kept is text; the secret never is.
pub(crate) fn text(value: &Literal) -> String {
    match value {
        Literal::Text(text) => text.clone().into_owned(),
        Literal::Integer(number) => number.to_string(),
        Literal::Float(number) => number.to_string(),
        Literal::Boolean(truth) => truth.to_string(),
        Literal::Duration(time) => seconds(*time).to_string(),
        Literal::Size(bytes) => bytes.to_string(),
        Literal::List(items) => items.join(","),
        Literal::Secret(_) => "a secret".to_owned(),
    }
}

/// A value as a check that is part of the program takes it: times in seconds, sizes in bytes, a secret as
/// `{"file": PATH}` or `{"environment": NAME}`.
pub(crate) fn json(value: &Literal) -> Value {
    match value {
        Literal::Text(text) => Value::from(text.as_ref()),
        Literal::Integer(number) => Value::from(*number),
        Literal::Float(number) => Value::from(*number),
        Literal::Boolean(truth) => Value::from(*truth),
        Literal::Duration(time) => Value::Number(seconds(*time)),
        Literal::Size(bytes) => Value::from(*bytes),
        Literal::List(items) => items.iter().map(AsRef::as_ref).collect(),
        Literal::Secret(source) => {
            let (key, place) = match source {
                chorister_ir::SecretSource::File(path) => ("file", path),
                chorister_ir::SecretSource::Environment(name) => ("environment", name),
            };
            serde_json::json!({ key: place })
        }
    }
}

/// Whole seconds where it is some, as a number with a fraction where not.
fn seconds(time: Duration) -> Number {
    if time.subsec_nanos() == 0 {
        return time.as_secs().into();
    }
    Number::from_f64(time.as_secs_f64()).unwrap_or_else(|| time.as_secs().into())
}
