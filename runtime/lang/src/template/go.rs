//! What Go's `fmt` and `text/template` do with values, for templates that are not expanded here.

use serde_json::Value;

use super::format::{Numbers, general, printf as format};
use super::print::Sink;
use super::{ExpandError, escape};

/// `printf`: verbs replaced by arguments, misfits shown as Go shows them.
///
/// # Errors
/// [`ExpandError::TooLong`]
pub fn printf(text: &str, arguments: &[&Value]) -> Result<String, ExpandError> {
    Ok(format(text, arguments, Numbers::Go)?)
}

/// A floating-point number as `%v` prints it: shortest digits, with an exponent below 1e-4 and from 1e6 on.
#[must_use]
pub fn float(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value if value.is_nan() => "NaN".to_owned(),
        value => general(value, None),
    }
}

/// The text as a constant of Go's, in double quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    escape::quoted(text, '"', false)
}

/// `html`
///
/// # Errors
/// [`ExpandError::TooLong`]
pub fn html(text: &str) -> Result<String, ExpandError> {
    escaped(text, escape::html)
}

/// `js`
///
/// # Errors
/// [`ExpandError::TooLong`]
pub fn js(text: &str) -> Result<String, ExpandError> {
    escaped(text, escape::js)
}

/// `urlquery`
///
/// # Errors
/// [`ExpandError::TooLong`]
pub fn url_query(text: &str) -> Result<String, ExpandError> {
    escaped(text, escape::url_query)
}

/// Text as standard base64.
#[must_use]
pub fn base64_encode(text: &str) -> String {
    escape::base64_encode(text)
}

/// Standard base64 as text.
///
/// # Errors
/// The reason, if it is none or no UTF-8.
pub fn base64_decode(text: &str) -> Result<String, String> {
    escape::base64_decode(text)
}

fn escaped(
    text: &str,
    escape: impl Fn(&mut Sink, &str) -> core::fmt::Result,
) -> Result<String, ExpandError> {
    let mut sink = Sink::default();
    escape(&mut sink, text)?;
    Ok(sink.into_text())
}
