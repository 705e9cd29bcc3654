//! Where a project takes Chorister from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use toml_edit::Value;

/// The checkout that built this tool.
const BUILT_FROM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What is in every checkout.
const MARK: &str = "runtime/chorister/Cargo.toml";

#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Take Chorister from a git repository
    #[arg(long, value_name = "URL", group = "from")]
    git: Option<String>,
    /// Take a released version of Chorister
    #[arg(long, value_name = "VERSION", group = "from")]
    version: Option<String>,
    /// Take Chorister from this checkout
    #[arg(long, value_name = "CHECKOUT", group = "from")]
    path: Option<PathBuf>,
}

/// Where a project takes Chorister from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Path(PathBuf),
    Git(String),
    Version(String),
}

impl Flags {
    pub(super) fn resolve(&self) -> Result<Origin> {
        if let Some(url) = &self.git {
            return Ok(Origin::Git(url.clone()));
        }
        if let Some(version) = &self.version {
            return Ok(Origin::Version(version.clone()));
        }
        match &self.path {
            Some(path) if path.join(MARK).is_file() => {
                Ok(Origin::Path(path.canonicalize().with_context(|| {
                    format!("cannot read {}", path.display())
                })?))
            }
            Some(path) => bail!(
                "{} is no checkout of Chorister: it has no {MARK}",
                path.display()
            ),
            None => match built_from() {
                Some(path) => Ok(Origin::Path(path)),
                None => bail!(
                    "the checkout that built this tool is gone: say where Chorister is with --path, --git or --version"
                ),
            },
        }
    }
}

impl Origin {
    /// The keys of a dependency on the crate in `folder` of the checkout.
    pub(super) fn dependency(&self, folder: &str) -> String {
        let (key, value) = match self {
            Self::Path(path) => ("path", path.join(folder).display().to_string()),
            Self::Git(url) => ("git", url.clone()),
            Self::Version(version) => ("version", version.clone()),
        };
        format!("{key} = {}", Value::from(value))
    }

    /// The command that installs this tool from the same place.
    pub(super) fn install(&self) -> String {
        match self {
            Self::Path(path) => {
                let folder = path.join("compiler/cli").display().to_string();
                let quoted = if folder.contains(' ') {
                    format!("'{folder}'")
                } else {
                    folder
                };
                format!("cargo install --path {quoted}")
            }
            Self::Git(url) => format!("cargo install --git {url} choristerc"),
            Self::Version(version) => format!("cargo install choristerc --version {version}"),
        }
    }

    /// The versions of all packages that Chorister uses, as far as they are known here.
    pub(super) fn lock(&self) -> Option<String> {
        let checkout = match self {
            Self::Path(path) => path.clone(),
            Self::Git(_) => built_from()?,
            Self::Version(_) => return None,
        };
        std::fs::read_to_string(checkout.join("Cargo.lock")).ok()
    }
}

fn built_from() -> Option<PathBuf> {
    Path::new(BUILT_FROM)
        .canonicalize()
        .ok()
        .filter(|it| it.join(MARK).is_file())
}
