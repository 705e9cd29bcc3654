//! One rule: whom and what it is for.

use std::sync::Arc;

use chorister_proto::Filter;
use chorister_proto::filter::{FactFilter, Functions, Matcher, Node, Semantics};

use super::Verdict;
use super::form::{Columns, words};
use crate::decision::{Fault, Why};
use crate::{Groups, Request};

/// A rule, read.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) verdict: Verdict,
    /// `None` is anybody.
    pub(super) callers: Option<Vec<Caller>>,
    /// `None` is any action.
    pub(super) actions: Option<Vec<Arc<str>>>,
    pub(super) facts: Conditions,
    pub(super) classes: Conditions,
}

/// Who is meant.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) word: Arc<str>,
    /// `None` for what begins like a pattern and is none.
    pub(super) names: Option<Matcher>,
}

/// What has to be so of a node.
#[derive(Clone, Debug)]
pub(super) enum Conditions {
    /// Nothing.
    None,
    All(Vec<Condition>),
    /// Nobody can say.
    Unreadable(Fault),
}

#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) word: Arc<str>,
    matcher: Matcher,
}

/// What a rule says to a request.
pub(super) enum Outcome {
    Applies,
    Not(Why),
    /// It would have to be denied whatever the rule says.
    Fault(Fault),
}

// === impl Rule ===

impl Rule {
    /// `None` where facts or classes are joined, so that the line is passed over.
    pub(super) fn new(columns: &Columns<'_>, semantics: Semantics) -> Option<Self> {
        if is_compound(columns.facts) || columns.classes.is_some_and(is_compound) {
            return None;
        }
        let any = |column: &str| column == "*";
        Some(Self {
            verdict: columns.verdict,
            callers: (!any(columns.callers))
                .then(|| words(columns.callers).map(|it| Caller::new(it.1)).collect()),
            actions: (!any(columns.actions))
                .then(|| words(columns.actions).map(|it| it.1.into()).collect()),
            facts: match columns.facts {
                it if any(it) => Conditions::None,
                it => Conditions::facts(it, semantics),
            },
            classes: match columns.classes {
                None => Conditions::Unreadable(Fault::Columns),
                Some(it) if any(it) => Conditions::None,
                Some(it) => Conditions::classes(it, semantics),
            },
        })
    }

    /// What it says to a request.
    pub(super) fn judge(&self, request: &Request<'_>, groups: &Groups) -> Outcome {
        if !self.is_for(request.caller, groups) {
            return Outcome::Not(Why::Caller);
        }
        let actions = self.actions.as_ref();
        if actions.is_some_and(|it| it.iter().all(|it| **it != *request.action)) {
            return Outcome::Not(Why::Action);
        }
        // What cannot be read counts before what does not hold.
        if let Some(fault) = self.fault() {
            return Outcome::Fault(fault);
        }
        if let Some(word) = self.facts.missing(&request.node) {
            return Outcome::Not(Why::Fact(word));
        }
        match self.classes.missing(&request.node) {
            Some(word) => Outcome::Not(Why::Class(word)),
            None => Outcome::Applies,
        }
    }

    /// What cannot be read of it.
    pub(super) fn fault(&self) -> Option<Fault> {
        [&self.facts, &self.classes]
            .into_iter()
            .find_map(|it| match it {
                Conditions::Unreadable(fault) => Some(*fault),
                _ => None,
            })
    }

    fn is_for(&self, caller: &str, groups: &Groups) -> bool {
        let Some(callers) = &self.callers else {
            return true;
        };
        if callers.iter().any(|it| groups.has(&it.word, caller)) {
            return true;
        }
        for it in callers {
            match &it.names {
                Some(names) if it.is(names, caller) => return true,
                Some(names) if names.faults().is_empty() => {}
                // Compat: go-choria: a pattern that cannot be read ends the search, those before it count.
                _ => return false,
            }
        }
        false
    }
}

/// Whether words of a column join others, as upstream's Ruby ancestor understood it.
pub(super) fn is_compound(column: &str) -> bool {
    words(column).any(|(_, word)| is_joint(word))
}

/// Whether a word joins others.
pub(super) fn is_joint(word: &str) -> bool {
    let is_bracketed = || {
        let (open, close) = (word.find('('), word.rfind(')'));
        // Something stands between the brackets.
        open.zip(close)
            .is_some_and(|(open, close)| open + 1 < close)
    };
    matches!(word, "and" | "or" | "not") || word.starts_with('!') || is_bracketed()
}

// === impl Caller ===

impl Caller {
    fn new(word: &str) -> Self {
        let pattern = word.strip_prefix('/').map(|it| it.strip_suffix('/'));
        let is_broken = pattern.is_some_and(|it| it.is_none_or(str::is_empty));
        Self {
            word: word.into(),
            names: (!is_broken).then(|| {
                let filter = Filter {
                    identities: vec![word.to_owned()],
                    ..Filter::default()
                };
                filter.compile(Semantics::Compatible, &Functions::default())
            }),
        }
    }

    /// Whether it is a pattern, or was meant to be one.
    pub(super) fn is_pattern(&self) -> bool {
        self.word.starts_with('/')
    }

    fn is(&self, names: &Matcher, caller: &str) -> bool {
        // A caller may be called as a pattern is written.
        *self.word == *caller
            || names.matches(&Node {
                identity: caller,
                agents: &[],
                classes: &[],
                facts: &serde_json::Value::Null,
                data: None,
            })
    }
}

// === impl Conditions ===

impl Conditions {
    fn facts(column: &str, semantics: Semantics) -> Self {
        let read = words(column).map(|(_, word)| {
            let facts = vec![FactFilter::parse(word).ok()?];
            let filter = Filter {
                facts,
                ..Filter::default()
            };
            Some(Condition::new(word, &filter, semantics))
        });
        read.collect::<Option<_>>()
            .map_or(Self::Unreadable(Fault::Fact), Self::All)
    }

    fn classes(column: &str, semantics: Semantics) -> Self {
        if words(column).any(|(_, word)| is_like_fact(word)) {
            return Self::Unreadable(Fault::FactAmongClasses);
        }
        let read = words(column).map(|(_, word)| {
            let filter = Filter {
                classes: vec![word.to_owned()],
                ..Filter::default()
            };
            Condition::new(word, &filter, semantics)
        });
        Self::All(read.collect())
    }

    /// The first that does not hold.
    fn missing(&self, node: &Node<'_>) -> Option<Arc<str>> {
        let Self::All(conditions) = self else {
            return None;
        };
        let missing = conditions.iter().find(|it| !it.matcher.matches(node))?;
        Some(Arc::clone(&missing.word))
    }

    /// The words, of which there are none for `*`.
    pub(super) fn words(&self) -> impl Iterator<Item = &Condition> {
        match self {
            Self::All(conditions) => conditions.as_slice(),
            _ => &[],
        }
        .iter()
    }
}

/// Whether an operator stands between other characters.
pub(super) fn is_like_fact(word: &str) -> bool {
    let inner = word
        .char_indices()
        .skip(1)
        .find(|(_, it)| matches!(it, '<' | '>' | '='));
    inner.is_some_and(|(at, _)| at + 1 < word.len())
}

// === impl Condition ===

impl Condition {
    fn new(word: &str, filter: &Filter, semantics: Semantics) -> Self {
        Self {
            word: word.into(),
            matcher: filter.compile(semantics, &Functions::default()),
        }
    }

    /// Why it can never hold.
    pub(super) fn faults(&self) -> impl Iterator<Item = String> {
        self.matcher.faults().iter().map(ToString::to_string)
    }
}
