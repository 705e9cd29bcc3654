//! `choristerc bundle keygen` and `choristerc bundle sign`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use chorister_bundle::Manifest;
use chorister_bundle::envelope::Envelope;
use chorister_bundle::key::SigningKey;
use clap::Args;

use super::{examples, read, write};
use crate::console::{Console, Outcome};

/// Make a key that signs bundles, and print the public key that nodes know it by
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "The key is written as PKCS#8 in PEM, readable by you alone; `openssl genpkey -algorithm ed25519` makes one too. \
     The public key goes into `loaded: {bundle: {key: …}}` of a distribution, or to `run --bundle-key`.";
    "choristerc bundle keygen --out web.key"
    "choristerc bundle keygen --from web.key"
))]
pub(super) struct Keygen {
    /// Write the key into this file, which must not exist yet
    #[arg(long, value_name = "FILE", required_unless_present = "from")]
    out: Option<PathBuf>,
    /// Make no key, and print the public key of this one
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    from: Option<PathBuf>,
}

/// Sign a manifest, or add a signature to a bundle
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "choristerc bundle sign --key web.key web.json --out web.bundle.json"
    "choristerc bundle sign --key next.key web.bundle.json --out web.bundle.json"
))]
pub(super) struct Sign {
    /// The key, in PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Write the bundle into this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A manifest, or a bundle that others signed
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Keygen {
    pub(super) fn run(&self, console: &Console) -> Result<Outcome> {
        let key = match (&self.out, &self.from) {
            (Some(path), _) => make(path)?,
            (None, Some(path)) => load(path)?,
            (None, None) => bail!("--out or --from is needed"),
        };
        console.print(&format!("{}\n", key.public()))?;
        Ok(Outcome::Clean)
    }
}

impl Sign {
    pub(super) fn run(&self, console: &Console) -> Result<Outcome> {
        let key = load(&self.key)?;
        let bytes = read(&self.file)?;
        let shown = self.file.display();
        let signed = match Envelope::read(&bytes) {
            Ok(mut envelope) => envelope.sign(&key).map(|()| envelope),
            Err(_) => Manifest::read(&bytes).map(|_| Envelope::seal(&bytes, &key)),
        };
        match signed {
            Ok(envelope) => {
                write(self.out.as_deref(), &envelope.to_text(), console)?;
                Ok(Outcome::Clean)
            }
            Err(error) => {
                console.error(&anyhow!("{shown}: {error}"));
                Ok(Outcome::Faulty)
            }
        }
    }
}

fn make(path: &Path) -> Result<SigningKey> {
    let key = SigningKey::generate().map_err(|error| anyhow!(error))?;
    let text = key.to_pem().map_err(|error| anyhow!(error))?;
    // A key that is in use is never lost to a slip.
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} exists, and is not overwritten", path.display())
        }
        made => made.with_context(|| format!("cannot write {}", path.display()))?,
    };
    file.write_all(text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(key)
}

fn load(path: &Path) -> Result<SigningKey> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    SigningKey::from_pem(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
}
