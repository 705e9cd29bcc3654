//! What is wrong with the columns of a rule.

use core::ops::Range;

use chorister_lang::suggest;
use chorister_proto::filter::{FactFilter, Matcher};

use super::super::form::{Columns, words};
use super::super::rule::{Conditions, Rule, is_compound, is_joint, is_like_fact};
use super::super::{Content, Line, Verdict};
use crate::Groups;
use crate::decision::Fault;
use crate::finding::{Finding, Mistake};

/// What the columns of a rule are called.
const NAMES: [&str; 4] = ["callers", "actions", "facts", "classes"];

/// What is wrong with the columns of a rule.
pub(super) fn check(
    line: &Line,
    columns: &Columns<'_>,
    content: &Content,
    groups: Option<&Groups>,
    found: &mut Vec<Finding>,
) {
    let last = columns.places.last().map_or(0..0, Range::clone);
    let column = Column { line, columns };
    let slip = column.slip().filter(|_| columns.places.len() == 3);
    match columns.places.len() {
        3 => found.push(match &slip {
            Some((space, word)) => Finding::new(
                Mistake::Columns,
                space.clone(),
                format!(
                    "three columns are found: a space stands after `{word}` where a tab is expected, and whoever the rule is for is denied"
                ),
            )
            .help(format!(
                "put a tab after `{word}`: callers, actions, facts and classes are four columns with tabs before them"
            )),
            None => Finding::new(
                Mistake::Columns,
                line.span(),
                "the rule has three columns: whoever it is for is denied, whatever it says",
            )
            .help("add the classes after a tab, `*` if they do not matter"),
        }),
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
    match content {
        // The columns are not what they were meant to be.
        Content::Rule(_) if slip.is_some() => {}
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

    /// The space that was meant to be a tab, and the word before it: a star means all only where it stands alone.
    fn slip(&self) -> Option<(Range<usize>, &str)> {
        (0..self.columns.places.len()).find_map(|at| {
            let words: Vec<_> = self.words(at).collect();
            let pair = words
                .array_windows()
                .find(|[(_, one), (_, other)]| *one == "*" || *other == "*");
            pair.map(|[(before, word), (after, _)]| (before.end..after.start, *word))
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
            Conditions::Unreadable(_) => found.extend(self.unreadable_facts()),
            Conditions::All(conditions) => {
                for ((span, _), condition) in self.words(2).zip(conditions) {
                    found.extend(condition.faults().map(|it| broken(span.clone(), it)));
                }
            }
        }
    }

    /// The words of the facts that cannot be read, which belong together where there are several.
    fn unreadable_facts(&self) -> Option<Finding> {
        let mut words = self.words(2).filter(|it| FactFilter::parse(it.1).is_err());
        let (first, _) = words.next()?;
        let end = words.last().map_or(first.end, |(last, _)| last.end);
        let whole = self.line.span();
        let shown = self
            .line
            .text
            .get(first.start - whole.start..end - whole.start);
        let shown = shown.unwrap_or_default();
        let message =
            format!("`{shown}` says nothing of a fact: whoever the rule is for is denied");
        Some(
            Finding::new(Mistake::Fact, first.start..end, message)
                .help("write `fact=value` without spaces; there are ==, !=, =~, <, <=, > and >="),
        )
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
                    format!(
                        "`{word}` joins {name}, which does not exist: the line {}",
                        effect(self.columns.verdict)
                    ),
                )
                .help(help),
            );
            return;
        }
    }
}

/// What it means that a line is passed over.
const fn effect(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allows nothing",
        Verdict::Deny => "denies nothing",
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
