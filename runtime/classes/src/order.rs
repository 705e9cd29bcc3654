//! Parameters that have to be greater or less than others.

use chorister_ir::{Literal, Parameter};

use crate::problem::{Kind, Problem};
use crate::threshold;

/// What is wrong with the order of values, which stand in the order of the class's parameters.
///
/// Values that cannot be compared, such as ranges and what measures different things, are in order.
#[must_use]
pub fn orders(parameters: &[Parameter], values: &[Option<Literal>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (parameter, value) in parameters.iter().zip(values) {
        let Some(value) = value else { continue };
        let sides = [
            (parameter.greater_than, "greater"),
            (parameter.less_than, "less"),
        ];
        for (other, how) in sides {
            let Some(at) = other.map(|it| usize::from(it.0)) else {
                continue;
            };
            let (Some(other), Some(Some(bound))) = (parameters.get(at), values.get(at)) else {
                continue;
            };
            let is_wrong = match how {
                "greater" => is_at_least(bound, value),
                _ => is_at_least(value, bound),
            };
            if is_wrong == Some(true) {
                let message = format!(
                    "`{}` is {}, which is not {how} than `{}`, which is {}",
                    parameter.name,
                    crate::argument::text(value),
                    other.name,
                    crate::argument::text(bound)
                );
                let problem = Problem::new(Kind::Order, message).of(&parameter.name);
                problems.push(problem.help(format!("make it {how}, or change `{}`", other.name)));
            }
        }
    }
    problems
}

/// Whether the first is not less than the second; `None` where nobody can say.
fn is_at_least(one: &Literal, other: &Literal) -> Option<bool> {
    match (one, other) {
        (Literal::Integer(one), Literal::Integer(other)) => Some(one >= other),
        (Literal::Float(one), Literal::Float(other)) => Some(one >= other),
        (Literal::Duration(one), Literal::Duration(other)) => Some(one >= other),
        (Literal::Size(one), Literal::Size(other)) => Some(one >= other),
        (Literal::Text(one), Literal::Text(other)) => threshold::is_at_least(one, other),
        _ => None,
    }
}
