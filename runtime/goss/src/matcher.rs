//! Matchers: whether what was found is what is expected.
//!
//! A [`Matcher`] is read from the value of a property, once, and held against what was [`Found`] as often as one likes.
//! What comes of it is a [`Verdict`], which says everything that results show.

mod assign;
mod explain;
mod parse;
mod pattern;
mod rule;
mod seen;
mod semver;
mod test;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::Read;

use crate::Value;

use parse::Parser;
use pattern::Patterns;
use rule::Rule;
use seen::Seen;

pub use parse::{MatcherError, Step};

/// What is expected of a property.
#[derive(Clone, Debug)]
pub struct Matcher {
    written: Value,
    rule: Rule,
    faults: Vec<MatcherError>,
}

/// What was found.
pub enum Found<'a> {
    /// A value of the file, of JSON, or one value of the system.
    Value(Value),
    /// A list of texts as the system has it: other than a list of a file, it never equals one as a whole, and is taken
    /// for a number if it reads as one.
    Strings(Vec<String>),
    /// Text that is read as far as it is needed.
    Stream(Stream<'a>),
    /// Nothing, and why.
    Failed(String),
}

/// Text that is read as far as it is needed.
pub struct Stream<'a> {
    /// Where it comes from.
    pub source: Source,
    /// The text, which may be any bytes.
    pub reader: Box<dyn Read + Send + 'a>,
}

/// Where a stream comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The content of a file.
    File,
    /// What a command printed.
    Command,
    /// Text that is at hand: headers, or what the goss file itself says.
    Text,
    /// The body of an answer by HTTP.
    Body,
}

/// What came of holding a matcher against what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Whether it is as expected.
    pub passed: bool,
    /// Why it cannot be said; never there if it passed.
    pub error: Option<String>,
    /// What was compared with what.
    pub comparison: Comparison,
}

/// What was compared with what, as results show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What was found: as it was if it passed, else as the matcher saw it.
    pub actual: Value,
    /// What was asked, such as `to equal`; empty where nothing was.
    pub message: Cow<'static, str>,
    /// The value as it is written if it passed, else the argument of the matcher that failed.
    pub expected: Value,
    /// What was expected and is not there.
    pub missing: Option<Vec<Value>>,
    /// What was expected and is there.
    pub found: Option<Vec<Value>>,
    /// What is there and was not expected.
    pub extra: Option<Vec<Value>>,
    /// How what was found became [`Comparison::actual`], such as `{"to-string": {}}`; only what changed it.
    pub transforms: Vec<Value>,
    /// What was found, where a matcher that transforms failed.
    pub untransformed: Value,
}

// === impl Matcher ===

impl Matcher {
    /// Reads a matcher for a property that has one value.
    ///
    /// # Errors
    /// What goss calls a syntax error: an unknown matcher, none or several of them at one place, an argument of the
    /// wrong type. What goss finds out as late as it compares, such as a bad regular expression, is in
    /// [`Matcher::faults`].
    pub fn parse(written: &Value) -> Result<Self, MatcherError> {
        let (rule, faults) = Parser::default().value(written)?;
        Ok(Self {
            written: written.clone(),
            rule,
            faults,
        })
    }

    /// Reads a matcher for a property that is text of many lines: a list is a list of patterns.
    ///
    /// # Errors
    /// As [`Matcher::parse`].
    pub fn parse_stream(written: &Value) -> Result<Self, MatcherError> {
        let Value::List(items) = written else {
            return Self::parse(written);
        };
        let (rule, faults) = Parser::default().stream(items);
        Ok(Self {
            written: written.clone(),
            rule,
            faults,
        })
    }

    /// What can never be compared, such as a bad regular expression.
    #[must_use]
    pub fn faults(&self) -> &[MatcherError] {
        &self.faults
    }

    /// Whether it is a list of patterns that asks for nothing.
    #[must_use]
    pub fn asserts_nothing(&self) -> bool {
        matches!(&self.rule, Rule::Patterns(patterns) if patterns.is_empty())
    }

    /// Holds it against what was found.
    #[must_use]
    pub fn check(&self, found: Found<'_>) -> Verdict {
        match found {
            Found::Value(value) => self.compare(&Seen::of(&value)),
            Found::Strings(texts) => self.compare(&Seen::strings(texts)),
            Found::Failed(error) => Verdict::failed(error),
            Found::Stream(mut stream) => match &self.rule {
                Rule::Patterns(patterns) => self.search(patterns, stream),
                _ => match seen::read(&mut stream.reader) {
                    Ok(text) => self.compare(&Seen::of(&Value::String(text))),
                    Err(error) => Verdict::failed(error),
                },
            },
        }
    }

    fn compare(&self, seen: &Seen<'_>) -> Verdict {
        let error = match self.rule.holds(seen) {
            Ok(true) => return self.passed(seen.value.as_ref().clone()),
            Ok(false) => None,
            Err(error) => Some(error),
        };
        Verdict {
            passed: false,
            error,
            comparison: self.rule.explain(seen, false),
        }
    }

    fn search(&self, patterns: &Patterns, stream: Stream<'_>) -> Verdict {
        let searched = patterns.search(stream.reader);
        if searched.as_ref().is_ok_and(pattern::Search::passed) {
            // Compat: goss matchers/have_patterns.go: a stream is shown as a type, which has no fields when it passed.
            return self.passed(Value::Map(Vec::new()));
        }
        let mut comparison = explain::patterns(patterns, searched.as_ref().ok());
        comparison.actual = Value::String(format!("object: {}", stream.source.type_name()));
        Verdict {
            passed: false,
            error: searched.err(),
            comparison,
        }
    }

    fn passed(&self, actual: Value) -> Verdict {
        Verdict {
            passed: true,
            error: None,
            comparison: Comparison {
                actual,
                message: Cow::Borrowed("matches expectation"),
                expected: self.written.clone(),
                ..Comparison::default()
            },
        }
    }
}

// === impl Verdict ===

impl Verdict {
    /// Nothing could be compared.
    #[must_use]
    pub fn failed(error: impl Into<String>) -> Self {
        Self {
            passed: false,
            error: Some(error.into()),
            comparison: Comparison::default(),
        }
    }
}

impl From<MatcherError> for Verdict {
    fn from(error: MatcherError) -> Self {
        Self::failed(error.message)
    }
}

// === impl Source ===

impl Source {
    fn type_name(self) -> &'static str {
        match self {
            Self::File => "*os.File",
            Self::Command => "*bytes.Reader",
            Self::Text => "*strings.Reader",
            Self::Body => "*http.cancelTimerBody",
        }
    }
}
