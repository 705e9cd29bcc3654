//! Programs to values.

mod operators;

use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use super::builtins;
use super::tree::{Builtin, Expr};
use super::value::{Dict, Items, Str, Val};
use super::{EvalError, Limits, Names};
use crate::gjson;

/// The value of an expression.
pub(super) fn evaluate<'a>(root: &'a Expr, names: Names<'a>) -> Result<Val<'a>, EvalError> {
    let mut run = Run {
        names,
        steps: Limits::STEPS,
        bytes: Limits::BYTES,
        locals: Vec::new(),
        items: Vec::new(),
        patterns: Vec::new(),
    };
    run.value(root).map_err(|halt| match halt {
        Halt::Error(error) => error,
        Halt::Absent => EvalError::new("`?.` outside its chain"),
    })
}

/// The compiled form of a pattern; the same limits at compile time and at run time.
pub(super) fn pattern(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > Limits::PATTERN {
        return Err(format!(
            "the pattern is longer than {} bytes",
            Limits::PATTERN
        ));
    }
    RegexBuilder::new(pattern)
        .size_limit(Limits::PATTERN_PROGRAM)
        .build()
        .map_err(|error| error.to_string())
}

/// Why an evaluation stops.
pub(super) enum Halt {
    /// It cannot go on.
    Error(EvalError),
    /// `?.` found nothing; the chain around it is `nil`.
    Absent,
}

impl From<EvalError> for Halt {
    fn from(error: EvalError) -> Self {
        Self::Error(error)
    }
}

pub(super) type Evaluated<T> = Result<T, Halt>;

/// An evaluation under way.
pub(super) struct Run<'a> {
    names: Names<'a>,
    steps: u32,
    bytes: usize,
    /// Values of the `let`s around, outermost first.
    locals: Vec<Val<'a>>,
    /// Items of the predicates around, outermost first.
    items: Vec<Item<'a>>,
    /// Patterns compiled so far.
    patterns: Vec<(String, Regex)>,
}

/// What `#`, `#index` and `#acc` are.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub(super) value: Val<'a>,
    pub(super) index: usize,
    pub(super) accumulator: Val<'a>,
}

impl<'a> Run<'a> {
    /// Accounts for work; an error when too much was done.
    pub(super) fn work(&mut self, steps: usize) -> Result<(), EvalError> {
        match u32::try_from(steps)
            .ok()
            .and_then(|steps| self.steps.checked_sub(steps))
        {
            Some(left) => self.steps = left,
            None => return Err(EvalError::new("the evaluation takes too many steps")),
        }
        Ok(())
    }

    /// Accounts for memory; an error when too much was taken.
    pub(super) fn allocate(&mut self, bytes: usize) -> Result<(), EvalError> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => self.bytes = left,
            None => return Err(EvalError::new("the evaluation takes too much memory")),
        }
        Ok(())
    }

    /// New text.
    pub(super) fn text(&mut self, text: String) -> Evaluated<Val<'a>> {
        self.allocate(text.len())?;
        Ok(Val::text(text))
    }

    /// A new list.
    pub(super) fn list(&mut self, items: Vec<Val<'a>>) -> Evaluated<Val<'a>> {
        self.allocate(items.len().saturating_mul(size_of::<Val<'_>>()))?;
        Ok(Val::list(items)?)
    }

    /// The value of an expression with `#` standing for an item.
    pub(super) fn with_item(&mut self, item: Item<'a>, body: &'a Expr) -> Evaluated<Val<'a>> {
        self.items.push(item);
        let value = self.value(body);
        self.items.pop();
        value
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &'a Expr) -> Evaluated<Val<'a>> {
        self.work(1)?;
        Ok(match expr {
            Expr::Nil => Val::Nil,
            Expr::Bool(value) => Val::Bool(*value),
            Expr::Int(value) => Val::Int(*value),
            Expr::Float(value) => Val::Float(*value),
            Expr::Str(text) => Val::Str(Str::Borrowed(text)),
            Expr::Array(items) => {
                let items = items
                    .iter()
                    .map(|item| self.value(item))
                    .collect::<Result<_, _>>()?;
                self.list(items)?
            }
            Expr::Map(_) => self.map(expr)?,
            Expr::Name(name) => self.name(name)?,
            Expr::Local(at) => self.local(*at)?,
            Expr::Let(value, rest) => {
                let value = self.value(value)?;
                self.locals.push(value);
                let rest = self.value(rest);
                self.locals.pop();
                rest?
            }
            Expr::Sequence(items) => {
                let mut last = Val::Nil;
                for item in items {
                    last = self.value(item)?;
                }
                last
            }
            Expr::Item => self.item()?.value.clone(),
            Expr::Index => Val::Int(i64::try_from(self.item()?.index).unwrap_or(i64::MAX)),
            Expr::Accumulator => self.item()?.accumulator.clone(),
            Expr::Not(operand) => Val::Bool(!self.condition(operand, "not")?),
            Expr::Negate(operand) => match self.value(operand)? {
                Val::Int(value) => Val::Int(value.wrapping_neg()),
                Val::Float(value) => Val::Float(-value),
                other => return Err(invalid("-", &[&other])),
            },
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right)?,
            Expr::If(condition, then, otherwise) => {
                let chosen = if self.condition(condition, "?")? {
                    then
                } else {
                    otherwise
                };
                self.value(chosen)?
            }
            Expr::Member(base, key) => {
                let base = self.value(base)?;
                let key = self.value(key)?;
                member(&base, &key)?
            }
            Expr::OptionalMember(base, key) => match self.value(base)? {
                Val::Nil => return Err(Halt::Absent),
                base => {
                    let key = self.value(key)?;
                    member(&base, &key)?
                }
            },
            Expr::Chain(inner) => match self.value(inner) {
                Err(Halt::Absent) => Val::Nil,
                other => other?,
            },
            Expr::Slice(..) => self.slice(expr)?,
            Expr::Call(name, arguments) => self.call(name, arguments)?,
            Expr::Builtin(Builtin::FromJson, arguments) => {
                let [argument] = &**arguments else {
                    return Err(malformed());
                };
                let text = self.value(argument)?;
                self.parse_json(&text)?
            }
            Expr::Builtin(builtin, arguments) => builtins::call(self, *builtin, arguments)?,
        })
    }

    fn condition(&mut self, expr: &'a Expr, operator: &str) -> Evaluated<bool> {
        match self.value(expr)? {
            Val::Bool(value) => Ok(value),
            other => Err(invalid(operator, &[&other])),
        }
    }

    fn name(&mut self, name: &str) -> Evaluated<Val<'a>> {
        let value = match (self.names, name) {
            (Names::Host(host), _) => host.variable(name).map(Val::borrowed),
            (Names::Scope(scope), "data") => Some(Val::Map(Dict::Json(scope.data))),
            // A node without facts has an empty map of them.
            (Names::Scope(scope), "facts") if scope.facts.is_null() => Some(Val::map([].into())?),
            (Names::Scope(scope), "facts") => Some(Val::borrowed(scope.facts)),
            (Names::Scope(scope), "identity") => Some(Val::Str(Str::Borrowed(scope.identity))),
            _ => None,
        };
        value.ok_or_else(|| EvalError::new(format!("`{name}` has no value here")).into())
    }

    fn local(&self, at: u32) -> Evaluated<Val<'a>> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.locals.get(at).cloned().ok_or_else(malformed)
    }

    fn item(&self) -> Evaluated<&Item<'a>> {
        self.items.last().ok_or_else(malformed)
    }

    fn map(&mut self, expr: &'a Expr) -> Evaluated<Val<'a>> {
        let Expr::Map(entries) = expr else {
            return Err(malformed());
        };
        let mut map = super::value::Entries::new();
        for entry in entries {
            let key = match self.value(&entry.key)? {
                Val::Str(key) => super::value::Key::Str(key),
                other => return Err(invalid("{key: …}", &[&other])),
            };
            let value = self.value(&entry.value)?;
            self.allocate(2 * size_of::<Val<'_>>())?;
            // Compat: expr-lang vm: of a key that is there twice, the first counts.
            map.entry(key).or_insert(value);
        }
        Ok(Val::map(map)?)
    }

    fn call(&mut self, name: &str, arguments: &'a [Expr]) -> Evaluated<Val<'a>> {
        match (self.names, name, arguments) {
            (Names::Host(host), ..) => {
                let arguments = arguments
                    .iter()
                    .map(|it| Ok(self.value(it)?.to_json()?))
                    .collect::<Evaluated<Vec<_>>>()?;
                self.work(arguments.iter().map(weight).sum())?;
                self.adopt(host.call(name, &arguments)?)
            }
            (Names::Scope(scope), "get_fact", [path]) => {
                let path = self.value(path)?;
                let Val::Str(path) = &path else {
                    return Err(invalid("get_fact", &[&path]));
                };
                self.work(path.len())?;
                match gjson::get(scope.facts, path) {
                    None => Ok(Val::Nil),
                    Some(std::borrow::Cow::Borrowed(value)) => Ok(Val::borrowed(value)),
                    Some(std::borrow::Cow::Owned(value)) => self.adopt(value),
                }
            }
            _ => Err(EvalError::new(format!("there is no function `{name}` here")).into()),
        }
    }

    fn parse_json(&mut self, text: &Val<'a>) -> Evaluated<Val<'a>> {
        let Some(text) = text.as_str() else {
            return Err(invalid("fromJSON", &[text]));
        };
        self.work(text.len())?;
        let value = serde_json::from_str(text)
            .map_err(|error| EvalError::new(format!("fromJSON: {error}")))?;
        self.adopt(value)
    }

    /// Takes over JSON that was made during the evaluation.
    fn adopt(&mut self, value: Value) -> Evaluated<Val<'a>> {
        self.allocate(weight(&value))?;
        Ok(Val::owned(value)?)
    }

    fn slice(&mut self, expr: &'a Expr) -> Evaluated<Val<'a>> {
        let Expr::Slice(base, from, to) = expr else {
            return Err(malformed());
        };
        let base = self.value(base)?;
        let length = match &base {
            Val::List(items) => items.len(),
            Val::Str(text) => text.len(),
            _ => return Err(invalid("[:]", &[&base])),
        };
        let mut bound = |bound: &'a Option<super::One<Expr>>, default: usize| match bound {
            None => Ok(default),
            Some(bound) => {
                let value = self.value(bound)?;
                let at = value.as_int().ok_or_else(|| invalid("[:]", &[&value]))?;
                let length = i64::try_from(length).unwrap_or(i64::MAX);
                let at = if at < 0 {
                    at.saturating_add(length)
                } else {
                    at
                }
                .clamp(0, length);
                Ok::<_, Halt>(usize::try_from(at).unwrap_or_default())
            }
        };
        let to = bound(to, length)?;
        let from = bound(from, 0)?.min(to);
        match &base {
            Val::List(Items::Json(items)) => Ok(Val::List(Items::Json(
                items.get(from..to).unwrap_or_default(),
            ))),
            Val::List(items) => {
                self.work(to - from)?;
                let part = (from..to).filter_map(|at| items.get(at)).collect();
                self.list(part)
            }
            // Positions in text are bytes; a character that is cut becomes U+FFFD.
            Val::Str(text) => {
                let part = text.as_bytes().get(from..to).unwrap_or_default();
                self.text(String::from_utf8_lossy(part).into_owned())
            }
            _ => Err(malformed()),
        }
    }
}

/// `base[key]`: an absent key of a map is `nil`, anything else that is absent is an error.
pub(super) fn member<'a>(base: &Val<'a>, key: &Val<'a>) -> Evaluated<Val<'a>> {
    match base {
        Val::Map(members) if members.may_have(key) => Ok(members.get(key).unwrap_or(Val::Nil)),
        Val::List(_) | Val::Str(_) => {
            let at = key.as_int().ok_or_else(|| no_member(base, key))?;
            element(base, at).ok_or_else(|| {
                EvalError::new(format!(
                    "there is no item {at} in {}",
                    describe_length(base)
                ))
                .into()
            })
        }
        _ => Err(no_member(base, key)),
    }
}

/// The item of a list, or the byte of a text, at a position that counts from the end when negative.
pub(super) fn element<'a>(base: &Val<'a>, at: i64) -> Option<Val<'a>> {
    let length = match base {
        Val::List(items) => items.len(),
        Val::Str(text) => text.len(),
        _ => return None,
    };
    let at = if at < 0 {
        at.checked_add(i64::try_from(length).ok()?)?
    } else {
        at
    };
    let at = usize::try_from(at).ok()?;
    match base {
        Val::List(items) => items.get(at),
        Val::Str(text) => text
            .as_bytes()
            .get(at)
            .map(|byte| Val::Int(i64::from(*byte))),
        _ => None,
    }
}

/// The error of an operation that its operands do not allow.
pub(super) fn invalid(operator: &str, operands: &[&Val<'_>]) -> Halt {
    let types: Vec<_> = operands.iter().map(|operand| operand.describe()).collect();
    EvalError::new(format!(
        "`{operator}` cannot be used with {}",
        types.join(" and ")
    ))
    .into()
}

/// The error of a program that no compiler made.
pub(super) fn malformed() -> Halt {
    EvalError::new("the program is malformed").into()
}

fn no_member(base: &Val<'_>, key: &Val<'_>) -> Halt {
    let base = base.describe();
    EvalError::new(match key.as_str() {
        Some(name) => format!("{base} has no member `{}`", name.escape_debug()),
        None => format!("{base} cannot be indexed with {}", key.describe()),
    })
    .into()
}

fn describe_length(base: &Val<'_>) -> String {
    match base {
        Val::List(items) => format!("a list of {}", items.len()),
        Val::Str(text) => format!("a string of {} bytes", text.len()),
        _ => String::new(),
    }
}

/// Roughly how much memory JSON takes.
fn weight(value: &Value) -> usize {
    let own = size_of::<Val<'_>>();
    match value {
        Value::String(text) => own + text.len(),
        Value::Array(items) => own + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            own + members
                .iter()
                .map(|(key, value)| own + key.len() + weight(value))
                .sum::<usize>()
        }
        _ => own,
    }
}
