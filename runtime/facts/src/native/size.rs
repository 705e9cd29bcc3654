//! Amounts of memory as people read them.

use serde_json::{Value, json};

/// An amount in binary units, as `7.71 GiB`.
pub(super) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in UNITS.into_iter().skip(1) {
        // What would be shown as 1024.00 is one of the next.
        if amount < 1023.995 {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    format!("{amount:.2} {unit}")
}

/// A part of a whole in percent, as `35.29%`.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0%".to_owned();
    }
    if part >= whole {
        return "100%".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let percent = part as f64 / whole as f64 * 100.0;
    format!("{percent:.2}%")
}

/// How much there is of something, and how much of it is left and used.
pub(super) fn amounts(total: u64, available: u64, used: u64) -> Value {
    json!({
        "available": human(available),
        "available_bytes": available,
        "capacity": percent(used, used.saturating_add(available)),
        "total": human(total),
        "total_bytes": total,
        "used": human(used),
        "used_bytes": used,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_binary_units() {
        assert_eq!(human(0), "0 bytes");
        assert_eq!(human(1023), "1023 bytes");
        assert_eq!(human(1536), "1.50 KiB");
        assert_eq!(human((1 << 20) - 1), "1.00 MiB");
        assert_eq!(human(8_278_167_552), "7.71 GiB");
        assert_eq!(human(u64::MAX), "16.00 EiB");
    }

    #[test]
    fn parts_are_in_percent() {
        assert_eq!(percent(0, 5), "0%");
        assert_eq!(percent(1, 3), "33.33%");
        assert_eq!(percent(3, 3), "100%");
        assert_eq!(percent(3, 0), "0%");
    }
}
