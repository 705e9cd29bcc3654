//! Lists of patterns, held against text line by line.

use std::io::{BufRead, BufReader, Read};

use chorister_lang::re2::{self, Regex};

use crate::Value;
use crate::value::shown;

/// Bytes of a line with its end; a longer one is an error.
const LINE_LIMIT: u64 = 1 << 20;

/// A list of patterns.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    items: Vec<Value>,
    patterns: Result<Vec<Pattern>, Fault>,
}

/// What is wrong with an item of a list of patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) index: usize,
    pub(super) message: String,
}

/// What came of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// The patterns that are content, in the order in which that came out.
    pub(super) found: Vec<String>,
    /// The others, as written.
    pub(super) missing: Vec<String>,
}

#[derive(Clone, Debug)]
struct Pattern {
    source: String,
    inverse: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Regex(Regex),
    Substring(String),
}

// === impl Patterns ===

impl Patterns {
    /// Reads the items of a list; what is wrong with them comes out in the search.
    pub(super) fn parse(items: &[Value]) -> Self {
        Self {
            items: items.to_vec(),
            patterns: parse(items),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn fault(&self) -> Option<&Fault> {
        self.patterns.as_ref().err()
    }

    /// The items as written.
    pub(super) fn describe(&self) -> Value {
        Value::List(self.items.clone())
    }

    /// Reads text until every pattern has its answer.
    ///
    /// # Errors
    /// The first fault of the patterns, a line above [`LINE_LIMIT`], text that cannot be read.
    pub(super) fn search(&self, text: impl Read) -> Result<Search, String> {
        let patterns = self
            .patterns
            .as_deref()
            .map_err(|fault| fault.message.clone())?;
        let mut found = Vec::new();
        let mut open: Vec<&Pattern> = patterns.iter().collect();
        let mut lines = Lines::new(text);
        while !open.is_empty() {
            let Some(line) = lines.next()? else { break };
            let line = String::from_utf8_lossy(line);
            open.retain(|pattern| {
                let met = pattern.test.meets(&line);
                if met && !pattern.inverse {
                    found.push(pattern.source.clone());
                }
                !met
            });
        }
        // Text without any line has the empty pattern all the same.
        let content = |it: &&&Pattern| it.inverse || it.source.is_empty();
        found.extend(open.iter().filter(content).map(|it| it.source.clone()));
        let all = found.len() == patterns.len();
        let missing = patterns
            .iter()
            .filter(|it| !all && !found.contains(&it.source))
            .map(|it| it.source.clone())
            .collect();
        Ok(Search { found, missing })
    }
}

fn parse(items: &[Value]) -> Result<Vec<Pattern>, Fault> {
    // Items that are no text come first, as goss looks for them first.
    if let Some((index, item)) = items
        .iter()
        .enumerate()
        .find(|(_, item)| item.as_str().is_none())
    {
        let item = shown(item, false);
        return Err(Fault {
            index,
            message: format!("HavePatterns matcher expects patterns to be a string. got: \n{item}"),
        });
    }
    items
        .iter()
        .filter_map(Value::as_str)
        .enumerate()
        .map(|(index, source)| Pattern::parse(source).map_err(|message| Fault { index, message }))
        .collect()
}

// === impl Pattern ===

impl Pattern {
    fn parse(source: &str) -> Result<Self, String> {
        let (inverse, rest) = match source.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, source),
        };
        let test = if rest.starts_with('/') && rest.ends_with('/') {
            let Some(regex) = rest.get(1..rest.len().saturating_sub(1)) else {
                return Err(format!(
                    "the pattern `{source}` has no end: write `/regular expression/`, or `\\/` for a slash"
                ));
            };
            Test::Regex(re2::compile(regex).map_err(|error| error.message)?)
        } else {
            // Compat: goss matchers/have_patterns.go: every one of these at the beginning is left out, not only the
            // first.
            Test::Substring(source.trim_start_matches(['\\', '/', '!']).to_owned())
        };
        Ok(Self {
            source: source.to_owned(),
            inverse,
            test,
        })
    }
}

// === impl Test ===

impl Test {
    fn meets(&self, line: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(line),
            Self::Substring(part) => line.contains(part),
        }
    }
}

// === impl Search ===

impl Search {
    /// Whether every pattern is content.
    pub(super) fn passed(&self) -> bool {
        self.missing.is_empty()
    }
}

/// The lines of text, without their ends.
struct Lines<R> {
    text: BufReader<R>,
    line: Vec<u8>,
}

// === impl Lines ===

impl<R: Read> Lines<R> {
    fn new(text: R) -> Self {
        Self {
            text: BufReader::new(text),
            line: Vec::new(),
        }
    }

    fn next(&mut self) -> Result<Option<&[u8]>, String> {
        self.line.clear();
        (&mut self.text)
            .take(LINE_LIMIT)
            .read_until(b'\n', &mut self.line)
            .map_err(|error| error.to_string())?;
        if self.line.is_empty() {
            return Ok(None);
        }
        match self.line.strip_suffix(b"\n") {
            Some(line) => Ok(Some(line.strip_suffix(b"\r").unwrap_or(line))),
            None if self.line.len() as u64 == LINE_LIMIT => {
                Err("bufio.Scanner: token too long: a line has more than 1 MiB".to_owned())
            }
            None => Ok(Some(self.line.strip_suffix(b"\r").unwrap_or(&self.line))),
        }
    }
}
