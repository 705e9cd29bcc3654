//! Is the directory as it should be?

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::Stop;
use super::checksum::Checksum;
use super::order::{Verify, inside};
use crate::files::at;

/// The largest file of checksums, in bytes.
const SUMS: u64 = 16 << 20;

/// Checks that a directory is there and that the files in it are those that its file of checksums lists.
///
/// # Errors
///
/// The first thing that is not as it should be.
// Compat: go-choria aagent/watchers/archivewatcher: files that are not listed are not noticed.
pub(super) fn directory(
    directory: &Path,
    verify: Option<&Verify>,
    stop: &Stop,
) -> Result<(), String> {
    if !fs::metadata(directory)
        .map_err(|error| at(directory, &error).to_string())?
        .is_dir()
    {
        return Err(format!("{} is not a directory", directory.display()));
    }
    let Some(verify) = verify else {
        return Ok(());
    };
    let path = directory.join(&verify.sums);
    let sums = read(&path)?;
    expect(&path, Checksum::of(&sums), verify.checksum)?;
    for (number, line) in (1_usize..).zip(sums.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let (wanted, name) = parse(line)
            .ok_or_else(|| format!("{}: line {number} is not a checksum", path.display()))?;
        let name = inside(&name).ok_or_else(|| {
            format!(
                "{}: line {number} names a file outside of the directory",
                path.display()
            )
        })?;
        let listed = directory.join(name);
        expect(&listed, Checksum::of_file(&listed, stop)?, wanted)?;
    }
    Ok(())
}

fn expect(path: &Path, found: Checksum, wanted: Checksum) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!(
        "{} has the SHA-256 {found}, not {wanted}",
        path.display()
    ))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error| at(path, &error).to_string();
    // Before it is opened, which waits for ever on a pipe.
    if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    let mut content = Vec::new();
    let most = SUMS.saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut content))
        .map_err(failed)?;
    if content.len() as u64 > SUMS {
        return Err(format!("{} is larger than {SUMS} bytes", path.display()));
    }
    Ok(content)
}

/// Reads a line as `sha256sum` writes it: the checksum, a space, a space or `*`, and the name. A name with
/// line feeds or backslashes is escaped, and the line then begins with a backslash.
fn parse(line: &[u8]) -> Option<(Checksum, PathBuf)> {
    let (line, escaped) = match line.strip_prefix(b"\\") {
        Some(line) => (line, true),
        None => (line, false),
    };
    let (sum, rest) = line.split_at_checked(64)?;
    let name = rest
        .strip_prefix(b"  ")
        .or_else(|| rest.strip_prefix(b" *"))?;
    let name = if escaped {
        unescape(name)?
    } else {
        name.to_vec()
    };
    let sum = Checksum::parse(core::str::from_utf8(sum).ok()?)?;
    Some((sum, OsString::from_vec(name).into()))
}

fn unescape(name: &[u8]) -> Option<Vec<u8>> {
    let mut unescaped = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        unescaped.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            byte => *byte,
        });
    }
    Some(unescaped)
}
