//! Thresholds as monitoring plugins take and print them.

use core::fmt;
use core::str::FromStr;

use super::number;
use crate::SyntaxError;

/// A range of values, and on which side of it something is wrong.
///
/// | text | something is wrong with a value |
/// |---|---|
/// | `10` | below 0 or above 10 |
/// | `10:` | below 10 |
/// | `~:10` | above 10 |
/// | `10:20` | below 10 or above 20 |
/// | `@10:20` | from 10 to 20 |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least value in it; negative infinity for `~`.
    pub start: f64,
    /// The greatest value in it; positive infinity for nothing after the colon.
    pub end: f64,
    /// Whether the values in it are the wrong ones, which a leading `@` says.
    pub inside: bool,
}

/// A [`Range`] that may be one of percentages: `80%`, `20%:`, `@10%:20%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The range.
    pub range: Range,
    /// Whether its numbers carried a percent sign.
    pub percent: bool,
}

// === impl Range ===

impl Range {
    /// What `10` means: something is wrong below 0 and above 10.
    #[must_use]
    pub const fn up_to(end: f64) -> Self {
        Self {
            start: 0.0,
            end,
            inside: false,
        }
    }

    /// What `10:` means: something is wrong below 10.
    #[must_use]
    pub const fn from(start: f64) -> Self {
        Self {
            start,
            end: f64::INFINITY,
            inside: false,
        }
    }

    /// Whether something is wrong with this value. Something is with one that is not a number.
    #[must_use]
    pub fn alerts(&self, value: f64) -> bool {
        if value.is_nan() {
            return true;
        }
        (self.start <= value && value <= self.end) == self.inside
    }

    /// The same range in another unit.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        Self {
            start: self.start * factor,
            end: self.end * factor,
            inside: self.inside,
        }
    }

    /// Reads a range.
    ///
    /// # Errors
    /// Neither end is a number, or the start is greater than the end.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Ok(parse(source, false)?.range)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.inside {
            f.write_str("@")?;
        }
        if self.start == f64::NEG_INFINITY {
            f.write_str("~:")?;
        } else if self.start != 0.0 || self.end == f64::INFINITY {
            write!(f, "{}:", self.start)?;
        }
        if self.end == f64::INFINITY {
            return Ok(());
        }
        write!(f, "{}", self.end)
    }
}

impl FromStr for Range {
    type Err = SyntaxError;

    fn from_str(source: &str) -> Result<Self, SyntaxError> {
        Self::parse(source)
    }
}

// === impl Threshold ===

impl Threshold {
    /// Reads a range whose numbers may carry a percent sign, all of them or none.
    ///
    /// # Errors
    /// Neither end is a number, the start is greater than the end, or only one of two numbers is a percentage.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        parse(source, true)
    }
}

impl FromStr for Threshold {
    type Err = SyntaxError;

    fn from_str(source: &str) -> Result<Self, SyntaxError> {
        Self::parse(source)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.percent {
            return self.range.fmt(f);
        }
        let text = self.range.to_string();
        match text.split_once(':') {
            Some((start, "")) => write!(f, "{start}%:"),
            Some((start @ ("~" | "@~"), end)) => write!(f, "{start}:{end}%"),
            Some((start, end)) => write!(f, "{start}%:{end}%"),
            None => write!(f, "{text}%"),
        }
    }
}

/// One end of a range.
struct End {
    value: f64,
    /// Whether it is a percentage; `None` where there is no number.
    percent: Option<bool>,
}

fn parse(source: &str, percents: bool) -> Result<Threshold, SyntaxError> {
    let text = source.strip_prefix('@').unwrap_or(source);
    let offset = source.len() - text.len();
    let end_of = |text: &str, offset, open| {
        end(text, open, percents).ok_or_else(|| {
            let span = offset..offset + text.len();
            SyntaxError::new(span, "a range is made of numbers").with_help(
                "write `80` for above 80, `10:` for below 10, `10:20` for outside and `@10:20` for inside",
            )
        })
    };
    let (start, end) = match text.split_once(':') {
        None => (
            End {
                value: 0.0,
                percent: None,
            },
            end_of(text, offset, None)?,
        ),
        Some(("~", after)) => (
            End {
                value: f64::NEG_INFINITY,
                percent: None,
            },
            end_of(after, offset + 2, Some(f64::INFINITY))?,
        ),
        Some((before, after)) => (
            end_of(before, offset, Some(0.0))?,
            end_of(after, offset + before.len() + 1, Some(f64::INFINITY))?,
        ),
    };
    if start.value > end.value {
        let message = format!(
            "the range ends at {} before it starts at {}",
            end.value, start.value
        );
        let help = if source.contains(':') {
            format!("write `{}:{}`", end.value, start.value)
        } else {
            format!(
                "write `{}:` for below it, `~:{}` for above it",
                end.value, end.value
            )
        };
        return Err(SyntaxError::new(0..source.len(), message).with_help(help));
    }
    if start.percent.is_some() && end.percent.is_some() && start.percent != end.percent {
        let error = SyntaxError::new(
            0..source.len(),
            "only one of the two numbers is a percentage",
        );
        return Err(error.with_help("write `%` after both or after none"));
    }
    Ok(Threshold {
        range: Range {
            start: start.value,
            end: end.value,
            inside: offset > 0,
        },
        percent: start.percent.or(end.percent) == Some(true),
    })
}

/// Reads a number; nothing means `open`, if that may be.
fn end(text: &str, open: Option<f64>, percents: bool) -> Option<End> {
    if text.is_empty() {
        return Some(End {
            value: open?,
            percent: None,
        });
    }
    let bare = text.strip_suffix('%').filter(|_| percents);
    Some(End {
        value: number(bare.unwrap_or(text))?,
        percent: Some(bare.is_some()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(range: &str, fine: &[f64], wrong: &[f64]) {
        let range = Range::parse(range).unwrap();
        for value in fine {
            assert!(!range.alerts(*value), "{range} and {value}");
        }
        for value in wrong {
            assert!(range.alerts(*value), "{range} and {value}");
        }
        assert_eq!(range.to_string().parse(), Ok(range));
    }

    #[test]
    fn the_five_forms_of_the_guidelines() {
        check("10", &[0.0, 10.0], &[-0.1, 10.1, f64::NAN]);
        check("10:", &[10.0, 1e9], &[9.9, -1.0]);
        check("~:10", &[-1e9, 10.0], &[10.1]);
        check("10:20", &[10.0, 20.0], &[9.9, 20.1]);
        check("@10:20", &[9.9, 20.1], &[10.0, 15.0, 20.0, f64::NAN]);
        check("@10", &[-1.0, 11.0], &[0.0, 10.0]);
        check(":5", &[0.0, 5.0], &[-0.1, 5.1]);
        check("-30:-2.5", &[-30.0, -2.5], &[-31.0, 0.0]);
        check("~:", &[-1e9, 1e9], &[]);
    }

    #[test]
    fn what_is_no_range_is_refused_with_its_place() {
        let refuse =
            |text: &str, span| assert_eq!(Range::parse(text).unwrap_err().span, span, "{text}");
        refuse("", 0..0);
        refuse("@", 1..1);
        refuse("ten", 0..3);
        refuse("10:x", 3..4);
        refuse("@x:10", 1..2);
        refuse("20:10", 0..5);
        refuse("-5", 0..2);
        refuse("inf", 0..3);
        refuse("1:2:3", 2..5);
        refuse("80%", 0..3);
    }

    #[test]
    fn percentages_are_told_from_numbers() {
        for text in ["80%", "20%:", "~:5%", "@10%:20%"] {
            let threshold = Threshold::parse(text).unwrap();
            assert!(threshold.percent, "{text}");
            assert_eq!(threshold.to_string(), text);
        }
        assert!(!Threshold::parse("10:20").unwrap().percent);
        assert!(Threshold::parse("10:20%").is_err());
    }

    proptest! {
        #[test]
        fn any_range_is_read_as_it_is_written(start: f64, end: f64, inside: bool) {
            prop_assume!(start.is_finite() && end.is_finite() && start <= end);
            let range = Range { start, end, inside };
            prop_assert_eq!(range.to_string().parse(), Ok(range));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[@~:0-9.%eE+-]{0,12}|\\PC{0,12}") {
            if let Err(error) = Threshold::parse(&text) {
                prop_assert!(text.get(error.span).is_some());
            }
        }

        #[test]
        fn inside_is_the_opposite_of_outside(start in -100.0..100.0, length in 0.0..100.0, value in -300.0..300.0) {
            let outside = Range { start, end: start + length, inside: false };
            let inside = Range { inside: true, ..outside };
            prop_assert_ne!(outside.alerts(value), inside.alerts(value));
        }
    }
}
