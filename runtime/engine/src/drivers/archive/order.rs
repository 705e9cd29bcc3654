//! What is to be done, checked before anything is.

use std::path::{Component, Path, PathBuf};

use chorister_fsm::Download;
use reqwest::Url;

use super::checksum::Checksum;

/// A [`Download`] that makes sense.
// Without `Debug`, as it holds a password.
pub(super) struct Order {
    pub(super) source: Url,
    pub(super) checksum: Checksum,
    /// One element of a path.
    creates: String,
    pub(super) target: PathBuf,
    pub(super) verify: Option<Verify>,
    /// User name and password.
    pub(super) credentials: Option<(String, String)>,
    pub(super) insecure: bool,
}

/// How the content of the directory is verified.
#[derive(Clone, Debug)]
pub(super) struct Verify {
    /// The file of checksums, relative to the directory.
    pub(super) sums: PathBuf,
    /// Its own checksum.
    pub(super) checksum: Checksum,
}

/// The path without its `.` elements, or `None` if it is empty, absolute or has a `..`.
pub(super) fn inside(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => inside.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!inside.as_os_str().is_empty()).then_some(inside)
}

// === impl Order ===

impl Order {
    /// # Errors
    ///
    /// What does not make sense.
    pub(super) fn new(download: Download) -> Result<Self, String> {
        let source = Url::parse(&download.source)
            .map_err(|error| format!("the source is not a URL: {error}"))?;
        if !matches!(source.scheme(), "http" | "https") {
            return Err(format!(
                "the source is a `{}` URL; only `https` and `http` are fetched",
                source.scheme()
            ));
        }
        let is_name = matches!(inside(Path::new(&download.creates)),
            Some(path) if path.as_os_str() == download.creates.as_str() && path.iter().count() == 1);
        if !is_name {
            return Err(format!(
                "`creates` is `{}`, not the name of one directory",
                download.creates
            ));
        }
        let checksum = |what: &str, text: &str| {
            Checksum::parse(text)
                .ok_or_else(|| format!("{what} is not a SHA-256 of 64 hexadecimal digits"))
        };
        let verify = match &download.verify {
            None => None,
            Some((sums, sum)) => Some(Verify {
                sums: inside(Path::new(sums))
                    .ok_or_else(|| format!("`verify` is `{sums}`, not a file in the directory"))?,
                checksum: checksum("`verify_checksum`", sum)?,
            }),
        };
        let anonymous = download.username.is_empty() && download.password.is_empty();
        Ok(Self {
            source,
            checksum: checksum("`checksum`", &download.checksum)?,
            creates: download.creates,
            target: download.target,
            verify,
            credentials: (!anonymous).then_some((download.username, download.password)),
            insecure: download.insecure,
        })
    }

    /// The directory that the archive holds, within `root`.
    pub(super) fn created(&self, root: &Path) -> PathBuf {
        root.join(&self.creates)
    }

    /// Where the directory belongs.
    pub(super) fn place(&self) -> PathBuf {
        self.created(&self.target)
    }

    pub(super) fn creates(&self) -> &str {
        &self.creates
    }

    /// The source for people, without what may be secret: user, password and query.
    pub(super) fn shown(&self) -> String {
        let mut shown = self.source.clone();
        // They fail only for URLs without a host, which these schemes have.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_query(None);
        shown.set_fragment(None);
        shown.into()
    }
}
