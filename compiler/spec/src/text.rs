//! Words for messages.

use core::cell::Cell;
use core::time::Duration;

pub(crate) use chorister_lang::duration::brief;
use chorister_lang::suggest;

/// A list of names for a message.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let mut names = names.into_iter();
    let shown: Vec<_> = names
        .by_ref()
        .take(MOST)
        .map(|it| format!("`{it}`"))
        .collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The name that a misspelt one resembles. Names that differ in digits only are meant to differ.
pub(crate) fn similar<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let letters = |it: &str| {
        it.chars()
            .filter(|it| !it.is_ascii_digit())
            .collect::<String>()
    };
    let own = letters(name);
    let meant_to_differ = |it: &str| it != name && letters(it) == own && own != name;
    suggest::closest(
        name,
        candidates
            .into_iter()
            .filter(|it| *it != name && !meant_to_differ(it)),
    )
}

/// Guesses at what misspelt names were meant to be. A spec that is wrong all over gets fewer of them, so that
/// its check does not take long.
#[derive(Debug)]
pub(crate) struct Guesses {
    /// How many names may still be compared.
    left: Cell<usize>,
}

impl Guesses {
    /// The name that a misspelt one resembles, as [`similar`] finds it.
    pub(crate) fn similar<'a>(
        &self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let left = self.left.get();
        let mut compared = 0;
        let candidates = candidates.into_iter().take(left).inspect(|_| compared += 1);
        let found = similar(name, candidates);
        self.left.set(left.saturating_sub(compared));
        found
    }
}

impl Default for Guesses {
    fn default() -> Self {
        Self {
            left: Cell::new(200_000),
        }
    }
}

/// What somebody meant who wrote a duration in another dialect, such as `5 minutes` or `1d12h`.
pub(crate) fn spoken_duration(text: &str) -> Option<String> {
    let mut total = Duration::ZERO;
    let (mut spelt, mut days) = (String::new(), false);
    let mut rest = text.trim();
    while !rest.is_empty() {
        let number = rest.len()
            - rest
                .trim_start_matches(|it: char| it.is_ascii_digit())
                .len();
        let count: u64 = rest.get(..number)?.parse().ok()?;
        let after = rest.get(number..)?.trim_start();
        let end = after
            .find(|it: char| !it.is_alphabetic())
            .unwrap_or(after.len());
        let (unit, seconds) = match after.get(..end)?.to_ascii_lowercase().as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => ("s", 1),
            "m" | "min" | "mins" | "minute" | "minutes" => ("m", 60),
            "h" | "hr" | "hrs" | "hour" | "hours" => ("h", 60 * 60),
            "d" | "day" | "days" => ("", 24 * 60 * 60),
            "w" | "week" | "weeks" => ("", 7 * 24 * 60 * 60),
            _ => return None,
        };
        days |= unit.is_empty();
        spelt.push_str(&format!("{count}{unit}"));
        total = total.checked_add(Duration::from_secs(count.checked_mul(seconds)?))?;
        rest = after.get(end..)?.trim_start();
    }
    // Days are no unit of Go's.
    let spelt = if days { brief(total) } else { spelt };
    (!total.is_zero()).then_some(spelt)
}

/// Whether a text has the form of the IANA name of a time zone, such as `Europe/Malta`.
pub(crate) fn is_zone_name(text: &str) -> bool {
    text.split('/').all(|part| {
        part.starts_with(|it: char| it.is_ascii_alphabetic())
            && part
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '+'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spoken_durations_are_understood() {
        let check = |text, expect: Option<&str>| {
            assert_eq!(spoken_duration(text).as_deref(), expect, "{text}");
        };
        check("5 minutes", Some("5m"));
        check("90 seconds", Some("90s"));
        check("1d12h", Some("36h"));
        check("12h1d", Some("36h"));
        check("10sec", Some("10s"));
        check("2 hours 30 min", Some("2h30m"));
        check("soon", None);
        check("", None);
        check("99999999999999999999d", None);
    }

    #[test]
    fn names_that_differ_in_digits_are_meant_to() {
        assert_eq!(similar("STOPED", ["STOPPED", "RUNNING"]), Some("STOPPED"));
        assert_eq!(similar("STATE_1", ["STATE_2"]), None);
    }
}
