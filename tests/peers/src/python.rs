//! Peers that are written in Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::install::run;

/// Installs pinned packages into a folder that only `PYTHONPATH` leads to.
pub(crate) fn install(pins: &str, folder: &Path) -> Result<()> {
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, pins)?;
    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps"])
        .args(["--only-binary", ":all:", "--disable-pip-version-check"])
        .arg("--target")
        .arg(folder.join("lib"))
        .arg("--requirement")
        .arg(&requirements);
    run(&mut command)
        .context("Python 3.11 or newer with pip, and PyPI, are needed")
        .map(|_| ())
}

/// A command that runs one of Ansible's programs.
pub(crate) fn ansible(folder: &Path, program: &str, home: &Path) -> Command {
    let library = folder.join("lib");
    let mut command = Command::new("python3");
    command
        .arg(library.join("bin").join(program))
        .env("PYTHONPATH", &library)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HOME", home)
        .env("ANSIBLE_HOME", home)
        .env("ANSIBLE_CONFIG", home.join("ansible.cfg"))
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_PYTHON_INTERPRETER", "python3")
        .env("LC_ALL", "C.UTF-8");
    command
}
