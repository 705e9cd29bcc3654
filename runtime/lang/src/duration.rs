//! Durations, in the two dialects that specs use.
//!
//! - Properties of watchers take what Go's `time.ParseDuration` takes: [`parse_go`].
//! - `interval` and `announce_interval` take what go-choria's `internal/util.ParseDuration` takes, which adds
//!   weeks, days, months and years: [`parse_interval`].
//!
//! Both give signed nanoseconds in an `i64`, as Go does, so that the caller can say what it thinks of a
//! negative one.

use core::time::Duration;

use crate::SyntaxError;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000 * MICROSECOND;
const SECOND: u64 = 1_000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// One more than the greatest number of nanoseconds, and the greatest number of negative ones.
const LIMIT: u64 = 1 << 63;

/// Parses a duration as Go writes it, such as `1m30s`, `1.5h` or `-250ms`, into nanoseconds.
///
/// Units are `ns`, `us` (also `µs`), `ms`, `s`, `m` and `h`; `0` needs none.
///
/// # Errors
/// An empty or malformed text, a missing or unknown unit, or more than about 292 years.
pub fn parse_go(source: &str) -> Result<i64, SyntaxError> {
    let negative = source.starts_with('-');
    let mut rest = source.strip_prefix(['-', '+']).unwrap_or(source);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(
            SyntaxError::new(0..source.len(), "a duration is missing").with_help("write `10s`")
        );
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let start = source.len() - rest.len();
        let (number, after) = number(source, start)?;
        let length = tail(source, after).find(|it: char| it == '.' || it.is_ascii_digit());
        let unit_end = length.map_or(source.len(), |length| after + length);
        let unit = unit(source, start, after..unit_end)?;
        total = number
            .times(unit)
            .and_then(|nanoseconds| total.checked_add(nanoseconds))
            .filter(|&total| total <= LIMIT)
            .ok_or_else(|| too_long(source))?;
        rest = tail(source, unit_end);
    }
    if negative {
        Ok(0_i64.wrapping_sub_unsigned(total))
    } else {
        i64::try_from(total).map_err(|_| too_long(source))
    }
}

/// Parses the interval of a watcher into nanoseconds; an empty one is 0.
///
/// A number before `w` (7 days), `d`, `M` (30 days) or `y` (365 days) may have a fraction, and the result is cut
/// to whole hours. Everything else is as in [`parse_go`].
///
/// # Errors
/// A number without a unit, an unknown unit, a malformed number, or more than about 292 years.
pub fn parse_interval(source: &str) -> Result<i64, SyntaxError> {
    let trimmed = source.trim();
    let offset = source.len() - source.trim_start().len();
    let Some(last) = trimmed.chars().next_back() else {
        return Ok(0);
    };
    let hours: f64 = match last {
        'w' | 'W' => 7.0 * 24.0,
        'd' | 'D' => 24.0,
        'M' => 30.0 * 24.0,
        'y' | 'Y' => 365.0 * 24.0,
        // Compat: go-choria internal/util/util.go: capital S and H pass as units and fail as durations.
        's' | 'S' | 'm' | 'h' | 'H' => {
            return parse_go(trimmed).map_err(|error| error.shifted(offset));
        }
        _ => {
            let error = unknown_end(trimmed, last);
            return Err(error.shifted(offset));
        }
    };
    let digits = trimmed.strip_suffix(last).unwrap_or_default();
    let number = decimal(digits, last).map_err(|error| error.shifted(offset))?;
    // Compat: go-choria internal/util/util.go: the number is read with the precision of an f32, and the
    // result is cut to whole hours.
    let hours = (f64::from(number) * hours).trunc();
    #[expect(
        clippy::cast_precision_loss,
        reason = "the bound need not be exact: the product is checked"
    )]
    if hours.abs() > LIMIT as f64 {
        return Err(too_long(trimmed).shifted(offset));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number, and less than 2^63"
    )]
    let hours = hours as i64;
    hours
        .checked_mul(HOUR.cast_signed())
        .ok_or_else(|| too_long(trimmed).shifted(offset))
}

/// Writes a duration the way Go does: `1h30m0s`, `1.5s`, `250ms`, `0s`.
#[must_use]
pub fn format_go(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let nanoseconds = u64::from(duration.subsec_nanos());
    if seconds == 0 {
        return match nanoseconds {
            0 => "0s".to_owned(),
            1..MICROSECOND => format!("{nanoseconds}ns"),
            MICROSECOND..MILLISECOND => with_fraction(nanoseconds, MICROSECOND, 3, "µs"),
            _ => with_fraction(nanoseconds, MILLISECOND, 6, "ms"),
        };
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let seconds = with_fraction(seconds % 60 * SECOND + nanoseconds, SECOND, 9, "s");
    match (hours, minutes) {
        (0, 0) => seconds,
        (0, _) => format!("{minutes}m{seconds}"),
        _ => format!("{hours}h{minutes}m{seconds}"),
    }
}

/// A duration as people write it: `1h` and not `1h0m0s`.
#[must_use]
pub fn brief(duration: Duration) -> String {
    let long = format_go(duration);
    let short = long.strip_suffix("m0s").map(|it| format!("{it}m"));
    let short = short.unwrap_or(long);
    match short.strip_suffix("h0m") {
        Some(hours) => format!("{hours}h"),
        None => short,
    }
}

/// A decimal number without sign, as exact as Go keeps it.
struct Number {
    whole: u64,
    fraction: u64,
    /// What one is in units of `fraction`.
    scale: f64,
}

impl Number {
    fn times(&self, unit: u64) -> Option<u64> {
        let whole = self.whole.checked_mul(unit)?;
        // Compat: go time/format.go: the fraction is computed in floating point.
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what Go does; the product is positive and less than the unit"
        )]
        let fraction = (self.fraction as f64 * (unit as f64 / self.scale)) as u64;
        whole.checked_add(fraction).filter(|&it| it <= LIMIT)
    }
}

/// Reads the number at `start`, and tells where it ends.
fn number(source: &str, start: usize) -> Result<(Number, usize), SyntaxError> {
    let digits = |from: usize| {
        let rest = tail(source, from);
        let length = rest
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.get(..length).unwrap_or_default()
    };
    let whole = digits(start);
    let mut end = start + whole.len();
    let mut number = Number {
        whole: 0,
        fraction: 0,
        scale: 1.0,
    };
    if !whole.is_empty() {
        number.whole = whole
            .parse()
            .ok()
            .filter(|&whole| whole <= LIMIT)
            .ok_or_else(|| too_long(source))?;
    }
    let mut decimals = "";
    if tail(source, end).starts_with('.') {
        decimals = digits(end + 1);
        end += 1 + decimals.len();
        for digit in decimals.bytes() {
            // Digits beyond the first 18 or so cannot matter.
            let Some(fraction) = number.fraction.checked_mul(10) else {
                break;
            };
            let Some(fraction) = fraction.checked_add(u64::from(digit - b'0')) else {
                break;
            };
            if fraction > LIMIT {
                break;
            }
            number.fraction = fraction;
            number.scale *= 10.0;
        }
    }
    if whole.is_empty() && decimals.is_empty() {
        let span = start..source.len();
        let error = SyntaxError::new(span, format!("`{source}` is not a duration"));
        return Err(error.with_help("write a number and a unit, such as `10s` or `1m30s`"));
    }
    Ok((number, end))
}

/// The nanoseconds of the unit at `span`, behind the number that begins at `start`.
fn unit(source: &str, start: usize, span: core::ops::Range<usize>) -> Result<u64, SyntaxError> {
    let number = source.get(start..span.start).unwrap_or_default();
    let name = source.get(span.clone()).unwrap_or_default();
    let suggestion = match name {
        "ns" => return Ok(1),
        // The micro sign and the Greek letter look the same.
        "us" | "\u{b5}s" | "\u{3bc}s" => return Ok(MICROSECOND),
        "ms" => return Ok(MILLISECOND),
        "s" => return Ok(SECOND),
        "m" => return Ok(MINUTE),
        "h" => return Ok(HOUR),
        "" => {
            let error = SyntaxError::new(start..span.end, format!("`{number}` has no unit"));
            return Err(error.with_help(format!("write `{number}s` for seconds")));
        }
        "d" | "D" | "day" | "days" => days(number, 24),
        "w" | "W" | "week" | "weeks" => days(number, 7 * 24),
        _ => match name.trim().to_lowercase().as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => Some(format!("write `{number}s`")),
            "m" | "min" | "mins" | "minute" | "minutes" => Some(format!("write `{number}m`")),
            "h" | "hr" | "hrs" | "hour" | "hours" => Some(format!("write `{number}h`")),
            "ms" | "msec" | "millis" => Some(format!("write `{number}ms`")),
            _ => None,
        },
    };
    let help = suggestion.unwrap_or_else(|| "units are ns, us, ms, s, m and h".to_owned());
    Err(SyntaxError::new(span, format!("unknown unit `{name}`")).with_help(help))
}

fn days(number: &str, hours: u64) -> Option<String> {
    let hours = number.parse::<u64>().ok()?.checked_mul(hours)?;
    Some(format!(
        "the longest unit here is the hour: write `{hours}h`"
    ))
}

/// The number before a unit of days and more.
fn decimal(digits: &str, unit: char) -> Result<f32, SyntaxError> {
    // Go would also take hexadecimal numbers, infinity and "not a number"; nobody means those.
    let is_decimal = digits
        .bytes()
        .all(|it| matches!(it, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'));
    match digits.parse::<f32>() {
        Ok(number) if is_decimal && number.is_finite() => Ok(number),
        _ => {
            let error = SyntaxError::new(0..digits.len(), format!("`{digits}` is not a number"));
            Err(error.with_help(format!(
                "one number goes before `{unit}`, as in `2{unit}`; write `36h` for a day and a half"
            )))
        }
    }
}

/// The error for an interval that ends in none of the known units.
fn unknown_end(source: &str, last: char) -> SyntaxError {
    if last.is_ascii_digit() || last == '.' {
        let error = SyntaxError::new(0..source.len(), format!("`{source}` has no unit"));
        return if source.bytes().all(|it| it.is_ascii_digit()) {
            error.with_help(format!("write `{source}s` for seconds"))
        } else {
            error.with_help("write `10s`")
        };
    }
    let start = source.len() - last.len_utf8();
    SyntaxError::new(start..source.len(), format!("unknown unit `{last}`"))
        .with_help("units are s, m, h, d, w, M (months) and y")
}

fn too_long(source: &str) -> SyntaxError {
    SyntaxError::new(0..source.len(), "the duration is too long")
        .with_help("292 years are the most that can be counted")
}

/// What is left of a text from a place in it on.
fn tail(source: &str, from: usize) -> &str {
    source.get(from..).unwrap_or_default()
}

/// `value` in units of `one` (ten to the power of `digits`), without trailing zeros.
fn with_fraction(value: u64, one: u64, digits: usize, unit: &str) -> String {
    let fraction = format!("{:0digits$}", value % one);
    match fraction.trim_end_matches('0') {
        "" => format!("{}{unit}", value / one),
        fraction => format!("{}.{fraction}{unit}", value / one),
    }
}

#[cfg(test)]
mod tests;
