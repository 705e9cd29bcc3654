//! One value, held against what an input may be.

use core::net::IpAddr;

use chorister_ir::ddl::{Input, InputKind, Validation, ValueType};
use serde_json::{Number, Value};

use crate::Invalid;
use crate::pattern;

/// What shells do not merely pass on.
const UNSAFE: [&str; 7] = ["`", "$", ";", "|", "&&", ">", "<"];

/// The greatest whole number up to which every one is a float too: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether an input may have this value.
///
/// # Errors
/// What is wrong with it.
pub fn check(input: &Input, value: &Value) -> Result<(), Invalid> {
    match &input.kind {
        InputKind::Unknown(name) => Err(Invalid::UnsupportedType(name.to_string())),
        InputKind::List(values) => {
            if values.is_empty() {
                return Err(Invalid::EmptyList);
            }
            let text = value.as_str().ok_or(Invalid::Type(ValueType::List))?;
            if values.iter().any(|it| it == text) {
                return Ok(());
            }
            Err(Invalid::NotListed(
                values.iter().map(ToString::to_string).collect(),
            ))
        }
        InputKind::String { .. } => {
            let text = value.as_str().ok_or(Invalid::Type(ValueType::String))?;
            check_text(input, text)
        }
        InputKind::Array(items) => {
            let all = value.as_array().ok_or(Invalid::Type(ValueType::Array))?;
            let Some(wanted) = *items else { return Ok(()) };
            match all.iter().position(|it| !fits(wanted, it)) {
                Some(at) => Err(Invalid::Item {
                    position: at + 1,
                    wanted,
                }),
                None => Ok(()),
            }
        }
        kind => match kind.value_type() {
            Some(wanted) if !fits(wanted, value) => Err(Invalid::Type(wanted)),
            _ => Ok(()),
        },
    }
}

/// Whether an input of type string may be this text; anything passes for one of another type.
///
/// # Errors
/// What is wrong with it.
pub fn check_text(input: &Input, text: &str) -> Result<(), Invalid> {
    let InputKind::String {
        validation,
        max_length,
    } = &input.kind
    else {
        return Ok(());
    };
    // Compat: go-choria providers/agent/mcorpc/ddl/common/input_item.go: without a length nothing else is looked at.
    if *max_length == 0 {
        return Ok(());
    }
    if usize::try_from(*max_length).is_ok_and(|most| text.len() > most) {
        return Err(Invalid::TooLong(*max_length));
    }
    validate(validation, text)
}

fn validate(validation: &Validation, text: &str) -> Result<(), Invalid> {
    let address = |kind, fits: fn(IpAddr) -> bool| match text.parse() {
        Ok(address) if fits(address) => Ok(()),
        _ => Err(Invalid::Address {
            text: text.to_owned(),
            kind,
        }),
    };
    match validation {
        Validation::Any | Validation::Unknown(_) => Ok(()),
        Validation::ShellSafe => match UNSAFE.into_iter().find(|it| text.contains(it)) {
            Some(found) => Err(Invalid::ShellUnsafe(found)),
            None => Ok(()),
        },
        Validation::Ipv4Address => address("IPv4", has_four_bytes),
        Validation::Ipv6Address => address("IPv6", |it| !has_four_bytes(it)),
        Validation::IpAddress => address("IP", |_| true),
        Validation::Pattern(pattern) => match pattern::is_match(pattern, text) {
            Some(true) => Ok(()),
            Some(false) => Err(Invalid::Mismatch(pattern.to_string())),
            None => Err(Invalid::Pattern(pattern.to_string())),
        },
    }
}

/// Whether an address can be written in four bytes, as `::ffff:192.0.2.1` can.
fn has_four_bytes(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(it) => it.to_ipv4_mapped().is_some(),
    }
}

/// Whether a value is of a type.
#[must_use]
pub fn fits(wanted: ValueType, value: &Value) -> bool {
    match wanted {
        ValueType::String | ValueType::List => value.is_string(),
        ValueType::Integer => value.as_number().is_some_and(|it| whole(it).is_some()),
        ValueType::Float | ValueType::Number => value.is_number(),
        ValueType::Boolean => value.is_boolean(),
        ValueType::Hash => value.is_object(),
        ValueType::Array => value.is_array(),
    }
}

/// The value as it is used: a whole number without a fraction where an integer is wanted.
#[must_use]
pub fn normal(wanted: ValueType, value: Value) -> Value {
    match (wanted, value) {
        (ValueType::Integer, Value::Number(number)) => {
            Value::Number(whole(&number).map_or(number, Number::from))
        }
        (_, value) => value,
    }
}

/// The number, if it has no fraction: `1.0` is such, too.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        // Within these bounds the conversion loses nothing.
        #[allow(clippy::cast_possible_truncation)]
        (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
    })
}
