//! Numbers.

use super::convert::float;
use super::{ANY, Call, Function};
use crate::template::value::{Failure, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("add", 0, ANY, |call| Ok(folded(call, 0, i64::wrapping_add))),
    Function::pure("add1", 1, 1, |call| {
        Ok(Val::Int(call.integer(0).wrapping_add(1)))
    }),
    Function::pure("sub", 2, 2, |call| {
        Ok(Val::Int(call.integer(0).wrapping_sub(call.integer(1))))
    }),
    Function::pure("mul", 1, ANY, |call| Ok(folded(call, 1, i64::wrapping_mul))),
    Function::pure("div", 2, 2, |call| divided(call, i64::checked_div)),
    Function::pure("mod", 2, 2, |call| divided(call, i64::checked_rem)),
    Function::pure("max", 1, ANY, |call| Ok(folded(call, i64::MIN, i64::max))),
    Function::pure("biggest", 1, ANY, |call| {
        Ok(folded(call, i64::MIN, i64::max))
    }),
    Function::pure("min", 1, ANY, |call| Ok(folded(call, i64::MAX, i64::min))),
    Function::pure("addf", 0, ANY, |call| {
        Ok(folded_real(call, |left, right| left + right))
    }),
    Function::pure("add1f", 1, 1, |call| {
        Ok(Val::Float(float(&call.value(0)) + 1.0))
    }),
    Function::pure("subf", 1, ANY, |call| {
        Ok(folded_real(call, |left, right| left - right))
    }),
    Function::pure("mulf", 1, ANY, |call| {
        Ok(folded_real(call, |left, right| left * right))
    }),
    Function::pure("divf", 1, ANY, |call| {
        Ok(folded_real(call, |left, right| left / right))
    }),
    Function::pure("maxf", 1, ANY, |call| Ok(folded_real(call, f64::max))),
    Function::pure("minf", 1, ANY, |call| Ok(folded_real(call, f64::min))),
    Function::pure("floor", 1, 1, |call| {
        Ok(Val::Float(float(&call.value(0)).floor()))
    }),
    Function::pure("ceil", 1, 1, |call| {
        Ok(Val::Float(float(&call.value(0)).ceil()))
    }),
    Function::pure("round", 2, 3, round),
];

fn folded(call: &Call<'_>, start: i64, fold: fn(i64, i64) -> i64) -> Val {
    let numbers = (0..call.arguments.len()).map(|at| call.integer(at));
    Val::Int(numbers.fold(start, fold))
}

fn divided(call: &Call<'_>, divide: fn(i64, i64) -> Option<i64>) -> Result<Val, Failure> {
    let quotient = divide(call.integer(0), call.integer(1));
    Ok(Val::Int(quotient.ok_or("integer divide by zero")?))
}

fn folded_real(call: &Call<'_>, fold: fn(f64, f64) -> f64) -> Val {
    let numbers = call.arguments.iter().map(float);
    Val::Float(numbers.reduce(fold).unwrap_or(0.0))
}

/// `round number places [from]`: digits from `from` on are rounded up, .5 if it is not there.
fn round(call: &mut Call<'_>) -> Result<Val, Failure> {
    let number = float(&call.value(0));
    let up = call.arguments.get(2).map_or(0.5, float);
    #[expect(clippy::cast_precision_loss, reason = "places are few")]
    let scale = 10_f64.powf(call.strict_integer(1)? as f64);
    let scaled = number * scale;
    let rounded = if scaled.fract() >= up {
        scaled.ceil()
    } else {
        scaled.floor()
    };
    Ok(Val::Float(rounded / scale))
}
