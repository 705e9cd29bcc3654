//! Which distribution this is, as far as it decides who knows about packages and services.

use std::fs;
use std::path::Path;

/// Whether the system below `root` is an Ubuntu.
pub(crate) fn is_ubuntu(root: &Path) -> bool {
    fs::read(root.join("etc/lsb-release"))
        .is_ok_and(|it| String::from_utf8_lossy(&it).contains("Ubuntu"))
}

/// The major version of the Debian below `root`; a version that is not released yet has only a name, and none here.
pub(crate) fn debian(root: &Path) -> Option<u32> {
    let version = fs::read_to_string(root.join("etc/debian_version")).ok()?;
    version.trim().split('.').next()?.parse().ok()
}
