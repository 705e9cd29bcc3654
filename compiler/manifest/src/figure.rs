//! Figures as people read them.

/// A rate with as many digits as matter: `0.003`, `2.5`, `12`.
#[must_use]
pub fn per_second(rate: f64) -> String {
    let digits = match rate {
        it if it < 0.1 => 3,
        it if it < 10.0 => 2,
        _ => 0,
    };
    trimmed(&format!("{rate:.digits$}"))
}

/// A size, rounded up so that whoever is told has enough: `5.2 MiB`.
#[must_use]
pub fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes as f64 / f64::from(1 << 20) * 10.0).ceil();
    format!("{} MiB", trimmed(&format!("{:.1}", tenths / 10.0)))
}

/// A decimal number without the zeros at its end.
fn trimmed(number: &str) -> String {
    match number.split_once('.') {
        Some(_) => number
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        None => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_matter() {
        let rates = [0.0, 0.003_333, 0.1, 2.5, 4.0, 9.999, 12.4, 100.0];
        assert_eq!(
            rates.map(per_second),
            ["0", "0.003", "0.1", "2.5", "4", "10", "12", "100"]
        );
        let sizes = [0, 12 << 20, (5 << 20) + 1, 3 << 19];
        assert_eq!(
            sizes.map(mebibytes),
            ["0 MiB", "12 MiB", "5.1 MiB", "1.5 MiB"]
        );
    }
}
