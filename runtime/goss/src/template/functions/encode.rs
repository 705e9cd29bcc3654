//! Values as text, and back.

use chorister_lang::template::go;
use serde_json::Value as Json;

use super::{Call, Function};
use crate::template::value::{Failure, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("b64enc", 1, 1, |call| {
        call.answer(go::base64_encode(call.text(0)?))
    }),
    Function::pure("b64dec", 1, 1, |call| {
        let decoded = go::base64_decode(call.text(0)?);
        // Compat: sprig strings.go: what cannot be decoded is the reason as a text.
        call.answer(decoded.unwrap_or_else(|reason| reason))
    }),
    Function::pure("toJson", 1, 1, |call| to_json(call, true)),
    Function::pure("mustToJson", 1, 1, |call| to_json(call, true)),
    Function::pure("toRawJson", 1, 1, |call| to_json(call, false)),
    Function::pure("mustToRawJson", 1, 1, |call| to_json(call, false)),
    Function::pure("toPrettyJson", 1, 1, to_pretty_json),
    Function::pure("mustToPrettyJson", 1, 1, to_pretty_json),
    Function::pure("fromJson", 1, 1, |call| {
        let value: Json = serde_json::from_str(call.text(0)?).unwrap_or_default();
        call.heap.import_json(&value)
    }),
    Function::pure("mustFromJson", 1, 1, |call| {
        let value: Json = serde_json::from_str(call.text(0)?).map_err(|it| it.to_string())?;
        call.heap.import_json(&value)
    }),
];

fn to_json(call: &mut Call<'_>, escaped: bool) -> Result<Val, Failure> {
    let value = call.heap.export(&call.value(0))?;
    let text = value.to_string();
    call.answer(if escaped { escape(&text) } else { text })
}

fn to_pretty_json(call: &mut Call<'_>) -> Result<Val, Failure> {
    let value = call.heap.export(&call.value(0))?;
    let text = serde_json::to_string_pretty(&value).map_err(|it| it.to_string())?;
    call.answer(escape(&text))
}

/// What Go escapes so that JSON can stand in HTML.
fn escape(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}
