//! `choristerc new`: writes a project that builds and runs as it stands.

mod name;
mod origin;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chorister_compiler::{Disk, Layout};
use clap::Args;
use serde_json::json;

use super::examples;
use crate::console::{Console, Outcome};
use crate::schemas::{self, Format};
use crate::templates::template;
use origin::Origin;

/// Write a project that builds and runs as it stands
#[derive(Debug, Args)]
#[command(after_help = examples!(
    "It uses the checkout of Chorister that built this tool, unless you say otherwise.";
    "choristerc new acme-node"
    "choristerc new acme-node --git https://github.com/chorister/chorister"
    "choristerc new ~/src/acme-node --path ~/src/chorister"
))]
pub(crate) struct New {
    /// The name of the project and of its binary, or a path that ends in it
    #[arg(value_name = "NAME")]
    name: PathBuf,
    #[command(flatten)]
    origin: origin::Flags,
}

impl New {
    pub(crate) fn run(&self, console: &Console) -> Result<Outcome> {
        let name = name::of_path(&self.name)?;
        let origin = self.origin.resolve()?;
        refuse_used(&self.name)?;
        let files = files(&name, &origin)?;
        write(&self.name, &files)?;
        // Which features the specs need is for the compiler to say.
        let manifest = manifest(&name, &origin, &self.name)?;
        write(&self.name, &manifest)?;
        console.say(&self.farewell(&name, console));
        Ok(Outcome::Clean)
    }

    fn farewell(&self, name: &str, console: &Console) -> String {
        let styles = console.message_styles();
        let (good, strong, faint) = (styles.good, styles.strong, styles.faint);
        let place = self.name.display();
        format!(
            "{good}created{good:#} {place}: Cargo.toml, build.rs, src/main.rs, specs/ and checks.d/\n\n\
             \x20 {strong}cd {place}{strong:#}\n\
             \x20 {strong}cargo build{strong:#}\n\
             \x20 {strong}./target/debug/{name} run --checks checks.d{strong:#}      {faint}# until Ctrl-C; each line is an event{faint:#}\n\n\
             Then edit specs/, with `choristerc check --watch specs` beside it.\n"
        )
    }
}

/// An empty folder may be filled, and nothing else.
fn refuse_used(path: &Path) -> Result<()> {
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => bail!("{} exists and is not empty", path.display()),
        },
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            bail!("{} exists and is no folder", path.display())
        }
        Err(_) => Ok(()),
    }
}

/// All files but the manifest, by their paths.
fn files(name: &str, origin: &Origin) -> Result<BTreeMap<PathBuf, String>> {
    let data = json!({
        "name": name,
        "about": format!("The distribution `{name}`."),
        "source": "",
        "include": "chorister::distribution!();",
        "install": origin.install(),
    });
    let mut files = BTreeMap::new();
    for (path, template) in [
        ("build.rs", template!("scaffold/build.rs")),
        ("src/main.rs", template!("scaffold/main.rs")),
        (
            "specs/distribution.yaml",
            template!("scaffold/distribution.yaml"),
        ),
        (
            "specs/machines/lamp.machine.yaml",
            template!("scaffold/lamp.machine.yaml"),
        ),
        (
            "specs/machines/lamp.test.yaml",
            template!("scaffold/lamp.test.yaml"),
        ),
        (
            "specs/checks/filesystem.check.yaml",
            template!("scaffold/filesystem.check.yaml"),
        ),
        (
            "checks.d/filesystems.yaml",
            template!("scaffold/filesystems.yaml"),
        ),
        (".gitignore", template!("scaffold/gitignore")),
        ("README.md", template!("scaffold/README.md")),
    ] {
        files.insert(PathBuf::from(path), template.render(&data)?);
    }
    for format in [
        Format::Machine,
        Format::Class,
        Format::Ddl,
        Format::Distribution,
        Format::Test,
        Format::Check,
    ] {
        files.insert(
            Path::new("specs/.schemas").join(format.file_name()),
            schemas::text(format),
        );
    }
    // The same versions as in the checkout: they are on this computer, so that the project builds without a network.
    if let Some(lock) = origin.lock() {
        files.insert(PathBuf::from("Cargo.lock"), lock);
    }
    Ok(files)
}

fn manifest(name: &str, origin: &Origin, folder: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let output = chorister_compiler::generate(
        &Disk::new(folder),
        "specs/distribution.yaml",
        &Layout::default(),
    )
    .context("the new specs cannot be read")?;
    if output.has_errors() {
        bail!("the new specs have errors: {:?}", output.diagnostics);
    }
    let text = template!("scaffold/Cargo.toml").render(&json!({
        "name": name,
        "chorister": origin.dependency("runtime/chorister"),
        "compiler": origin.dependency("compiler/codegen"),
        "features": output.features,
    }))?;
    Ok(BTreeMap::from([(PathBuf::from("Cargo.toml"), text)]))
}

fn write(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Result<()> {
    for (path, text) in files {
        let path = folder.join(path);
        chorister_compiler::files::write(&path, text)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
