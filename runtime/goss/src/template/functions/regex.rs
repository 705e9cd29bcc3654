//! Regular expressions.

use chorister_lang::re2::{self, Regex};

use super::convert::texts_to_list;
use super::{Call, Function};
use crate::template::value::{Failure, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("regexMatch", 2, 2, is_match),
    Function::pure("mustRegexMatch", 2, 2, is_match),
    Function::pure("regexFind", 2, 2, find),
    Function::pure("mustRegexFind", 2, 2, find),
    Function::pure("regexFindAll", 3, 3, find_all),
    Function::pure("mustRegexFindAll", 3, 3, find_all),
    Function::pure("regexReplaceAll", 3, 3, replace_all),
    Function::pure("mustRegexReplaceAll", 3, 3, replace_all),
    Function::pure("regexReplaceAllLiteral", 3, 3, replace_literal),
    Function::pure("mustRegexReplaceAllLiteral", 3, 3, replace_literal),
    Function::pure("regexSplit", 3, 3, split),
    Function::pure("mustRegexSplit", 3, 3, split),
    Function::pure("regexQuoteMeta", 1, 1, |call| {
        call.answer(re2::quote(call.text(0)?))
    }),
];

pub(super) fn compile(source: &str) -> Result<Regex, Failure> {
    re2::compile(source).map_err(|error| Failure::Value(error.to_string()))
}

/// The first two arguments: an expression, and the text that it looks through.
fn prepared<'c>(call: &mut Call<'c>) -> Result<(Regex, &'c str), Failure> {
    let (regex, text) = (compile(call.text(0)?)?, call.text(1)?);
    // Matching takes time in proportion to both.
    let cost = text.len().saturating_mul(call.text(0)?.len().max(16)) / 16;
    call.heap.spend(cost)?;
    Ok((regex, text))
}

fn is_match(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = prepared(call)?;
    Ok(Val::Bool(regex.is_match(text)))
}

fn find(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = prepared(call)?;
    call.answer(regex.find(text).map_or("", |found| found.as_str()))
}

fn find_all(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = prepared(call)?;
    let most = usize::try_from(call.integer(2)).unwrap_or(usize::MAX);
    let found: Vec<&str> = regex
        .find_iter(text)
        .take(most)
        .map(|it| it.as_str())
        .collect();
    texts_to_list(call, found)
}

/// `$1` and `${name}` in the replacement stand for groups.
fn replace_all(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = prepared(call)?;
    let replacement = call.text(2)?;
    call.heap
        .spend(text.len().saturating_mul(1 + replacement.len()))?;
    let replaced = regex.replace_all(text, replacement);
    call.answer(replaced)
}

fn replace_literal(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = prepared(call)?;
    let replacement = call.text(2)?;
    call.heap
        .spend(text.len().saturating_mul(1 + replacement.len()))?;
    let replaced = regex.replace_all(text, |_: &re2::Captures<'_>| replacement.to_owned());
    call.answer(replaced)
}

fn split(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (regex, text) = prepared(call)?;
    let parts: Vec<&str> = match call.integer(2) {
        0 => Vec::new(),
        most => match usize::try_from(most) {
            Ok(most) => regex.splitn(text, most).collect(),
            Err(_) => regex.split(text).collect(),
        },
    };
    texts_to_list(call, parts)
}
