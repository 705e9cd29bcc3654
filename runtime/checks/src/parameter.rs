//! Types of parameters, as they are written in check files.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;
use core::time::Duration;

use chorister_lang::duration::parse_interval;
use chorister_lang::nagios::{Range, Status, Threshold};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// A time: `250ms`, `10m`, `14d`, or a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// A size: `10GiB`, `500MB`, or a number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// What is too much: a range; percent signs are understood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound(pub(crate) Range);

/// A regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(pub(crate) regex_lite::Regex);

/// Where something is kept that nobody may see.
#[cfg(feature = "http")]
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Secret {
    /// In the first line of a file.
    File(std::path::PathBuf),
    /// In a variable of this process' environment.
    Environment(String),
}

/// A list; a single item is a list of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

/// What to think of something that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Ok,
    Warning,
    Critical,
    Unknown,
}

/// Types that a scalar turns into.
trait Scalar: Sized {
    const EXPECTING: &'static str;

    fn of_text(text: &str) -> Result<Self, String>;

    fn of_number(number: f64) -> Option<Self>;
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTING)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::of_text(text).map_err(|why| E::custom(format_args!("`{text}`: {why}")))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::of_number(number)
            .ok_or_else(|| E::custom(format_args!("{number} is not {}", T::EXPECTING)))
    }
}

macro_rules! scalars {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(ScalarVisitor(PhantomData))
            }
        }
    )*};
}

scalars!(Span, Size, Bound, Pattern);

impl Scalar for Span {
    const EXPECTING: &'static str = "a time such as `10m`, or a number of seconds";

    fn of_text(text: &str) -> Result<Self, String> {
        let nanoseconds = parse_interval(text).map_err(|error| error.to_string())?;
        let nanoseconds = u64::try_from(nanoseconds).map_err(|_| "a time is not negative")?;
        Ok(Self(Duration::from_nanos(nanoseconds)))
    }

    fn of_number(number: f64) -> Option<Self> {
        Duration::try_from_secs_f64(number).ok().map(Self)
    }
}

impl Scalar for Size {
    const EXPECTING: &'static str = "a size such as `10GiB`, or a number of bytes";

    fn of_text(text: &str) -> Result<Self, String> {
        let at = text
            .find(|it: char| it.is_ascii_alphabetic())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(at).unwrap_or((text, ""));
        let factor = match unit {
            "" | "B" => 1.0,
            "kB" | "KB" => 1e3,
            "MB" => 1e6,
            "GB" => 1e9,
            "TB" => 1e12,
            "KiB" | "K" => 1024.0,
            "MiB" | "M" => 1_048_576.0,
            "GiB" | "G" => 1_073_741_824.0,
            "TiB" | "T" => 1_099_511_627_776.0,
            _ => {
                return Err(format!(
                    "`{unit}` is not a unit: write B, KiB, MiB, GiB, TiB, kB, MB, GB or TB"
                ));
            }
        };
        let number: f64 = number.trim().parse().map_err(|_| Self::EXPECTING)?;
        Self::of_number(number * factor).ok_or_else(|| Self::EXPECTING.to_owned())
    }

    fn of_number(number: f64) -> Option<Self> {
        (0.0..1e19).contains(&number).then_some(Self(number as u64))
    }
}

impl Scalar for Bound {
    const EXPECTING: &'static str = "a threshold such as `80`, `80%`, `10:` or `@10:20`";

    fn of_text(text: &str) -> Result<Self, String> {
        match Threshold::from_str(text) {
            Ok(threshold) => Ok(Self(threshold.range)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn of_number(number: f64) -> Option<Self> {
        (number >= 0.0).then(|| Self(Range::up_to(number)))
    }
}

impl Scalar for Pattern {
    const EXPECTING: &'static str = "a regular expression";

    fn of_text(text: &str) -> Result<Self, String> {
        let built = regex_lite::RegexBuilder::new(text)
            .size_limit(1 << 20)
            .build();
        built.map(Self).map_err(|error| error.to_string())
    }

    fn of_number(number: f64) -> Option<Self> {
        Self::of_text(&number.to_string()).ok()
    }
}

struct ManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Many<T>, A::Error> {
        let mut many = Vec::new();
        while let Some(item) = items.next_element()? {
            many.push(item);
        }
        Ok(Many(many))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Many<T>, E> {
        T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|it| Many(vec![it]))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Many<T>, E> {
        T::deserialize(serde::de::value::U64Deserializer::new(number)).map(|it| Many(vec![it]))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Many<T>, E> {
        T::deserialize(serde::de::value::F64Deserializer::new(number)).map(|it| Many(vec![it]))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

#[cfg(feature = "http")]
impl Secret {
    /// What is kept there, or why it cannot be had.
    pub(crate) fn read(&self) -> Result<String, String> {
        use std::io::Read;

        /// The largest secret that is read, in bytes.
        const MOST: u64 = 64 << 10;

        match self {
            Self::File(path) => {
                let mut text = String::new();
                let read = std::fs::File::open(path)
                    .and_then(|it| it.take(MOST).read_to_string(&mut text));
                read.map_err(|error| format!("{}: {error}", path.display()))?;
                Ok(text.lines().next().unwrap_or_default().to_owned())
            }
            Self::Environment(name) => {
                std::env::var(name).map_err(|_| format!("there is no text in the variable {name}"))
            }
        }
    }
}

impl From<Verdict> for Status {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ok => Self::Ok,
            Verdict::Warning => Self::Warning,
            Verdict::Critical => Self::Critical,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(value: serde_json::Value) -> Result<T, String> {
        T::deserialize(&value).map_err(|error| error.to_string())
    }

    #[test]
    fn times_and_sizes_have_units_or_are_counted_in_the_smallest() {
        assert_eq!(read(json!("250ms")), Ok(Span(Duration::from_millis(250))));
        assert_eq!(read(json!("14d")), Ok(Span(Duration::from_hours(14 * 24))));
        assert_eq!(read(json!(1.5)), Ok(Span(Duration::from_millis(1500))));
        assert_eq!(read(json!("1.5GiB")), Ok(Size(3 << 29)));
        assert_eq!(read(json!("500 MB")), Ok(Size(500_000_000)));
        assert_eq!(read(json!(42)), Ok(Size(42)));
    }

    #[test]
    fn thresholds_are_numbers_percentages_and_ranges() {
        assert_eq!(read(json!(80)), Ok(Bound(Range::up_to(80.0))));
        assert_eq!(read(json!("80%")), Ok(Bound(Range::up_to(80.0))));
        assert_eq!(read(json!("1:")), Ok(Bound(Range::from(1.0))));
    }

    #[test]
    fn one_item_is_a_list() {
        let bound = |number| Bound(Range::up_to(number));
        assert_eq!(
            read(json!([1, "2"])),
            Ok(Many(vec![bound(1.0), bound(2.0)]))
        );
        assert_eq!(read(json!(3)), Ok(Many(vec![bound(3.0)])));
        assert_eq!(read(json!("active")), Ok(Many(vec!["active".to_owned()])));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_written() {
        let why = read::<Span>(json!("10 fortnights")).unwrap_err();
        assert!(why.contains("`10 fortnights`"), "{why}");
        assert!(read::<Span>(json!("-5s")).is_err());
        assert!(
            read::<Size>(json!("5 parsecs"))
                .unwrap_err()
                .contains("`parsecs` is not a unit")
        );
        assert!(read::<Bound>(json!(-1)).is_err());
        assert!(read::<Pattern>(json!("(")).is_err());
    }
}
