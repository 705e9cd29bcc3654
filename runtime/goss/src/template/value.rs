//! Values while a template is executed.

use core::fmt::{self, Write};
use std::collections::BTreeMap;
use std::rc::Rc;

use chorister_lang::template::go;
use serde_json::{Number, Value as Json};

use super::{MAX_DEPTH, MAX_OUTPUT};
use crate::value::Value;

/// A value. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(List),
    Map(MapId),
}

/// A list, and how deep lists nest in it.
#[derive(Clone, Debug)]
pub(super) struct List {
    items: Rc<[Val]>,
    depth: usize,
}

/// A map on the heap. Templates can change maps, and put one into itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MapId(usize);

/// The fields of a map, in the order in which Go goes through them.
pub(super) type Map = BTreeMap<Rc<str>, Val>;

/// All maps, and the work that is left.
pub(super) struct Heap {
    maps: Vec<Map>,
    empty: Map,
    left: usize,
}

/// Why something has no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// The reason, in Go's words where Go would say the same.
    Value(String),
    /// It takes too much.
    Limit(&'static str),
}

/// What a step costs.
pub(super) const STEP: usize = 16;

/// What a field of a map costs.
const FIELD: usize = 64;

pub(super) const TOO_MUCH_WORK: &str = "the template does not come to an end";
pub(super) const TOO_LONG: &str = "the template is rendered to more than 4 MiB";
const TOO_DEEP: &str = "the values of the template nest too deep";

// === impl Failure ===

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self::Value(reason)
    }
}

impl From<&str> for Failure {
    fn from(reason: &str) -> Self {
        Self::Value(reason.to_owned())
    }
}

/// Only what is too long cannot be written.
impl From<fmt::Error> for Failure {
    fn from(_: fmt::Error) -> Self {
        Self::Limit(TOO_LONG)
    }
}

impl From<chorister_lang::template::ExpandError> for Failure {
    fn from(_: chorister_lang::template::ExpandError) -> Self {
        Self::Limit(TOO_LONG)
    }
}

// === impl List ===

impl List {
    pub(super) fn items(&self) -> &[Val] {
        &self.items
    }
}

// === impl Heap ===

impl Heap {
    /// An empty heap, and this much work.
    pub(super) fn new(work: usize) -> Self {
        Self {
            maps: Vec::new(),
            empty: Map::new(),
            left: work,
        }
    }

    /// The work that is left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    pub(super) fn spend(&mut self, amount: usize) -> Result<(), Failure> {
        self.left = self
            .left
            .checked_sub(amount)
            .ok_or(Failure::Limit(TOO_MUCH_WORK))?;
        Ok(())
    }

    pub(super) fn map(&self, id: MapId) -> &Map {
        // Nothing is ever removed, so that every id has its map.
        self.maps.get(id.0).unwrap_or(&self.empty)
    }

    /// A copy of the fields of a map, to go through while the heap changes.
    pub(super) fn fields(&mut self, id: MapId) -> Result<Vec<(Rc<str>, Val)>, Failure> {
        self.spend(FIELD.saturating_mul(self.map(id).len()))?;
        Ok(self
            .map(id)
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    pub(super) fn insert(&mut self, id: MapId, key: Rc<str>, value: Val) -> Result<(), Failure> {
        self.spend(FIELD)?;
        if let Some(map) = self.maps.get_mut(id.0) {
            map.insert(key, value);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: MapId, key: &str) {
        if let Some(map) = self.maps.get_mut(id.0) {
            map.remove(key);
        }
    }

    pub(super) fn new_map(
        &mut self,
        fields: impl IntoIterator<Item = (Rc<str>, Val)>,
    ) -> Result<Val, Failure> {
        let map: Map = fields.into_iter().collect();
        self.spend(FIELD.saturating_mul(map.len() + 1))?;
        self.maps.push(map);
        Ok(Val::Map(MapId(self.maps.len() - 1)))
    }

    pub(super) fn new_list(&mut self, items: Vec<Val>) -> Result<Val, Failure> {
        self.spend(STEP.saturating_mul(items.len() + 1))?;
        let inside = items.iter().map(|item| match item {
            Val::List(list) => list.depth,
            _ => 0,
        });
        let depth = 1 + inside.max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return Err(Failure::Limit(TOO_DEEP));
        }
        let items = items.into();
        Ok(Val::List(List { items, depth }))
    }

    pub(super) fn new_text(&mut self, text: impl AsRef<str>) -> Result<Val, Failure> {
        let text = text.as_ref();
        if text.len() > MAX_OUTPUT {
            return Err(Failure::Limit(TOO_LONG));
        }
        self.spend(text.len())?;
        Ok(Val::Text(text.into()))
    }

    /// A value of a file with variables.
    pub(super) fn import(&mut self, value: &Value) -> Result<Val, Failure> {
        Ok(match value {
            Value::Null => Val::Nil,
            Value::Bool(value) => Val::Bool(*value),
            Value::Int(value) => Val::Int(*value),
            Value::Float(value) => Val::Float(*value),
            Value::String(text) | Value::Timestamp(text) => self.new_text(text)?,
            Value::List(items) => {
                let items = items.iter().map(|it| self.import(it));
                let items = items.collect::<Result<_, _>>()?;
                self.new_list(items)?
            }
            Value::Map(fields) => self.import_fields(fields)?,
            #[allow(unreachable_patterns, reason = "values that matchers do not take")]
            other => self.new_text(format!("{other:?}"))?,
        })
    }

    pub(super) fn import_fields(&mut self, fields: &[(String, Value)]) -> Result<Val, Failure> {
        let mut imported = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            imported.push((Rc::from(key.as_str()), self.import(value)?));
        }
        self.new_map(imported)
    }

    /// A value that was read as JSON.
    pub(super) fn import_json(&mut self, value: &Json) -> Result<Val, Failure> {
        Ok(match value {
            Json::Null => Val::Nil,
            Json::Bool(value) => Val::Bool(*value),
            Json::Number(number) => Val::Float(number.as_f64().unwrap_or_default()),
            Json::String(text) => self.new_text(text)?,
            Json::Array(items) => {
                let items = items.iter().map(|it| self.import_json(it));
                let items = items.collect::<Result<_, _>>()?;
                self.new_list(items)?
            }
            Json::Object(fields) => {
                let mut imported = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    imported.push((Rc::from(key.as_str()), self.import_json(value)?));
                }
                self.new_map(imported)?
            }
        })
    }

    /// The value as JSON, with sorted keys.
    pub(super) fn export(&mut self, value: &Val) -> Result<Json, Failure> {
        self.export_below(value, 0)
    }

    fn export_below(&mut self, value: &Val, depth: usize) -> Result<Json, Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::Limit(TOO_DEEP));
        }
        self.spend(STEP)?;
        Ok(match value {
            Val::Nil => Json::Null,
            Val::Bool(value) => Json::Bool(*value),
            Val::Int(value) => Json::from(*value),
            Val::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Val::Text(text) => {
                self.spend(text.len())?;
                Json::String(text.to_string())
            }
            Val::List(list) => {
                let items = list
                    .items()
                    .iter()
                    .map(|it| self.export_below(it, depth + 1));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Val::Map(id) => {
                let mut object = serde_json::Map::new();
                for (key, value) in self.fields(*id)? {
                    object.insert(key.to_string(), self.export_below(&value, depth + 1)?);
                }
                Json::Object(object)
            }
        })
    }

    /// The value as `%v` prints it.
    pub(super) fn print(&mut self, value: &Val) -> Result<String, Failure> {
        let mut text = String::new();
        self.write(&mut text, value, 0)?;
        Ok(text)
    }

    fn write(&mut self, text: &mut String, value: &Val, depth: usize) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::Limit(TOO_DEEP));
        }
        if text.len() > MAX_OUTPUT {
            return Err(Failure::Limit(TOO_LONG));
        }
        self.spend(STEP)?;
        match value {
            Val::Nil => text.push_str("<nil>"),
            Val::Bool(value) => write!(text, "{value}")?,
            Val::Int(value) => write!(text, "{value}")?,
            Val::Float(value) => text.push_str(&go::float(*value)),
            Val::Text(part) => {
                self.spend(part.len())?;
                text.push_str(part);
            }
            Val::List(list) => {
                text.push('[');
                for (at, item) in list.items().iter().enumerate() {
                    if at > 0 {
                        text.push(' ');
                    }
                    self.write(text, item, depth + 1)?;
                }
                text.push(']');
            }
            Val::Map(id) => {
                text.push_str("map[");
                for (at, (key, value)) in self.fields(*id)?.into_iter().enumerate() {
                    if at > 0 {
                        text.push(' ');
                    }
                    write!(text, "{key}:")?;
                    self.write(text, &value, depth + 1)?;
                }
                text.push(']');
            }
        }
        Ok(())
    }

    /// Whether a value counts as true: all but nothing, `false`, 0 and what is empty.
    pub(super) fn is_true(&self, value: &Val) -> bool {
        match value {
            Val::Nil => false,
            Val::Bool(value) => *value,
            Val::Int(value) => *value != 0,
            Val::Float(value) => *value != 0.0,
            Val::Text(text) => !text.is_empty(),
            Val::List(list) => !list.items().is_empty(),
            Val::Map(id) => !self.map(*id).is_empty(),
        }
    }

    /// Whether two values are the same, inside too.
    pub(super) fn same(&mut self, left: &Val, right: &Val, depth: usize) -> Result<bool, Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::Limit(TOO_DEEP));
        }
        self.spend(STEP)?;
        Ok(match (left, right) {
            (Val::Nil, Val::Nil) => true,
            (Val::Bool(left), Val::Bool(right)) => left == right,
            (Val::Int(left), Val::Int(right)) => left == right,
            (Val::Float(left), Val::Float(right)) => left == right,
            (Val::Text(left), Val::Text(right)) => {
                self.spend(left.len().min(right.len()))?;
                left == right
            }
            (Val::List(left), Val::List(right)) => {
                if left.items().len() != right.items().len() {
                    return Ok(false);
                }
                for (left, right) in left.items().iter().zip(right.items()) {
                    if !self.same(left, right, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Val::Map(left), Val::Map(right)) => {
                let (left, right) = (self.fields(*left)?, self.fields(*right)?);
                if left.len() != right.len() {
                    return Ok(false);
                }
                for ((key, value), (other_key, other)) in left.iter().zip(&right) {
                    if key != other_key || !self.same(value, other, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
            _ => false,
        })
    }
}

// === impl Val ===

impl Val {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of its type in Go.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
