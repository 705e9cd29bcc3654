//! Lists.

use super::convert::{integer, texts, texts_to_list};
use super::{ANY, Call, Function};
use crate::template::value::{Failure, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("list", 0, ANY, |call| {
        let items = call.arguments.to_vec();
        call.heap.new_list(items)
    }),
    Function::pure("first", 1, 1, |call| Ok(item(call.list(0)?.first()))),
    Function::pure("mustFirst", 1, 1, |call| Ok(item(call.list(0)?.first()))),
    Function::pure("last", 1, 1, |call| Ok(item(call.list(0)?.last()))),
    Function::pure("mustLast", 1, 1, |call| Ok(item(call.list(0)?.last()))),
    Function::pure("rest", 1, 1, rest),
    Function::pure("mustRest", 1, 1, rest),
    Function::pure("initial", 1, 1, initial),
    Function::pure("mustInitial", 1, 1, initial),
    Function::pure("append", 2, 2, append),
    Function::pure("mustAppend", 2, 2, append),
    Function::pure("push", 2, 2, append),
    Function::pure("mustPush", 2, 2, append),
    Function::pure("prepend", 2, 2, prepend),
    Function::pure("mustPrepend", 2, 2, prepend),
    Function::pure("concat", 0, ANY, concat),
    Function::pure("reverse", 1, 1, reverse),
    Function::pure("mustReverse", 1, 1, reverse),
    Function::pure("uniq", 1, 1, unique),
    Function::pure("mustUniq", 1, 1, unique),
    Function::pure("compact", 1, 1, compact),
    Function::pure("mustCompact", 1, 1, compact),
    Function::pure("without", 1, ANY, without),
    Function::pure("mustWithout", 1, ANY, without),
    Function::pure("has", 2, 2, has),
    Function::pure("mustHas", 2, 2, has),
    Function::pure("chunk", 2, 2, chunk),
    Function::pure("mustChunk", 2, 2, chunk),
    Function::pure("mustSlice", 1, 3, slice),
    Function::pure("sortAlpha", 1, 1, |call| {
        let mut sorted = texts(call, 0)?;
        sorted.sort_unstable();
        texts_to_list(call, sorted)
    }),
    Function::pure("until", 1, 1, |call| {
        let end = call.strict_integer(0)?;
        count(call, 0, end, if end < 0 { -1 } else { 1 })
    }),
    Function::pure("untilStep", 3, 3, |call| {
        let (start, end) = (call.strict_integer(0)?, call.strict_integer(1)?);
        let step = call.strict_integer(2)?;
        count(call, start, end, step)
    }),
    Function::pure("seq", 0, ANY, sequence),
];

fn item(item: Option<&Val>) -> Val {
    item.cloned().unwrap_or(Val::Nil)
}

fn rest(call: &mut Call<'_>) -> Result<Val, Failure> {
    match call.list(0)? {
        [] => Ok(Val::Nil),
        [_, rest @ ..] => call.heap.new_list(rest.to_vec()),
    }
}

fn initial(call: &mut Call<'_>) -> Result<Val, Failure> {
    match call.list(0)? {
        [] => Ok(Val::Nil),
        [initial @ .., _] => call.heap.new_list(initial.to_vec()),
    }
}

fn append(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut items = call.list(0)?.to_vec();
    items.push(call.value(1));
    call.heap.new_list(items)
}

fn prepend(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut items = vec![call.value(1)];
    items.extend_from_slice(call.list(0)?);
    call.heap.new_list(items)
}

fn concat(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut items = Vec::new();
    for at in 0..call.arguments.len() {
        items.extend_from_slice(call.list(at)?);
    }
    call.heap.new_list(items)
}

fn reverse(call: &mut Call<'_>) -> Result<Val, Failure> {
    let items = call.list(0)?.iter().rev().cloned().collect();
    call.heap.new_list(items)
}

fn unique(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut items: Vec<Val> = Vec::new();
    for item in call.list(0)? {
        if !is_among(call, item, &items)? {
            items.push(item.clone());
        }
    }
    call.heap.new_list(items)
}

fn compact(call: &mut Call<'_>) -> Result<Val, Failure> {
    let items = call.list(0)?.iter();
    let items = items.filter(|it| call.heap.is_true(it)).cloned().collect();
    call.heap.new_list(items)
}

fn without(call: &mut Call<'_>) -> Result<Val, Failure> {
    let unwanted = call.arguments.get(1..).unwrap_or_default();
    let mut items = Vec::new();
    for item in call.list(0)? {
        if !is_among(call, item, unwanted)? {
            items.push(item.clone());
        }
    }
    call.heap.new_list(items)
}

fn has(call: &mut Call<'_>) -> Result<Val, Failure> {
    if matches!(call.value(1), Val::Nil) {
        return Ok(Val::Bool(false));
    }
    let (needle, items) = (call.value(0), call.list(1)?);
    is_among(call, &needle, items).map(Val::Bool)
}

fn is_among(call: &mut Call<'_>, item: &Val, items: &[Val]) -> Result<bool, Failure> {
    for other in items {
        if call.heap.same(item, other, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn chunk(call: &mut Call<'_>) -> Result<Val, Failure> {
    let size = usize::try_from(call.strict_integer(0)?).unwrap_or(0).max(1);
    let mut chunks = Vec::new();
    for part in call.list(1)?.chunks(size) {
        chunks.push(call.heap.new_list(part.to_vec())?);
    }
    call.heap.new_list(chunks)
}

fn slice(call: &mut Call<'_>) -> Result<Val, Failure> {
    let items = call.list(0)?;
    let bound = |at: usize, default: usize| match call.arguments.get(at) {
        None => default,
        Some(value) => usize::try_from(integer(value)).unwrap_or(0),
    };
    let part = items.get(bound(1, 0)..bound(2, items.len()));
    let part = part.ok_or("slice bounds out of range")?;
    call.heap.new_list(part.to_vec())
}

/// The numbers from `start` on, without `end`.
fn numbers(call: &mut Call<'_>, start: i64, end: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let mut numbers = Vec::new();
    let mut next = start;
    while step != 0 && if step > 0 { next < end } else { next > end } {
        call.heap.spend(crate::template::value::STEP)?;
        numbers.push(next);
        match next.checked_add(step) {
            Some(after) => next = after,
            None => break,
        }
    }
    Ok(numbers)
}

fn count(call: &mut Call<'_>, start: i64, end: i64, step: i64) -> Result<Val, Failure> {
    let numbers = numbers(call, start, end, step)?;
    call.heap
        .new_list(numbers.into_iter().map(Val::Int).collect())
}

/// As the command `seq`: numbers with spaces between them, the last one included.
fn sequence(call: &mut Call<'_>) -> Result<Val, Failure> {
    let given = |at| call.integer(at);
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match call.arguments.len() {
        1 => (1, direction(1, given(0)), given(0)),
        2 => (given(0), direction(given(0), given(1)), given(1)),
        3 => (given(0), given(1), given(2)),
        _ => return call.answer(""),
    };
    let end = end.saturating_add(step.signum());
    let numbers = numbers(call, start, end, step)?;
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    call.answer(numbers.join(" "))
}
