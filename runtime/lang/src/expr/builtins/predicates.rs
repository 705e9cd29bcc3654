//! Functions that evaluate an expression for each item of a list.

use super::{descending, sort};
use crate::expr::EvalError;
use crate::expr::evaluator::{Evaluated, Item, Run, invalid, malformed};
use crate::expr::tree::{Builtin, Expr};
use crate::expr::value::{Entries, Items, Key, Val};

/// The items of the first argument, and the body that is evaluated for each.
fn over<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    arguments: &'a [Expr],
) -> Evaluated<(Items<'a>, Option<&'a Expr>)> {
    let list = run.value(arguments.first().ok_or_else(malformed)?)?;
    match list {
        Val::List(items) => Ok((items, arguments.get(1))),
        other => Err(invalid(builtin.name(), &[&other])),
    }
}

fn body<'a>(
    run: &mut Run<'a>,
    value: &Val<'a>,
    index: usize,
    body: Option<&'a Expr>,
) -> Evaluated<Val<'a>> {
    run.work(1)?;
    match body {
        Some(body) => run.with_item(
            Item {
                value: value.clone(),
                index,
                accumulator: Val::Nil,
            },
            body,
        ),
        None => Ok(value.clone()),
    }
}

fn holds<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    value: &Val<'a>,
    index: usize,
    predicate: Option<&'a Expr>,
) -> Evaluated<bool> {
    match body(run, value, index, predicate)? {
        Val::Bool(value) => Ok(value),
        other => Err(invalid(builtin.name(), &[&other])),
    }
}

pub(super) fn select<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    arguments: &'a [Expr],
) -> Evaluated<Val<'a>> {
    let (items, predicate) = over(run, builtin, arguments)?;
    let mut kept = Vec::new();
    let mut count = 0i64;
    for (index, item) in items.iter().enumerate() {
        let holds = holds(run, builtin, &item, index, predicate)?;
        match builtin {
            Builtin::All if !holds => return Ok(Val::Bool(false)),
            Builtin::Any if holds => return Ok(Val::Bool(true)),
            Builtin::None if holds => return Ok(Val::Bool(false)),
            _ => {}
        }
        if holds {
            count += 1;
            if builtin == Builtin::Filter {
                kept.push(item);
            }
        }
    }
    Ok(match builtin {
        Builtin::All | Builtin::None => Val::Bool(true),
        Builtin::Any => Val::Bool(false),
        Builtin::One => Val::Bool(count == 1),
        Builtin::Count => Val::Int(count),
        _ => return run.list(kept),
    })
}

pub(super) fn find<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    arguments: &'a [Expr],
) -> Evaluated<Val<'a>> {
    let (items, predicate) = over(run, builtin, arguments)?;
    let backwards = matches!(builtin, Builtin::FindLast | Builtin::FindLastIndex);
    let length = items.len();
    for step in 0..length {
        let index = if backwards { length - 1 - step } else { step };
        let Some(item) = items.get(index) else {
            continue;
        };
        if holds(run, builtin, &item, index, predicate)? {
            return Ok(match builtin {
                Builtin::Find | Builtin::FindLast => item,
                _ => Val::Int(i64::try_from(index).unwrap_or(i64::MAX)),
            });
        }
    }
    Ok(Val::Nil)
}

pub(super) fn map<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
    let (items, expr) = over(run, Builtin::Map, arguments)?;
    let mut mapped = Vec::new();
    for (index, item) in items.iter().enumerate() {
        mapped.push(body(run, &item, index, expr)?);
    }
    run.list(mapped)
}

pub(super) fn sum<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
    let (items, expr) = over(run, Builtin::Sum, arguments)?;
    let mut sum = Val::Int(0);
    for (index, item) in items.iter().enumerate() {
        let value = body(run, &item, index, expr)?;
        sum = match (&sum, &value) {
            (Val::Int(sum), Val::Int(value)) => Val::Int(sum.wrapping_add(*value)),
            _ => match (sum.as_float(), value.as_float()) {
                (Some(sum), Some(value)) => Val::Float(sum + value),
                _ => return Err(invalid("sum", &[&value])),
            },
        };
    }
    Ok(sum)
}

pub(super) fn group<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
    let (items, expr) = over(run, Builtin::GroupBy, arguments)?;
    let mut groups = std::collections::BTreeMap::<Key<'a>, Vec<Val<'a>>>::new();
    for (index, item) in items.iter().enumerate() {
        let by = body(run, &item, index, expr)?;
        let key = Key::new(&by).ok_or_else(|| invalid("groupBy", &[&by]))?;
        groups.entry(key).or_default().push(item);
    }
    let mut entries = Entries::new();
    for (key, items) in groups {
        entries.insert(key, run.list(items)?);
    }
    Ok(Val::map(entries)?)
}

pub(super) fn sort_by<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
    let (items, expr) = over(run, Builtin::SortBy, arguments)?;
    let descending = match arguments.get(2) {
        Some(order) => descending(&run.value(order)?)?,
        None => false,
    };
    let mut keyed = Vec::new();
    for (index, item) in items.iter().enumerate() {
        keyed.push((body(run, &item, index, expr)?, item));
    }
    sort(run, &mut keyed, descending)?;
    run.list(keyed.into_iter().map(|(_, item)| item).collect())
}

pub(super) fn reduce<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
    let (items, expr) = over(run, Builtin::Reduce, arguments)?;
    let expr = expr.ok_or_else(malformed)?;
    let (mut accumulator, first) = match arguments.get(2) {
        Some(initial) => (run.value(initial)?, 0),
        None => match items.get(0) {
            Some(item) => (item, 1),
            None => {
                return Err(EvalError::new(
                    "reduce: the list is empty and there is no first value",
                )
                .into());
            }
        },
    };
    for (index, value) in items.iter().enumerate().skip(first) {
        run.work(1)?;
        accumulator = run.with_item(
            Item {
                value,
                index,
                accumulator,
            },
            expr,
        )?;
    }
    Ok(accumulator)
}
