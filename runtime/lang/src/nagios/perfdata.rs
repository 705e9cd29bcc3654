//! Performance data as Choria reads it, and so everybody who consumes its events and replies.

/// One value of the performance data.
#[derive(Clone, Debug, PartialEq)]
pub struct PerfData {
    /// What was measured.
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
/// read. [`Output`](super::Output) reads all that a plugin says.
// Compat: go-choria aagent/util/nagios.go: exactly one `|`; entries end at spaces, in quotes too, and lose a quote
// at either end; one `=` in an entry; a number ends where its characters end, and whatever follows the last unit
// is ignored. Values that do not begin like a number end upstream's process.
#[must_use]
pub fn parse(output: &str) -> Vec<PerfData> {
    match output.split_once('|') {
        Some((_, data)) if !data.contains('|') => data.split(' ').filter_map(entry).collect(),
        _ => Vec::new(),
    }
}

fn entry(text: &str) -> Option<PerfData> {
    let text = text.trim();
    let text = text.strip_prefix('\'').unwrap_or(text);
    let text = text.strip_suffix('\'').unwrap_or(text);
    let (label, measured) = text.split(';').next()?.split_once('=')?;
    if measured.contains('=') {
        return None;
    }
    let number = measured.trim_start_matches(|it: char| "-*+.".contains(it) || it.is_ascii_digit());
    let value: f64 = measured.strip_suffix(number)?.parse().ok()?;
    Some(PerfData {
        label: label.to_owned(),
        unit: unit(number),
        value: Some(value).filter(|it| it.is_finite())?,
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
    fn quoted_labels_are_cut_at_spaces() {
        check("OK|'disk used'=12%;80;90", &[("used'", 12.0, "%")]);
        check("OK|'/var'=12%", &[("/var'", 12.0, "%")]);
        check("OK|'a=b'=2c", &[]);
    }

    #[test]
    fn missing_values_are_left_out() {
        check("OK|a=U;1;2 b= c=~ d=1", &[("d", 1.0, "")]);
        check("OK|a=1' b=*5", &[("a", 1.0, "")]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(output in "[ -~|='\\n]{0,40}") {
            prop_assert!(parse(&output).iter().all(|it| it.value.is_finite()));
        }
    }
}
