//! Names of nodes from files: one a line, a list, or the output of an earlier request.

use core::str::FromStr;

use chorister_lang::gjson;
use chorister_yaml::Limits;
use serde_json::Value;

/// How names are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One a line; empty lines do not count.
    #[default]
    Text,
    /// A list in JSON.
    Json,
    /// A list in YAML.
    Yaml,
    /// What a request printed with `--json`: the senders of its replies.
    Results,
}

/// Why there are no names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlatFileError {
    /// It is no format.
    #[error("`{0}` is no format of a list of nodes; there are text, json, yaml and results")]
    Format(String),
    /// The text cannot be read.
    #[error("{0}")]
    Syntax(String),
    /// There is no list where one should be.
    #[error("there is no list of names{}", at(.0.as_deref()))]
    NoList(Option<String>),
    /// An entry of the list is no name.
    #[error("invalid identity string {0:?}")]
    Name(String),
}

fn at(path: Option<&str>) -> String {
    path.map_or_else(String::new, |path| format!(" at `{path}`"))
}

/// Where the senders are in the output of a request.
const SENDERS: &str = "replies.#.sender";

/// Reads names. `path` says where the list is in JSON and YAML, as a gjson path.
///
/// # Errors
/// The text cannot be read, or an entry cannot be the name of a node.
pub fn parse(text: &str, format: Format, path: Option<&str>) -> Result<Vec<String>, FlatFileError> {
    match format {
        Format::Text => {
            let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
            lines.map(name).collect()
        }
        Format::Json => listed(text, chorister_yaml::Format::Json, path),
        Format::Yaml => listed(text, chorister_yaml::Format::Yaml, path),
        Format::Results => {
            // They are as long as a fleet is large.
            let value = serde_json::from_str(text)
                .map_err(|error| FlatFileError::Syntax(error.to_string()))?;
            names(&value, Some(path.unwrap_or(SENDERS)))
        }
    }
}

fn listed(
    text: &str,
    format: chorister_yaml::Format,
    path: Option<&str>,
) -> Result<Vec<String>, FlatFileError> {
    let no_list = || FlatFileError::NoList(path.map(str::to_owned));
    let parsed = chorister_yaml::parse(text, format, &Limits::LOADED);
    let root = parsed.into_result().map_err(|errors| {
        errors
            .first()
            .map_or_else(no_list, |error| FlatFileError::Syntax(error.to_string()))
    })?;
    names(&chorister_yaml::to_json(&root), path)
}

/// The names in the list at a path.
fn names(value: &Value, path: Option<&str>) -> Result<Vec<String>, FlatFileError> {
    let no_list = || FlatFileError::NoList(path.map(str::to_owned));
    let found = match path {
        None => Some(std::borrow::Cow::Borrowed(value)),
        Some(path) => gjson::get(value, path),
    };
    let Some(Value::Array(entries)) = found.as_deref() else {
        return Err(no_list());
    };
    let named = |entry: &Value| match entry {
        Value::String(text) => name(text),
        other => Err(FlatFileError::Name(other.to_string())),
    };
    entries.iter().map(named).collect()
}

/// A name, if it is like that of a host.
fn name(text: &str) -> Result<String, FlatFileError> {
    let inside = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let label = |it: &str| {
        let edges = [it.bytes().next(), it.bytes().last()];
        let edged = edges.iter().flatten().any(|it| *it == b'-');
        !it.is_empty() && !edged && it.bytes().all(inside)
    };
    if text.len() <= 255 && text.split('.').all(label) {
        Ok(text.to_owned())
    } else {
        Err(FlatFileError::Name(text.chars().take(255).collect()))
    }
}

// === impl Format ===

impl Format {
    /// The format of a file by its name: JSON and YAML by how it ends, text else.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        match &*end.to_ascii_lowercase() {
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            _ => Self::Text,
        }
    }
}

impl FromStr for Format {
    type Err = FlatFileError;

    /// Compat: go-choria `providers/discovery/flatfile`: all of its names.
    fn from_str(text: &str) -> Result<Self, FlatFileError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "yaml" | "yml" => Ok(Self::Yaml),
            "results" | "choriarpc" | "rpc" | "response" => Ok(Self::Results),
            other => Err(FlatFileError::Format(other.to_owned())),
        }
    }
}
