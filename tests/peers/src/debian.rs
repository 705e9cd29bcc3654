//! Peers from Debian's packages: fetched and unpacked, not installed, so that nothing needs root.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::install::run;

/// Unpacks packages into a folder as if it were `/`.
///
/// The lists of packages are the system's, or, where those are missing or too old, fetched for this purpose.
pub(crate) fn unpack(packages: &[&str], closure: bool, folder: &Path) -> Result<()> {
    let fetched = folder.join("packages");
    fs::create_dir_all(&fetched)?;
    let system = Apt { lists: None };
    system
        .download(packages, closure, &fetched)
        .or_else(|_| Apt::with_own_lists(folder)?.download(packages, closure, &fetched))
        .context("Debian 12 or a relative of it, and its packages, are needed")?;
    for package in fs::read_dir(&fetched)? {
        run(Command::new("dpkg")
            .arg("--extract")
            .arg(package?.path())
            .arg(folder))?;
    }
    fs::remove_dir_all(&fetched)?;
    Ok(())
}

/// The package tool, and the folder of its lists if they are not the system's.
struct Apt {
    lists: Option<PathBuf>,
}

impl Apt {
    /// Fetches the lists anew; they are kept for the next peer.
    fn with_own_lists(folder: &Path) -> Result<Self> {
        let lists = folder.with_file_name(".apt");
        fs::create_dir_all(lists.join("lists/partial"))?;
        fs::create_dir_all(lists.join("cache/archives/partial"))?;
        let apt = Self { lists: Some(lists) };
        run(apt.command().arg("update"))?;
        Ok(apt)
    }

    fn download(&self, packages: &[&str], closure: bool, folder: &Path) -> Result<()> {
        let wanted = match closure {
            true => self.missing(packages)?,
            false => packages.iter().map(|it| (*it).to_owned()).collect(),
        };
        if wanted.is_empty() {
            return Ok(());
        }
        run(self
            .command()
            .arg("download")
            .args(wanted)
            .current_dir(folder))
        .map(|_| ())
    }

    /// What installing packages would install, as `name=version`.
    fn missing(&self, packages: &[&str]) -> Result<Vec<String>> {
        let plan = run(self
            .command()
            .args(["install", "--simulate", "--no-install-recommends"])
            .args(packages))?;
        Ok(plan.lines().filter_map(planned).collect())
    }

    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        command
            .env("LC_ALL", "C")
            .args(["--quiet", "--option", "Acquire::Retries=3"])
            // Its own user may not write to our folder.
            .args(["--option", "APT::Sandbox::User=root"]);
        if let Some(folder) = &self.lists {
            for (option, part) in [("Dir::State::lists", "lists"), ("Dir::Cache", "cache")] {
                let mut value = OsString::from(format!("{option}="));
                value.push(folder.join(part));
                command.arg("--option").arg(value);
            }
        }
        command
    }
}

/// The package of a line such as `Inst rake (13.0.6-3 Debian:12.11/stable [all])`.
fn planned(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
    let version = rest.split_once('(')?.1.split(' ').next()?;
    Some(format!("{name}={version}"))
}

/// The folder of libraries of this computer's architecture; not there where no package has any.
pub(crate) fn libraries(root: &Path) -> PathBuf {
    let all = root.join("usr/lib");
    let mut found = folders(&all).into_iter();
    found
        .find(|it| it.to_string_lossy().ends_with("-linux-gnu"))
        .unwrap_or(all)
}

/// A command that runs Puppet from the folder that it was unpacked to.
pub(crate) fn puppet(root: &Path, action: &[&str], home: &Path) -> Command {
    // What was installed already was not unpacked.
    let ruby = root.join("usr/bin/ruby");
    let ruby = if ruby.exists() { ruby } else { "ruby".into() };
    let script = root.join("usr/bin/puppet");
    let script = if script.exists() {
        script
    } else {
        "/usr/bin/puppet".into()
    };
    let architectures = folders(&root.join("usr/lib"))
        .into_iter()
        .filter(|it| it.to_string_lossy().ends_with("-linux-gnu"));
    let architectures: Vec<PathBuf> = architectures.collect();
    let mut command = Command::new(ruby);
    command
        .arg(script)
        .args(action)
        .env("RUBYLIB", joined(&ruby_library(root, &architectures)))
        .env("LD_LIBRARY_PATH", joined(&architectures))
        .env("GEM_PATH", root.join("usr/share/rubygems-integration/all"))
        .env("HOME", home)
        .env("LC_ALL", "C.UTF-8")
        .args(["--color", "false"]);
    for setting in [
        "confdir",
        "vardir",
        "codedir",
        "ssldir",
        "publicdir",
        "rundir",
        "logdir",
        "statedir",
    ] {
        command.arg(format!("--{setting}"));
        command.arg(home.join(setting));
    }
    command
}

/// The folders that an unpacked Ruby finds its library in: that of Debian's packages first, then its own.
fn ruby_library(root: &Path, architectures: &[PathBuf]) -> Vec<PathBuf> {
    let tops = architectures
        .iter()
        .map(|it| it.join("ruby"))
        .chain([root.join("usr/lib/ruby")]);
    let mut found = Vec::new();
    for top in tops {
        let vendor = top.join("vendor_ruby");
        found.extend(folders(&vendor).into_iter().filter(|it| is_version(it)));
        found.push(vendor);
        found.extend(folders(&top).into_iter().filter(|it| is_version(it)));
    }
    found
}

/// Whether a folder is named after a version of Ruby.
fn is_version(folder: &Path) -> bool {
    folder
        .file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
}

fn folders(top: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(top).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|it| it.path())
        .filter(|it| it.is_dir())
        .collect();
    found.sort();
    found
}

fn joined(folders: &[PathBuf]) -> OsString {
    let folders: Vec<&OsStr> = folders.iter().map(|it| it.as_os_str()).collect();
    folders.join(OsStr::new(":"))
}

#[cfg(test)]
mod tests {
    use super::planned;

    #[test]
    fn a_plan_names_packages_and_versions() {
        let line = "Inst libruby (1:3.1 Debian:12.11/stable [amd64]) []";
        assert_eq!(planned(line).as_deref(), Some("libruby=1:3.1"));
        assert_eq!(
            planned("Conf libruby (1:3.1 Debian:12.11/stable [amd64])"),
            None
        );
    }
}
