//! What to take where something is missing.

use super::{ANY, Function};
use crate::template::value::Val;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("default", 1, ANY, |call| {
        let given = call.value(1);
        Ok(if call.heap.is_true(&given) {
            given
        } else {
            call.value(0)
        })
    }),
    Function::pure("empty", 1, 1, |call| {
        let value = call.value(0);
        Ok(Val::Bool(!call.heap.is_true(&value)))
    }),
    Function::pure("coalesce", 0, ANY, |call| {
        let found = call.arguments.iter().find(|it| call.heap.is_true(it));
        Ok(found.cloned().unwrap_or(Val::Nil))
    }),
    Function::pure("all", 0, ANY, |call| {
        Ok(Val::Bool(
            call.arguments.iter().all(|it| call.heap.is_true(it)),
        ))
    }),
    Function::pure("any", 0, ANY, |call| {
        Ok(Val::Bool(
            call.arguments.iter().any(|it| call.heap.is_true(it)),
        ))
    }),
];
