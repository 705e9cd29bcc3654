//! The text of a spec and where it came from.

use std::sync::Arc;

pub use chorister_yaml::Format;
use chorister_yaml::{Position, Span};

use crate::diagnostic::{Code, Diagnostic};

/// A spec file that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, as its author should see it in findings.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// How the text is read.
    pub format: Format,
}

impl Source {
    /// A spec whose format follows from the extension of `path`: `.json` is JSON, all else YAML.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let path = path.into();
        let format = Format::of_file(&path);
        Self {
            path,
            text: text.into(),
            format,
        }
    }

    /// A spec as it comes from a file.
    ///
    /// # Errors
    /// The finding that says where the bytes are not UTF-8.
    pub fn from_bytes(path: impl Into<Arc<str>>, bytes: Vec<u8>) -> Result<Self, Box<Diagnostic>> {
        let path = path.into();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(path, text)),
            Err(error) => {
                let valid = error
                    .as_bytes()
                    .get(..error.utf8_error().valid_up_to())
                    .unwrap_or_default();
                let before = String::from_utf8_lossy(valid);
                Err(Box::new(Diagnostic {
                    code: Code::Encoding,
                    severity: Code::Encoding.severity(),
                    message: "the file is not UTF-8 text".to_owned(),
                    help: Some("save it as UTF-8".to_owned()),
                    file: path,
                    span: Span::at(Position::START.after(&before)),
                    path: String::new(),
                    labels: Vec::new(),
                    notes: Vec::new(),
                }))
            }
        }
    }
}
