//! `choristerc bundle verify`.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use chorister_bundle::{Error, Manifest, PublicKey};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{examples, read};
use crate::console::{Console, Outcome};

/// Say whether a node with these keys would take a bundle, and what is in it
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "Exits with 0 if it would, with 1 if it would not, and with 2 if the file cannot be read.";
    "choristerc bundle verify --key 3b6a…c7f1 web.bundle.json"
    "choristerc bundle verify --key 3b6a…c7f1 --after old.bundle.json web.bundle.json"
    "choristerc bundle verify --key 3b6a…c7f1 --json web.bundle.json | jq '.files | keys'"
))]
pub(super) struct Verify {
    /// A public key that counts, as 64 hexadecimal digits; may be given several times
    #[arg(long = "key", value_name = "KEY", required = true)]
    keys: Vec<PublicKey>,
    /// The bundle that the node has now
    #[arg(long, value_name = "FILE")]
    after: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The bundle
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Verify {
    pub(super) fn run(&self, console: &Console) -> Result<Outcome> {
        let bytes = read(&self.file)?;
        let before = self.after.as_deref().map(read).transpose()?;
        let manifest = match self.judge(&bytes, before.as_deref()) {
            Ok(manifest) => manifest,
            Err(error) => {
                if self.json {
                    let refused = json!({"accepted": false, "code": error.kind.code(), "reason": error.message});
                    console.print(&format!("{refused:#}\n"))?;
                } else {
                    console.error(&anyhow!("{}: {error}", self.file.display()));
                }
                return Ok(Outcome::Faulty);
            }
        };
        if self.json {
            let mut found = serde_json::to_value(&manifest)?;
            if let Some(object) = found.as_object_mut() {
                object.insert("accepted".to_owned(), true.into());
            }
            console.print(&format!("{found:#}\n"))?;
            return Ok(Outcome::Clean);
        }
        let mut text = format!(
            "{} version {}, until {}\n",
            manifest.name, manifest.version, manifest.not_after
        );
        for (name, content) in &manifest.files {
            text.push_str(&format!("  {name} ({} bytes)\n", content.len()));
        }
        console.print(&text)?;
        Ok(Outcome::Clean)
    }

    fn judge(&self, bytes: &[u8], before: Option<&[u8]>) -> Result<Manifest, Error> {
        let manifest = chorister_bundle::open(bytes, &self.keys)?;
        let before = before
            .map(|it| chorister_bundle::open(it, &self.keys))
            .transpose()?;
        manifest.judge(before.as_ref(), Timestamp::now())?;
        Ok(manifest)
    }
}
