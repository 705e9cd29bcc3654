//! Regular expressions of parameters.

use regex_lite::{Regex, RegexBuilder};

/// Largest compiled pattern, in bytes.
const MOST: usize = 1 << 18;

/// Compiles a pattern; it matches anywhere in a text unless it says otherwise with `^` and `$`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    compile(pattern).map(drop)
}

pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(MOST)
        .build()
        .map_err(|error| error.to_string())
}
