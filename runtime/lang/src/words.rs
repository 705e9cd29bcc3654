//! Command lines.

use crate::SyntaxError;

/// Splits a command line into words.
///
/// # Errors
/// Skeleton.
pub fn split(source: &str) -> Result<Vec<String>, SyntaxError> {
    Ok(source.split_whitespace().map(str::to_owned).collect())
}
