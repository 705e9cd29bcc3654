//! Types of values and constants of them, as an author would write them.

use chorister_ir::ddl::{InputKind, Output, Validation, ValueType};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

use crate::emit::doc;

/// What a text has to be like, in words.
pub(super) fn limits(kind: &InputKind) -> String {
    let InputKind::String {
        validation,
        max_length,
    } = kind
    else {
        return String::new();
    };
    let like = match validation {
        Validation::Any | Validation::Unknown(_) => String::new(),
        Validation::ShellSafe => ", without what a shell acts on".to_owned(),
        Validation::Ipv4Address => ", an IPv4 address".to_owned(),
        Validation::Ipv6Address => ", an IPv6 address".to_owned(),
        Validation::IpAddress => ", an IP address".to_owned(),
        Validation::Pattern(pattern) => format!(", like {}", doc::code(pattern)),
    };
    format!(" At most {max_length} bytes{like}.")
}

pub(super) fn items_of(kind: &InputKind) -> Option<ValueType> {
    match kind {
        InputKind::Array(items) => *items,
        _ => None,
    }
}

/// The type of a value in Rust; anything, where there is none.
pub(super) fn value_type(of: Option<ValueType>, items: Option<ValueType>) -> TokenStream {
    match of {
        Some(ValueType::String | ValueType::List) => quote!(String),
        Some(ValueType::Integer) => quote!(i64),
        Some(ValueType::Float | ValueType::Number) => quote!(f64),
        Some(ValueType::Boolean) => quote!(bool),
        Some(ValueType::Hash) => quote!(Map<String, Value>),
        Some(ValueType::Array) => {
            let item = value_type(items, None);
            quote!(Vec<#item>)
        }
        None => quote!(Value),
    }
}

/// The type of an output; anything, where its default is of another type than it says.
pub(super) fn output_type(output: &Output) -> TokenStream {
    let default = output.default.as_ref().map(chorister_ddl::to_value);
    let kind = output.kind.filter(|kind| {
        default
            .as_ref()
            .is_none_or(|it| chorister_ddl::fits(*kind, it))
    });
    value_type(kind, output.items)
}

/// The default of an output, where it can be written down.
pub(super) fn default_value(output: &Output) -> Option<TokenStream> {
    let value = chorister_ddl::to_value(output.default.as_ref()?);
    match output.kind.filter(|it| chorister_ddl::fits(*it, &value)) {
        Some(kind) => literal(Some(kind), &value),
        None => Some(match &value {
            Value::String(text) => quote!(Value::from(#text)),
            Value::Bool(truth) => quote!(Value::from(#truth)),
            Value::Number(number) => {
                let number = number_of(number)?;
                quote!(Value::from(#number))
            }
            Value::Object(members) if members.is_empty() => quote!(Value::Object(Map::new())),
            Value::Array(items) if items.is_empty() => quote!(Value::Array(Vec::new())),
            _ => return None,
        }),
    }
}

/// A value as an expression of its type; `None` where that would be long.
pub(super) fn literal(of: Option<ValueType>, value: &Value) -> Option<TokenStream> {
    Some(match (of?, value) {
        (ValueType::Float | ValueType::Number, Value::Number(number)) => {
            let number = number.as_f64()?;
            let magnitude = Literal::f64_unsuffixed(number.abs());
            signed(number < 0.0, magnitude)
        }
        (ValueType::Integer, Value::Number(number)) => number_of(number)?,
        (_, Value::Bool(truth)) => quote!(#truth),
        (_, Value::String(text)) => text_of(text),
        (_, Value::Object(members)) if members.is_empty() => quote!(Map::new()),
        (_, Value::Array(items)) if items.is_empty() => quote!(Vec::new()),
        _ => return None,
    })
}

fn number_of(number: &serde_json::Number) -> Option<TokenStream> {
    if let Some(whole) = number.as_i64() {
        let magnitude = Literal::u64_unsuffixed(whole.unsigned_abs());
        return Some(signed(whole < 0, magnitude));
    }
    let number = number.as_f64()?;
    let magnitude = Literal::f64_unsuffixed(number.abs());
    Some(signed(number < 0.0, magnitude))
}

fn signed(is_negative: bool, magnitude: Literal) -> TokenStream {
    if is_negative {
        quote!(-#magnitude)
    } else {
        quote!(#magnitude)
    }
}

pub(super) fn text_of(text: &str) -> TokenStream {
    if text.is_empty() {
        quote!(String::new())
    } else {
        quote!(String::from(#text))
    }
}

/// Whether a value is what its type has by default, so that it can be derived.
pub(super) fn is_plain(value: &TokenStream) -> bool {
    let text = value.to_string().replace(' ', "");
    matches!(
        text.as_str(),
        "None" | "false" | "0" | "0.0" | "String::new()" | "Map::new()" | "Vec::new()"
    )
}
