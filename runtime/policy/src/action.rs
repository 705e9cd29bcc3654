//! Files of rules: who may call which action of one agent, on nodes with which facts and classes.

mod check;
mod form;
mod rule;

use std::sync::Arc;

use chorister_proto::filter::Semantics;

use crate::decision::{By, Decision, Fault, Place, Step, Why};
use crate::{Groups, Request};

use form::Form;
pub(crate) use form::{is_blank, is_word, lines, words};
use rule::{Outcome, Rule};

/// What a line says about what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// `allow`
    Allow,
    /// `deny`
    Deny,
}

/// The rules for one agent, read.
#[derive(Clone, Debug)]
pub struct ActionPolicy {
    file: Arc<str>,
    lines: Vec<Line>,
    semantics: Semantics,
}

/// A line that is not blank.
#[derive(Clone, Debug)]
struct Line {
    /// Counted from 1.
    number: u32,
    /// Where in the file it begins, in bytes.
    start: usize,
    text: Arc<str>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Comment,
    /// The word that sets the default.
    Default(Verdict),
    Rule(Box<Rule>),
    /// A line that is passed over.
    Skipped {
        fault: Fault,
        /// Whether it was meant to deny.
        denies: bool,
    },
    /// Nothing after it counts.
    Long,
}

// === impl Verdict ===

impl Verdict {
    /// `allow` or `deny`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    const fn allows(self) -> bool {
        matches!(self, Self::Allow)
    }
}

// === impl ActionPolicy ===

impl ActionPolicy {
    /// Reads a file; `file` is what decisions call it. Every text is a policy: what cannot be read allows nothing.
    ///
    /// With [`Semantics::Corrected`] facts and classes are compared as it is meant, and a line that cannot be read but
    /// was meant to deny does so to everybody; upstream passes over it.
    #[must_use]
    pub fn parse(file: &str, text: &str, semantics: Semantics) -> Self {
        let mut read = Vec::new();
        for ((start, text), number) in lines(text).zip(1..) {
            if text.is_empty() {
                continue;
            }
            read.push(Line {
                number,
                start,
                text: text.into(),
                content: Content::of(text, semantics),
            });
        }
        Self {
            file: file.into(),
            lines: read,
            semantics,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many rules it has.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.rule_lines().count()
    }

    /// What it says where no rule applies, if it says so.
    #[must_use]
    pub fn default(&self) -> Option<Verdict> {
        self.lines.iter().rev().find_map(|it| match it.content {
            Content::Default(verdict) => Some(verdict),
            _ => None,
        })
    }

    /// The lines that are passed over or cannot be obeyed, and why.
    pub fn faults(&self) -> impl Iterator<Item = (u32, Fault)> {
        self.lines.iter().filter_map(|it| {
            let fault = match &it.content {
                Content::Skipped { fault, .. } => *fault,
                Content::Long => Fault::Long,
                Content::Rule(rule) => rule.fault()?,
                Content::Comment | Content::Default(_) => return None,
            };
            Some((it.number, fault))
        })
    }

    /// The first rule that applies decides, then the last default, then `unconfigured`.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>, groups: &Groups, unconfigured: bool) -> Decision {
        let mut explanation = Vec::new();
        let mut default = None;
        let decided = self.lines.iter().find_map(|line| {
            let why = match &line.content {
                Content::Comment => return None,
                Content::Default(verdict) => {
                    default = Some((line, *verdict));
                    Why::Default(*verdict)
                }
                Content::Skipped { fault, denies } => {
                    if *denies && self.semantics == Semantics::Corrected {
                        return Some((false, By::Fault(self.place(line), *fault)));
                    }
                    Why::Skipped(*fault)
                }
                Content::Long => return Some((false, By::Fault(self.place(line), Fault::Long))),
                Content::Rule(rule) => match rule.judge(request, groups) {
                    Outcome::Applies => {
                        return Some((rule.verdict.allows(), By::Rule(self.place(line))));
                    }
                    Outcome::Fault(fault) => {
                        return Some((false, By::Fault(self.place(line), fault)));
                    }
                    Outcome::Not(why) => why,
                },
            };
            explanation.push(Step {
                line: line.number,
                text: Arc::clone(&line.text),
                why,
            });
            None
        });
        let (allow, by) = decided.unwrap_or_else(|| match default {
            Some((line, verdict)) => (verdict.allows(), By::Default(self.place(line))),
            None => (
                unconfigured,
                By::NoDefault {
                    file: Arc::clone(&self.file),
                },
            ),
        });
        Decision {
            allow,
            by,
            explanation,
        }
    }

    fn place(&self, line: &Line) -> Place {
        Place {
            file: Arc::clone(&self.file),
            line: line.number,
            text: Arc::clone(&line.text),
        }
    }

    fn rule_lines(&self) -> impl Iterator<Item = (&Line, &Rule)> {
        self.lines.iter().filter_map(|line| match &line.content {
            Content::Rule(rule) => Some((line, &**rule)),
            _ => None,
        })
    }
}

// === impl Content ===

impl Content {
    fn of(line: &str, semantics: Semantics) -> Self {
        let skipped = |fault| Self::Skipped {
            fault,
            denies: line.trim_start().starts_with(Verdict::Deny.as_str()),
        };
        match Form::of(line) {
            Form::Nothing => Self::Comment,
            Form::Long => Self::Long,
            Form::Default(verdict) => Self::Default(verdict),
            Form::Unreadable(fault) => skipped(fault),
            Form::Rule(columns) => match Rule::new(&columns, semantics) {
                Some(rule) => Self::Rule(Box::new(rule)),
                None => skipped(Fault::Compound),
            },
        }
    }
}
