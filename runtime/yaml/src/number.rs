//! Numbers as Go reads and writes them.

/// A number that a plain scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i128),
    Float(f64),
}

/// The number that go-choria's YAML reader sees in a plain scalar.
///
/// Compat: go-choria go.mod: goccy/go-yaml takes `012`, `0o14` and `0b1010` for whole numbers, drops every `_`, wants
/// exactly one dot in a fraction (so `1e3` is text), and takes what does not fit in 64 bits for text.
pub(crate) fn parse_yaml(text: &str) -> Option<Number> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let dots = text.bytes().filter(|byte| *byte == b'.').count();
    if dots > 1 {
        return None;
    }
    let is_negative = first == b'-';
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    let unsigned = unsigned.strip_prefix('-').unwrap_or(unsigned);
    let digits: String = unsigned.chars().filter(|char| *char != '_').collect();

    if let Some(digits) = digits.strip_prefix("0x") {
        parse_int(digits, 16, is_negative)
    } else if let Some(digits) = digits.strip_prefix("0o") {
        parse_int(digits, 8, is_negative)
    } else if let Some(digits) = digits.strip_prefix("0b") {
        parse_int(digits, 2, is_negative)
    } else if dots == 1 {
        let float: f64 = digits.parse().ok()?;
        let float = if is_negative { -float } else { float };
        // A second sign can follow `+` but not `-`.
        let is_signed_twice = is_negative && digits.starts_with(['+', '-']);
        (float.is_finite() && !is_signed_twice).then_some(Number::Float(float))
    } else if digits.len() > 1 && digits.starts_with('0') {
        parse_int(&digits, 8, is_negative)
    } else {
        parse_int(&digits, 10, is_negative)
    }
}

/// A JSON number, whose grammar the reader has checked. Whole numbers above 64 bits are floats, and so is `-0`.
pub(crate) fn parse_json(text: &str) -> Number {
    let float = || Number::Float(text.parse().unwrap_or(f64::INFINITY));
    if text.contains(['.', 'e', 'E']) || text == "-0" {
        return float();
    }
    match text.parse::<i128>() {
        Ok(int) if fits(int) => Number::Int(int),
        _ => float(),
    }
}

/// Go's `strconv.ParseInt(text, 0, 64)`: base by prefix, `_` between digits where there is a prefix.
pub(crate) fn parse_go_int(text: &str) -> Option<i64> {
    let is_negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix, has_prefix) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16, true)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (digits, 2, true)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (digits, 8, true)
    } else if let Some(digits) = lower.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        (digits, 8, true)
    } else {
        (lower.as_str(), 10, false)
    };
    let misplaced =
        digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !has_prefix);
    if misplaced {
        return None;
    }
    match parse_int(&digits.replace('_', ""), radix, is_negative)? {
        Number::Int(int) => i64::try_from(int).ok(),
        Number::Float(_) => None,
    }
}

/// A float as Go's `fmt.Sprint` writes it: shortest digits, with an exponent below 1e-4 and from 1e6 on.
pub(crate) fn format_go(float: f64) -> String {
    match format_special(float) {
        Some(text) => text.to_owned(),
        None => format_exponent(float).unwrap_or_else(|| float.to_string()),
    }
}

/// A float as Go's `strconv.FormatFloat(f, 'f', -1, 64)` writes it: never an exponent.
pub(crate) fn format_go_plain(float: f64) -> String {
    format_special(float).map_or_else(|| float.to_string(), str::to_owned)
}

fn parse_int(digits: &str, radix: u32, is_negative: bool) -> Option<Number> {
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let int = i128::from_str_radix(digits, radix).ok()?;
    let int = if is_negative { -int } else { int };
    fits(int).then_some(Number::Int(int))
}

fn fits(int: i128) -> bool {
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&int)
}

fn format_special(float: f64) -> Option<&'static str> {
    match float {
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        float if float.is_nan() => Some("NaN"),
        _ => None,
    }
}

/// The text with an exponent, for magnitudes where Go's `%g` uses one.
fn format_exponent(float: f64) -> Option<String> {
    let shortest = format!("{float:e}");
    let (mantissa, exponent) = shortest.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if (-4..6).contains(&exponent) {
        return None;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()))
}
