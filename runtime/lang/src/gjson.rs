//! gjson paths: how facts and machine data are addressed.
//!
//! A path is components joined by `.` or `|`: keys, with `*` and `?` as wildcards and `\` before what is
//! meant literally; positions in lists; `#` for all items or their number; `#(…)` and `#(…)#` for the first
//! and for all items that fit a query; `{a,b}` and `[a,b]` for several values at once; `@name:argument` for
//! a modifier; `!json` for a literal. The dialect is that of gjson 1.19, except that it works on values and
//! not on text, so that what depends on white space or on repeated keys of the text does not happen.
//!
//! A path never is an error: what it does not lead to is absent. So is the result of a path that is longer,
//! nested deeper or more work than the limits allow.

mod modifier;
mod path;
mod query;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use path::{Component, Next};
use query::Query;

/// The value that a path leads to.
///
/// What is part of the value is borrowed; what had to be put together is owned.
#[must_use]
pub fn get<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, Value>> {
    if path.len() > PATH_LIMIT {
        return None;
    }
    let search = Search {
        work: Cell::new(WORK_LIMIT),
        depth: Cell::new(0),
    };
    let found = search.get(Some(value), path);
    if search.work.get() == 0 { None } else { found }
}

/// Bytes of a path.
const PATH_LIMIT: usize = 4096;
/// Paths inside paths.
const DEPTH_LIMIT: usize = 64;
/// Values that are looked at, and values and bytes that are copied.
const WORK_LIMIT: usize = 4 << 20;

type Found<'a> = Option<Cow<'a, Value>>;

/// One search and what is left of its limits.
struct Search {
    work: Cell<usize>,
    depth: Cell<usize>,
}

/// What a walk has come to.
#[derive(Default)]
struct Walk<'a, 'p> {
    value: Found<'a>,
    /// The path to go on with from there.
    pipe: Option<&'p str>,
}

impl Search {
    /// Accounts for work; false when there was too much.
    fn spend(&self, work: usize) -> bool {
        let left = self.work.get().saturating_sub(work);
        self.work.set(left);
        left > 0
    }

    /// A copy, accounted for; absent when there were too many.
    fn copy(&self, value: &Value) -> Option<Value> {
        self.spend(weight(value)).then(|| value.clone())
    }

    fn own(&self, found: Found<'_>) -> Option<Value> {
        match found? {
            Cow::Borrowed(value) => self.copy(value),
            Cow::Owned(value) => Some(value),
        }
    }

    /// A path inside a path.
    fn get<'a>(&self, value: Option<&'a Value>, path: &str) -> Found<'a> {
        if self.depth.get() == DEPTH_LIMIT || !self.spend(1) {
            self.work.set(0);
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let found = self.start(value, path);
        self.depth.set(self.depth.get() - 1);
        found
    }

    /// A path that goes on from what another led to.
    fn go_on<'a>(&self, found: Found<'a>, path: &str) -> Found<'a> {
        match found {
            None => self.get(None, path),
            Some(Cow::Borrowed(value)) => self.get(Some(value), path),
            Some(Cow::Owned(value)) => {
                let found = self.get(Some(&value), path);
                self.own(found).map(Cow::Owned)
            }
        }
    }

    fn start<'a>(&self, value: Option<&'a Value>, path: &str) -> Found<'a> {
        if path.len() > 1 {
            let special = match path.as_bytes().first() {
                Some(b'@') => self.modifier(value, path),
                Some(b'!') => {
                    path::literal(path).map(|(json, rest)| (Some(Cow::Owned(json)), rest))
                }
                Some(b'[' | b'{') => self.selection(value, path),
                _ => None,
            };
            if let Some((found, rest)) = special {
                return match rest.strip_prefix(['.', '|']) {
                    Some(rest) => self.go_on(found, rest),
                    None => found,
                };
            }
        }
        let value = value?;
        let mut walk = Walk::default();
        if let Some(path) = path.strip_prefix("..") {
            // One document is a file of lines with one line.
            self.list(core::slice::from_ref(value), path, &mut walk);
        } else {
            self.step(value, path, &mut walk);
        }
        match walk.pipe {
            Some(pipe) => self.go_on(walk.value, pipe),
            None => walk.value,
        }
    }

    fn modifier<'a, 'p>(
        &self,
        value: Option<&'a Value>,
        path: &'p str,
    ) -> Option<(Found<'a>, &'p str)> {
        let (name, argument, rest) = path::modifier(path)?;
        Some((modifier::apply(self, name, argument, value), rest))
    }

    /// `{a,b}` and `[a,b]`.
    fn selection<'a, 'p>(
        &self,
        value: Option<&'a Value>,
        path: &'p str,
    ) -> Option<(Found<'a>, &'p str)> {
        let (selectors, rest) = path::selectors(path)?;
        if !(rest.is_empty() || rest.starts_with(['.', '|'])) {
            return None;
        }
        let found = selectors.iter().filter_map(|selector| {
            let value = self.get(value, selector.path);
            Some((selector, self.own(value)?))
        });
        let selected = if path.starts_with('{') {
            found
                .map(|(selector, value)| (selector.name(), value))
                .collect::<Map<_, _>>()
                .into()
        } else {
            found.map(|(_, value)| value).collect::<Vec<_>>().into()
        };
        Some((Some(Cow::Owned(selected)), rest))
    }

    /// The first component of a path and what follows; true when that is all there is to find.
    fn step<'a, 'p>(&self, value: &'a Value, path: &'p str, walk: &mut Walk<'a, 'p>) -> bool {
        match value {
            Value::Object(members) => self.map(members, path, walk),
            Value::Array(items) => self.list(items, path, walk),
            _ => false,
        }
    }

    fn map<'a, 'p>(
        &self,
        members: &'a Map<String, Value>,
        path: &'p str,
        walk: &mut Walk<'a, 'p>,
    ) -> bool {
        let Component { part, wild, next } = path::key(path);
        if let Next::Pipe(pipe) = next {
            walk.pipe = Some(pipe);
        }
        if !wild {
            return self.spend(1)
                && members
                    .get(&*part)
                    .is_some_and(|value| self.enter(value, next, walk));
        }
        members.iter().any(|(key, value)| {
            self.spend(1 + key.len()) && query::fits(key, &part) && self.enter(value, next, walk)
        })
    }

    fn enter<'a, 'p>(&self, value: &'a Value, next: Next<'p>, walk: &mut Walk<'a, 'p>) -> bool {
        match next {
            Next::More(path) => self.step(value, path, walk),
            Next::End | Next::Pipe(_) => {
                walk.value = Some(Cow::Borrowed(value));
                true
            }
        }
    }

    fn list<'a, 'p>(&self, items: &'a [Value], path: &'p str, walk: &mut Walk<'a, 'p>) -> bool {
        let component = path::position(path);
        if let Next::Pipe(pipe) = component.next {
            walk.pipe = Some(pipe);
        }
        match (path.strip_prefix('#'), component.next) {
            (Some(rest), _) if rest.starts_with(['(', '[']) => {
                self.queried(items, path, component.next, walk)
            }
            (Some(_), Next::More(path)) if component.part == "#" => {
                let path = self.until_pipe(path, walk);
                let found = items.iter().filter_map(|item| {
                    let found = self.get(Some(item), path);
                    self.own(found)
                });
                walk.value = Some(Cow::Owned(found.collect()));
                true
            }
            (Some(_), _) if component.part == "#" => {
                walk.value = Some(Cow::Owned(items.len().into()));
                true
            }
            (_, next) => {
                let position = component.part.bytes().all(|byte| byte.is_ascii_digit());
                let at = component.part.parse::<usize>().ok().filter(|_| position);
                at.and_then(|at| items.get(at))
                    .is_some_and(|item| self.enter(item, next, walk))
            }
        }
    }

    /// The part of a path before a pipe, which is not for each item but for all that is found.
    fn until_pipe<'p>(&self, path: &'p str, walk: &mut Walk<'_, 'p>) -> &'p str {
        match path::split_pipe(path) {
            Some((left, right)) => {
                walk.pipe = Some(right);
                left
            }
            None => path,
        }
    }

    /// `#(…)` and `#(…)#`.
    fn queried<'a, 'p>(
        &self,
        items: &'a [Value],
        path: &'p str,
        next: Next<'p>,
        walk: &mut Walk<'a, 'p>,
    ) -> bool {
        let Some((query, rest)) = Query::parse(path) else {
            return false;
        };
        let all = rest.starts_with('#');
        let mut found = Vec::new();
        for item in items {
            if !self.query(&query, item) {
                continue;
            }
            let value = match next {
                Next::More(path) => self.get(Some(item), self.until_pipe(path, walk)),
                Next::End | Next::Pipe(_) => Some(Cow::Borrowed(item)),
            };
            if !all {
                walk.value = value;
                return true;
            }
            found.extend(self.own(value));
        }
        // Like gjson: the list of all is no reason to stop looking, but nothing replaces it with less.
        if all && walk.value.is_none() {
            walk.value = Some(Cow::Owned(found.into()));
        }
        false
    }

    fn query(&self, query: &Query, item: &Value) -> bool {
        let subject = match item {
            Value::Array(_) | Value::Object(_) => self.get(Some(item), query.path),
            _ if query.path.is_empty() => Some(Cow::Borrowed(item)),
            // A scalar has no members.
            _ => return false,
        };
        if let Some(Value::String(text)) = subject.as_deref() {
            self.spend(text.len());
        }
        query.accepts(subject.as_deref())
    }
}

/// Roughly the size of a value.
fn weight(value: &Value) -> usize {
    16 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| key.len() + weight(value))
            .sum(),
        _ => 0,
    }
}
