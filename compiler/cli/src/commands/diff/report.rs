//! Differences for people, for code review and for programs.

use std::collections::BTreeMap;

use chorister_manifest::Manifest;
use chorister_manifest::diff::{Change, Sign, Topic, diff};
use serde_json::{Value, json};

use crate::console::Styles;

/// Everything that was compared.
#[derive(Debug)]
pub(super) struct Report {
    /// Each distribution with what it was, in the order of the new ones.
    pub(super) compared: Vec<Compared>,
}

/// What became of one distribution, or of the machines that belong to none.
#[derive(Debug)]
pub(super) struct Compared {
    /// Its name and version before and now; `None` where it was not there, or is not any more.
    old: Option<String>,
    new: Option<String>,
    name: String,
    changes: Vec<Change>,
}

// === impl Report ===

impl Report {
    /// Compares what has the same name, and what is alone on both sides.
    pub(super) fn of(mut old: Vec<Manifest>, new: Vec<Manifest>) -> Self {
        let alone = old.len() == 1 && new.len() == 1;
        let mut compared = Vec::new();
        for new in &new {
            let place = old.iter().position(|it| alone || it.name == new.name);
            let old = place.map(|it| old.remove(it));
            compared.push(Compared::of(old.as_ref(), Some(new)));
        }
        compared.extend(old.iter().map(|it| Compared::of(Some(it), None)));
        Self { compared }
    }

    pub(super) fn text(&self, styles: &Styles) -> String {
        let parts: Vec<_> = self.compared.iter().map(|it| it.text(styles)).collect();
        parts.join("\n")
    }

    pub(super) fn markdown(&self) -> String {
        let parts: Vec<_> = self.compared.iter().map(Compared::markdown).collect();
        parts.join("\n")
    }

    /// An object with a list `changes` and the number of them by topic.
    pub(super) fn json(&self) -> String {
        let changes = self.compared.iter().flat_map(Compared::json);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for topic in self.compared.iter().flat_map(Compared::topics) {
            *counts.entry(topic.as_str()).or_default() += 1;
        }
        let whole = json!({"changes": changes.collect::<Vec<_>>(), "counts": counts});
        format!("{whole:#}\n")
    }
}

// === impl Compared ===

impl Compared {
    fn of(old: Option<&Manifest>, new: Option<&Manifest>) -> Self {
        let none = Manifest::of("", "", Vec::new());
        let title = |of: &Manifest| format!("{} {}", of.name, of.version).trim().to_owned();
        Self {
            old: old.map(title),
            new: new.map(title),
            name: new.or(old).map(|it| it.name.clone()).unwrap_or_default(),
            changes: diff(old.unwrap_or(&none), new.unwrap_or(&none)),
        }
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = Topic> {
        self.changes.iter().map(|it| it.topic)
    }

    fn title(&self) -> String {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if old == new => new.clone(),
            (Some(old), Some(new)) => format!("{old} → {new}"),
            (None, Some(new)) => format!("{new}, which is new"),
            (Some(old), None) => format!("{old}, which is gone"),
            (None, None) => String::new(),
        }
    }

    /// Machine by machine, and what is of none of them.
    fn groups(&self) -> Vec<(&str, &[Change])> {
        let groups = self
            .changes
            .chunk_by(|one, other| one.machine == other.machine);
        let named = groups.map(|it| {
            let machine = it.first().and_then(|it| it.machine.as_deref());
            (machine.unwrap_or("altogether"), it)
        });
        named.collect()
    }

    fn text(&self, styles: &Styles) -> String {
        let (strong, faint, name) = (styles.strong, styles.faint, styles.name);
        let mut text = format!("{strong}{}{strong:#}\n", self.title());
        for (group, changes) in self.groups() {
            text.push_str(&format!("\n{name}{group}{name:#}\n"));
            for change in changes {
                let (style, sign) = match change.sign() {
                    Sign::Added => (styles.good, '+'),
                    Sign::Removed => (styles.error, '-'),
                    Sign::Changed => (styles.warning, '~'),
                };
                text.push_str(&format!("  {style}{sign}{style:#} {}\n", change.words()));
            }
        }
        text.push_str(&format!("\n{faint}{}{faint:#}\n", self.summary()));
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n{}\n", escaped(&self.title()), self.summary());
        for (group, changes) in self.groups() {
            text.push_str(&format!("\n**{}**\n\n", escaped(group)));
            for change in changes {
                let sign = match change.sign() {
                    Sign::Added => '+',
                    Sign::Removed => '-',
                    Sign::Changed => '~',
                };
                text.push_str(&format!("- `{sign}` {}\n", escaped(&change.words())));
            }
        }
        text
    }

    fn json(&self) -> impl Iterator<Item = Value> {
        self.changes.iter().map(|it| {
            json!({
                "distribution": self.name,
                "machine": it.machine,
                "watcher": it.watcher,
                "topic": it.topic.as_str(),
                "sign": it.sign(),
                "what": it.what,
                "of": it.of,
                "old": it.old,
                "new": it.new,
                "text": it.words(),
            })
        })
    }

    /// How many differences there are, and of what kind.
    fn summary(&self) -> String {
        let count = |topic: Topic| self.topics().filter(|it| *it == topic).count();
        let counts: Vec<_> = Topic::ALL
            .into_iter()
            .map(|topic| (count(topic), topic.as_str()))
            .filter(|(count, _)| *count > 0)
            .collect();
        match (self.changes.len(), counts.as_slice()) {
            (0, _) => "no difference in behaviour".to_owned(),
            (1, [(_, topic)]) => format!("1 difference, in {topic}"),
            (all, [(_, topic)]) => format!("{all} differences, all in {topic}"),
            (all, counts) => {
                let counts = counts
                    .iter()
                    .map(|(count, topic)| format!("{count} in {topic}"));
                let counts: Vec<_> = counts.collect();
                format!("{all} differences: {}", counts.join(", "))
            }
        }
    }
}

/// The text as Markdown that shows it as it is; what stands between back quotes does already.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut is_code = false;
    for letter in text.chars() {
        is_code ^= letter == '`';
        if !is_code && matches!(letter, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '|' | '#') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
