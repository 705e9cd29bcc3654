//! What a broker does not let us do.

use core::fmt;

/// How many violations are kept.
const MOST: usize = 16;

/// How much of what a broker says of one is kept, in characters.
const LENGTH: usize = 300;

/// What the broker did not let us do since it let us in: the first of it, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    known: Vec<String>,
    has_more: bool,
}

// === impl Violations ===

impl Violations {
    /// Whether there was none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What the broker said of each, such as `Permissions Violation for Subscription to "choria.node.>"`.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    /// Whether that is what a broker says of one.
    pub(crate) fn is_one(said: &str) -> bool {
        ["permissions violation", "maximum subscriptions exceeded"]
            .iter()
            .any(|it| {
                said.get(..it.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(it))
            })
    }

    /// Takes what a broker says of one; whether that is new.
    pub(crate) fn add(&mut self, said: &str) -> bool {
        let said: String = said
            .chars()
            .filter(|it| !it.is_control())
            .take(LENGTH)
            .collect();
        if self.known.contains(&said) {
            return false;
        }
        if self.known.len() == MOST {
            return !core::mem::replace(&mut self.has_more, true);
        }
        self.known.push(said);
        true
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.known.join("; "))?;
        match self.has_more {
            true => to.write_str("; and more"),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_complains_of_everything_is_heard_in_part() {
        let mut violations = Violations::default();
        assert!(violations.add("Permissions Violation for Publish to \"a\""));
        assert!(!violations.add("Permissions Violation for Publish to \"a\""));
        let news = (0..1_000)
            .filter(|it| {
                violations.add(&format!(
                    "Permissions Violation {it}\n{}",
                    "x".repeat(9_999)
                ))
            })
            .count();
        assert_eq!(news, 16);
        assert_eq!(violations.iter().count(), MOST);
        let text = violations.to_string();
        assert!(text.ends_with("; and more") && text.len() < 6_000 && !text.contains('\n'));
    }

    #[test]
    fn what_a_broker_complains_of_is_known() {
        assert!(Violations::is_one(
            "permissions violation for publish to \"a\""
        ));
        assert!(Violations::is_one(
            "Permissions Violation for Subscription to \"é\""
        ));
        assert!(!Violations::is_one("Stale Connection"));
        assert!(!Violations::is_one("permissionsé"));
    }
}
