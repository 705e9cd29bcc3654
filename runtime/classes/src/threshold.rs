//! Which of two thresholds is more.

use chorister_lang::nagios::Threshold;

/// Whether the first threshold is not less than the second; `None` where they cannot be compared: ranges, and a share
/// beside a number.
pub(crate) fn is_at_least(one: &str, other: &str) -> Option<bool> {
    let (one, other) = (Threshold::parse(one).ok()?, Threshold::parse(other).ok()?);
    let is_limit =
        |it: &Threshold| !it.range.inside && it.range.start == 0.0 && it.range.end.is_finite();
    let comparable = one.percent == other.percent && is_limit(&one) && is_limit(&other);
    comparable.then_some(one.range.end >= other.range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_measures_the_same_is_compared() {
        assert_eq!(is_at_least("90%", "80%"), Some(true));
        assert_eq!(is_at_least("5", "10"), Some(false));
        assert_eq!(is_at_least("90", "80%"), None);
        assert_eq!(is_at_least("10:20", "5"), None);
        assert_eq!(is_at_least("@10", "5"), None);
    }
}
