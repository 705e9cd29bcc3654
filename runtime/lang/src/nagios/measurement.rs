//! Performance data: what a plugin measured.

use core::fmt;

use super::{Range, number};

/// One thing that was measured, with what is too much of it: `'label'=value[unit];[warn];[crit];[min];[max]`.
///
/// It is written as it is read. Only what would end a label in the middle of it is replaced by `_`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// What was measured.
    pub label: String,
    /// How much it was; `None` where the plugin could not find out (`U`).
    pub value: Option<f64>,
    /// Of what: `s`, `ms`, `us`, `%`, `B`, `KB`, `MiB`, `c` …; empty for a plain number.
    pub unit: String,
    /// Outside of this it is a warning.
    pub warn: Option<Range>,
    /// Outside of this it is critical.
    pub crit: Option<Range>,
    /// The least that it can be.
    pub min: Option<f64>,
    /// The most that it can be.
    pub max: Option<f64>,
}

/// How many characters a unit has at most.
const UNIT: usize = 16;

/// Units that are parts or multiples of another, and how many of that they are.
const SCALES: [(&str, &str, f64); 14] = [
    ("ns", "s", 1e-9),
    ("us", "s", 1e-6),
    ("µs", "s", 1e-6),
    ("ms", "s", 1e-3),
    ("KB", "B", 1024.0),
    ("MB", "B", 1_048_576.0),
    ("GB", "B", 1_073_741_824.0),
    ("TB", "B", 1_099_511_627_776.0),
    ("PB", "B", 1_125_899_906_842_624.0),
    ("KiB", "B", 1024.0),
    ("MiB", "B", 1_048_576.0),
    ("GiB", "B", 1_073_741_824.0),
    ("TiB", "B", 1_099_511_627_776.0),
    ("PiB", "B", 1_125_899_906_842_624.0),
];

// === impl Measurement ===

impl Measurement {
    /// A value, to be completed. One that is not finite is written as unknown.
    #[must_use]
    pub fn new(label: impl Into<String>, value: f64, unit: &str) -> Self {
        Self {
            label: label.into(),
            value: value.is_finite().then_some(value),
            unit: unit.to_owned(),
            ..Self::default()
        }
    }

    /// The same with thresholds.
    #[must_use]
    pub fn judged_by(mut self, warn: Option<Range>, crit: Option<Range>) -> Self {
        (self.warn, self.crit) = (warn, crit);
        self
    }

    /// The same with the least that it can be.
    #[must_use]
    pub fn at_least(mut self, min: f64) -> Self {
        self.min = Some(min);
        self
    }

    /// The same with the most that it can be.
    #[must_use]
    pub fn at_most(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// The value in seconds or bytes where its unit is a part or a multiple of these, and the value itself
    /// otherwise; with the unit.
    #[must_use]
    pub fn in_base_unit(&self) -> Option<(f64, &str)> {
        let value = self.value?;
        let scale = SCALES.iter().find(|(unit, ..)| *unit == self.unit);
        Some(
            scale.map_or((value, self.unit.as_str()), |(_, base, factor)| {
                (value * factor, *base)
            }),
        )
    }

    /// Reads what stands after a `|`; entries that say nothing are left out.
    pub(super) fn parse_all(data: &str) -> impl Iterator<Item = Self> + '_ {
        let mut rest = data.trim_start();
        core::iter::from_fn(move || {
            while !rest.is_empty() {
                let (entry, after) = match quoted(rest) {
                    Some((label, after)) => {
                        let (values, after) = word(after);
                        let values = values.strip_prefix('=');
                        (values.and_then(|it| Self::parse(label, it)), after)
                    }
                    None => {
                        let (word, after) = word(rest);
                        let entry = word.rsplit_once('=');
                        (
                            entry.and_then(|(label, it)| Self::parse(label.to_owned(), it)),
                            after,
                        )
                    }
                };
                rest = after.trim_start();
                if entry.is_some() {
                    return entry;
                }
            }
            None
        })
    }

    fn parse(label: String, values: &str) -> Option<Self> {
        let mut values = values.split(';');
        let measured = values.next()?;
        let (value, unit) = match measured {
            "U" => (None, ""),
            _ => {
                let length = length_of_number(measured);
                let (value, unit) = measured.split_at_checked(length)?;
                (Some(number(&value.replace(',', "."))?), unit)
            }
        };
        let is_unit = |it: char| it.is_alphabetic() || "%°/".contains(it);
        if label.is_empty() || !unit.chars().all(is_unit) || unit.chars().count() > UNIT {
            return None;
        }
        let mut range = || Range::parse(values.next()?).ok();
        let (warn, crit) = (range(), range());
        let mut limit = || number(values.next()?);
        Some(Self {
            label,
            value,
            unit: unit.to_owned(),
            warn,
            crit,
            min: limit(),
            max: limit(),
        })
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |it: char| !(it.is_whitespace() || "='".contains(it));
        let label: String = self
            .label
            .chars()
            .map(|it| {
                if it == '|' || it.is_control() {
                    '_'
                } else {
                    it
                }
            })
            .collect();
        if !label.is_empty() && label.chars().all(bare) {
            write!(f, "{label}=")?;
        } else {
            write!(f, "'{}'=", label.replace('\'', "''"))?;
        }
        match self.value {
            Some(value) => write!(f, "{value}{}", self.unit)?,
            None => f.write_str("U")?,
        }
        let text = |it: Option<&dyn fmt::Display>| it.map_or_else(String::new, ToString::to_string);
        let mut values = format!(
            ";{};{};{};{}",
            text(self.warn.as_ref().map(|it| it as _)),
            text(self.crit.as_ref().map(|it| it as _)),
            text(self.min.as_ref().map(|it| it as _)),
            text(self.max.as_ref().map(|it| it as _)),
        );
        values.truncate(values.trim_end_matches(';').len());
        f.write_str(&values)
    }
}

/// A label in quotes, inside which a quote is written twice, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut label = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (before, after) = rest.split_once('\'')?;
        label.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                label.push('\'');
                rest = after;
            }
            None => return Some((label, after)),
        }
    }
}

/// What stands before the next white space, and what follows.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// How many bytes at the beginning are a number: a sign, digits with a point or a comma, an exponent.
fn length_of_number(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let after = |length: usize| text.get(length..).unwrap_or_default();
    let mut length = usize::from(text.starts_with(['-', '+']));
    length += digits(after(length));
    if after(length).starts_with(['.', ',']) {
        length += 1;
        length += digits(after(length));
    }
    let exponent = after(length).strip_prefix(['e', 'E']);
    if let Some(exponent) = exponent {
        let sign = usize::from(exponent.starts_with(['-', '+']));
        let digits = digits(exponent.get(sign..).unwrap_or_default());
        if digits > 0 {
            length += 1 + sign + digits;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(data: &str) -> Vec<Measurement> {
        Measurement::parse_all(data).collect()
    }

    #[track_caller]
    fn check(data: &str, expect: &[(&str, Option<f64>, &str)]) {
        let found = read(data);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.label.as_str(), it.value, it.unit.as_str()))
            .collect();
        assert_eq!(found, expect, "{data:?}");
    }

    #[test]
    fn labels_may_be_quoted() {
        check(
            "'disk used'=12%;80;90 b=1",
            &[("disk used", Some(12.0), "%"), ("b", Some(1.0), "")],
        );
        check(
            "'it''s'=1 'a=b'=2c",
            &[("it's", Some(1.0), ""), ("a=b", Some(2.0), "c")],
        );
        check("/a?b=c=5ms", &[("/a?b=c", Some(5.0), "ms")]);
        check("\"größe\"=3", &[("\"größe\"", Some(3.0), "")]);
        check(
            "'unclosed=1 b=2",
            &[("'unclosed", Some(1.0), ""), ("b", Some(2.0), "")],
        );
    }

    #[test]
    fn values_are_numbers_with_units_or_unknown() {
        check(
            "a=U;1;2 b=-4.5 c=+.25",
            &[
                ("a", None, ""),
                ("b", Some(-4.5), ""),
                ("c", Some(0.25), ""),
            ],
        );
        check(
            "a=1,5 b=1e3 c=2e-3s",
            &[
                ("a", Some(1.5), ""),
                ("b", Some(1000.0), ""),
                ("c", Some(0.002), "s"),
            ],
        );
        check(
            "a=1.5GB b=10TBps c=3°C d=7MiB/s",
            &[
                ("a", Some(1.5), "GB"),
                ("b", Some(10.0), "TBps"),
                ("c", Some(3.0), "°C"),
                ("d", Some(7.0), "MiB/s"),
            ],
        );
        check(
            "a= b=~ c=1.2.3 d=- =5 nonsense e=1",
            &[("e", Some(1.0), "")],
        );
    }

    #[test]
    fn thresholds_are_ranges() {
        let found = read("users=3;~:5;@10:20;0;100 inlet=-4.5;-2:30;x;-40;");
        let range = |text| Some(Range::parse(text).unwrap());
        assert_eq!(
            (found[0].warn, found[0].crit),
            (range("~:5"), range("@10:20"))
        );
        assert_eq!((found[0].min, found[0].max), (Some(0.0), Some(100.0)));
        assert_eq!((found[1].warn, found[1].crit), (range("-2:30"), None));
        assert_eq!((found[1].min, found[1].max), (Some(-40.0), None));
    }

    #[test]
    fn units_lead_to_their_base() {
        let base = |data: &str| {
            read(data)[0]
                .in_base_unit()
                .map(|(value, unit)| (value, unit.to_owned()))
        };
        assert_eq!(base("a=250ms"), Some((0.25, "s".to_owned())));
        assert_eq!(base("a=3MB"), Some((3_145_728.0, "B".to_owned())));
        assert_eq!(base("a=5c"), Some((5.0, "c".to_owned())));
        assert_eq!(base("a=U"), None);
    }

    #[test]
    fn it_is_written_as_plugins_write_it() {
        let load = Measurement::new("load1", 0.51, "")
            .judged_by(Some(Range::up_to(15.0)), Some(Range::from(2.0)))
            .at_least(0.0);
        assert_eq!(load.to_string(), "load1=0.51;15;2:;0");
        assert_eq!(
            Measurement::new("a b", 1.0, "B").at_most(3.0).to_string(),
            "'a b'=1B;;;;3"
        );
        assert_eq!(
            Measurement::new("it's|\n", f64::NAN, "s").to_string(),
            "'it''s__'=U"
        );
    }

    fn measurement() -> impl Strategy<Value = Measurement> {
        let number = || prop::option::of(-1e12..1e12_f64);
        let range = || {
            let range = (-1e6..1e6_f64, 0.0..1e6_f64, any::<bool>());
            prop::option::of(range.prop_map(|(start, length, inside)| Range {
                start,
                end: start + length,
                inside,
            }))
        };
        (
            "[^|\\p{C}\\p{Z}][^|\\p{C}]{0,12}",
            number(),
            "|s|ms|%|B|MiB|c",
            range(),
            range(),
            number(),
            number(),
        )
            .prop_map(|(label, value, unit, warn, crit, min, max)| Measurement {
                label,
                value,
                unit: if value.is_some() { unit } else { String::new() },
                warn,
                crit,
                min,
                max,
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(measurements in prop::collection::vec(measurement(), 0..5)) {
            let written: Vec<String> = measurements.iter().map(ToString::to_string).collect();
            prop_assert_eq!(read(&written.join(" ")), measurements);
        }
    }
}
