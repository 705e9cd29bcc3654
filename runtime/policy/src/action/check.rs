//! What is wrong with a file of rules.

mod columns;
mod order;

use core::ops::Range;

use chorister_lang::suggest;

use super::form::Form;
use super::{ActionPolicy, Content, Line};
use crate::Groups;
use crate::decision::Fault;
use crate::finding::{Finding, Mistake};

impl ActionPolicy {
    /// What is wrong with it, in its order. `groups` are those of its folder; with `None` there is no such file.
    #[must_use]
    pub fn check(&self, groups: Option<&Groups>) -> Vec<Finding> {
        let mut found = Vec::new();
        for line in &self.lines {
            match (Form::of(&line.text), &line.content) {
                (Form::Rule(columns), content) => {
                    columns::check(line, &columns, content, groups, &mut found);
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
