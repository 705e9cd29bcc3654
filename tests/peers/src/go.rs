//! Peers that are written in Go and built here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::install::run;

/// Builds a program into `bin` below a folder, from exactly what the module's `go.sum` lists.
pub(crate) fn build(module: &Path, package: &str, folder: &Path) -> Result<()> {
    let mut command = Command::new("go");
    command
        .args([
            "build",
            "-mod=readonly",
            "-trimpath",
            "-ldflags=-s -w",
            "-o",
        ])
        .arg(folder.join("bin/"))
        .arg(package)
        .current_dir(module)
        .env("CGO_ENABLED", "0")
        .env_remove("GOFLAGS");
    run(&mut command)
        .context("Go 1.24 or newer, and its module proxy, are needed")
        .map(|_| ())
}
