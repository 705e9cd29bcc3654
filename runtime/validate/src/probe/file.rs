//! Files.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use chorister_goss::Property;
use chorister_goss::matcher::{Found, Source, Stream};
use chorister_system::accounts;
use chorister_system::files::{self, Attributes, Hash};

use super::{PATIENCE, told, unknown, value};

/// The longest text that is compared as a whole, in bytes.
const WHOLE: u64 = 64 << 20;

/// The longest text that is searched line by line, in bytes.
const SEARCHED: u64 = 4 << 30;

/// Looks at a file, on a thread that may wait for a disk.
///
/// # Errors
///
/// It cannot be looked at, in the words of the system.
pub(super) async fn find(name: &str, property: &Property) -> Result<Found<'static>, String> {
    let path = clean(&expand(name).await?);
    let key = property.attribute.key;
    match key {
        "exists" => {
            let found = files::attributes(&path).map_err(told)?;
            Ok(value(found.is_some()))
        }
        "linked-to" => {
            let target = files::link_target(&path).map_err(told)?;
            Ok(value(target.to_string_lossy().into_owned()))
        }
        "contents" | "contains" => {
            let most = if property.expected.as_list().is_some() {
                SEARCHED
            } else {
                WHOLE
            };
            open(&path, most).map_err(told)
        }
        "md5" => digest(&path, Hash::Md5),
        "sha256" => digest(&path, Hash::Sha256),
        "sha512" => digest(&path, Hash::Sha512),
        _ => {
            let found = files::attributes(&path).map_err(told)?;
            let found = found.ok_or_else(|| format!("lstat {name}: no such file or directory"))?;
            of_attributes(found, key).await
        }
    }
}

async fn of_attributes(found: Attributes, key: &str) -> Result<Found<'static>, String> {
    let (user, group) = (found.user, found.group);
    match key {
        "mode" => Ok(value(format!("{:04o}", found.mode))),
        "size" => Ok(value(i64::try_from(found.size).unwrap_or(i64::MAX))),
        "uid" => Ok(value(i64::from(user))),
        "gid" => Ok(value(i64::from(group))),
        "filetype" => Ok(value(found.kind.as_str())),
        "owner" => {
            let owner = accounts::user_by_id(user, PATIENCE).await.map_err(told)?;
            let owner = owner.ok_or_else(|| format!("there is no user with the number {user}"))?;
            Ok(value(owner.name))
        }
        "group" => {
            let owner = accounts::group_by_id(group, PATIENCE).await.map_err(told)?;
            let owner =
                owner.ok_or_else(|| format!("there is no group with the number {group}"))?;
            Ok(value(owner.name))
        }
        _ => Err(unknown(key)),
    }
}

fn digest(path: &Path, hash: Hash) -> Result<Found<'static>, String> {
    files::digest(path, hash).map(value).map_err(told)
}

fn open(path: &Path, most: u64) -> io::Result<Found<'static>> {
    let file = files::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(Found::Stream(Stream {
        source: Source::File,
        reader: Box::new(Limited { file, left: most }),
    }))
}

/// A file that has an error where it becomes too long.
struct Limited {
    file: std::fs::File,
    left: u64,
}

/// The path that a name means: `~` and `~user` begin in a home directory.
async fn expand(name: &str) -> Result<PathBuf, String> {
    let Some(rest) = name.strip_prefix('~') else {
        return Ok(name.into());
    };
    let (user, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let home = if user.is_empty() {
        std::env::home_dir().ok_or("nobody knows where the home directory is")?
    } else {
        let found = accounts::user(user, PATIENCE).await.map_err(told)?;
        let found = found.ok_or_else(|| format!("there is no user `{user}`"))?;
        found.home.into()
    };
    Ok(home.join(rest))
}

/// A path without what goes without saying, as text: goss looks at `link/` as at `link`, and nothing is where we are.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(clean.components().next_back(), Some(Component::Normal(_))) =>
            {
                clean.pop();
            }
            Component::ParentDir if clean.has_root() => {}
            part => clean.push(part),
        }
    }
    if clean.as_os_str().is_empty() {
        clean.push(".");
    }
    clean
}

// === impl Limited ===

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "it is too long to be read")
        })?;
        Ok(count)
    }
}
