//! What is wrong with a file of rules.

use core::ops::Range;
use std::sync::Arc;

use chorister_lang::suggest;
use chorister_proto::filter::{FactFilter, Matcher};

use super::form::{Columns, Form, words};
use super::rule::{Caller, Conditions, Rule, is_compound, is_joint, is_like_fact};
use super::{ActionPolicy, Content, Line};
use crate::Groups;
use crate::decision::Fault;
use crate::finding::{Finding, Mistake};

/// How many rules are compared with each other.
const COMPARED: usize = 2000;

/// What the columns of a rule are called.
const NAMES: [&str; 4] = ["callers", "actions", "facts", "classes"];

impl ActionPolicy {
    /// What is wrong with it, in its order. `groups` are those of its folder; with `None` there is no such file.
    #[must_use]
    pub fn check(&self, groups: Option<&Groups>) -> Vec<Finding> {
        let mut found = Vec::new();
        for line in &self.lines {
            match (Form::of(&line.text), &line.content) {
                (Form::Rule(columns), content) => {
                    rule(line, &columns, content, groups, &mut found);
                }
                (Form::Unreadable(fault), _) => found.push(unreadable(line, fault)),
                (Form::Long, _) => found.push(
                    Finding::new(
                        Mistake::Line,
                        line.start..line.start + 1,
                        "a line is too long, everything is denied that comes to it",
                    )
                    .help("write several rules with fewer words each"),
                ),
                (Form::Default(_), _) => found.extend(line.default_word()),
                (Form::Nothing, _) => {}
            }
        }
        found.extend(self.defaults());
        found.extend(self.unreachable());
        found.sort_by_key(|it| it.span.start);
        found
    }

    /// Whether exactly one default stands before the rules.
    fn defaults(&self) -> Option<Finding> {
        let mut defaults = self
            .lines
            .iter()
            .filter(|it| matches!(it.content, Content::Default(_)));
        let Some(first) = defaults.next() else {
            let start = self.lines.first().map_or(0, |it| it.start);
            let end = self.lines.first().map_or(0, |it| it.start + it.text.len());
            return Some(
                Finding::new(
                    Mistake::Default,
                    start..end,
                    "the policy does not say what happens where no rule applies",
                )
                .help("begin it with `policy default deny`"),
            );
        };
        let last = defaults.next_back()?;
        Some(
            Finding::new(
                Mistake::Default,
                last.span(),
                "the default is set again, only this one counts",
            )
            .label(first.span(), "this one says nothing")
            .help("keep one of them, before the rules"),
        )
    }

    /// Rules behind others that apply whenever they do.
    fn unreachable(&self) -> Vec<Finding> {
        let rules: Vec<_> = self.rule_lines().take(COMPARED).collect();
        let shadowed = rules.iter().enumerate().filter_map(|(at, (line, rule))| {
            let (by, earlier) = rules.iter().take(at).find(|(_, it)| it.covers(rule))?;
            let message = if earlier.verdict == rule.verdict {
                "the rule says nothing new"
            } else {
                "the rule is never reached"
            };
            Some(
                Finding::new(Mistake::Unreachable, line.span(), message)
                    .label(by.span(), "this one decides all that it is about")
                    .help(if earlier.verdict == rule.verdict {
                        "remove it"
                    } else {
                        "move it before the other one"
                    }),
            )
        });
        shadowed.collect()
    }
}

// === impl Line ===

impl Line {
    fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// A part of the line, as part of the file.
    fn part(&self, part: Range<usize>) -> Range<usize> {
        self.start + part.start..self.start + part.end
    }

    /// What is wrong with the word of a default.
    fn default_word(&self) -> Option<Finding> {
        let mut words = self.text.split_whitespace();
        let word = words.nth(2)?;
        let rest = words.next();
        if matches!(word, "allow" | "deny") && rest.is_none() {
            return None;
        }
        let shown = if rest.is_some() {
            self.text.trim()
        } else {
            word
        };
        let at = self.text.find(shown).unwrap_or_default();
        let message = match (word, rest) {
            ("allow" | "deny", _) => "what stands behind a default is not read".to_owned(),
            _ => format!("`{word}` denies, as all but `allow` does"),
        };
        Some(
            Finding::new(Mistake::Default, self.part(at..at + shown.len()), message)
                .help("write `policy default deny` or `policy default allow`"),
        )
    }
}

fn unreadable(line: &Line, fault: Fault) -> Finding {
    if fault == Fault::NoRule {
        let first = line.text.split_whitespace().next().unwrap_or_default();
        let finding = Finding::new(
            Mistake::Line,
            line.span(),
            "the line is neither a rule nor a default, so it is passed over",
        );
        if line.text.starts_with([' ', '\t']) {
            return finding.help("rules begin at the first character of a line");
        }
        return match suggest::closest(first, ["allow", "deny", "policy"]) {
            Some("policy") => finding.help("write `policy default deny` or `policy default allow`"),
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding.help(
                "write `allow` or `deny` and four columns with tabs before them: callers, actions, facts, classes",
            ),
        };
    }
    let columns: Vec<_> = line.text.split_whitespace().skip(1).collect();
    let help = match columns.as_slice() {
        // With as many words as columns there is no doubt what was meant.
        [callers, actions, facts, classes] => format!(
            "between tabs the callers are `{callers}`, the actions `{actions}`, the facts `{facts}` and the classes \
             `{classes}`"
        ),
        _ => "put tabs between the columns: callers, actions, facts, classes; within a column one space".to_owned(),
    };
    let (mistake, message) = match fault {
        Fault::Spaces => (
            Mistake::Spaces,
            "the columns of a rule have spaces between them, so it is passed over",
        ),
        _ => (
            Mistake::Columns,
            "a rule has four columns with tabs before them; this line is passed over",
        ),
    };
    Finding::new(mistake, line.span(), message).help(help)
}

/// What is wrong with the columns of a rule.
fn rule(
    line: &Line,
    columns: &Columns<'_>,
    content: &Content,
    groups: Option<&Groups>,
    found: &mut Vec<Finding>,
) {
    let last = columns.places.last().map_or(0..0, Range::clone);
    match columns.places.len() {
        3 => found.push(
            Finding::new(
                Mistake::Columns,
                line.span(),
                "the rule has three columns: whoever it is for is denied, whatever it says",
            )
            .help("add the classes after a tab, `*` if they do not matter"),
        ),
        4 => {}
        more => found.push(
            Finding::new(
                Mistake::Columns,
                line.part(last.clone()),
                format!("the rule has {more} columns, and the last one is read as the classes"),
            )
            .help("write callers, actions, facts and classes; within a column one space is between two words"),
        ),
    }
    if line.text.ends_with('\t') {
        found.push(
            Finding::new(
                Mistake::Columns,
                line.part(line.text.len() - 1..line.text.len()),
                "the tab at the end is part of the last column, which never matches therefore",
            )
            .help("remove it"),
        );
    }
    let column = Column { line, columns };
    match content {
        Content::Rule(rule) => {
            column.callers(rule, groups, found);
            column.actions(rule, found);
            column.facts(rule, found);
            column.classes(rule, found);
        }
        _ => column.joined(found),
    }
}

/// Finds words of columns again.
struct Column<'c> {
    line: &'c Line,
    columns: &'c Columns<'c>,
}

// === impl Column ===

impl Column<'_> {
    /// The words of a column with their places in the file.
    fn words(&self, at: usize) -> impl Iterator<Item = (Range<usize>, &str)> {
        let place = self.columns.places.get(at).cloned().unwrap_or(0..0);
        let text = self.line.text.get(place.clone()).unwrap_or_default();
        words(text).map(move |(start, word)| {
            let start = place.start + start;
            // An empty word is shown as the space before which it stands.
            (self.line.part(start..start + word.len().max(1)), word)
        })
    }

    /// Words that are none, and stars among others.
    fn odd_words(&self, at: usize, found: &mut Vec<Finding>) {
        let is_alone = self.words(at).count() == 1;
        let name = NAMES.get(at.min(3)).copied().unwrap_or_default();
        for (span, word) in self.words(at) {
            if word.is_empty() {
                let finding = Finding::new(
                    Mistake::Never,
                    span,
                    format!("two spaces follow each other in the {name}"),
                );
                found.push(finding.help("write one"));
            } else if word == "*" && !is_alone {
                found.push(
                    Finding::new(
                        Mistake::Never,
                        span,
                        format!("`*` beside others is not all {name}, but a name that nothing has"),
                    )
                    .help("write `*` alone, or leave it out"),
                );
            }
        }
    }

    fn callers(&self, rule: &Rule, groups: Option<&Groups>, found: &mut Vec<Finding>) {
        self.odd_words(0, found);
        let Some(callers) = &rule.callers else {
            return;
        };
        for ((span, word), caller) in self.words(0).zip(callers) {
            let faults = caller.names.as_ref().map(Matcher::faults);
            let reason = match faults {
                Some([]) => None,
                Some([fault, ..]) => Some(fault.to_string()),
                None => Some(format!(
                    "`{word}` is not a pattern: it has no slash at its end, or nothing between them"
                )),
            };
            if let Some(reason) = reason {
                found.push(Finding::new(Mistake::Pattern, span, reason).help(
                    "the rule is for nobody who is not named before it; patterns are those of RE2",
                ));
            } else if !caller.is_pattern()
                && !word.is_empty()
                && word != "*"
                && !word.contains('=')
                && !groups.is_some_and(|it| it.contains(word))
            {
                found.push(unknown_group(word, span, groups));
            }
        }
    }

    fn actions(&self, rule: &Rule, found: &mut Vec<Finding>) {
        self.odd_words(1, found);
        if rule.actions.is_none() {
            return;
        }
        for (span, word) in self.words(1) {
            if word.starts_with('/') {
                found.push(
                    Finding::new(
                        Mistake::Never,
                        span,
                        format!("`{word}` is no pattern here: actions are named in full"),
                    )
                    .help("name each action, or write `*` for all"),
                );
            } else if word.contains('.') {
                found.push(
                    Finding::new(
                        Mistake::Never,
                        span,
                        format!("no action is called `{word}`"),
                    )
                    .help("write the action without its agent: the agent is the name of the file"),
                );
            }
        }
    }

    fn facts(&self, rule: &Rule, found: &mut Vec<Finding>) {
        match &rule.facts {
            Conditions::None => {}
            Conditions::Unreadable(_) => {
                for (span, word) in self.words(2) {
                    if FactFilter::parse(word).is_err() {
                        found.push(
                            Finding::new(
                                Mistake::Fact,
                                span,
                                format!("`{word}` says nothing of a fact: whoever the rule is for is denied"),
                            )
                            .help("write `fact=value` without spaces; there are ==, !=, =~, <, <=, > and >="),
                        );
                    }
                }
            }
            Conditions::All(conditions) => {
                for ((span, _), condition) in self.words(2).zip(conditions) {
                    found.extend(condition.faults().map(|it| broken(span.clone(), it)));
                }
            }
        }
    }

    fn classes(&self, rule: &Rule, found: &mut Vec<Finding>) {
        let at = self.columns.last();
        match &rule.classes {
            Conditions::None => {}
            Conditions::Unreadable(Fault::FactAmongClasses) => {
                for (span, word) in self.words(at).filter(|it| is_like_fact(it.1)) {
                    found.push(
                        Finding::new(
                            Mistake::Fact,
                            span,
                            format!("`{word}` is a fact among classes: whoever the rule is for is denied"),
                        )
                        .help("facts belong into the third column"),
                    );
                }
            }
            Conditions::Unreadable(_) => {}
            Conditions::All(conditions) => {
                self.odd_words(at, found);
                for ((span, word), condition) in self.words(at).zip(conditions) {
                    found.extend(condition.faults().map(|it| broken(span.clone(), it)));
                    if !word.starts_with('/') && word.chars().any(char::is_uppercase) {
                        found.push(
                            Finding::new(
                                Mistake::Never,
                                span,
                                format!("`{word}` is looked for in lower case, and so never matches a class with capitals"),
                            )
                            .help(format!("write `/^{word}$/`, whose case does not matter")),
                        );
                    }
                }
            }
        }
    }

    /// Words that join others, which has the whole line passed over.
    fn joined(&self, found: &mut Vec<Finding>) {
        for at in [2, self.columns.last()] {
            let place = self.columns.places.get(at).cloned().unwrap_or(0..0);
            if !is_compound(self.line.text.get(place).unwrap_or_default()) {
                continue;
            }
            let Some((span, word)) = self.words(at).find(|it| is_joint(it.1)) else {
                continue;
            };
            let name = NAMES.get(at.min(3)).copied().unwrap_or_default();
            let help = match word {
                "and" => format!("leave it out: all {name} of a rule have to match"),
                "or" => "write two rules".to_owned(),
                _ if word.starts_with('/') || word.contains("=/") => {
                    "a pattern with brackets is taken for an expression: write two rules, or a pattern without them"
                        .to_owned()
                }
                _ => "write a rule before this one with the other verdict".to_owned(),
            };
            found.push(
                Finding::new(
                    Mistake::Compound,
                    span,
                    format!("`{word}` joins {name}, which does not exist: the line is passed over"),
                )
                .help(help),
            );
            return;
        }
    }
}

fn broken(span: Range<usize>, reason: String) -> Finding {
    Finding::new(Mistake::Pattern, span, reason)
        .help("the rule never applies; patterns are those of RE2")
}

fn unknown_group(word: &str, span: Range<usize>, groups: Option<&Groups>) -> Finding {
    let Some(groups) = groups else {
        return Finding::new(
            Mistake::Group,
            span,
            format!("`{word}` is no caller, and there is no file of groups that has it"),
        )
        .help("callers are called as in `choria=ann.mcollective`; groups stand in the file `groups` beside the policy");
    };
    let finding = Finding::new(Mistake::Group, span, format!("there is no group `{word}`"));
    match suggest::closest(word, groups.names()) {
        Some(meant) => finding.help(format!("did you mean `{meant}`?")),
        None => finding
            .help("add it to the file `groups`; a caller is called as in `choria=ann.mcollective`"),
    }
}

// === impl Rule ===

impl Rule {
    /// Whether it applies whenever another one does.
    fn covers(&self, other: &Self) -> bool {
        let callers = |of: &Self| {
            let words = |it: &Vec<Caller>| it.iter().map(|it| Arc::clone(&it.word)).collect();
            of.callers.as_ref().map(words)
        };
        self.can_apply()
            && includes(callers(self), callers(other))
            && includes(self.actions.clone(), other.actions.clone())
            && self.facts.follow_from(&other.facts)
            && self.classes.follow_from(&other.classes)
    }

    /// Whether every pattern of it can be read.
    fn can_apply(&self) -> bool {
        let is_read = |it: &Caller| it.names.as_ref().is_some_and(|it| it.faults().is_empty());
        let mut conditions = self.facts.words().chain(self.classes.words());
        self.callers.iter().flatten().all(is_read)
            && conditions.all(|it| it.faults().next().is_none())
    }
}

/// Whether everybody among others is among these, `None` being everybody.
fn includes(these: Option<Vec<Arc<str>>>, others: Option<Vec<Arc<str>>>) -> bool {
    match (these, others) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(these), Some(others)) => others.iter().all(|it| these.contains(it)),
    }
}

impl Conditions {
    /// Whether they hold wherever the others do.
    fn follow_from(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::None, _) => true,
            (Self::Unreadable(_), _) | (_, Self::Unreadable(_)) => false,
            _ => self
                .words()
                .all(|it| others.words().any(|other| it.word == other.word)),
        }
    }
}
