//! Reading matchers.

use thiserror::Error;

use chorister_lang::re2;

use crate::Value;
use crate::value::{quoted, type_name};

use super::pattern::Patterns;
use super::rule::{Comparison, Rule, TextTest, Transform};
use super::semver::Range;

/// Matchers inside matchers.
const DEPTH_LIMIT: usize = 64;

/// What is wrong with a matcher, and where in its value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct MatcherError {
    /// The way from the value of the property to the value that is wrong.
    pub path: Vec<Step>,
    /// What is wrong, in goss's words where goss has some.
    pub message: String,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item.
    Index(usize),
}

/// A matcher that is being read.
#[derive(Default)]
pub(super) struct Parser {
    path: Vec<Step>,
    faults: Vec<MatcherError>,
}

// === impl Parser ===

impl Parser {
    /// Reads a matcher for a property that has one value.
    pub(super) fn value(
        mut self,
        value: &Value,
    ) -> Result<(Rule, Vec<MatcherError>), MatcherError> {
        let rule = self.rule(value)?;
        Ok((rule, self.faults))
    }

    /// Reads the patterns for a property that is text of lines.
    pub(super) fn stream(mut self, items: &[Value]) -> (Rule, Vec<MatcherError>) {
        let rule = self.patterns(items);
        (rule, self.faults)
    }

    fn rule(&mut self, value: &Value) -> Result<Rule, MatcherError> {
        if self.path.len() > DEPTH_LIMIT {
            return Err(self.error(format!(
                "Syntax Error: matchers are nested more than {DEPTH_LIMIT} deep"
            )));
        }
        match value {
            Value::String(_) => Ok(through(Transform::Text, Rule::Equal(value.clone()))),
            Value::Int(_) | Value::Float(_) => Ok(through(
                Transform::Number,
                Rule::Number(Comparison::Equal, value.clone()),
            )),
            Value::Bool(_) => Ok(Rule::Equal(value.clone())),
            Value::List(items) => self.rules(items).map(Rule::Elements),
            Value::Null => Err(self.error("Syntax Error: Missing required attribute")),
            Value::Unsigned(_) | Value::Timestamp(_) => Err(self.invalid("matcher", "map", value)),
            Value::Map(entries) => match entries.as_slice() {
                [(name, argument)] => {
                    self.within(Step::Key(name.clone()), |it| it.named(name, argument))
                }
                [] => Err(self.error(
                    "Syntax Error: Invalid matcher configuration. A matcher is missing: the map has no key",
                )),
                _ => {
                    let names: Vec<Value> = entries
                        .iter()
                        .map(|(name, _)| name.as_str().into())
                        .collect();
                    Err(self.error(format!(
                        "Syntax Error: Invalid matcher configuration. At a given nesting level, only one matcher is \
                         allowed. Found multiple matchers: {}",
                        quoted(&Value::List(names))
                    )))
                }
            },
        }
    }

    fn named(&mut self, name: &str, argument: &Value) -> Result<Rule, MatcherError> {
        Ok(match name {
            "equal" => {
                if *argument == Value::Null {
                    self.fault("nothing equals null, not even null");
                }
                Rule::Equal(argument.clone())
            }
            "have-prefix" => self.text(TextTest::Prefix, argument)?,
            "have-suffix" => self.text(TextTest::Suffix, argument)?,
            "contain-substring" => self.text(TextTest::Substring, argument)?,
            "match-regexp" => {
                let source = self.string(name, argument)?;
                through(Transform::Text, self.regexp(source))
            }
            "have-len" => match argument {
                Value::Int(length) => Rule::Length(*length),
                Value::Float(length) => Rule::Length(*length as i64),
                _ => return Err(self.invalid(name, "numeric", argument)),
            },
            "have-patterns" => {
                let items = self.list(name, argument)?;
                through(Transform::Text, self.patterns(items))
            }
            "have-key" => Rule::Key(self.rule(argument)?.into()),
            "contain-element" => match argument {
                Value::Map(_) | Value::String(_) | Value::Int(_) | Value::Float(_) => {
                    let rule = Rule::Element(self.rule(argument)?.into());
                    through(Transform::Lines, rule)
                }
                _ => return Err(self.invalid(name, "matcher, string or numeric", argument)),
            },
            "contain-elements" => {
                // Compat: goss resource/gomega.go: it calls itself so.
                let items = self.list("contains-elements", argument)?;
                through(Transform::Lines, Rule::Elements(self.rules(items)?))
            }
            "consist-of" => {
                let items = self.list(name, argument)?;
                Rule::ConsistOf(self.rules(items)?)
            }
            "not" => Rule::Not(self.rule(argument)?.into()),
            "and" => {
                let items = self.list(name, argument)?;
                Rule::And(self.rules(items)?)
            }
            "or" => {
                let items = self.list(name, argument)?;
                Rule::Or(self.rules(items)?)
            }
            "semver-constraint" => {
                let source = self.string(name, argument)?;
                let range = Range::parse(source);
                if range.is_none() {
                    self.fault(format!("`{source}` is no range of versions"));
                }
                Rule::Versions(source.to_owned(), range)
            }
            "gjson" => self.gjson(argument)?,
            "xml" => {
                return Err(self.error(
                    "Syntax Error: Unknown matcher: xml (goss has it since 0.4.10; it is not supported here)",
                ));
            }
            _ => match Comparison::of_name(name) {
                Some(comparison) => self.number(comparison, argument),
                None => return Err(self.error(format!("Syntax Error: Unknown matcher: {name}"))),
            },
        })
    }

    fn text(&mut self, test: TextTest, argument: &Value) -> Result<Rule, MatcherError> {
        let part = self.string(test.name(), argument)?.to_owned();
        Ok(through(Transform::Text, Rule::Text(test, part)))
    }

    fn regexp(&mut self, source: &str) -> Rule {
        let regex = re2::compile(source).map_err(|error| {
            self.fault(error.message.clone());
            format!(
                "RegExp match failed to compile with error:\n\t{}",
                error.message
            )
        });
        Rule::Regexp(source.to_owned(), regex)
    }

    fn patterns(&mut self, items: &[Value]) -> Rule {
        let patterns = Patterns::parse(items);
        if let Some(fault) = patterns.fault() {
            let message = fault.message.clone();
            self.path.push(Step::Index(fault.index));
            self.fault(message);
            self.path.pop();
        }
        Rule::Patterns(patterns)
    }

    fn number(&mut self, comparison: Comparison, limit: &Value) -> Rule {
        if !matches!(limit, Value::Int(_) | Value::Unsigned(_) | Value::Float(_)) {
            self.fault(format!(
                "`{}` wants a number, not {}",
                comparison.name(),
                type_name(limit)
            ));
        }
        through(Transform::Number, Rule::Number(comparison, limit.clone()))
    }

    fn gjson(&mut self, argument: &Value) -> Result<Rule, MatcherError> {
        let Value::Map(entries) = argument else {
            return Err(self.invalid("gjson", "map", argument));
        };
        entries
            .iter()
            .map(|(path, value)| {
                let rule = self.within(Step::Key(path.clone()), |it| it.rule(value))?;
                Ok(through(Transform::Gjson(path.clone()), rule))
            })
            .collect::<Result<_, _>>()
            .map(Rule::And)
    }

    fn rules(&mut self, items: &[Value]) -> Result<Vec<Rule>, MatcherError> {
        items
            .iter()
            .enumerate()
            .map(|(index, item)| self.within(Step::Index(index), |it| it.rule(item)))
            .collect()
    }

    fn string<'v>(&self, name: &str, argument: &'v Value) -> Result<&'v str, MatcherError> {
        argument
            .as_str()
            .ok_or_else(|| self.invalid(name, "string", argument))
    }

    fn list<'v>(&self, name: &str, argument: &'v Value) -> Result<&'v [Value], MatcherError> {
        argument
            .as_list()
            .ok_or_else(|| self.invalid(name, "array", argument))
    }

    fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let read = read(self);
        self.path.pop();
        read
    }

    /// Notes what comes out as late as values are compared.
    fn fault(&mut self, message: impl Into<String>) {
        self.faults.push(self.error(message));
    }

    fn invalid(&self, name: &str, wanted: &str, value: &Value) -> MatcherError {
        self.error(format!(
            "Syntax Error: Invalid '{name}' argument. Expected {wanted} value, but received: {}: {}",
            type_name(value),
            quoted(value)
        ))
    }

    fn error(&self, message: impl Into<String>) -> MatcherError {
        MatcherError {
            path: self.path.clone(),
            message: message.into(),
        }
    }
}

fn through(transform: Transform, rule: Rule) -> Rule {
    Rule::Through(transform, Box::new(rule))
}
