//! What the functions of the language do.

mod predicates;
mod texts;

use super::evaluator::{Evaluated, Run, element, invalid, malformed, member};
use super::tree::{Builtin, Expr};
use super::value::{Entries, Items, Key, Str, Val};
use super::{EvalError, format};

/// The value of a call.
pub(super) fn call<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    arguments: &'a [Expr],
) -> Evaluated<Val<'a>> {
    use Builtin as B;
    match builtin {
        B::All | B::None | B::Any | B::One | B::Filter | B::Count => {
            predicates::select(run, builtin, arguments)
        }
        B::Find | B::FindIndex | B::FindLast | B::FindLastIndex => {
            predicates::find(run, builtin, arguments)
        }
        B::Map => predicates::map(run, arguments),
        B::Sum => predicates::sum(run, arguments),
        B::GroupBy => predicates::group(run, arguments),
        B::SortBy => predicates::sort_by(run, arguments),
        B::Reduce => predicates::reduce(run, arguments),
        _ => {
            let values = arguments
                .iter()
                .map(|it| run.value(it))
                .collect::<Result<Vec<_>, _>>()?;
            apply(run, builtin, &values)
        }
    }
}

fn apply<'a>(run: &mut Run<'a>, builtin: Builtin, arguments: &[Val<'a>]) -> Evaluated<Val<'a>> {
    use Builtin as B;
    let failed = || invalid(builtin.name(), &arguments.iter().collect::<Vec<_>>());
    Ok(match (builtin, arguments) {
        (B::Len, [Val::Str(text)]) => count(text.chars().count()),
        (B::Len, [Val::List(items)]) => count(items.len()),
        (B::Len, [Val::Map(members)]) => count(members.len()),
        (B::Type, [value]) => Val::Str(Str::Borrowed(value.type_name())),
        (B::Abs, [Val::Int(value)]) => Val::Int(value.wrapping_abs()),
        (B::Abs, [Val::Float(value)]) => Val::Float(value.abs()),
        (B::Ceil | B::Floor | B::Round, [Val::Int(value)]) => Val::Float(*value as f64),
        (B::Ceil, [Val::Float(value)]) => Val::Float(value.ceil()),
        (B::Floor, [Val::Float(value)]) => Val::Float(value.floor()),
        (B::Round, [Val::Float(value)]) => Val::Float(value.round()),
        (B::Int, [Val::Str(text)]) => Val::Int(text.parse().map_err(|_| unreadable("int", text))?),
        (B::Int, [value]) => Val::Int(value.as_int().ok_or_else(failed)?),
        (B::Float, [Val::Str(text)]) => {
            Val::Float(text.parse().map_err(|_| unreadable("float", text))?)
        }
        (B::Float, [value]) => Val::Float(value.as_float().ok_or_else(failed)?),
        (B::String, [Val::Str(text)]) => Val::Str(text.clone()),
        (B::String, [value]) => run.text(format::display(value))?,
        (B::ToJson, [value]) => run.text(format::json(value))?,
        (B::Max | B::Min, [only]) if !matches!(only, Val::List(_)) => only.clone(),
        (B::Max | B::Min | B::Mean | B::Median, _) => aggregate(run, builtin, arguments)?,
        (B::First, [list]) => element(list, 0).unwrap_or(Val::Nil),
        (B::Last, [list]) => element(list, -1).unwrap_or(Val::Nil),
        (B::Get, [map @ Val::Map(_), key]) => member(map, key)?,
        (B::Get, [list @ (Val::List(_) | Val::Str(_)), key]) => {
            element(list, key.as_int().ok_or_else(failed)?).unwrap_or(Val::Nil)
        }
        (B::Get, [_, _]) => Val::Nil,
        (B::Keys, [Val::Map(members)]) => run.list(members.iter().map(|(key, _)| key).collect())?,
        (B::Values, [Val::Map(members)]) => {
            run.list(members.iter().map(|(_, value)| value).collect())?
        }
        (B::ToPairs, [Val::Map(members)]) => {
            let pairs = members
                .iter()
                .map(|(key, value)| Val::list(vec![key, value]));
            run.list(pairs.collect::<Result<_, _>>()?)?
        }
        (B::FromPairs, [Val::List(pairs)]) => from_pairs(run, pairs)?,
        (B::Concat | B::Flatten | B::Uniq | B::Reverse | B::Take | B::Sort | B::Join, _) => {
            lists(run, builtin, arguments)?
        }
        _ => texts::call(run, builtin, arguments)?,
    })
}

fn lists<'a>(run: &mut Run<'a>, builtin: Builtin, arguments: &[Val<'a>]) -> Evaluated<Val<'a>> {
    use Builtin as B;
    let failed = || invalid(builtin.name(), &arguments.iter().collect::<Vec<_>>());
    let list = |at: usize| match arguments.get(at) {
        Some(Val::List(items)) => Ok(items),
        _ => Err(failed()),
    };
    let items = list(0)?;
    run.work(items.len())?;
    Ok(match (builtin, arguments.get(1)) {
        (B::Concat, _) => {
            let mut all = Vec::new();
            for at in 0..arguments.len() {
                let items = list(at)?;
                run.work(items.len())?;
                all.extend(items.iter());
            }
            run.list(all)?
        }
        (B::Flatten, _) => {
            let mut flat = Vec::new();
            flatten(run, items, &mut flat)?;
            run.list(flat)?
        }
        (B::Uniq, _) => {
            let mut unique: Vec<Val<'a>> = Vec::new();
            'items: for item in items.iter() {
                for known in &unique {
                    if run.equals(known, &item)? {
                        continue 'items;
                    }
                }
                unique.push(item);
            }
            run.list(unique)?
        }
        (B::Reverse, _) => run.list(items.iter().rev().collect())?,
        (B::Take, Some(Val::Int(wanted))) => {
            let wanted = usize::try_from(*wanted).map_err(|_| failed())?;
            run.list(items.iter().take(wanted).collect())?
        }
        (B::Sort, order) => {
            let descending = order.map_or(Ok(false), descending)?;
            let mut keyed: Vec<_> = items.iter().map(|item| (item, ())).collect();
            sort(run, &mut keyed, descending)?;
            run.list(keyed.into_iter().map(|(item, ())| item).collect())?
        }
        (B::Join, None | Some(Val::Str(_))) => {
            let glue = arguments.get(1).and_then(Val::as_str).unwrap_or_default();
            let mut joined = String::new();
            for (at, item) in items.iter().enumerate() {
                let text = item.as_str().ok_or_else(|| invalid("join", &[&item]))?;
                run.allocate(text.len() + glue.len())?;
                if at > 0 {
                    joined.push_str(glue);
                }
                joined.push_str(text);
            }
            Val::text(joined)
        }
        _ => return Err(failed()),
    })
}

fn count<'a>(count: usize) -> Val<'a> {
    Val::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn unreadable(function: &str, text: &str) -> EvalError {
    let shown: String = text.chars().take(40).collect();
    EvalError::new(format!(
        "{function}: `{}` is not a number",
        shown.escape_debug()
    ))
}

fn descending(order: &Val<'_>) -> Result<bool, EvalError> {
    match order.as_str() {
        Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        _ => Err(EvalError::new("the order is neither \"asc\" nor \"desc\"")),
    }
}

/// Sorts by the first of each pair, equal ones staying as they are.
fn sort<T>(run: &mut Run<'_>, keyed: &mut [(Val<'_>, T)], descending: bool) -> Evaluated<()> {
    run.work(
        keyed
            .len()
            .saturating_mul(keyed.len().max(1).ilog2() as usize + 1)
            / 4,
    )?;
    let all = |is: fn(&Val<'_>) -> bool| keyed.iter().all(|(key, _)| is(key));
    let ints = all(|key| matches!(key, Val::Int(_)));
    let texts = all(|key| matches!(key, Val::Str(_)));
    // One way of comparing for all keys: an order that is not total may not reach `sort_by`.
    if !ints && !texts && !all(|key| key.as_float().is_some()) && keyed.len() > 1 {
        return Err(EvalError::new("only numbers or only texts can be put in order").into());
    }
    keyed.sort_by(|(a, _), (b, _)| {
        let (a, b) = if descending { (b, a) } else { (a, b) };
        match (a, b) {
            (Val::Int(a), Val::Int(b)) if ints => a.cmp(b),
            (Val::Str(a), Val::Str(b)) => (**a).cmp(&**b),
            _ => a
                .as_float()
                .unwrap_or_default()
                .total_cmp(&b.as_float().unwrap_or_default()),
        }
    });
    Ok(())
}

fn flatten<'a>(run: &mut Run<'a>, items: &Items<'a>, flat: &mut Vec<Val<'a>>) -> Evaluated<()> {
    for item in items.iter() {
        run.work(1)?;
        match item {
            Val::List(inner) => flatten(run, &inner, flat)?,
            other => flat.push(other),
        }
    }
    Ok(())
}

/// The numbers in lists of any depth.
fn numbers<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    values: &[Val<'a>],
    found: &mut Vec<Val<'a>>,
) -> Evaluated<()> {
    for value in values {
        run.work(1)?;
        match value {
            Val::Int(_) | Val::Float(_) => found.push(value.clone()),
            Val::List(items) => {
                run.work(items.len())?;
                numbers(run, builtin, &items.iter().collect::<Vec<_>>(), found)?;
            }
            other => return Err(invalid(builtin.name(), &[other])),
        }
    }
    Ok(())
}

fn aggregate<'a>(run: &mut Run<'a>, builtin: Builtin, arguments: &[Val<'a>]) -> Evaluated<Val<'a>> {
    let mut found = Vec::new();
    numbers(run, builtin, arguments, &mut found)?;
    let length = found.len();
    Ok(match builtin {
        Builtin::Max | Builtin::Min => {
            let wanted = if builtin == Builtin::Max {
                core::cmp::Ordering::Greater
            } else {
                core::cmp::Ordering::Less
            };
            let better = |best: Val<'a>, next: Val<'a>| match next.order(&best).flatten() {
                Some(order) if order == wanted => next,
                _ => best,
            };
            found.into_iter().reduce(better).unwrap_or(Val::Nil)
        }
        _ if length == 0 => Val::Float(0.0),
        Builtin::Mean => {
            let sum: f64 = found.iter().filter_map(Val::as_float).sum();
            Val::Float(sum / length as f64)
        }
        _ => {
            let mut sorted: Vec<f64> = found.iter().filter_map(Val::as_float).collect();
            sorted.sort_by(f64::total_cmp);
            let at = |at: usize| sorted.get(at).copied().unwrap_or_default();
            let middle = length / 2;
            Val::Float(if length % 2 == 1 {
                at(middle)
            } else {
                (at(middle - 1) + at(middle)) / 2.0
            })
        }
    })
}

fn from_pairs<'a>(run: &mut Run<'a>, pairs: &Items<'a>) -> Evaluated<Val<'a>> {
    let mut entries = Entries::new();
    for pair in pairs.iter() {
        run.work(1)?;
        run.allocate(2 * size_of::<Val<'_>>())?;
        let items = match &pair {
            Val::List(items) if items.len() == 2 => items,
            _ => return Err(EvalError::new("fromPairs: an item is not a list of two").into()),
        };
        let (Some(key), Some(value)) = (items.get(0), items.get(1)) else {
            return Err(malformed());
        };
        let key = Key::new(&key).ok_or_else(|| invalid("fromPairs", &[&key]))?;
        entries.insert(key, value);
    }
    Ok(Val::map(entries)?)
}
