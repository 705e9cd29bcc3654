//! What functions do with their arguments.

use core::cmp::Ordering;
use core::fmt::{self, Write};

use serde_json::Value;

use super::expand::Work;
use super::format::{self, Numbers};
use super::print::{self, Sink};
use super::value::{Val, integer, is_true, kind, weight};
use super::{ExpandError, Function, compare, escape};

/// Calls a function that needs nothing but its arguments.
pub(super) fn call<'a>(
    function: Function,
    arguments: &[Val<'a>],
    work: &mut Work,
) -> Result<Val<'a>, ExpandError> {
    let result = apply(function, arguments, work);
    result.map_err(|failure| match failure {
        Failure::Value(reason) => ExpandError::Value {
            name: function.name(),
            reason,
        },
        Failure::Limit(error) => error,
    })
}

/// A field of an object; nothing if there is none.
pub(super) fn select<'a>(value: &Val<'a>, name: &str) -> Result<Val<'a>, ExpandError> {
    match &**value {
        // Compat: go text/template/exec.go: a field of nothing is nothing, one of a list is an error.
        Value::Null => Ok(Val::NULL),
        Value::Object(_) => Ok(value.part(|value| value.get(name)).unwrap_or(Val::NULL)),
        other => {
            let reason = format!("{} has no field `{name}`", kind(other));
            Err(ExpandError::Value {
                name: "field",
                reason,
            })
        }
    }
}

/// Why a call has no result.
enum Failure {
    Value(String),
    Limit(ExpandError),
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Value(reason)
    }
}

impl From<ExpandError> for Failure {
    fn from(error: ExpandError) -> Self {
        Self::Limit(error)
    }
}

impl From<fmt::Error> for Failure {
    fn from(error: fmt::Error) -> Self {
        Self::Limit(error.into())
    }
}

fn apply<'a>(
    function: Function,
    arguments: &[Val<'a>],
    work: &mut Work,
) -> Result<Val<'a>, Failure> {
    let [first, rest @ ..] = arguments else {
        // Functions that take any number of arguments make an empty text of none.
        let end = if function == Function::Println {
            "\n"
        } else {
            ""
        };
        return Ok(Val::from(end));
    };
    let text = match function {
        Function::Not => return Ok(Val::from(!is_true(first))),
        Function::Len => return Ok(Val::from(length(first)?)),
        Function::Index => return index(first, rest, work),
        Function::Slice => return slice(first, rest, work),
        Function::Eq => {
            for other in rest {
                spend_on_comparison(first, other, work)?;
                if compare::equals(first, other)? {
                    return Ok(Val::from(true));
                }
            }
            return Ok(Val::from(false));
        }
        Function::Ne | Function::Lt | Function::Le | Function::Gt | Function::Ge => {
            let second = rest.first().unwrap_or(&Val::NULL);
            spend_on_comparison(first, second, work)?;
            return Ok(Val::from(relation(function, first, second)?));
        }
        Function::Title => escape::title(text(first)?),
        Function::ToLower => escape::lower(text(first)?),
        Function::ToUpper => escape::upper(text(first)?),
        Function::Base64Encode => escape::base64_encode(text(first)?),
        Function::Base64Decode => escape::base64_decode(text(first)?)?,
        Function::StringsJoin => join(first)?,
        Function::Print => sprint(arguments)?,
        Function::Println => {
            let mut sink = Sink::default();
            for (at, argument) in arguments.iter().enumerate() {
                if at > 0 {
                    sink.write_char(' ')?;
                }
                print::plain(&mut sink, argument)?;
            }
            sink.write_char('\n')?;
            sink.into_text()
        }
        Function::Printf => {
            let rest: Vec<&Value> = rest.iter().map(|it| &**it).collect();
            format::printf(text(first)?, &rest, Numbers::Plain)?
        }
        Function::Html => escaped(arguments, escape::html)?,
        Function::Js => escaped(arguments, escape::js)?,
        Function::UrlQuery => escaped(arguments, escape::url_query)?,
        // These are not called here.
        Function::Lookup | Function::Override | Function::And | Function::Or | Function::Select => {
            return Ok(Val::NULL);
        }
    };
    if text.len() > super::MAX_LENGTH {
        return Err(ExpandError::TooLong.into());
    }
    work.spend(text.len())?;
    Ok(Val::from(text))
}

fn text<'v>(value: &'v Val<'_>) -> Result<&'v str, Failure> {
    match &**value {
        Value::String(text) => Ok(text),
        other => Err(Failure::Value(format!(
            "expected a text, found {}",
            kind(other)
        ))),
    }
}

/// Arguments one after the other, with a space between two that are no texts.
fn sprint(arguments: &[Val<'_>]) -> Result<String, Failure> {
    let mut sink = Sink::default();
    let mut after_text = true;
    for argument in arguments {
        if !after_text && !argument.is_string() {
            sink.write_char(' ')?;
        }
        print::plain(&mut sink, argument)?;
        after_text = argument.is_string();
    }
    Ok(sink.into_text())
}

fn escaped(
    arguments: &[Val<'_>],
    escape: impl Fn(&mut Sink, &str) -> fmt::Result,
) -> Result<String, Failure> {
    let shown: Vec<Val<'_>> = arguments
        .iter()
        .map(|it| {
            if it.is_null() {
                Val::from("<no value>")
            } else {
                it.clone()
            }
        })
        .collect();
    let mut sink = Sink::default();
    escape(&mut sink, &sprint(&shown)?)?;
    Ok(sink.into_text())
}

/// go-choria declares its parameter such that no value of a template ever fits; here every list does.
fn join(list: &Value) -> Result<String, Failure> {
    let Value::Array(items) = list else {
        return Err(Failure::Value(format!(
            "expected a list, found {}",
            kind(list)
        )));
    };
    let mut sink = Sink::default();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            sink.write_str(", ")?;
        }
        print::plain(&mut sink, item)?;
    }
    Ok(sink.into_text())
}

fn length(value: &Value) -> Result<usize, Failure> {
    match value {
        Value::String(text) => Ok(text.len()),
        Value::Array(items) => Ok(items.len()),
        Value::Object(fields) => Ok(fields.len()),
        other => Err(Failure::Value(format!("{} has no length", kind(other)))),
    }
}

fn index<'a>(value: &Val<'a>, keys: &[Val<'a>], work: &mut Work) -> Result<Val<'a>, Failure> {
    let mut value = value.clone();
    for key in keys {
        if let Val::Shared(whole) = &value {
            work.spend(weight(whole))?;
        }
        value = match (&*value, &**key) {
            (Value::Object(_), Value::String(key)) => value
                .part(|value| value.get(key.as_str()))
                .unwrap_or(Val::NULL),
            (Value::Array(items), Value::Number(_)) => {
                let at = position(key, items.len(), false)?;
                value.part(|value| value.get(at)).unwrap_or(Val::NULL)
            }
            (Value::String(text), Value::Number(_)) => {
                let at = position(key, text.len(), false)?;
                Val::from(text.as_bytes().get(at).copied())
            }
            (Value::Object(_) | Value::Array(_) | Value::String(_), key) => {
                let reason = format!("{} cannot be indexed with {}", kind(&value), kind(key));
                return Err(Failure::Value(reason));
            }
            (other, _) => {
                return Err(Failure::Value(format!("{} cannot be indexed", kind(other))));
            }
        };
    }
    Ok(value)
}

fn slice<'a>(value: &Val<'a>, bounds: &[Val<'a>], work: &mut Work) -> Result<Val<'a>, Failure> {
    let length = match &**value {
        Value::String(_) if bounds.len() == 3 => {
            return Err(Failure::Value("a text takes two bounds at most".to_owned()));
        }
        Value::String(text) => text.len(),
        Value::Array(items) => items.len(),
        other => return Err(Failure::Value(format!("{} cannot be sliced", kind(other)))),
    };
    let bound = |at: usize, default: usize| {
        bounds
            .get(at)
            .map_or(Ok(default), |bound| position(bound, length, true))
    };
    let (start, end) = (bound(0, 0)?, bound(1, length)?);
    if start > end || end > bound(2, length)? {
        return Err(Failure::Value(
            "the bounds are in the wrong order".to_owned(),
        ));
    }
    match &**value {
        Value::String(text) => match text.get(start..end) {
            Some(part) => {
                work.spend(part.len())?;
                Ok(Val::from(part))
            }
            None => Err(Failure::Value("the bounds divide a character".to_owned())),
        },
        Value::Array(items) => {
            let part = items.get(start..end).unwrap_or_default();
            work.spend(part.iter().map(weight).fold(0, usize::saturating_add))?;
            Ok(Val::from(part.to_vec()))
        }
        _ => Ok(Val::NULL),
    }
}

/// A number as the position of an item, or as a bound, which may be behind the last one.
fn position(key: &Value, length: usize, is_bound: bool) -> Result<usize, Failure> {
    let Some(position) = integer(key) else {
        return Err(Failure::Value(format!(
            "expected a whole number, found {}",
            kind(key)
        )));
    };
    usize::try_from(position)
        .ok()
        .filter(|&position| position < length || (is_bound && position == length))
        .ok_or_else(|| Failure::Value(format!("{position} is out of range")))
}

fn relation(function: Function, left: &Value, right: &Value) -> Result<bool, Failure> {
    if function == Function::Ne {
        return Ok(!compare::equals(left, right)?);
    }
    let order = compare::compare(left, right)?;
    Ok(match function {
        Function::Lt => order == Ordering::Less,
        Function::Le => order != Ordering::Greater,
        Function::Gt => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

fn spend_on_comparison(left: &Value, right: &Value, work: &mut Work) -> Result<(), Failure> {
    let bytes = |value: &Value| value.as_str().map_or(0, str::len);
    Ok(work.spend(bytes(left).min(bytes(right)))?)
}
