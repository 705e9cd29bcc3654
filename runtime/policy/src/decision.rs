//! Decisions and their reasons.

use core::fmt;
use std::sync::Arc;

use crate::Verdict;

/// Whether a request is allowed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is.
    pub allow: bool,
    /// What decided.
    pub by: By,
    /// The lines before the one that decided, and why each did not; of files of rules only.
    pub explanation: Vec<Step>,
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum By {
    /// Nothing: requests are not authorised here.
    Nobody,
    /// A rule.
    Rule(Place),
    /// The last default of a file.
    Default(Place),
    /// What a file without a default says when no rule applies.
    NoDefault {
        /// The file.
        file: Arc<str>,
    },
    /// A line that cannot be obeyed; denies.
    Fault(Place, Fault),
    /// There is no policy for the agent; denies.
    NoPolicy {
        /// The agent.
        agent: String,
    },
    /// A policy, or what it needs, cannot be used; denies.
    Unusable {
        /// What is wrong with it.
        reason: String,
    },
    /// An entry of the agents that a token lists, or that none of them is meant.
    Agents {
        /// The entry.
        entry: Option<String>,
    },
    /// A policy in Rego.
    Rego {
        /// The file, or `opa_policy` for that of a token.
        source: Arc<str>,
    },
    /// Discovery, which whoever has a token may do.
    Discovery,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was called when it was read.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// Its text.
    pub text: Arc<str>,
}

/// A line that did not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line, counted from 1.
    pub line: u32,
    /// Its text.
    pub text: Arc<str>,
    /// Why it did not.
    pub why: Why,
}

/// Why a line did not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It is about other callers.
    Caller,
    /// It is about other actions.
    Action,
    /// A fact of the node is not so.
    Fact(Arc<str>),
    /// The node does not have a class.
    Class(Arc<str>),
    /// It sets the default, which counts where no rule applies.
    Default(Verdict),
    /// It is passed over.
    Skipped(Fault),
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// It is no rule, no default and no comment.
    NoRule,
    /// Its columns have spaces between them.
    Spaces,
    /// It has fewer than four columns.
    Columns,
    /// It joins facts or classes with `and`, `or`, `not` or brackets.
    Compound,
    /// What it says of facts cannot be read.
    Fact,
    /// A fact stands where classes belong.
    FactAmongClasses,
    /// It is longer than lines may be.
    Long,
}

// === impl Decision ===

impl Decision {
    pub(crate) fn new(allow: bool, by: By) -> Self {
        Self {
            allow,
            by,
            explanation: Vec::new(),
        }
    }

    pub(crate) fn unusable(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(false, By::Unusable { reason })
    }
}

/// `denied by policies/puppet.policy:3`
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.allow { "allowed" } else { "denied" };
        write!(f, "{verdict} {}", self.by)
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("since requests are not authorised here"),
            Self::Rule(place) => write!(f, "by {place}"),
            Self::Default(place) => write!(f, "by the default at {place}"),
            Self::NoDefault { file } => {
                write!(f, "since no rule of {file} applies, and it has no default")
            }
            Self::Fault(place, fault) => write!(f, "since {place} cannot be obeyed: {fault}"),
            Self::NoPolicy { agent } => {
                write!(f, "since there is no policy for the agent {agent}")
            }
            Self::Unusable { reason } => write!(f, "since {reason}"),
            Self::Agents { entry: Some(entry) } => {
                write!(f, "by `{entry}` among the agents of the caller's token")
            }
            Self::Agents { entry: None } => {
                f.write_str("since the caller's token does not list it among its agents")
            }
            Self::Rego { source } => write!(f, "by {source}"),
            Self::Discovery => f.write_str("since everybody with a token may discover nodes"),
        }
    }
}

/// `policies/puppet.policy:3`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller => f.write_str("it is for other callers"),
            Self::Action => f.write_str("it is for other actions"),
            Self::Fact(fact) => write!(f, "`{fact}` does not hold on this node"),
            Self::Class(class) => write!(f, "this node does not have the class `{class}`"),
            Self::Default(Verdict::Allow) => f.write_str("it allows what no rule is about"),
            Self::Default(Verdict::Deny) => f.write_str("it denies what no rule is about"),
            Self::Skipped(fault) => write!(f, "it is passed over: {fault}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRule => "it is neither a rule nor a default nor a comment",
            Self::Spaces => "its columns have spaces between them instead of tabs",
            Self::Columns => "it has fewer than four columns",
            Self::Compound => "facts and classes cannot be joined with and, or, not or brackets",
            Self::Fact => "what it says of facts cannot be read",
            Self::FactAmongClasses => "a fact stands where classes belong",
            Self::Long => "it is longer than a line may be",
        })
    }
}
