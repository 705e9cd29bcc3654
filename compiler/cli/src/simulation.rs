//! What `choristerc simulate` reads and shows; what happens is the business of `chorister-sim`.

pub(crate) mod cast;
pub(crate) mod failure;
pub(crate) mod json;
pub(crate) mod plan;
pub(crate) mod script;
pub(crate) mod svg;
pub(crate) mod test;
pub(crate) mod text;

use core::time::Duration;

/// A duration as specs have it, exact to the millisecond.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (u64::from(duration.subsec_millis()), "ms"),
    ];
    let text: String = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}
