//! From bytes to a tree.

use crate::build::build;
use crate::compose::compose;
use crate::error::Errors;
use crate::granit::{Granit, Source};
use crate::json::Json;
use crate::{Documents, Error, ErrorKind, Format, Limits, Node, Position, Span};

/// Reads the bytes of a file.
///
/// # Errors
/// What keeps the file from being read to its end.
pub(crate) fn read(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
    errors: &mut Errors,
) -> Result<Option<Node>, Box<Error>> {
    let most = limits.max_input();
    if bytes.len() > most {
        let message = format!("the file is larger than {most} bytes");
        let error = Error::new(ErrorKind::TooLarge, Span::default(), message);
        return Err(error.help("split it into several files").into());
    }
    let text = core::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error))?;
    // The mark is no part of the first line: editors do not count it.
    let (text, start) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest, 3),
        None => (text, 0),
    };
    let source = Source { text, start };
    let document = match format {
        Format::Yaml => compose(Granit::new(source, limits), limits, errors),
        Format::Json => {
            // What follows the value is no second document but an error.
            let limits = Limits {
                documents: Documents::One,
                ..*limits
            };
            compose(Json::new(source), &limits, errors)
        }
    };
    Ok(document?.and_then(|document| build(&document, errors)))
}

fn not_utf8(bytes: &[u8], error: core::str::Utf8Error) -> Error {
    let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let valid = core::str::from_utf8(valid).unwrap_or_default();
    let mut at = Position::START.after(valid.trim_start_matches('\u{feff}'));
    at.offset = u32::try_from(valid.len()).unwrap_or(u32::MAX);
    let help = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file looks like UTF-16; save it as UTF-8",
        _ => "save the file as UTF-8",
    };
    let byte = bytes.get(valid.len()).copied().unwrap_or_default();
    Error::new(
        ErrorKind::Encoding,
        Span::at(at),
        format!("byte 0x{byte:02x} is not UTF-8"),
    )
    .help(help)
}
