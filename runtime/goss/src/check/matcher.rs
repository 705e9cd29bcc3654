//! Matchers: whether they can be read, and whether what they ask can ever be.

use chorister_lang::suggest::closest;
use chorister_yaml::{Node, Span};

use super::pattern;
use crate::finding::Mistake;
use crate::load::Place;
use crate::matcher::Step;
use crate::model::{Actual, Argument, MATCHERS, Property};
use crate::{Value, scalar};

/// Whether `property` is written as something that can be read and can pass; what is wrong is noted.
pub(super) fn check(
    place: &mut Place<'_, '_>,
    property: &Property,
    key: &str,
    node: &Node,
    is_stream: bool,
) -> bool {
    let mut walk = Walk {
        place,
        key,
        is_fine: true,
    };
    match (is_stream, node.as_sequence()) {
        (true, Some(items)) => walk.is_fine = pattern::check(walk.place, key, items),
        _ => walk.matcher(node, property.attribute.actual(), Sense::Must),
    }
    if !walk.is_fine {
        return false;
    }
    let faults = match &property.matcher {
        Ok(matcher) => matcher.faults(),
        Err(error) => core::slice::from_ref(error),
    };
    for fault in faults {
        let at = locate(node, &fault.path);
        let message = fault
            .message
            .trim_start_matches("Syntax Error: ")
            .to_owned();
        let finding = place.finding(Mistake::Expression, at.span, key, message);
        place.add(finding);
    }
    faults.is_empty()
}

/// What becomes of the whole if a matcher inside it cannot pass.
#[derive(Clone, Copy, PartialEq)]
enum Sense {
    /// It cannot pass either.
    Must,
    /// It may pass all the same, or always does.
    May,
}

struct Walk<'w, 'p, 'r> {
    place: &'w mut Place<'p, 'r>,
    key: &'w str,
    is_fine: bool,
}

// === impl Walk ===

impl Walk<'_, '_, '_> {
    fn wrong(&mut self, mistake: Mistake, span: Span, message: String, help: String) {
        self.is_fine = false;
        let finding = self.place.finding(mistake, span, self.key, message);
        self.place.add(finding.help(help));
    }

    /// A matcher for a value of this type.
    fn matcher(&mut self, node: &Node, actual: Actual, sense: Sense) {
        if let Some(entries) = node.as_mapping() {
            match entries {
                [entry] => self.named(&entry.key.text, entry.key.span, &entry.value, actual, sense),
                [] => {
                    let message = "a matcher is missing: the mapping is empty".to_owned();
                    let help = "write one such as `{gt: 5}`".to_owned();
                    self.wrong(Mistake::Matcher, node.span, message, help);
                }
                [_, second, ..] => {
                    let names: Vec<_> = entries
                        .iter()
                        .map(|it| format!("`{}`", it.key.text))
                        .collect();
                    let message = format!(
                        "{} at one place: only one matcher is taken",
                        names.join(", ")
                    );
                    let help = "put them in a list below `and`".to_owned();
                    self.wrong(Mistake::Matcher, second.key.span, message, help);
                }
            }
            return;
        }
        if let Some(items) = node.as_sequence() {
            match actual {
                Actual::List | Actual::Any => self.items(items, actual, sense),
                _ => {
                    let help = match actual {
                        Actual::Text | Actual::Stream => {
                            "write one text, or `contain-elements` to look at its lines".to_owned()
                        }
                        _ => "write one value, or a list below `or`".to_owned(),
                    };
                    self.never(node.span, actual, "contains a list", sense, help);
                }
            }
            return;
        }
        self.plain(node, actual, sense);
    }

    fn items(&mut self, items: &[Node], actual: Actual, sense: Sense) {
        let inner = match actual {
            Actual::List | Actual::Text | Actual::Stream => Actual::Text,
            _ => Actual::Any,
        };
        for item in items {
            self.matcher(item, inner, sense);
        }
    }

    /// A value that is written as it should be.
    fn plain(&mut self, node: &Node, actual: Actual, sense: Sense) {
        let value = node.as_scalar().map(scalar::scalar).unwrap_or_default();
        let text = node.text().unwrap_or_default();
        match (&value, actual) {
            (Value::Null, _) => {
                let message = "a value is missing".to_owned();
                let help = "goss compares nothing with nothing; write what is expected".to_owned();
                self.wrong(Mistake::Matcher, node.span, message, help);
            }
            (Value::Timestamp(_), _) => {
                let message = format!("`{text}` is a date here, which no matcher takes");
                self.wrong(
                    Mistake::Matcher,
                    node.span,
                    message,
                    format!("quote it: `\"{text}\"`"),
                );
            }
            (Value::Unsigned(_), _) => {
                let message = format!("`{text}` is greater than any number that is compared");
                self.wrong(
                    Mistake::Matcher,
                    node.span,
                    message,
                    format!("quote it: `\"{text}\"`"),
                );
            }
            (Value::String(_), Actual::Bool) if !matches!(text, "true" | "false") => {
                let help = match text.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "y" => "write `true`: goss takes this for a text".to_owned(),
                    "no" | "off" | "n" => "write `false`: goss takes this for a text".to_owned(),
                    _ => "write `true` or `false`".to_owned(),
                };
                self.never(
                    node.span,
                    actual,
                    &format!("is the text `{text}`"),
                    sense,
                    help,
                );
            }
            (Value::Int(_) | Value::Float(_), Actual::Bool) => {
                let help = "write `true` or `false`".to_owned();
                self.never(node.span, actual, "is a number", sense, help);
            }
            (Value::String(_), Actual::Int) if text.parse::<i64>().is_err() => {
                let help = "write a number, or a matcher such as `{gt: 5}`".to_owned();
                self.never(
                    node.span,
                    actual,
                    &format!("is the text `{text}`"),
                    sense,
                    help,
                );
            }
            (Value::Bool(_), Actual::Int | Actual::Text | Actual::List | Actual::Stream) => {
                let help = match actual {
                    Actual::Int => "write a number".to_owned(),
                    _ => format!("quote it if the text is meant: `\"{text}\"`"),
                };
                self.never(node.span, actual, "is a truth value", sense, help);
            }
            _ => {}
        }
    }

    fn named(&mut self, name: &str, at: Span, node: &Node, actual: Actual, sense: Sense) {
        let Some(matcher) = MATCHERS.iter().find(|it| it.name == name) else {
            let help = match closest(name, MATCHERS.iter().map(|it| it.name)) {
                Some(known) => format!("did you mean `{known}`?"),
                None if name == "xml" => {
                    "it is newer than goss 0.4.9, and not known here".to_owned()
                }
                None => {
                    let names = MATCHERS.iter().map(|it| format!("`{}`", it.name));
                    format!("the matchers are {}", names.collect::<Vec<_>>().join(", "))
                }
            };
            return self.wrong(
                Mistake::Matcher,
                at,
                format!("there is no matcher `{name}`"),
                help,
            );
        };
        if !self.argument(name, matcher.argument, node) {
            return;
        }
        if matcher.argument == Argument::Paths {
            return self.gjson(at, node, actual, sense);
        }
        if let Some((what, help)) = impossible(name, actual) {
            return self.never(at, actual, what, sense, help.to_owned());
        }
        match name {
            "not" => self.matcher(node, actual, Sense::May),
            "or" => {
                for item in node.items() {
                    self.matcher(item, actual, Sense::May);
                }
            }
            "and" => {
                for item in node.items() {
                    self.matcher(item, actual, sense);
                }
            }
            "have-key" => self.matcher(node, Actual::Text, sense),
            "contain-element" => self.items(core::slice::from_ref(node), actual, sense),
            "contain-elements" | "consist-of" => self.items(node.items(), actual, sense),
            "have-patterns" => self.is_fine &= pattern::check(self.place, self.key, node.items()),
            "equal" => self.equal(node, actual, sense),
            "have-len" if node.text().is_some_and(|it| it.starts_with('-')) => {
                let help = "write 0 or more".to_owned();
                self.never(node.span, actual, "has a negative length", sense, help);
            }
            _ => {}
        }
    }

    /// Whether a matcher is given what it takes.
    fn argument(&mut self, name: &str, argument: Argument, node: &Node) -> bool {
        let value = scalar::value(node);
        let (fits, wanted, help) = match argument {
            Argument::Any | Argument::Matcher => {
                (value != Value::Null, "a value", "write what is expected")
            }
            Argument::Text => (
                value.as_str().is_some(),
                "a string",
                "write one text, in quotes",
            ),
            Argument::Number => (
                matches!(value, Value::Int(_) | Value::Float(_)),
                "a number",
                "write it without quotes",
            ),
            Argument::Element => (
                matches!(
                    value,
                    Value::Map(_) | Value::String(_) | Value::Int(_) | Value::Float(_)
                ),
                "a string, a number or a matcher",
                "`contain-elements` takes a list",
            ),
            Argument::Matchers | Argument::Patterns => (
                value.as_list().is_some(),
                "a list",
                "write it as a list: `[…]`",
            ),
            Argument::Paths => (
                value.as_map().is_some(),
                "a mapping",
                "write `{path: matcher}`",
            ),
        };
        if !fits {
            let message = format!("`{name}` takes {wanted}, found {}", node.kind());
            self.wrong(Mistake::Matcher, node.span, message, help.to_owned());
        }
        fits
    }

    fn gjson(&mut self, at: Span, node: &Node, actual: Actual, sense: Sense) {
        if matches!(actual, Actual::Bool | Actual::Int | Actual::List) {
            let help = "only text can be JSON".to_owned();
            return self.never(at, actual, "is JSON", sense, help);
        }
        for entry in node.entries() {
            let value = &entry.value;
            if let Some(equal) = value.get("equal")
                && matches!(scalar::value(equal), Value::Int(_))
            {
                let text = equal.text().unwrap_or_default();
                let message = "a number of JSON never equals one without a fraction".to_owned();
                let help = format!("write `{text}` without `equal`");
                self.wrong(Mistake::NeverPasses, equal.span, message, help);
            } else {
                self.matcher(value, Actual::Any, sense);
            }
        }
    }

    /// `equal` changes nothing before it compares.
    fn equal(&mut self, node: &Node, actual: Actual, sense: Sense) {
        // A list of the system is of another type than one of a file, so that nothing equals it.
        let fits = matches!(
            (scalar::value(node), actual),
            (_, Actual::Any)
                | (Value::Bool(_), Actual::Bool)
                | (Value::Int(_), Actual::Int)
                | (Value::String(_), Actual::Text | Actual::Stream)
        );
        if !fits {
            let what = format!("equals {}", node.kind());
            let help =
                "`equal` wants the same type; leave it out to compare what is written".to_owned();
            self.never(node.span, actual, &what, sense, help);
        }
    }

    /// Notes what can never be; a warning where the whole may pass all the same.
    fn never(&mut self, span: Span, actual: Actual, what: &str, sense: Sense, help: String) {
        let message = match actual {
            Actual::Any => format!("a value never {what}"),
            _ => format!("`{}` is {}, and never {what}", self.key, phrase(actual)),
        };
        let mut finding = self
            .place
            .finding(Mistake::NeverPasses, span, self.key, message)
            .help(help);
        if sense == Sense::May {
            finding = finding.warning();
        } else {
            self.is_fine = false;
        }
        self.place.add(finding);
    }
}

/// What a property is.
fn phrase(actual: Actual) -> &'static str {
    match actual {
        Actual::Bool => "`true` or `false`",
        Actual::Int => "a number",
        Actual::Text | Actual::Stream => "text",
        Actual::List => "a list of texts",
        Actual::Any => "a value",
    }
}

/// What a matcher asks that values of this type can never be, and what to write instead.
fn impossible(name: &str, actual: Actual) -> Option<(&'static str, &'static str)> {
    let found = match (name, actual) {
        ("gt" | "ge" | "lt" | "le", Actual::Bool) => {
            ("compares with a number", "write `true` or `false`")
        }
        ("have-len", Actual::Bool | Actual::Int) => ("has a length", "compare the value itself"),
        ("have-key", Actual::Bool | Actual::Int | Actual::Text | Actual::Stream | Actual::List) => {
            (
                "has keys",
                "use `gjson` for JSON, and `contain-element` for lists",
            )
        }
        ("contain-element" | "contain-elements" | "consist-of", Actual::Bool | Actual::Int) => {
            ("has elements", "compare the value itself")
        }
        ("consist-of", Actual::Text | Actual::Stream) => (
            "consists of elements",
            "`contain-elements` looks at the lines of a text",
        ),
        ("semver-constraint", Actual::Bool | Actual::Int) => {
            ("is a version", "compare the value itself")
        }
        _ => return None,
    };
    Some(found)
}

/// The node that steps into a value lead to, or the last one on the way.
fn locate<'n>(node: &'n Node, path: &[Step]) -> &'n Node {
    path.iter().fold(node, |node, step| {
        let next = match step {
            Step::Key(key) => node.get(key),
            Step::Index(at) => node.items().get(*at),
        };
        next.unwrap_or(node)
    })
}
