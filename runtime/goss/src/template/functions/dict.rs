//! Maps.

use std::rc::Rc;

use super::convert::texts_to_list;
use super::{ANY, Call, Function};
use crate::template::MAX_DEPTH;
use crate::template::value::{Failure, MapId, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("dict", 0, ANY, dict),
    Function::pure("get", 2, 2, |call| {
        let found = call.heap.map(call.map(0)?).get(call.text(1)?).cloned();
        match found {
            Some(value) => Ok(value),
            None => call.answer(""),
        }
    }),
    Function::pure("set", 3, 3, |call| {
        let (map, key, value) = (call.map(0)?, call.text(1)?, call.value(2));
        call.heap.insert(map, key.into(), value)?;
        Ok(Val::Map(map))
    }),
    Function::pure("unset", 2, 2, |call| {
        let map = call.map(0)?;
        call.heap.remove(map, call.text(1)?);
        Ok(Val::Map(map))
    }),
    Function::pure("hasKey", 2, 2, |call| {
        let map = call.heap.map(call.map(0)?);
        Ok(Val::Bool(map.contains_key(call.text(1)?)))
    }),
    Function::pure("keys", 0, ANY, |call| {
        let mut keys = Vec::new();
        for at in 0..call.arguments.len() {
            keys.extend(call.heap.fields(call.map(at)?)?.into_iter().map(|it| it.0));
        }
        texts_to_list(call, keys)
    }),
    Function::pure("values", 1, 1, |call| {
        let fields = call.heap.fields(call.map(0)?)?;
        call.heap
            .new_list(fields.into_iter().map(|it| it.1).collect())
    }),
    Function::pure("pick", 1, ANY, |call| filtered(call, true)),
    Function::pure("omit", 1, ANY, |call| filtered(call, false)),
    Function::pure("pluck", 1, ANY, |call| {
        let key = call.text(0)?;
        let mut found = Vec::new();
        for at in 1..call.arguments.len() {
            found.extend(call.heap.map(call.map(at)?).get(key).cloned());
        }
        call.heap.new_list(found)
    }),
    Function::pure("dig", 3, ANY, dig),
    Function::pure("merge", 1, ANY, |call| merge_all(call, false)),
    Function::pure("mustMerge", 1, ANY, |call| merge_all(call, false)),
    Function::pure("mergeOverwrite", 1, ANY, |call| merge_all(call, true)),
    Function::pure("mustMergeOverwrite", 1, ANY, |call| merge_all(call, true)),
    Function::pure("deepCopy", 1, 1, |call| copy(call, &call.value(0), 0)),
    Function::pure("mustDeepCopy", 1, 1, |call| copy(call, &call.value(0), 0)),
];

fn dict(call: &mut Call<'_>) -> Result<Val, Failure> {
    let mut fields = Vec::new();
    for pair in call.arguments.chunks(2) {
        let [key, rest @ ..] = pair else { continue };
        let key = call.heap.print(key)?;
        let value = match rest.first() {
            Some(value) => value.clone(),
            None => call.heap.new_text("")?,
        };
        fields.push((Rc::from(key), value));
    }
    call.heap.new_map(fields)
}

/// The fields whose keys are among the arguments, or those whose keys are not.
fn filtered(call: &mut Call<'_>, wanted: bool) -> Result<Val, Failure> {
    let mut keys = Vec::new();
    for at in 1..call.arguments.len() {
        keys.push(call.text(at)?);
    }
    let fields = call.heap.fields(call.map(0)?)?;
    call.heap.spend(fields.len().saturating_mul(keys.len()))?;
    let fields = fields
        .into_iter()
        .filter(|(key, _)| keys.contains(&&**key) == wanted);
    call.heap.new_map(fields)
}

/// `dig "a" "b" default map`
fn dig(call: &mut Call<'_>) -> Result<Val, Failure> {
    let Some((map, [keys @ .., default])) = call.arguments.split_last() else {
        return Ok(Val::Nil);
    };
    let mut value = map.clone();
    for key in keys {
        let Val::Map(id) = value else {
            return Err(super::wrong_type("map[string]interface {}", Some(&value)));
        };
        let Some(found) = call.heap.map(id).get(key.as_text().unwrap_or_default()) else {
            return Ok(default.clone());
        };
        value = found.clone();
    }
    Ok(value)
}

fn merge_all(call: &mut Call<'_>, overwrite: bool) -> Result<Val, Failure> {
    let into = call.map(0)?;
    for at in 1..call.arguments.len() {
        let from = call.map(at)?;
        merge(call, into, from, overwrite, 0)?;
    }
    Ok(Val::Map(into))
}

fn merge(
    call: &mut Call<'_>,
    into: MapId,
    from: MapId,
    overwrite: bool,
    depth: usize,
) -> Result<(), Failure> {
    if depth > MAX_DEPTH || into == from {
        return Ok(());
    }
    for (key, value) in call.heap.fields(from)? {
        let existing = call.heap.map(into).get(&key).cloned();
        match (existing, &value) {
            (Some(Val::Map(below)), Val::Map(other)) => {
                merge(call, below, *other, overwrite, depth + 1)?;
            }
            (Some(existing), value)
                if call.heap.is_true(&existing) && !(overwrite && call.heap.is_true(value)) => {}
            (_, value) => call.heap.insert(into, key, value.clone())?,
        }
    }
    Ok(())
}

fn copy(call: &mut Call<'_>, value: &Val, depth: usize) -> Result<Val, Failure> {
    if depth > MAX_DEPTH {
        return Err("the value nests too deep".into());
    }
    match value {
        Val::List(list) => {
            let items = list.items().iter().map(|it| copy(call, it, depth + 1));
            let items = items.collect::<Result<_, _>>()?;
            call.heap.new_list(items)
        }
        Val::Map(id) => {
            let mut fields = call.heap.fields(*id)?;
            for (_, value) in &mut fields {
                *value = copy(call, value, depth + 1)?;
            }
            call.heap.new_map(fields)
        }
        other => Ok(other.clone()),
    }
}
