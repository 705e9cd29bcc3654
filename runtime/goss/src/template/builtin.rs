//! Go's own functions.

use core::cmp::Ordering;
use core::fmt::Write;

use chorister_lang::template::go;
use serde_json::Value as Json;

use super::functions::Call;
use super::value::{Failure, Val};

/// A function of Go's `text/template`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Not,
    Len,
    Index,
    Slice,
    Print,
    Println,
    Printf,
    Html,
    Js,
    UrlQuery,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

pub(super) fn call(builtin: Builtin, call: &mut Call<'_>) -> Result<Val, Failure> {
    match builtin {
        Builtin::Not => {
            let value = call.value(0);
            Ok(Val::Bool(!call.heap.is_true(&value)))
        }
        Builtin::Len => length(call),
        Builtin::Index => index(call),
        Builtin::Slice => slice(call),
        Builtin::Print => {
            let text = sprint(call)?;
            call.heap.new_text(text)
        }
        Builtin::Println => println(call),
        Builtin::Printf => printf(call),
        Builtin::Html => escaped(call, go::html),
        Builtin::Js => escaped(call, go::js),
        Builtin::UrlQuery => escaped(call, go::url_query),
        Builtin::Eq => equals_any(call).map(Val::Bool),
        Builtin::Ne => {
            let equal = equals(call, &call.value(0), &call.value(1))?;
            Ok(Val::Bool(!equal))
        }
        Builtin::Lt => order(call, Ordering::is_lt),
        Builtin::Le => order(call, Ordering::is_le),
        Builtin::Gt => order(call, Ordering::is_gt),
        Builtin::Ge => order(call, Ordering::is_ge),
    }
}

fn length(call: &Call<'_>) -> Result<Val, Failure> {
    let length = match call.value(0) {
        Val::Text(text) => text.len(),
        Val::List(list) => list.items().len(),
        Val::Map(id) => call.heap.map(id).len(),
        Val::Nil => return Err("len of nil pointer".into()),
        other => return Err(format!("len of type {}", other.type_name()).into()),
    };
    Ok(Val::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn index(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut value = call.value(0);
    let keys = call.arguments.get(1..).unwrap_or_default();
    if matches!(value, Val::Nil) {
        return Err("index of untyped nil".into());
    }
    for key in keys {
        value = match (&value, key) {
            (Val::Map(id), Val::Text(key)) => {
                call.heap.map(*id).get(key).cloned().unwrap_or(Val::Nil)
            }
            (Val::Map(_), Val::Nil) => {
                return Err("value is nil; should be of type string".into());
            }
            (Val::Map(_), key) => {
                let reason = format!("value has type {}; should be string", key.type_name());
                return Err(reason.into());
            }
            (Val::List(list), key) => {
                let items = list.items();
                let at = position(key, items.len(), false)?;
                items.get(at).cloned().unwrap_or(Val::Nil)
            }
            (Val::Text(text), key) => {
                let at = position(key, text.len(), false)?;
                let byte = text.as_bytes().get(at).copied().unwrap_or_default();
                Val::Int(i64::from(byte))
            }
            (Val::Nil, _) => return Err("index of nil pointer".into()),
            (other, _) => {
                return Err(format!("can't index item of type {}", other.type_name()).into());
            }
        };
    }
    Ok(value)
}

fn slice(call: &mut Call<'_>) -> Result<Val, Failure> {
    let value = call.value(0);
    let bounds = call.arguments.get(1..).unwrap_or_default();
    let length = match &value {
        Val::Text(_) if bounds.len() == 3 => {
            return Err("cannot 3-index slice a string".into());
        }
        Val::Text(text) => text.len(),
        Val::List(list) => list.items().len(),
        Val::Nil => return Err("slice of untyped nil".into()),
        other => return Err(format!("can't slice item of type {}", other.type_name()).into()),
    };
    let bound = |at: usize, default: usize| {
        let bound = bounds.get(at);
        bound.map_or(Ok(default), |bound| position(bound, length, true))
    };
    let (start, end, limit) = (bound(0, 0)?, bound(1, length)?, bound(2, length)?);
    if start > end || end > limit {
        return Err(format!("invalid slice index: {start} > {end}").into());
    }
    match &value {
        Val::Text(text) => match text.get(start..end) {
            Some(part) => call.heap.new_text(part),
            None => Err("the bounds divide a character".into()),
        },
        Val::List(list) => {
            let part = list.items().get(start..end).unwrap_or_default();
            call.heap.new_list(part.to_vec())
        }
        _ => Ok(Val::Nil),
    }
}

/// A number as the position of an item, or as a bound, which may be behind the last one.
fn position(key: &Val, length: usize, is_bound: bool) -> Result<usize, Failure> {
    let at = match key {
        Val::Int(at) => *at,
        Val::Nil => return Err("cannot index slice/array with nil".into()),
        other => {
            let name = other.type_name();
            return Err(format!("cannot index slice/array with type {name}").into());
        }
    };
    usize::try_from(at)
        .ok()
        .filter(|&at| at < length || (is_bound && at == length))
        .ok_or_else(|| format!("index out of range: {at}").into())
}

/// Arguments one after the other, with a space between two that are no texts.
pub(super) fn sprint(call: &mut Call<'_>) -> Result<String, Failure> {
    let mut text = String::new();
    let mut after_text = true;
    for argument in call.arguments {
        let is_text = matches!(argument, Val::Text(_));
        if !after_text && !is_text {
            text.push(' ');
        }
        text.push_str(&call.heap.print(argument)?);
        after_text = is_text;
    }
    Ok(text)
}

fn println(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut text = String::new();
    for (at, argument) in call.arguments.iter().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        write!(text, "{}", call.heap.print(argument)?)?;
    }
    text.push('\n');
    call.heap.new_text(text)
}

fn printf(call: &mut Call<'_>) -> Result<Val, Failure> {
    let format = call.text(0)?.to_owned();
    let mut values = Vec::new();
    for argument in call.arguments.get(1..).unwrap_or_default() {
        values.push(call.heap.export(argument)?);
    }
    let values: Vec<&Json> = values.iter().collect();
    let text = go::printf(&format, &values)?;
    call.heap.new_text(text)
}

fn escaped(
    call: &mut Call<'_>,
    escape: fn(&str) -> Result<String, chorister_lang::template::ExpandError>,
) -> Result<Val, Failure> {
    let text = match call.arguments {
        [Val::Nil] => "<no value>".to_owned(),
        _ => sprint(call)?,
    };
    let text = escape(&text)?;
    call.heap.new_text(text)
}

fn equals_any(call: &mut Call<'_>) -> Result<bool, Failure> {
    let first = call.value(0);
    for other in call.arguments.get(1..).unwrap_or_default() {
        if equals(call, &first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equals(call: &mut Call<'_>, left: &Val, right: &Val) -> Result<bool, Failure> {
    match (left, right) {
        (Val::Nil, other) | (other, Val::Nil) => Ok(matches!(other, Val::Nil)),
        (Val::List(_) | Val::Map(_), _) => Err(not_comparable(left)),
        (_, Val::List(_) | Val::Map(_)) => Err(not_comparable(right)),
        _ if core::mem::discriminant(left) == core::mem::discriminant(right) => {
            call.heap.same(left, right, 0)
        }
        _ => Err("incompatible types for comparison".into()),
    }
}

fn not_comparable(value: &Val) -> Failure {
    format!("non-comparable type {}", value.type_name()).into()
}

fn order(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<Val, Failure> {
    let order = match (call.value(0), call.value(1)) {
        (Val::Int(left), Val::Int(right)) => Some(left.cmp(&right)),
        (Val::Float(left), Val::Float(right)) => left.partial_cmp(&right),
        (Val::Text(left), Val::Text(right)) => {
            call.heap.spend(left.len().min(right.len()))?;
            Some(left.cmp(&right))
        }
        (
            Val::Int(_) | Val::Float(_) | Val::Text(_),
            Val::Int(_) | Val::Float(_) | Val::Text(_),
        ) => {
            return Err("incompatible types for comparison".into());
        }
        _ => return Err("invalid type for comparison".into()),
    };
    // Not-a-number is neither less nor greater.
    Ok(Val::Bool(order.is_some_and(holds)))
}
