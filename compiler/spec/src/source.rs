//! The text of a spec and where it came from.

use std::sync::Arc;

pub use chorister_yaml::Format;

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
        let format = match path.rsplit_once('.') {
            Some((_, extension)) if extension.eq_ignore_ascii_case("json") => Format::Json,
            _ => Format::Yaml,
        };
        Self {
            path,
            text: text.into(),
            format,
        }
    }
}
