//! Goss's own functions.

use std::rc::Rc;

use super::{ANY, Call, Function};
use crate::template::value::{Failure, Val};
use chorister_lang::re2;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("mkSlice", 0, ANY, |call| {
        let items = call.arguments.to_vec();
        call.heap.new_list(items)
    }),
    Function::pure("readFile", 1, 1, read_file),
    Function::pure("getEnv", 1, ANY, get_env),
    Function::pure("env", 1, 1, |call| {
        let value = call.data.env.get(call.text(0)?).cloned();
        call.answer(value.unwrap_or_default())
    }),
    Function::pure("expandenv", 1, 1, expand),
    Function::pure("toUpper", 1, 1, |call| {
        call.answer(call.text(0)?.to_uppercase())
    }),
    Function::pure("toLower", 1, 1, |call| {
        call.answer(call.text(0)?.to_lowercase())
    }),
    Function::pure("findStringSubmatch", 2, 2, find_submatch),
];

fn read_file(call: &mut Call<'_>) -> Result<Val, Failure> {
    let path = call.text(0)?;
    let content = call
        .files
        .read(path)
        .map_err(|reason| format!("open {path}: {reason}"))?;
    let content = String::from_utf8_lossy(&content);
    call.answer(content.trim())
}

fn get_env(call: &mut Call<'_>) -> Result<Val, Failure> {
    let value = call.data.env.get(call.text(0)?);
    match value.filter(|it| !it.is_empty()) {
        Some(value) => call.heap.new_text(value),
        None if call.arguments.len() > 1 => call.answer(call.text(1)?),
        None => call.answer(""),
    }
}

/// Replaces `$NAME` and `${NAME}`.
fn expand(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut rest = call.text(0)?;
    let mut expanded = String::new();
    while let Some((before, behind)) = rest.split_once('$') {
        expanded.push_str(before);
        let (name, after) = match behind.strip_prefix('{').and_then(|it| it.split_once('}')) {
            Some(parts) => parts,
            None => {
                let is_name = |it: char| it == '_' || it.is_ascii_alphanumeric();
                let end = behind.find(|it| !is_name(it)).unwrap_or(behind.len());
                behind.split_at(end)
            }
        };
        if name.is_empty() {
            expanded.push('$');
        }
        let value = call.data.env.get(name).map(String::as_str);
        expanded.push_str(value.unwrap_or_default());
        call.heap.spend(before.len() + value.map_or(0, str::len))?;
        rest = after;
    }
    expanded.push_str(rest);
    call.answer(expanded)
}

/// The groups of the first match: by name if a group with a name took part, else by number.
fn find_submatch(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = (super::regex::compile(call.text(0)?)?, call.text(1)?);
    call.heap.spend(text.len())?;
    let Some(captures) = re2::Regex::captures(&regex, text) else {
        return call.heap.new_map([]);
    };
    let mut named = Vec::new();
    let mut numbered = Vec::new();
    for (at, name) in regex.capture_names().enumerate() {
        let part = captures.get(at).map_or("", |part| part.as_str());
        let part = call.heap.new_text(part)?;
        if let Some(name) = name {
            named.push((Rc::from(name), part.clone()));
        }
        numbered.push((Rc::from(at.to_string()), part));
    }
    let groups = if named.is_empty() { numbered } else { named };
    call.heap.new_map(groups)
}
