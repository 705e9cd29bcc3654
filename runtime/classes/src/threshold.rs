//! Thresholds as monitoring plugins write them: `80`, `80%`, `10:20`, `@~:5`, `1.5GiB`.

use core::time::Duration;

use chorister_lang::duration::parse_go;
use chorister_lang::size::parse_size;

/// Whether a text is a threshold.
pub(crate) fn is_valid(text: &str) -> bool {
    let range = text.strip_prefix('@').unwrap_or(text);
    match range.split_once(':') {
        None => bound(range).is_some(),
        Some((start, end)) => {
            let open = |it: &str| it.is_empty() || bound(it).is_some();
            let from = if matches!(start, "" | "~") {
                None
            } else {
                bound(start)
            };
            let starts = matches!(start, "" | "~") || from.is_some();
            let in_order = match (from, bound(end)) {
                (Some(from), Some(to)) => from.measure != to.measure || from.value <= to.value,
                _ => true,
            };
            range != ":" && starts && open(end) && in_order
        }
    }
}

/// What a bound is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Number,
    Percent,
    Bytes,
    Seconds,
}

struct Bound {
    value: f64,
    measure: Measure,
}

/// Whether the first threshold is not less than the second; `None` where they cannot be compared: ranges, and
/// thresholds that measure different things.
pub(crate) fn is_at_least(one: &str, other: &str) -> Option<bool> {
    let (one, other) = (bound(one)?, bound(other)?);
    (one.measure == other.measure).then_some(one.value >= other.value)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thresholds that differ by a part in 2^53 are alike to people"
)]
fn bound(text: &str) -> Option<Bound> {
    let of = |value: f64, measure| value.is_finite().then_some(Bound { value, measure });
    let plain = |it: &str| {
        let digits = it.strip_prefix(['-', '+']).unwrap_or(it);
        let is_plain = digits.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        is_plain.then(|| it.parse::<f64>().ok()).flatten()
    };
    if text.contains(char::is_whitespace) {
        return None;
    }
    if let Some(value) = plain(text) {
        return of(value, Measure::Number);
    }
    if let Some(value) = text.strip_suffix('%').and_then(plain) {
        return of(value, Measure::Percent);
    }
    if let Ok(nanoseconds) = parse_go(text)
        && let Ok(nanoseconds) = u64::try_from(nanoseconds)
    {
        return of(
            Duration::from_nanos(nanoseconds).as_secs_f64(),
            Measure::Seconds,
        );
    }
    let bytes = parse_size(text).ok()?;
    of(bytes as f64, Measure::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_those_of_plugins() {
        for text in [
            "10", "-1.5", "80%", "10:", "~:10", "10:20", "@10:20", ":20", "5GiB", "1h30m", "5%:20%",
        ] {
            assert!(is_valid(text), "{text}");
        }
        for text in [
            "", ":", "@", "ten", "10:x", "20:10", "%", "1e5", "nan", "10 : 20", "~", "10,5",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn only_what_measures_the_same_is_compared() {
        assert_eq!(is_at_least("90%", "80%"), Some(true));
        assert_eq!(is_at_least("512MiB", "1GiB"), Some(false));
        assert_eq!(is_at_least("90", "80%"), None);
        assert_eq!(is_at_least("10:20", "5"), None);
    }
}
