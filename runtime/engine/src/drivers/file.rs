//! Files of `file` watchers: looked at, or kept as they should be.

use core::time::Duration;
use std::fs::{self, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;
use std::sync::Arc;

use chorister_fsm::{Content, FileLook, Job, JobResult, Look, Stamp, Work};

use super::owner;
use crate::driver::{JobContext, JobFuture, Shape, failed};
use crate::files::{self, temporary};

/// How long a file system may take to answer. One that takes longer is a network file system that is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does the look of a job.
pub(super) fn run(job: Job, cx: JobContext) -> JobFuture {
    Box::pin(async move {
        let shape = Shape::from(&job.work);
        let Work::File(look) = job.work else {
            return failed(shape, "only files can be looked at".to_owned());
        };
        let path = look.path.clone();
        let patient = tokio::time::timeout(PATIENCE, async {
            let permit = Arc::clone(&cx.shared.limits.file_calls)
                .acquire_owned()
                .await;
            // The permit stays with the call, also when nobody waits for it any more.
            let call = move || {
                let _permit = permit;
                examine(&look)
            };
            tokio::task::spawn_blocking(call).await
        });
        JobResult::File(match patient.await {
            Ok(Ok(look)) => look,
            Ok(Err(error)) => Look::Error(format!("{}: {error}", path.display())),
            Err(_) => Look::Error(format!(
                "{}: the file system does not answer for {PATIENCE:?}",
                path.display()
            )),
        })
    })
}

fn examine(look: &FileLook) -> Look {
    let done = match &look.content {
        Some(content) => keep(&look.path, content),
        None => observe(&look.path, look.seen),
    };
    done.unwrap_or_else(Look::Error)
}

/// Compares the time of the last change with the one seen before.
fn observe(path: &Path, seen: Option<Stamp>) -> Result<Look, String> {
    let found = fs::metadata(path).map_err(|error| files::at(path, &error).to_string())?;
    let stamp = stamp(&found);
    // Compat: go-choria aagent/watchers/filewatcher/file.go: a file that became older has not changed.
    Ok(if seen.is_some_and(|seen| stamp <= seen) {
        Look::Unchanged(stamp)
    } else {
        Look::Changed(stamp)
    })
}

/// Replaces the file if it is not as it should be.
fn keep(path: &Path, wanted: &Content) -> Result<Look, String> {
    let owner = wanted_owner(wanted)?;
    let found = match fs::metadata(path) {
        Ok(found) if found.is_file() => Some(found),
        Ok(_) => return Err(format!("{} is not a file", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(files::at(path, &error).to_string()),
    };
    if let Some(found) = &found
        && found.mode() & 0o7777 == wanted.mode
        && owner.0.is_none_or(|it| it == found.uid())
        && owner.1.is_none_or(|it| it == found.gid())
        && holds(path, found, wanted.contents.as_bytes())
    {
        return Ok(Look::Unchanged(stamp(found)));
    }
    write(path, wanted, owner, found.as_ref())
        .map(|written| Look::Changed(stamp(&written)))
        .map_err(|error| files::at(path, &error).to_string())
}

/// User and group; `None` leaves them as they are.
type Owner = (Option<u32>, Option<u32>);

fn wanted_owner(wanted: &Content) -> Result<Owner, String> {
    let named = |name: &str, find: fn(&str) -> Result<u32, String>| {
        if name.is_empty() {
            Ok(None)
        } else {
            find(name).map(Some)
        }
    };
    Ok((
        named(&wanted.owner, owner::user)?,
        named(&wanted.group, owner::group)?,
    ))
}

fn holds(path: &Path, found: &Metadata, wanted: &[u8]) -> bool {
    if found.len() != wanted.len() as u64 {
        return false;
    }
    let mut content = Vec::with_capacity(wanted.len());
    // One byte more than wanted, in case it grows while it is read.
    let read = fs::File::open(path).and_then(|file| {
        file.take(found.len().saturating_add(1))
            .read_to_end(&mut content)
    });
    read.is_ok() && content == wanted
}

/// Writes a temporary file beside the other and puts it in its place.
fn write(
    path: &Path,
    wanted: &Content,
    owner: Owner,
    replaced: Option<&Metadata>,
) -> io::Result<Metadata> {
    let temporary = temporary(path);
    let _ = fs::remove_file(&temporary);
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(wanted.contents.as_bytes())?;
        give(&file, owner, replaced)?;
        // After the owner: giving a file away takes its set-user-ID bit.
        file.set_permissions(Permissions::from_mode(wanted.mode))?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        file.metadata()
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Gives the file to those who should have it, or else to those who had the one that it replaces.
fn give(file: &fs::File, owner: Owner, replaced: Option<&Metadata>) -> io::Result<()> {
    if owner.0.is_some() || owner.1.is_some() {
        fchown(file, owner.0, owner.1)?;
    }
    let Some(replaced) = replaced else {
        return Ok(());
    };
    let own = file.metadata()?;
    let user = (owner.0.is_none() && own.uid() != replaced.uid()).then_some(replaced.uid());
    let group = (owner.1.is_none() && own.gid() != replaced.gid()).then_some(replaced.gid());
    match fchown(file, user, group) {
        // Only root may keep what belongs to others theirs; it was not asked for either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

fn stamp(found: &Metadata) -> Stamp {
    let seconds = found.mtime().saturating_mul(1_000_000_000);
    Stamp(seconds.saturating_add(found.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str, mode: u32) -> Content {
        let nobody = String::new();
        Content {
            contents: text.to_owned(),
            owner: nobody.clone(),
            group: nobody,
            mode,
        }
    }

    fn look(path: &Path, content: Content) -> Look {
        examine(&FileLook {
            path: path.to_owned(),
            seen: None,
            content: Some(content),
        })
    }

    #[test]
    fn the_first_look_is_a_change_and_the_next_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        fs::write(&path, "x").unwrap();
        let Look::Changed(stamp) = observe(&path, None).unwrap() else {
            panic!("not changed")
        };
        assert_eq!(observe(&path, Some(stamp)), Ok(Look::Unchanged(stamp)));
        assert_eq!(
            observe(&path, Some(Stamp(stamp.0 - 1))),
            Ok(Look::Changed(stamp))
        );
        assert_eq!(
            observe(&path, Some(Stamp(stamp.0 + 1))),
            Ok(Look::Unchanged(stamp))
        );
    }

    #[test]
    fn a_missing_file_is_an_error_with_its_path() {
        let look = observe(Path::new("/no/such/file"), None);
        assert_eq!(
            look,
            Err("/no/such/file: No such file or directory (os error 2)".to_owned())
        );
    }

    #[test]
    fn content_and_mode_are_kept_and_then_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("motd");
        assert!(matches!(
            look(&path, content("hello\n", 0o640)),
            Look::Changed(_)
        ));
        assert_eq!(fs::read(&path).unwrap(), b"hello\n");
        let made = fs::metadata(&path).unwrap();
        assert_eq!(made.mode() & 0o7777, 0o640);
        assert!(matches!(
            look(&path, content("hello\n", 0o640)),
            Look::Unchanged(_)
        ));
        assert_eq!(fs::metadata(&path).unwrap().ino(), made.ino());

        for other in [content("hello!\n", 0o640), content("hallo!\n", 0o640)] {
            assert!(matches!(look(&path, other), Look::Changed(_)));
        }
        assert!(matches!(
            look(&path, content("hallo!\n", 0o600)),
            Look::Changed(_)
        ));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("none/motd");
        let Look::Error(reason) = look(&path, content("x", 0o600)) else {
            panic!("no error")
        };
        assert!(reason.contains("none/motd: No such file"), "{reason}");
        let Look::Error(reason) = look(directory.path(), content("x", 0o600)) else {
            panic!("no error")
        };
        assert!(reason.ends_with("is not a file"), "{reason}");
        let stranger = Content {
            owner: "no such user".to_owned(),
            ..content("x", 0o600)
        };
        let Look::Error(reason) = look(&directory.path().join("f"), stranger) else {
            panic!("no error")
        };
        assert_eq!(reason, "there is no user `no such user` in /etc/passwd");
    }
}
