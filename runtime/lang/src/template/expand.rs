//! From nodes to text.

use core::fmt::Write;
use std::borrow::Cow;

use serde_json::Value;

use super::call::{call, select};
use super::print::{self, Sink, sorted};
use super::value::{Val, integer, is_true, kind, weight};
use super::{ExpandError, Function, Node, Scope, Term};
use crate::gjson;

/// How much work an expansion may be: about the number of bytes that are moved, and [`STEP`] for each node, call
/// and item.
const MAX_WORK: usize = 1 << 24;

const STEP: usize = 16;

/// Expands nodes with nothing as dot.
pub(super) fn expand(nodes: &[Node], scope: &Scope<'_>) -> Result<String, ExpandError> {
    let mut expansion = Expansion {
        scope,
        variables: Vec::new(),
        output: Sink::default(),
        work: Work { left: MAX_WORK },
    };
    expansion.nodes(nodes, &Val::NULL)?;
    Ok(expansion.output.into_text())
}

/// The work that is left.
pub(super) struct Work {
    left: usize,
}

struct Expansion<'a> {
    scope: &'a Scope<'a>,
    variables: Vec<(&'a str, Val<'a>)>,
    output: Sink,
    work: Work,
}

/// What comes after a node.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

// === impl Work ===

impl Work {
    pub(super) fn spend(&mut self, amount: usize) -> Result<(), ExpandError> {
        self.left = self
            .left
            .checked_sub(amount)
            .ok_or(ExpandError::TooMuchWork)?;
        Ok(())
    }
}

// === impl Expansion ===

impl<'a> Expansion<'a> {
    fn nodes(&mut self, nodes: &'a [Node], dot: &Val<'a>) -> Result<Flow, ExpandError> {
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// Nodes whose variables end with them.
    fn scoped(&mut self, nodes: &'a [Node], dot: &Val<'a>) -> Result<Flow, ExpandError> {
        let known = self.variables.len();
        let flow = self.nodes(nodes, dot);
        self.variables.truncate(known);
        flow
    }

    fn node(&mut self, node: &'a Node, dot: &Val<'a>) -> Result<Flow, ExpandError> {
        self.work.spend(STEP)?;
        match node {
            Node::Text(text) => {
                self.work.spend(text.len())?;
                self.output.write_str(text)?;
            }
            Node::Print(term) => {
                let value = self.term(term, dot)?;
                let before = self.output.len();
                print::action(&mut self.output, &value)?;
                self.work.spend(self.output.len() - before)?;
            }
            Node::Declare { name, value } => {
                let value = self.term(value, dot)?;
                self.variables.push((name, value));
            }
            Node::Assign { name, value } => {
                let value = self.term(value, dot)?;
                if let Some(variable) = self.variables.iter_mut().rfind(|it| it.0 == name) {
                    variable.1 = value;
                }
            }
            Node::Scope(nodes) => return self.scoped(nodes, dot),
            Node::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = is_true(&*self.term(condition, dot)?);
                return self.scoped(if condition { then } else { otherwise }, dot);
            }
            Node::With {
                value,
                then,
                otherwise,
            } => {
                let value = self.term(value, dot)?;
                return if is_true(&value) {
                    self.scoped(then, &value)
                } else {
                    self.scoped(otherwise, dot)
                };
            }
            Node::Range {
                key,
                item,
                over,
                body,
                otherwise,
            } => {
                let over = self.term(over, dot)?;
                let names = (key.as_deref(), item.as_deref());
                return if self.range(names, &over, body)? {
                    Ok(Flow::Next)
                } else {
                    self.scoped(otherwise, dot)
                };
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// Goes through the items of a value; false if there is none.
    fn range(
        &mut self,
        names: (Option<&'a str>, Option<&'a str>),
        over: &Val<'a>,
        body: &'a [Node],
    ) -> Result<bool, ExpandError> {
        match &**over {
            Value::Null => Ok(false),
            Value::Array(items) => {
                for at in 0..items.len() {
                    let item = self.part(over, |value| value.get(at))?;
                    if self.round(names, Val::from(at), item, body)? == Flow::Break {
                        break;
                    }
                }
                Ok(!items.is_empty())
            }
            Value::Object(fields) => {
                self.work.spend(STEP.saturating_mul(fields.len()))?;
                for (key, _) in sorted(fields) {
                    let item = self.part(over, |value| value.get(key.as_str()))?;
                    if self.round(names, Val::from(key.as_str()), item, body)? == Flow::Break {
                        break;
                    }
                }
                Ok(!fields.is_empty())
            }
            value => {
                let Some(count) = integer(value) else {
                    let reason = format!("cannot go through {}", kind(value));
                    return Err(ExpandError::Value {
                        name: "range",
                        reason,
                    });
                };
                let mut at = 0;
                while i128::from(at) < count {
                    if self.round(names, Val::from(at), Val::from(at), body)? == Flow::Break {
                        break;
                    }
                    at += 1_i64;
                }
                Ok(count > 0)
            }
        }
    }

    fn round(
        &mut self,
        (key_name, item_name): (Option<&'a str>, Option<&'a str>),
        key: Val<'a>,
        item: Val<'a>,
        body: &'a [Node],
    ) -> Result<Flow, ExpandError> {
        self.work.spend(STEP)?;
        let known = self.variables.len();
        if let Some(name) = key_name {
            self.variables.push((name, key));
        }
        if let Some(name) = item_name {
            self.variables.push((name, item.clone()));
        }
        let flow = self.nodes(body, &item);
        self.variables.truncate(known);
        flow
    }

    fn term(&mut self, term: &'a Term, dot: &Val<'a>) -> Result<Val<'a>, ExpandError> {
        Ok(match term {
            Term::Nil => Val::NULL,
            Term::Dot => dot.clone(),
            Term::Bool(value) => Val::from(*value),
            Term::Integer(value) => Val::from(*value),
            Term::Float(value) => Val::from(*value),
            Term::Text(text) => {
                self.work.spend(text.len())?;
                Val::from(text.as_ref())
            }
            Term::Variable(name) => {
                let variable = self.variables.iter().rfind(|it| it.0 == name);
                variable.map_or(Val::NULL, |it| it.1.clone())
            }
            Term::Call(function, terms) => {
                self.work.spend(STEP)?;
                self.call(*function, terms, dot)?
            }
        })
    }

    fn call(
        &mut self,
        function: Function,
        terms: &'a [Term],
        dot: &Val<'a>,
    ) -> Result<Val<'a>, ExpandError> {
        if let Function::And | Function::Or = function {
            let mut last = Val::NULL;
            for term in terms {
                last = self.term(term, dot)?;
                if is_true(&last) == (function == Function::Or) {
                    break;
                }
            }
            return Ok(last);
        }
        let arguments = terms
            .iter()
            .map(|term| self.term(term, dot))
            .collect::<Result<Vec<_>, _>>()?;
        match (function, arguments.as_slice()) {
            (Function::Lookup | Function::Override, [path, default]) => {
                let Value::String(path) = &**path else {
                    let reason = format!("a path is a text, not {}", kind(path));
                    return Err(ExpandError::Value {
                        name: function.name(),
                        reason,
                    });
                };
                let found = if function == Function::Lookup {
                    self.lookup(path)?
                } else {
                    self.overridden(path, default)?
                };
                Ok(found.unwrap_or_else(|| default.clone()))
            }
            (Function::Select, [base, names @ ..]) => {
                let mut value = base.clone();
                for name in names {
                    value = match name.as_str() {
                        Some(name) => {
                            self.spend_on_part(&value)?;
                            select(&value, name)?
                        }
                        None => Val::NULL,
                    };
                }
                Ok(value)
            }
            (_, arguments) => call(function, arguments, &mut self.work),
        }
    }

    /// A fact, or machine data.
    fn lookup(&mut self, path: &str) -> Result<Option<Val<'a>>, ExpandError> {
        let scope = self.scope;
        let (head, rest) = path.split_once('.').unwrap_or((path, ""));
        // Dots in front of a path mean something to gjson that they do not behind a name.
        let is_plain = !rest.is_empty() && !rest.starts_with('.');
        if head == "facts" && (is_plain || path == "facts") {
            return if is_plain {
                self.owned(gjson::get(scope.facts, rest))
            } else {
                Ok(Some(Val::Borrowed(scope.facts)))
            };
        }
        if head == "data" && is_plain {
            let (key, rest) = match rest.split_once('.') {
                Some((key, rest)) => (key, Some(rest)),
                None => (rest, None),
            };
            if key
                .chars()
                .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '/'))
            {
                return match (scope.data.get(key), rest) {
                    (None, _) => Ok(None),
                    (Some(value), None) => Ok(Some(Val::Borrowed(value))),
                    (Some(value), Some(rest)) if !rest.is_empty() && !rest.starts_with('.') => {
                        self.owned(gjson::get(value, rest))
                    }
                    _ => self.document(path),
                };
            }
        }
        self.document(path)
    }

    /// A path over facts and data together, which takes a copy of both.
    fn document(&mut self, path: &str) -> Result<Option<Val<'a>>, ExpandError> {
        let data = Value::Object(self.scope.data.clone());
        self.work.spend(weight(self.scope.facts))?;
        self.work.spend(weight(&data))?;
        let document = serde_json::json!({ "facts": self.scope.facts, "data": data });
        let found = gjson::get(&document, path).map(Cow::into_owned);
        Ok(found.map(Val::from))
    }

    /// An override, which is always text.
    fn overridden(&mut self, path: &str, default: &Value) -> Result<Option<Val<'a>>, ExpandError> {
        let found = self
            .scope
            .overrides
            .and_then(|overrides| gjson::get(overrides, path));
        let mut sink = Sink::default();
        match found.as_deref() {
            None => print::plain(&mut sink, default)?,
            Some(Value::Null) => {}
            Some(value @ (Value::Array(_) | Value::Object(_))) => write!(sink, "{value}")?,
            Some(value) => print::plain(&mut sink, value)?,
        }
        self.work.spend(sink.len())?;
        Ok(Some(Val::from(sink.into_text())))
    }

    fn owned(&mut self, found: Option<Cow<'a, Value>>) -> Result<Option<Val<'a>>, ExpandError> {
        Ok(match found {
            None => None,
            Some(Cow::Borrowed(value)) => Some(Val::Borrowed(value)),
            Some(Cow::Owned(value)) => {
                self.work.spend(weight(&value))?;
                Some(Val::from(value))
            }
        })
    }

    fn part(
        &mut self,
        whole: &Val<'a>,
        part: impl Fn(&Value) -> Option<&Value>,
    ) -> Result<Val<'a>, ExpandError> {
        let part = whole.part(part).unwrap_or(Val::NULL);
        if let Val::Shared(value) = &part {
            self.work.spend(weight(value))?;
        }
        Ok(part)
    }

    /// What it costs to take a part of a value that has to be copied.
    fn spend_on_part(&mut self, whole: &Val<'a>) -> Result<(), ExpandError> {
        match whole {
            Val::Borrowed(_) => Ok(()),
            Val::Shared(value) => self.work.spend(weight(value)),
        }
    }
}
