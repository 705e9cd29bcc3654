//! What the functions of the language do.

use super::evaluator::{Evaluated, Item, Run, element, invalid, malformed, member};
use super::tree::{Builtin, Expr};
use super::value::{Entries, Items, Key, Str, Val};
use super::{EvalError, base64, format};

/// The value of a call.
pub(super) fn call<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    arguments: &'a [Expr],
) -> Evaluated<Val<'a>> {
    use Builtin as B;
    match builtin {
        B::All | B::None | B::Any | B::One | B::Filter | B::Count => {
            select(run, builtin, arguments)
        }
        B::Find | B::FindIndex | B::FindLast | B::FindLastIndex => find(run, builtin, arguments),
        B::Map => map(run, arguments),
        B::Sum => sum(run, arguments),
        B::GroupBy => group(run, arguments),
        B::SortBy => sort_by(run, arguments),
        B::Reduce => reduce(run, arguments),
        _ => {
            let values = arguments
                .iter()
                .map(|it| run.value(it))
                .collect::<Result<Vec<_>, _>>()?;
            apply(run, builtin, &values)
        }
    }
}

// === predicates ===

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

fn select<'a>(run: &mut Run<'a>, builtin: Builtin, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
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

fn find<'a>(run: &mut Run<'a>, builtin: Builtin, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
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

fn map<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
    let (items, expr) = over(run, Builtin::Map, arguments)?;
    let mut mapped = Vec::new();
    for (index, item) in items.iter().enumerate() {
        mapped.push(body(run, &item, index, expr)?);
    }
    run.list(mapped)
}

fn sum<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
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

fn group<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
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

fn sort_by<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
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

fn reduce<'a>(run: &mut Run<'a>, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
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

// === functions of values ===

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
        (B::Get, [Val::Nil, _]) => Val::Nil,
        (B::Get, [map @ Val::Map(_), key]) => member(map, key)?,
        (B::Get, [list, key]) => match key.as_int() {
            Some(at) => element(list, at).unwrap_or(Val::Nil),
            None => return Err(failed()),
        },
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
        _ => texts(run, builtin, arguments)?,
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

fn texts<'a>(run: &mut Run<'a>, builtin: Builtin, arguments: &[Val<'a>]) -> Evaluated<Val<'a>> {
    use Builtin as B;
    let failed = || invalid(builtin.name(), &arguments.iter().collect::<Vec<_>>());
    let (Some(Val::Str(text)), other) = (arguments.first(), arguments.get(1)) else {
        return Err(failed());
    };
    run.work(text.len() / 8)?;
    let part = match other {
        None => None,
        Some(Val::Str(part)) => Some(&**part),
        Some(_) if builtin == B::Repeat => None,
        Some(_) => return Err(failed()),
    };
    Ok(match (builtin, part) {
        (B::Upper, None) => run.text(text.to_uppercase())?,
        (B::Lower, None) => run.text(text.to_lowercase())?,
        (B::Trim, None) => run.text(text.trim().to_owned())?,
        (B::Trim, Some(set)) => run.text(text.trim_matches(|c| set.contains(c)).to_owned())?,
        (B::TrimPrefix, part) => run.text(
            text.strip_prefix(part.unwrap_or(" "))
                .unwrap_or(text)
                .to_owned(),
        )?,
        (B::TrimSuffix, part) => run.text(
            text.strip_suffix(part.unwrap_or(" "))
                .unwrap_or(text)
                .to_owned(),
        )?,
        (B::HasPrefix, Some(part)) => Val::Bool(text.starts_with(part)),
        (B::HasSuffix, Some(part)) => Val::Bool(text.ends_with(part)),
        (B::IndexOf, Some(part)) => text.find(part).map_or(Val::Int(-1), count),
        (B::LastIndexOf, Some(part)) => text.rfind(part).map_or(Val::Int(-1), count),
        (B::Split | B::SplitAfter, Some(separator)) => {
            let most = arguments
                .get(2)
                .map(|it| it.as_int().ok_or_else(failed))
                .transpose()?;
            split(run, text, separator, most, builtin == B::SplitAfter)?
        }
        (B::Replace, Some(old)) => {
            let Some(Val::Str(new)) = arguments.get(2) else {
                return Err(failed());
            };
            let most = arguments
                .get(3)
                .map(|it| it.as_int().ok_or_else(failed))
                .transpose()?;
            replace(run, text, old, new, most)?
        }
        (B::Repeat, None) => {
            let times = other.and_then(Val::as_int).ok_or_else(failed)?;
            let times = usize::try_from(times)
                .map_err(|_| EvalError::new("repeat: cannot repeat less than no times"))?;
            run.allocate(text.len().saturating_mul(times))?;
            Val::text(text.repeat(times))
        }
        (B::ToBase64, None) => run.text(base64::encode(text.as_bytes()))?,
        (B::FromBase64, None) => match base64::decode(text).map(String::from_utf8) {
            Some(Ok(text)) => run.text(text)?,
            Some(Err(_)) => {
                return Err(EvalError::new("fromBase64: this is not the base64 of text").into());
            }
            None => return Err(EvalError::new("fromBase64: this is not base64").into()),
        },
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

fn split<'a>(
    run: &mut Run<'a>,
    text: &str,
    separator: &str,
    most: Option<i64>,
    keep: bool,
) -> Evaluated<Val<'a>> {
    // A negative number of parts is as many as there are.
    let most = most.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    if most == 0 {
        return run.list(Vec::new());
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < most {
        let end = if separator.is_empty() {
            // Between characters, but not after the last.
            rest.chars()
                .next()
                .map(char::len_utf8)
                .filter(|end| *end < rest.len())
        } else {
            rest.find(separator)
        };
        let Some(end) = end else { break };
        let next = end + separator.len();
        let (part, after) = (rest.get(..if keep { next } else { end }), rest.get(next..));
        run.work(1 + end / 8)?;
        parts.push(run.text(part.unwrap_or_default().to_owned())?);
        rest = after.unwrap_or_default();
    }
    if !(separator.is_empty() && rest.is_empty()) {
        parts.push(run.text(rest.to_owned())?);
    }
    run.list(parts)
}

fn replace<'a>(
    run: &mut Run<'a>,
    text: &str,
    old: &str,
    new: &str,
    most: Option<i64>,
) -> Evaluated<Val<'a>> {
    let most = most.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    let found = text.matches(old).take(most).count();
    run.allocate(text.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(Val::text(text.replacen(old, new, most)))
}
