//! Files of groups: names for several callers.

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use crate::action::{is_blank, is_word, lines, words};
use crate::finding::{Finding, Mistake};

/// Groups of callers.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    members: BTreeMap<String, BTreeSet<String>>,
    findings: Vec<Finding>,
}

impl Groups {
    /// Reads the lines of a file: the name of a group and its members, with single spaces between them.
    /// What cannot be read is among [`findings`](Self::findings).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut groups = Self::default();
        let mut seen: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for (start, line) in lines(text) {
            if is_blank(line) {
                continue;
            }
            let span = start..start + line.len();
            let mut parts = words(line);
            let name = parts.next().map_or("", |(_, it)| it);
            let members: BTreeSet<String> = parts.map(|(_, it)| it.to_owned()).collect();
            let name_span = start..start + name.len();
            if members.is_empty() {
                groups.findings.push(
                    Finding::new(Mistake::GroupLine, span, "a group without members is passed over")
                        .help("write its name and its members, with one space between them: `admins choria=ann choria=bob`"),
                );
                continue;
            }
            if !is_name(name) {
                groups.findings.push(
                    Finding::new(
                        Mistake::GroupLine,
                        name_span,
                        format!("`{name}` cannot be the name of a group, the line is passed over"),
                    )
                    .help("names have letters, digits, `_`, `.` and `-`"),
                );
                continue;
            }
            if members.contains("") {
                groups.findings.push(
                    Finding::new(Mistake::GroupLine, span, "two spaces follow each other")
                        .help("write one: between two spaces is a member without a name"),
                );
            }
            if let Some(first) = seen.insert(name, name_span.clone()) {
                groups.findings.push(
                    Finding::new(
                        Mistake::GroupLine,
                        name_span,
                        format!("the group `{name}` is replaced here"),
                    )
                    .label(first, "its members here no longer count"),
                );
            }
            groups.members.insert(name.to_owned(), members);
        }
        groups
    }

    /// What is wrong with the file, in its order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The names of the groups.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// Whether there is a group of this name.
    #[must_use]
    pub fn contains(&self, group: &str) -> bool {
        self.members.contains_key(group)
    }

    /// Whether a caller is a member of a group.
    #[must_use]
    pub fn has(&self, group: &str, caller: &str) -> bool {
        self.members
            .get(group)
            .is_some_and(|it| it.contains(caller))
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |it: char| is_word(it) || matches!(it, '.' | '-');
    !name.is_empty() && name.chars().all(is_part)
}
