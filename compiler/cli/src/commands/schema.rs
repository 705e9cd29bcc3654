//! `choristerc schema`: JSON Schemas of the formats, for editors.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use super::examples;
use crate::console::{Console, Outcome};
use crate::schemas::{self, Format};

/// Print the JSON Schema of a format, or write the schemas of all
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "choristerc schema machine > machine.schema.json"
    "choristerc schema --out specs/.schemas"
    "choristerc schema distribution | jq .properties.roles"
))]
pub(crate) struct Schema {
    /// The format; all of them if it is left out
    #[arg(value_name = "KIND")]
    kind: Option<Format>,
    /// Write KIND.schema.json into this folder instead
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Schema {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let kinds = match self.kind {
            Some(kind) => vec![kind],
            None => Format::value_variants().to_vec(),
        };
        let Some(folder) = &self.out else {
            let text = match kinds.as_slice() {
                [kind] => schemas::text(*kind),
                kinds => {
                    let all = kinds
                        .iter()
                        .map(|it| (it.as_str().to_owned(), schemas::value(*it)));
                    format!("{:#}\n", serde_json::Value::Object(all.collect()))
                }
            };
            console.print(&text)?;
            return Ok(Outcome::Clean);
        };
        for kind in kinds {
            let path = folder.join(kind.file_name());
            chorister_compiler::files::write(&path, &schemas::text(kind))
                .with_context(|| format!("cannot write {}", path.display()))?;
            console.say(&format!("wrote {}\n", path.display()));
        }
        Ok(Outcome::Clean)
    }
}
