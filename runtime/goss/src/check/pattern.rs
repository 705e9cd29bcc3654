//! Patterns: lists of texts and expressions that lines are searched for.

use chorister_lang::re2;
use chorister_yaml::Node;

use crate::Value;
use crate::finding::Mistake;
use crate::load::Place;
use crate::scalar;

/// Whether all items of a list of patterns can be read; what is wrong or suspect is noted.
pub(super) fn check(place: &mut Place<'_, '_>, key: &str, items: &[Node]) -> bool {
    let mut is_fine = true;
    for item in items {
        let found = match scalar::value(item) {
            Value::String(text) => pattern(&text),
            _ => Some(no_text(item)),
        };
        if let Some(found) = found {
            is_fine &= found.mistake == Mistake::PatternText;
            let finding = place.finding(found.mistake, item.span, key, found.message);
            let finding = match found.mistake {
                Mistake::PatternText => finding.warning(),
                _ => finding,
            };
            place.add(finding.maybe_help(found.help));
        }
    }
    is_fine
}

/// What is wrong with a pattern.
struct Found {
    mistake: Mistake,
    message: String,
    help: Option<String>,
}

fn no_text(item: &Node) -> Found {
    Found {
        mistake: Mistake::Matcher,
        message: format!("a pattern is a text, found {}", item.kind()),
        help: Some(match item.text() {
            Some(text) => format!("quote it: `\"{text}\"`"),
            None => "write one text for each pattern".to_owned(),
        }),
    }
}

fn pattern(text: &str) -> Option<Found> {
    let plain = text.strip_prefix('!').unwrap_or(text);
    let bang = if plain.len() < text.len() { "!" } else { "" };
    if let Some(behind) = plain.strip_prefix('/')
        && plain.ends_with('/')
    {
        let (message, help) = match behind.strip_suffix('/') {
            None => (
                "a `/` alone begins an expression and does not end it".to_owned(),
                Some(format!(
                    "write `{bang}//` for any text, `{bang}/\\//` for a slash"
                )),
            ),
            Some(expression) => (re2::compile(expression).err()?.to_string(), None),
        };
        return Some(Found {
            mistake: Mistake::Expression,
            message,
            help,
        });
    }
    let suspect = |message: String, help: String| {
        Some(Found {
            mistake: Mistake::PatternText,
            message,
            help: Some(help),
        })
    };
    if let Some((expression, flags)) = flagged(plain) {
        return suspect(
            format!("`/{flags}` makes this a plain text; newer goss takes it for flags"),
            format!("write `{bang}/(?{flags}){expression}/`"),
        );
    }
    let sought = plain.trim_start_matches(['\\', '/', '!']);
    if sought.len() == plain.len() {
        return None;
    }
    suspect(
        format!("this looks for `{sought}`: `\\`, `/` and `!` in front are taken off"),
        format!(
            "write an expression: `'{bang}/{}/'`",
            re2::quote(plain).replace('/', "\\/")
        ),
    )
}

/// `/expression/ims`
fn flagged(plain: &str) -> Option<(&str, &str)> {
    let (expression, flags) = plain.strip_prefix('/')?.rsplit_once('/')?;
    let are_flags = !flags.is_empty() && flags.chars().all(|it| matches!(it, 'i' | 'm' | 's'));
    are_flags.then_some((expression, flags))
}
