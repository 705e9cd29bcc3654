//! Base64 as Go's `StdEncoding` has it: with padding, and blind to line ends.

use std::borrow::Cow;

use ::base64::Engine;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{GeneralPurpose, GeneralPurposeConfig};

// Compat: Go encoding/base64: the bits that the last character does not need may be anything.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Writes bytes behind a text.
pub(crate) fn append(bytes: &[u8], to: &mut String) {
    ENGINE.encode_string(bytes, to);
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes that a text stands for, or `None` where it is not base64.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let text = if text.iter().any(is_line_end) {
        Cow::Owned(text.iter().copied().filter(|it| !is_line_end(it)).collect())
    } else {
        Cow::Borrowed(text)
    };
    ENGINE.decode(&*text).ok()
}
