//! Constants of a DDL as values.

use chorister_ir::Json;
use serde_json::{Number, Value};

/// The constant as a value; a number that JSON does not have is `null`.
#[must_use]
pub fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Boolean(it) => Value::Bool(*it),
        Json::Integer(it) => Value::Number((*it).into()),
        Json::Float(it) => Number::from_f64(*it).map_or(Value::Null, Value::Number),
        Json::String(it) => Value::String(it.clone().into_owned()),
        Json::Array(items) => Value::Array(items.iter().map(to_value).collect()),
        Json::Object(members) => {
            let members = members.iter();
            let members = members.map(|it| (it.name.clone().into_owned(), to_value(&it.value)));
            Value::Object(members.collect())
        }
    }
}
