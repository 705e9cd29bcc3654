//! Installed packages, as the package manager of this machine tells.

use core::time::Duration;
use std::io;
use std::path::Path;

use crate::{programs, release};

/// Who manages the packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// Debian's.
    Dpkg,
    /// Red Hat's, and others'.
    Rpm,
    /// Alpine's.
    Apk,
    /// Arch's.
    Pacman,
}

/// The package manager of this machine: that of its distribution, else the first that is there.
#[must_use]
pub fn manager() -> Manager {
    let is_there = |path: &str| Path::new(path).exists();
    if release::is_ubuntu(Path::new("/")) {
        Manager::Dpkg
    } else if is_there("/etc/redhat-release") || is_there("/etc/system-release") {
        Manager::Rpm
    } else if is_there("/etc/alpine-release") {
        Manager::Apk
    } else if is_there("/etc/arch-release") {
        Manager::Pacman
    } else if is_there("/etc/debian_version") {
        Manager::Dpkg
    } else {
        let search = programs::search_path();
        Manager::ALL
            .into_iter()
            .find(|it| programs::find(it.program(), &search).is_some())
            .unwrap_or(Manager::Rpm)
    }
}

// === impl Manager ===

impl Manager {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 4] = [Self::Dpkg, Self::Rpm, Self::Apk, Self::Pacman];

    /// The manager of this name: `dpkg`, `rpm`, `apk` or `pacman`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg",
            Self::Rpm => "rpm",
            Self::Apk => "apk",
            Self::Pacman => "pacman",
        }
    }

    /// The versions of a package that are installed; `None` if it is not. One of which no version is known has
    /// none.
    ///
    /// # Errors
    ///
    /// The manager does not answer within `deadline`. Where there is none, nothing is installed.
    pub async fn versions(
        self,
        package: &str,
        deadline: Duration,
    ) -> io::Result<Option<Vec<String>>> {
        let search = programs::search_path();
        let Some(program) = programs::find(self.program(), &search) else {
            return Ok(None);
        };
        let mut arguments = self.question().to_vec();
        arguments.extend(["--", package]);
        let answer = programs::ask(&program, &arguments, deadline).await?;
        Ok(if answer.is_success() {
            self.read(package, &answer.text)
        } else {
            None
        })
    }

    /// The program that knows.
    const fn program(self) -> &'static str {
        match self {
            Self::Dpkg => "dpkg-query",
            _ => self.name(),
        }
    }

    const fn question(self) -> &'static [&'static str] {
        match self {
            Self::Dpkg => &["-f", "${Status} ${Version}\n", "-W"],
            Self::Rpm => &[
                "-q",
                "--nosignature",
                "--nohdrchk",
                "--nodigest",
                "--qf",
                "%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n",
            ],
            Self::Apk => &["version"],
            Self::Pacman => &["-Q", "--color", "never", "--noconfirm"],
        }
    }

    /// What the answer of a manager that found something means.
    fn read(self, package: &str, text: &str) -> Option<Vec<String>> {
        let word = |line: &str, index: usize| line.split_whitespace().nth(index).map(str::to_owned);
        let lines = text.lines();
        match self {
            Self::Dpkg => {
                let mut installed = lines.filter(|it| {
                    it.starts_with("install ok installed") || it.starts_with("hold ok installed")
                });
                let first = installed.next()?;
                let versions = std::iter::once(first).chain(installed);
                Some(versions.filter_map(|it| word(it, 3)).collect())
            }
            Self::Rpm => Some(lines.map(str::to_owned).collect()),
            Self::Apk => {
                let mut installed = lines
                    .filter(|it| !it.starts_with("Installed:") && !it.starts_with("WARNING"))
                    .filter_map(|it| word(it, 0));
                let first = installed.next()?;
                let prefix = format!("{package}-");
                let bare = |it: String| it.strip_prefix(&prefix).map_or(it.clone(), str::to_owned);
                Some(std::iter::once(first).chain(installed).map(bare).collect())
            }
            Self::Pacman => Some(lines.filter_map(|it| word(it, 1)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(manager: Manager, text: &str, expect: Option<&[&str]>) {
        let expect = expect.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(manager.read("some", text), expect);
    }

    #[test]
    fn answers_are_read() {
        let (dpkg, apk) = (Manager::Dpkg, Manager::Apk);
        check(dpkg, "install ok installed 1:2-3\n", Some(&["1:2-3"]));
        check(dpkg, "hold ok installed 1\n", Some(&["1"]));
        check(dpkg, "deinstall ok config-files 1\n", None);
        check(dpkg, "", None);
        check(Manager::Rpm, "5-1\n6-1\n", Some(&["5-1", "6-1"]));
        check(
            apk,
            "Installed:   Available:\nsome-1.2-r0  = 1.2-r0\n",
            Some(&["1.2-r0"]),
        );
        check(apk, "Installed:   Available:\n\n", None);
        check(Manager::Pacman, "some 1.0-1\n", Some(&["1.0-1"]));
    }

    #[tokio::test]
    async fn nothing_is_called_by_a_nonsense_name() {
        let long = Duration::from_secs(60);
        for name in ["no-such-package", "--version", ""] {
            assert_eq!(
                manager().versions(name, long).await.unwrap(),
                None,
                "{name}"
            );
        }
    }
}
