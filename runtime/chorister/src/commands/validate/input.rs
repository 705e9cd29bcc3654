//! The goss file, its includes and its variables.

use std::io::{self, Read};
use std::path::Path;

use chorister_goss::{Files, LoadError, Suite, Vars};
use chorister_validate::{Disk, environment};
use chorister_yaml::{Format, Limits};

use super::warn;
use crate::args::Validate;
use crate::commands::Failure;

/// Exit code where a goss file or its variables cannot be used.
const UNUSABLE: u8 = 78;

/// Bytes of a goss file on standard input.
const INPUT_LIMIT: u64 = 16 << 20;

/// What the file expects; what is suspect in it is told under this name.
pub(super) fn suite(name: &str, arguments: &Validate) -> Result<Suite, Failure> {
    let vars = vars(arguments)?;
    let path = text(&arguments.file)?;
    let loaded = if path == "-" {
        let input = Input::read()?;
        chorister_goss::load(input.name, &vars, &input)
    } else {
        chorister_goss::load(path, &vars, &Disk)
    };
    let loaded = loaded.map_err(|error| unusable(explained(&error)))?;
    for warning in &loaded.warnings {
        warn(name, warning);
    }
    Ok(loaded.suite)
}

fn vars(arguments: &Validate) -> Result<Vars, Failure> {
    let mut vars = Vars::new(environment());
    for path in &arguments.vars {
        let path = text(path)?;
        Disk.read(path)
            .and_then(|bytes| vars.merge(&bytes).map_err(|error| error.reason))
            .map_err(|reason| unusable(format!("cannot read the variables of {path}: {reason}")))?;
    }
    if let Some(inline) = &arguments.vars_inline {
        vars.replace(inline.as_bytes())
            .map_err(|error| unusable(format!("cannot read --vars-inline: {}", error.reason)))?;
    }
    Ok(vars)
}

fn explained(error: &LoadError) -> String {
    let finding = &error.finding;
    let mut text = match finding.span == chorister_yaml::Span::default() {
        true if finding.message.contains(&error.file) => finding.message.clone(),
        true => format!("{}: {}", error.file, finding.message),
        false => format!("{}:{}: {}", error.file, finding.span.start, finding.message),
    };
    if let Some(help) = &finding.help {
        text.push_str(&format!("\n  help: {help}"));
    }
    text
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str()
        .ok_or_else(|| unusable(format!("the path {} is not text", path.display())))
}

fn unusable(text: String) -> Failure {
    Failure::Coded {
        code: UNUSABLE,
        text,
    }
}

/// A goss file on standard input, beside the files of this machine.
struct Input {
    /// A name that says how it is written.
    name: &'static str,
    bytes: Vec<u8>,
}

// === impl Input ===

impl Input {
    fn read() -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        io::stdin()
            .take(INPUT_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| unusable(format!("cannot read standard input: {error}")))?;
        if bytes.len() as u64 > INPUT_LIMIT {
            return Err(unusable(format!(
                "standard input has more than {} MiB",
                INPUT_LIMIT >> 20
            )));
        }
        let json = chorister_yaml::parse(&bytes, Format::Json, &Limits::LOADED);
        let name = if json.errors.is_empty() {
            "stdin.json"
        } else {
            "stdin.yaml"
        };
        Ok(Self { name, bytes })
    }
}

impl Files for Input {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        if path == self.name {
            return Ok(self.bytes.clone());
        }
        Disk.read(path)
    }

    fn names(&self, directory: &str) -> Vec<String> {
        Disk.names(directory)
    }

    fn exists(&self, path: &str) -> bool {
        path == self.name || Disk.exists(path)
    }
}
