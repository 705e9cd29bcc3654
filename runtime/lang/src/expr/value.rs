//! Values while an expression is evaluated.

use core::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Number, Value};

use super::{EvalError, Limits};

/// A value: JSON that belongs to the scope is borrowed, what was computed is shared.
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    /// `nil`.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number, which may be infinite or none.
    Float(f64),
    /// Text.
    Str(Str<'a>),
    /// A list.
    List(Items<'a>),
    /// A map.
    Map(Dict<'a>),
}

/// Text.
#[derive(Clone, Debug)]
pub(super) enum Str<'a> {
    /// Part of the scope or of the program.
    Borrowed(&'a str),
    /// Computed.
    Shared(Rc<str>),
}

/// The items of a list.
#[derive(Clone, Debug)]
pub(super) enum Items<'a> {
    /// Part of the scope.
    Json(&'a [Value]),
    /// Computed.
    Shared(Rc<Nested<Vec<Val<'a>>>>),
    /// The integers from the first to the second, both included.
    Range(i64, i64),
}

/// A map; a computed one may have keys that are not text, and is in their order.
#[derive(Clone, Debug)]
pub(super) enum Dict<'a> {
    /// Part of the scope.
    Json(&'a Map<String, Value>),
    /// Computed.
    Shared(Rc<Nested<Entries<'a>>>),
}

/// What a computed list or map holds, and how deep that is nested.
///
/// The depth is bounded when values are made, so that whatever descends into one may recurse.
#[derive(Debug)]
pub(super) struct Nested<T> {
    content: T,
    depth: usize,
}

/// The content of a computed map.
pub(super) type Entries<'a> = BTreeMap<Key<'a>, Val<'a>>;

/// A key of a computed map. Unlike `==`, it tells `1` from `1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// `nil`.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// The bits of a floating point number.
    Float(u64),
    /// Text.
    Str(Str<'a>),
}

// === impl Val ===

impl<'a> Val<'a> {
    /// The value of JSON that outlives the evaluation.
    pub(super) fn borrowed(json: &'a Value) -> Self {
        match json {
            Value::Null => Self::Nil,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::number(number),
            Value::String(text) => Self::Str(Str::Borrowed(text)),
            Value::Array(items) => Self::List(Items::Json(items)),
            Value::Object(members) => Self::Map(Dict::Json(members)),
        }
    }

    /// The value of JSON that does not.
    pub(super) fn owned(json: Value) -> Result<Self, EvalError> {
        Ok(match json {
            Value::Null => Self::Nil,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::number(&number),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::list(
                items
                    .into_iter()
                    .map(Self::owned)
                    .collect::<Result<_, _>>()?,
            )?,
            Value::Object(members) => {
                let entry = |(key, value): (String, Value)| {
                    Ok((Key::Str(Str::Shared(key.into())), Self::owned(value)?))
                };
                Self::map(
                    members
                        .into_iter()
                        .map(entry)
                        .collect::<Result<_, EvalError>>()?,
                )?
            }
        })
    }

    fn number(number: &Number) -> Self {
        match number.as_i64() {
            Some(int) => Self::Int(int),
            None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
        }
    }

    /// Computed text.
    pub(super) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Str(Str::Shared(text.into()))
    }

    /// A computed list; an error if it is nested too deeply.
    pub(super) fn list(items: Vec<Self>) -> Result<Self, EvalError> {
        let depth = items.iter().map(Self::depth).max().unwrap_or_default() + 1;
        Nested::new(items, depth).map(|it| Self::List(Items::Shared(it)))
    }

    /// A computed map; an error if it is nested too deeply.
    pub(super) fn map(entries: Entries<'a>) -> Result<Self, EvalError> {
        let depth = entries.values().map(Self::depth).max().unwrap_or_default() + 1;
        Nested::new(entries, depth).map(|it| Self::Map(Dict::Shared(it)))
    }

    fn depth(&self) -> usize {
        match self {
            Self::List(Items::Shared(nested)) => nested.depth,
            Self::Map(Dict::Shared(nested)) => nested.depth,
            _ => 0,
        }
    }

    /// What `type` gives.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "map",
        }
    }

    /// What messages call it.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Float(_) => "a float",
            Self::Str(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    /// The number as floating point.
    pub(super) fn as_float(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The number without its fraction.
    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Float(value) => Some(*value as i64),
            _ => None,
        }
    }

    /// The text.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The order of two numbers or two texts; `None` for anything else. A number that is none is neither
    /// less nor greater.
    pub(super) fn order(&self, other: &Self) -> Option<Option<Ordering>> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(Some(a.cmp(b))),
            (Self::Str(a), Self::Str(b)) => Some(Some(a.cmp(b))),
            _ => Some(self.as_float()?.partial_cmp(&other.as_float()?)),
        }
    }

    /// The JSON of the value; an error for a number that JSON cannot write.
    pub(super) fn to_json(&self) -> Result<Value, EvalError> {
        Ok(match self {
            Self::Nil => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::from(*value),
            Self::Float(value) => match Number::from_f64(*value) {
                Some(number) => Value::Number(number),
                None => return Err(EvalError::new("the result is not a finite number")),
            },
            Self::Str(text) => Value::from(&**text),
            Self::List(Items::Json(items)) => Value::from(items.to_vec()),
            Self::List(list) => list
                .iter()
                .map(|item| item.to_json())
                .collect::<Result<_, _>>()?,
            Self::Map(Dict::Json(members)) => Value::Object((*members).clone()),
            Self::Map(map) => {
                let entry = |(key, value): (Val<'_>, Val<'_>)| {
                    Ok((super::format::display(&key), value.to_json()?))
                };
                map.iter()
                    .map(entry)
                    .collect::<Result<Map<_, _>, EvalError>>()?
                    .into()
            }
        })
    }
}

// === impl Str ===

impl core::ops::Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Str<'_> {}

impl PartialOrd for Str<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

// === impl Items ===

impl<'a> Items<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::Shared(nested) => nested.content.len(),
            Self::Range(from, to) => {
                usize::try_from(to.saturating_sub(*from).saturating_add(1)).unwrap_or_default()
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Val<'a>> {
        match self {
            Self::Json(items) => items.get(index).map(Val::borrowed),
            Self::Shared(nested) => nested.content.get(index).cloned(),
            Self::Range(from, to) => {
                let value = from.checked_add(i64::try_from(index).ok()?)?;
                (value <= *to).then_some(Val::Int(value))
            }
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Val<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

// === impl Dict ===

impl<'a> Dict<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Json(members) => members.len(),
            Self::Shared(nested) => nested.content.len(),
        }
    }

    /// Whether a value may be a key of the map.
    pub(super) fn may_have(&self, key: &Val<'_>) -> bool {
        match self {
            Self::Json(_) => matches!(key, Val::Str(_) | Val::Nil),
            Self::Shared(_) => !matches!(key, Val::List(_) | Val::Map(_)),
        }
    }

    pub(super) fn get(&self, key: &Val<'a>) -> Option<Val<'a>> {
        match self {
            Self::Json(members) => {
                // Compat: expr-lang vm/runtime: among keys that are text, nil is the empty one.
                let key = if matches!(key, Val::Nil) {
                    ""
                } else {
                    key.as_str()?
                };
                members.get(key).map(Val::borrowed)
            }
            Self::Shared(nested) => nested.content.get(&Key::new(key)?).cloned(),
        }
    }

    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = (Val<'a>, Val<'a>)> + '_> {
        match self {
            Self::Json(members) => Box::new(
                members
                    .iter()
                    .map(|(key, value)| (Val::Str(Str::Borrowed(key)), Val::borrowed(value))),
            ),
            Self::Shared(nested) => Box::new(
                nested
                    .content
                    .iter()
                    .map(|(key, value)| (key.value(), value.clone())),
            ),
        }
    }
}

// === impl Key ===

impl<'a> Key<'a> {
    /// The key that a value is, unless it is a list or a map.
    pub(super) fn new(value: &Val<'a>) -> Option<Self> {
        Some(match value {
            Val::Nil => Self::Nil,
            Val::Bool(value) => Self::Bool(*value),
            Val::Int(value) => Self::Int(*value),
            // Both zeros are one key.
            Val::Float(value) => Self::Float((value + 0.0).to_bits()),
            Val::Str(text) => Self::Str(text.clone()),
            Val::List(_) | Val::Map(_) => return None,
        })
    }

    /// The value of the key.
    pub(super) fn value(&self) -> Val<'a> {
        match self {
            Self::Nil => Val::Nil,
            Self::Bool(value) => Val::Bool(*value),
            Self::Int(value) => Val::Int(*value),
            Self::Float(bits) => Val::Float(f64::from_bits(*bits)),
            Self::Str(text) => Val::Str(text.clone()),
        }
    }
}

// === impl Nested ===

impl<T> Nested<T> {
    fn new(content: T, depth: usize) -> Result<Rc<Self>, EvalError> {
        if depth > Limits::DEPTH {
            return Err(EvalError::new("a value is nested too deeply"));
        }
        Ok(Rc::new(Self { content, depth }))
    }
}
