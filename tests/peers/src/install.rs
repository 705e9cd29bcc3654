//! Fetches a peer once: a stamp in its folder says what is there, a lock makes processes take turns.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};

use crate::{Peer, Source, debian, go, python};

/// A peer that is there.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it was fetched just now.
    pub fresh: bool,
}

/// The file that says which version of a peer a folder holds, whole.
const STAMP: &str = ".stamp";

/// Makes sure that a peer is there.
///
/// A process that failed once to fetch it does not try again.
///
/// # Errors
/// The peer cannot be fetched or built here: the message says why and what would help.
pub fn fetch(peer: Peer) -> Result<Fetched> {
    static KNOWN: LazyLock<Mutex<HashMap<Peer, Result<Fetched, String>>>> =
        LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(peer)
        .or_insert_with(|| fetch_once(peer).map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(|text| anyhow!(text))
}

fn fetch_once(peer: Peer) -> Result<Fetched> {
    let top = top();
    fs::create_dir_all(&top).with_context(|| format!("cannot make {}", top.display()))?;
    let lock = File::create(top.join(".lock")).context("cannot make a lock file")?;
    lock.lock().context("cannot lock the folder of peers")?;

    let folder = top.join(peer.name());
    let stamp = peer.source().stamp();
    if fs::read(folder.join(STAMP)).is_ok_and(|it| it == stamp.as_bytes()) {
        return Ok(Fetched {
            folder,
            fresh: false,
        });
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove what was in {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    match peer.source() {
        Source::Go {
            module, package, ..
        } => go::build(Path::new(module), package, &folder),
        Source::Debian { packages, closure } => debian::unpack(packages, closure, &folder),
        Source::Python { pins } => python::install(pins, &folder),
    }?;
    fs::write(folder.join(STAMP), stamp).context("cannot write the stamp")?;
    Ok(Fetched {
        folder,
        fresh: true,
    })
}

/// The folder of all peers.
fn top() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    // Peers are run from other folders, too.
    std::path::absolute(&target).unwrap_or(target).join("peers")
}

/// Runs a command of an installation to its end.
///
/// # Errors
/// It is not there, or fails; with the end of what it said.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{program}` does not start; is it installed?"))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        bail!("`{program}` failed ({status}):\n{}", last.join("\n"));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
