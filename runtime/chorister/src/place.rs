//! Where things are by default.

use std::path::{Path, PathBuf};

/// Where the distribution of this name keeps its state when nobody says: `/var/lib/NAME` for root, else below the
/// user's state directory of the XDG base directory specification.
pub(crate) fn state_dir(name: &str) -> PathBuf {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    default_state_dir(
        name,
        is_root(),
        variable("XDG_STATE_HOME"),
        variable("HOME"),
    )
}

/// Who runs this command, as far as the environment says; else their number.
pub(crate) fn user() -> String {
    let names = ["SUDO_USER", "USER", "LOGNAME"];
    let name = names
        .iter()
        .find_map(|it| std::env::var(it).ok().filter(|it| !it.is_empty()));
    name.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn default_state_dir(
    name: &str,
    root: bool,
    state: Option<PathBuf>,
    home: Option<PathBuf>,
) -> PathBuf {
    if root {
        return Path::new("/var/lib").join(name);
    }
    // The specification has relative values ignored.
    let state = state.filter(|it| it.is_absolute());
    let state = state.or_else(|| home.map(|it| it.join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(root: bool, state: Option<&str>, home: Option<&str>, expect: &str) {
        let found = default_state_dir("scout", root, state.map(Into::into), home.map(Into::into));
        assert_eq!(found, Path::new(expect));
    }

    #[test]
    fn root_keeps_its_state_with_the_system() {
        check(true, Some("/x"), Some("/root"), "/var/lib/scout");
    }

    #[test]
    fn users_keep_their_state_at_home() {
        check(false, Some("/x"), Some("/home/u"), "/x/scout");
        check(false, None, Some("/home/u"), "/home/u/.local/state/scout");
        check(
            false,
            Some("relative"),
            Some("/home/u"),
            "/home/u/.local/state/scout",
        );
    }
}
