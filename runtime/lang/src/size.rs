//! Sizes: `8MiB`.

use crate::SyntaxError;

/// The units of a size and how many bytes each is.
const UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads a size in bytes: a number, a decimal one too, and a unit: `B kB MB GB KiB MiB GiB` in any case, bytes if
/// there is none.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse_size(text: &str) -> Result<u64, SyntaxError> {
    let error = |message: &str| SyntaxError {
        span: 0..text.len(),
        message: message.to_owned(),
        help: Some("write a number and a unit, such as `8MiB` or `500kB`".to_owned()),
    };
    let trimmed = text.trim();
    let end = trimmed
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let unit = unit.trim();
    let (_, factor) = UNITS
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
        .ok_or_else(|| error(&format!("`{unit}` is not a unit of size")))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |part: &str| !part.is_empty() && part.len() <= 18 && !part.contains('.');
    if !digits(whole) || number.contains('.') && !digits(fraction) {
        return Err(error(&format!("`{text}` is not a size")));
    }
    let parse = |part: &str| part.parse::<u128>().unwrap_or(0);
    let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let bytes = (parse(whole) * scale + parse(fraction)) * u128::from(factor) / scale;
    u64::try_from(bytes).map_err(|_| error("the size is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<u64>) {
        assert_eq!(parse_size(text).ok(), expect, "{text:?}");
    }

    #[test]
    fn sizes_have_a_number_and_a_unit() {
        check("8MiB", Some(8 << 20));
        check("8 mib", Some(8 << 20));
        check("1.5kB", Some(1500));
        check("12", Some(12));
        check("0.5B", Some(0));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "MiB",
            "8 XB",
            "-1",
            "1..2",
            "1.",
            ".5",
            "99999999999999999GiB",
            "9999999999999999999999",
        ] {
            check(text, None);
        }
    }
}
