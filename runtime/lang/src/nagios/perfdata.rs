//! Performance data in the output of monitoring plugins.

use core::iter::Peekable;
use core::str::Chars;

/// One value of the performance data.
#[derive(Clone, Debug, PartialEq)]
pub struct PerfData {
    /// What was measured; spaces are replaced by `_`.
    pub label: String,
    /// Its unit: `us`, `ms`, `s`, `%`, `B`, `KB`, `MB`, `TB`, `c` or nothing.
    pub unit: &'static str,
    /// How much it was.
    pub value: f64,
}

/// The units that are known, each before those that it begins with.
const UNITS: [&str; 9] = ["us", "ms", "s", "%", "B", "KB", "MB", "TB", "c"];

/// Reads performance data: what follows the only `|` of an output, separated by spaces.
///
/// Values that are missing (`U`, or nothing) and entries without meaning are left out. Thresholds are not
/// read.
// Compat: go-choria aagent/util/nagios.go: exactly one `|`, one `=` in an entry, a number ends where its
// characters end, and whatever follows the last unit is ignored. Labels in quotes are read whole, which
// upstream takes apart at their spaces; values that do not begin like a number end upstream's process.
#[must_use]
pub fn parse(output: &str) -> Vec<PerfData> {
    match output.split_once('|') {
        Some((_, data)) if !data.contains('|') => entries(data).filter_map(entry).collect(),
        _ => Vec::new(),
    }
}

/// An entry cut into the label, without its quotes, and the rest.
struct Entry {
    label: String,
    rest: String,
}

/// Cuts at spaces that are not inside quotes.
fn entries(data: &str) -> impl Iterator<Item = Entry> + '_ {
    let mut chars = data.chars().peekable();
    core::iter::from_fn(move || {
        while chars.next_if_eq(&' ').is_some() {}
        chars.peek()?;
        let label = label(&mut chars);
        let mut rest = String::new();
        while let Some(it) = chars.next_if(|&it| it != ' ') {
            rest.push(it);
        }
        Some(Entry { label, rest })
    })
}

/// Reads a label up to its `=` or the end of the entry; a quote inside quotes is written twice.
fn label(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut label = String::new();
    let quoted = chars.next_if_eq(&'\'').is_some();
    while let Some(&it) = chars.peek() {
        if quoted && it == '\'' {
            chars.next();
            if chars.next_if_eq(&'\'').is_none() {
                break;
            }
        } else if !quoted && (it == '=' || it == ' ') {
            break;
        } else {
            chars.next();
        }
        label.push(it);
    }
    label
}

fn entry(entry: Entry) -> Option<PerfData> {
    let measured = entry.rest.split(';').next()?.strip_prefix('=')?;
    if measured.contains('=') {
        return None;
    }
    let number = measured.trim_start_matches(|it: char| "-*+.".contains(it) || it.is_ascii_digit());
    let value: f64 = measured.strip_suffix(number)?.parse().ok()?;
    Some(PerfData {
        label: entry.label.replace(' ', "_"),
        unit: unit(number),
        value,
    })
}

/// The last of the units that stand one after another.
fn unit(mut text: &str) -> &'static str {
    let mut last = "";
    while let Some((unit, rest)) = UNITS
        .iter()
        .find_map(|unit| text.strip_prefix(unit).map(|rest| (*unit, rest)))
    {
        (last, text) = (unit, rest);
    }
    last
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(output: &str, expect: &[(&str, f64, &str)]) {
        let found = parse(output);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.label.as_str(), it.value, it.unit))
            .collect();
        assert_eq!(found, expect, "{output:?}");
    }

    #[test]
    fn quoted_labels_are_read_whole() {
        check("OK|'disk used'=12%;80;90", &[("disk_used", 12.0, "%")]);
        check("OK|'/var'=12%", &[("/var", 12.0, "%")]);
        check(
            "OK|'it''s'=1 'a=b'=2c",
            &[("it's", 1.0, ""), ("a=b", 2.0, "c")],
        );
    }

    #[test]
    fn missing_values_are_left_out() {
        check("OK|a=U;1;2 b= c=~ d=1", &[("d", 1.0, "")]);
        check("OK|'unclosed=1", &[]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(output in "[ -~|='\\n]{0,40}") {
            prop_assert!(parse(&output).iter().all(|it| it.value.is_finite()));
        }
    }
}
