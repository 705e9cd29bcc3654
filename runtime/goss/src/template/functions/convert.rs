//! From one type to another, and what type something is.

use super::{ANY, Call, Function};
use crate::template::value::{Failure, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("atoi", 1, 1, |call| {
        let number = call.text(0)?.parse().unwrap_or(0);
        Ok(Val::Int(number))
    }),
    Function::pure("int", 1, 1, |call| Ok(Val::Int(call.integer(0)))),
    Function::pure("int64", 1, 1, |call| Ok(Val::Int(call.integer(0)))),
    Function::pure("float64", 1, 1, |call| {
        Ok(Val::Float(float(&call.value(0))))
    }),
    Function::pure("toDecimal", 1, 1, |call| {
        let octal = call.shown(0)?;
        Ok(Val::Int(i64::from_str_radix(&octal, 8).unwrap_or(0)))
    }),
    Function::pure("toString", 1, 1, |call| {
        let text = call.shown(0)?;
        call.answer(text)
    }),
    Function::pure("toStrings", 1, 1, |call| {
        let items = texts(call, 0)?;
        texts_to_list(call, items)
    }),
    Function::pure("typeOf", 1, 1, |call| {
        call.answer(call.value(0).type_name())
    }),
    Function::pure("typeIs", 2, 2, |call| {
        Ok(Val::Bool(call.text(0)? == call.value(1).type_name()))
    }),
    Function::pure("typeIsLike", 2, 2, |call| {
        let name = call.text(0)?;
        let is = call.value(1).type_name();
        Ok(Val::Bool(name == is || is.strip_prefix('*') == Some(name)))
    }),
    Function::pure("kindOf", 1, 1, |call| call.answer(kind(&call.value(0)))),
    Function::pure("kindIs", 2, 2, |call| {
        Ok(Val::Bool(call.text(0)? == kind(&call.value(1))))
    }),
    Function::pure("deepEqual", 2, 2, |call| {
        let (left, right) = (call.value(0), call.value(1));
        call.heap.same(&left, &right, 0).map(Val::Bool)
    }),
    Function::pure("hello", 0, 0, |call| call.answer("Hello!")),
    Function::pure("fail", 1, 1, |call| {
        Err(Failure::Value(call.text(0)?.to_owned()))
    }),
    Function::pure("ternary", 3, 3, |call| {
        let Val::Bool(truth) = call.value(2) else {
            return Err(super::wrong_type("bool", call.arguments.get(2)));
        };
        Ok(call.value(usize::from(!truth)))
    }),
    Function::pure("tuple", 0, ANY, |call| {
        let items = call.arguments.to_vec();
        call.heap.new_list(items)
    }),
];

/// The whole number that a value is taken for; 0 where it is none.
pub(super) fn integer(value: &Val) -> i64 {
    match value {
        Val::Int(value) => *value,
        #[expect(clippy::cast_possible_truncation, reason = "the fraction is cut off")]
        Val::Float(value) => *value as i64,
        Val::Bool(value) => i64::from(*value),
        Val::Text(text) => text.trim().parse().unwrap_or_else(|_| {
            let (sign, digits) = match text.trim().strip_prefix('-') {
                Some(digits) => (-1, digits),
                None => (1, text.trim()),
            };
            let parsed = match digits.get(..2) {
                Some("0x" | "0X") => i64::from_str_radix(digits.get(2..).unwrap_or_default(), 16),
                Some("0o" | "0O") => i64::from_str_radix(digits.get(2..).unwrap_or_default(), 8),
                Some("0b" | "0B") => i64::from_str_radix(digits.get(2..).unwrap_or_default(), 2),
                _ => return 0,
            };
            parsed.map_or(0, |number| sign * number)
        }),
        Val::Nil | Val::List(_) | Val::Map(_) => 0,
    }
}

/// The number that a value is taken for; 0 where it is none.
pub(super) fn float(value: &Val) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "as Go does")]
        Val::Int(value) => *value as f64,
        Val::Float(value) => *value,
        Val::Bool(value) => f64::from(u8::from(*value)),
        Val::Text(text) => text.trim().parse().unwrap_or(0.0),
        Val::Nil | Val::List(_) | Val::Map(_) => 0.0,
    }
}

/// The items of a list as texts, nothing left out; one text for what is no list.
pub(super) fn texts(call: &mut Call<'_>, at: usize) -> Result<Vec<String>, Failure> {
    match call.value(at) {
        Val::Nil => Ok(Vec::new()),
        Val::List(list) => {
            let items = list.items().iter().filter(|it| !matches!(it, Val::Nil));
            items.map(|item| call.heap.print(item)).collect()
        }
        other => Ok(vec![call.heap.print(&other)?]),
    }
}

pub(super) fn texts_to_list<T: AsRef<str>>(
    call: &mut Call<'_>,
    texts: impl IntoIterator<Item = T>,
) -> Result<Val, Failure> {
    let mut items = Vec::new();
    for text in texts {
        // Lists of empty texts cost something too.
        call.heap.spend(1)?;
        items.push(call.heap.new_text(text)?);
    }
    call.heap.new_list(items)
}

fn kind(value: &Val) -> &'static str {
    match value {
        Val::Nil => "invalid",
        Val::List(_) => "slice",
        Val::Map(_) => "map",
        other => other.type_name(),
    }
}
