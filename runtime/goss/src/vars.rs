//! The variables of templates, as files and command lines give them.

use std::collections::BTreeMap;

use chorister_yaml::{Format, Limits, Node};

use crate::Value;
use crate::scalar;
use crate::template::Data;

/// What goss files are rendered with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vars {
    pub(crate) data: Data,
}

/// A file or a text with variables that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not read the variables: {reason}")]
pub struct VarsError {
    /// What is wrong, and where in the text.
    pub reason: String,
}

// === impl Vars ===

impl Vars {
    /// No variables, and this environment.
    #[must_use]
    pub fn new(env: BTreeMap<String, String>) -> Self {
        Self {
            data: Data {
                vars: Vec::new(),
                env,
            },
        }
    }

    /// Adds the variables of a file, which is JSON or YAML whatever its name. Mappings that are there already are
    /// merged with those of the file, inside too.
    ///
    /// # Errors
    /// It is neither, or no mapping.
    pub fn merge(&mut self, text: &[u8]) -> Result<(), VarsError> {
        merge(&mut self.data.vars, read(text)?);
        Ok(())
    }

    /// Sets the variables of a text, which is JSON or YAML: each of its keys replaces what is there.
    ///
    /// # Errors
    /// It is neither, or no mapping.
    pub fn replace(&mut self, text: &[u8]) -> Result<(), VarsError> {
        for (key, value) in read(text)? {
            self.set(key, value);
        }
        Ok(())
    }

    /// Sets one variable.
    pub fn set(&mut self, key: impl Into<String>, value: Value) {
        let key = key.into();
        match self.data.vars.iter_mut().find(|it| it.0 == key) {
            Some(existing) => existing.1 = value,
            None => self.data.vars.push((key, value)),
        }
    }

    /// Whether there are no variables.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.vars.is_empty()
    }
}

fn read(text: &[u8]) -> Result<Vec<(String, Value)>, VarsError> {
    let json = chorister_yaml::parse(text, Format::Json, &Limits::LOADED);
    let parsed = match json.into_result() {
        Ok(root) => Ok(Some(root)),
        Err(_) => {
            let yaml = chorister_yaml::parse(text, Format::Yaml, &Limits::LOADED);
            match yaml.errors.into_iter().next() {
                Some(error) => Err(error.to_string()),
                None => Ok(yaml.root),
            }
        }
    };
    let refused = |reason: String| VarsError { reason };
    match parsed.map_err(refused)? {
        None => Ok(Vec::new()),
        Some(root) if root.is_null() => Ok(Vec::new()),
        Some(root) => entries(&root).ok_or_else(|| {
            let place = root.span.start;
            refused(format!(
                "{place}: expected a mapping, found {}",
                root.kind()
            ))
        }),
    }
}

fn entries(root: &Node) -> Option<Vec<(String, Value)>> {
    root.as_mapping()?;
    match scalar::value(root) {
        Value::Map(entries) => Some(entries),
        _ => None,
    }
}

fn merge(into: &mut Vec<(String, Value)>, from: Vec<(String, Value)>) {
    for (key, value) in from {
        match into.iter_mut().find(|it| it.0 == key) {
            None => into.push((key, value)),
            Some((_, existing)) => match (existing, value) {
                (Value::Map(existing), Value::Map(value)) => merge(existing, value),
                (existing, value) => *existing = value,
            },
        }
    }
}
