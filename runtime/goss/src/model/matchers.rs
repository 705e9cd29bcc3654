//! The matchers with a name: one table for checking, describing and editors.

/// A matcher that is called by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name in the file.
    pub name: &'static str,
    /// What it takes.
    pub argument: Argument,
    /// When it passes, for schemas and editors.
    pub description: &'static str,
}

/// What a matcher takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Anything but nothing.
    Any,
    /// A text.
    Text,
    /// A number.
    Number,
    /// One matcher.
    Matcher,
    /// A matcher that is no truth value and no list.
    Element,
    /// A list of matchers.
    Matchers,
    /// A list of patterns.
    Patterns,
    /// A mapping from paths to matchers.
    Paths,
}

/// All matchers that goss 0.4.9 knows.
pub const MATCHERS: [Named; 20] = [
    matcher("equal", Argument::Any, "it is exactly this, of this type"),
    matcher("have-prefix", Argument::Text, "its text begins so"),
    matcher("have-suffix", Argument::Text, "its text ends so"),
    matcher(
        "contain-substring",
        Argument::Text,
        "this is somewhere in its text",
    ),
    matcher(
        "match-regexp",
        Argument::Text,
        "the regular expression (RE2) is found in its text",
    ),
    matcher(
        "have-len",
        Argument::Number,
        "it has so many bytes, items or keys",
    ),
    matcher(
        "have-patterns",
        Argument::Patterns,
        "every pattern is found in a line of its text; those with `!` in none",
    ),
    matcher("have-key", Argument::Matcher, "one of its keys is so"),
    matcher(
        "contain-element",
        Argument::Element,
        "one of its items is so",
    ),
    matcher(
        "contain-elements",
        Argument::Matchers,
        "there is an item of its own for each of these, in any order",
    ),
    matcher(
        "consist-of",
        Argument::Matchers,
        "its items are these, in any order, and no others",
    ),
    matcher("not", Argument::Matcher, "it is not so"),
    matcher("and", Argument::Matchers, "all of these pass"),
    matcher("or", Argument::Matchers, "one of these passes"),
    matcher("gt", Argument::Number, "it is a greater number"),
    matcher(
        "ge",
        Argument::Number,
        "it is a greater number, or this one",
    ),
    matcher("lt", Argument::Number, "it is a smaller number"),
    matcher(
        "le",
        Argument::Number,
        "it is a smaller number, or this one",
    ),
    matcher(
        "semver-constraint",
        Argument::Text,
        "it is a version in this range, such as `>=1.2.0 <2.0.0`, or a list of such",
    ),
    matcher(
        "gjson",
        Argument::Paths,
        "it is JSON, and what is at each path in it is so",
    ),
];

const fn matcher(name: &'static str, argument: Argument, description: &'static str) -> Named {
    Named {
        name,
        argument,
        description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Matcher, Value};

    #[test]
    fn every_name_is_one_of_a_matcher() {
        for it in MATCHERS {
            let argument = match it.argument {
                Argument::Any | Argument::Text | Argument::Matcher | Argument::Element => {
                    "1.0.0".into()
                }
                Argument::Number => Value::Int(1),
                Argument::Matchers | Argument::Patterns => Value::List(vec!["a".into()]),
                Argument::Paths => Value::Map(Vec::new()),
            };
            let written = Value::Map(vec![(it.name.to_owned(), argument)]);
            assert!(Matcher::parse(&written).is_ok(), "{}", it.name);
        }
    }
}
