//! What the service manager says about services and units.

use core::time::Duration;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::programs::{Answer, ask, find, search_path};
use crate::release;

/// What looks after the services of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    /// systemd, asked by this `systemctl`.
    Systemd(PathBuf),
    /// systemd beside scripts, as on Debian before 9: a service may be either's.
    SystemdAndScripts(PathBuf, Scripts),
    /// Upstart, as on Ubuntu before systemd: jobs in this folder, and scripts.
    Upstart(PathBuf, Scripts),
    /// OpenRC, as on Alpine: services are listed in `/etc/runlevels`.
    OpenRc(Scripts),
    /// Scripts with links in `/etc/rc*.d`.
    Init(Scripts),
}

/// Services that are scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripts {
    /// The program that asks them how they are; `None` where it is missing.
    service: Option<PathBuf>,
    /// The folder with the folders of runlevels.
    folder: PathBuf,
}

/// A unit of systemd.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its name, with its kind: `cron.service`.
    pub name: String,
    /// What it is, in its author's words.
    pub description: String,
    /// `loaded`, `not-found`, `bad-setting`, `error` or `masked`.
    pub load: String,
    /// `active`, `reloading`, `inactive`, `failed`, `activating` or `deactivating`.
    pub active: String,
    /// More precisely: `running`, `exited`, `dead`, `waiting`, `mounted` …
    pub sub: String,
    /// `enabled`, `disabled`, `static`, `masked` …; empty where there is no file of it.
    pub file: String,
    /// Its main process; 0 where there is none.
    pub process: u32,
    /// How often systemd has started it again by itself.
    pub restarts: u64,
    /// Memory that its processes hold, in bytes, where that is counted.
    pub memory: Option<u64>,
    /// How its last run ended: `success`, `exit-code`, `signal`, `timeout` …
    pub result: String,
}

/// The major version of Debian from which on all services are units.
const FIRST_WITHOUT_SCRIPTS: u32 = 9;

/// The properties of a [`Unit`], as `systemctl show` calls them.
const PROPERTIES: &str = "--property=Id,Description,LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts,MemoryCurrent,Result";

/// Looks for what manages the services of this machine.
#[must_use]
pub fn manager() -> Manager {
    Manager::detect(Path::new("/"), &search_path())
}

// === impl Manager ===

impl Manager {
    fn detect(root: &Path, search: &OsStr) -> Self {
        let scripts = |folder| Scripts {
            service: find("service", search),
            folder: root.join(folder),
        };
        if let Some(systemctl) = find("systemctl", search) {
            return match release::debian(root) {
                Some(..FIRST_WITHOUT_SCRIPTS) => Self::SystemdAndScripts(systemctl, scripts("etc")),
                _ => Self::Systemd(systemctl),
            };
        }
        if release::is_ubuntu(root) {
            Self::Upstart(root.join("etc/init"), scripts("etc"))
        } else if root.join("etc/alpine-release").exists() {
            Self::OpenRc(scripts("etc/runlevels"))
        } else {
            Self::Init(scripts("etc"))
        }
    }

    /// Whether a service is started with the machine. A unit of systemd that cannot be enabled by itself
    /// (`static`, `alias` …) counts.
    ///
    /// # Errors
    ///
    /// The manager cannot be asked or does not answer within `deadline`.
    pub async fn enabled(&self, service: &str, deadline: Duration) -> io::Result<bool> {
        match self {
            _ if service.contains('/') => Ok(false),
            Self::Systemd(systemctl) => is(systemctl, "is-enabled", service, deadline).await,
            Self::SystemdAndScripts(systemctl, scripts) => {
                Ok(is(systemctl, "is-enabled", service, deadline).await?
                    || !scripts.runlevels(service)?.is_empty())
            }
            Self::Upstart(jobs, scripts) => {
                Ok(starts_by_itself(jobs, service) || !scripts.runlevels(service)?.is_empty())
            }
            Self::OpenRc(_) | Self::Init(_) => Ok(!self.runlevels(service)?.is_empty()),
        }
    }

    /// Whether a service runs, or has done what it is there for.
    ///
    /// # Errors
    ///
    /// The manager cannot be asked or does not answer within `deadline`.
    pub async fn running(&self, service: &str, deadline: Duration) -> io::Result<bool> {
        match self {
            _ if service.contains('/') => Ok(false),
            Self::Systemd(systemctl) => is(systemctl, "is-active", service, deadline).await,
            Self::SystemdAndScripts(systemctl, scripts) => {
                Ok(is(systemctl, "is-active", service, deadline).await?
                    || scripts.status(service, deadline).await?.is_success())
            }
            Self::Upstart(_, scripts) => {
                let answer = scripts.status(service, deadline).await?;
                let is_up = ["running", "online"].map(|it| answer.text.contains(it));
                Ok(answer.is_success() && is_up.contains(&true))
            }
            // Scripts say it in words of their own; the code is what they agree on.
            Self::OpenRc(scripts) | Self::Init(scripts) => {
                Ok(scripts.status(service, deadline).await?.is_success())
            }
        }
    }

    /// The runlevels that start a service, in order; systemd has none.
    ///
    /// # Errors
    ///
    /// The folders of runlevels cannot be read.
    pub fn runlevels(&self, service: &str) -> io::Result<Vec<String>> {
        if service.contains('/') {
            return Ok(Vec::new());
        }
        match self {
            Self::Systemd(_) | Self::SystemdAndScripts(..) => Ok(Vec::new()),
            Self::OpenRc(scripts) => folders(&scripts.folder, |name, folder| {
                let listed = fs::symlink_metadata(folder.join(service)).is_ok();
                listed.then(|| name.to_owned())
            }),
            Self::Init(scripts) | Self::Upstart(_, scripts) => scripts.runlevels(service),
        }
    }

    /// The units of systemd that these names or patterns (`*.service`) mean, sorted by name. A name without a
    /// kind means a service. Names that no unit has are answered with [`Unit::load`] `not-found`, patterns are not.
    ///
    /// # Errors
    ///
    /// There is no systemd, or it does not answer within `deadline`.
    pub async fn units(&self, names: &[&str], deadline: Duration) -> io::Result<Vec<Unit>> {
        let question = ["show", PROPERTIES, "--"].iter().chain(names);
        let question: Vec<_> = question.collect();
        let answer = ask(self.systemctl()?, &question, deadline).await?;
        if !answer.is_success() {
            return Err(silent());
        }
        Ok(parse(&answer.text))
    }

    /// The names of the units of systemd that failed, sorted.
    ///
    /// # Errors
    ///
    /// There is no systemd, or it does not answer within `deadline`.
    pub async fn failed(&self, deadline: Duration) -> io::Result<Vec<String>> {
        let question = [
            "list-units",
            "--state=failed",
            "--plain",
            "--no-legend",
            "--no-pager",
        ];
        let answer = ask(self.systemctl()?, &question, deadline).await?;
        if !answer.is_success() {
            return Err(silent());
        }
        let names = answer
            .text
            .lines()
            .filter_map(|it| it.split_whitespace().next());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    fn systemctl(&self) -> io::Result<&Path> {
        match self {
            Self::Systemd(systemctl) | Self::SystemdAndScripts(systemctl, _) => Ok(systemctl),
            Self::Upstart(..) | Self::OpenRc(_) | Self::Init(_) => {
                let text = "there is no `systemctl` in PATH to ask";
                Err(io::Error::new(io::ErrorKind::NotFound, text))
            }
        }
    }
}

// === impl Scripts ===

impl Scripts {
    /// What the script of a service says about it.
    async fn status(&self, service: &str, deadline: Duration) -> io::Result<Answer> {
        let program = self.service.as_ref().ok_or_else(|| {
            let text = "there is no `service` in PATH to ask";
            io::Error::new(io::ErrorKind::NotFound, text)
        })?;
        ask(program, &[service, "status"], deadline).await
    }

    /// The runlevels with a link that starts a service, in order.
    fn runlevels(&self, service: &str) -> io::Result<Vec<String>> {
        folders(&self.folder, |name, folder| {
            let level = name.strip_prefix("rc")?.strip_suffix(".d")?;
            // Those of `rcS.d` are no level of their own.
            let is_level = level.bytes().all(|it| it.is_ascii_digit());
            (is_level && starts(folder, service)).then(|| level.to_owned())
        })
    }
}

/// Whether systemd says yes to a question about a service.
async fn is(
    systemctl: &Path,
    question: &str,
    service: &str,
    deadline: Duration,
) -> io::Result<bool> {
    let arguments = ["-q", question, "--", service];
    Ok(ask(systemctl, &arguments, deadline).await?.is_success())
}

/// Whether a job of Upstart waits for an event to start, and nobody has made it `manual`.
fn starts_by_itself(jobs: &Path, service: &str) -> bool {
    let has_line = |extension: &str, is_it: fn(&str) -> bool| {
        let job = fs::read_to_string(jobs.join(format!("{service}.{extension}")));
        job.is_ok_and(|text| text.lines().any(is_it))
    };
    !has_line("override", |line| line.starts_with("manual"))
        && has_line("conf", |line| line.trim_start().starts_with("start on"))
}

fn silent() -> io::Error {
    io::Error::other("systemd does not answer: it does not run here")
}

/// What `find` finds in the folders below one, sorted.
fn folders(folder: &Path, find: impl Fn(&str, &Path) -> Option<String>) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(it) = entry
            .file_name()
            .to_str()
            .and_then(|name| find(name, &entry.path()))
        {
            found.push(it);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a folder has a link such as `S20cron` that starts a service.
fn starts(folder: &Path, service: &str) -> bool {
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
    let is_start = |name: &str| {
        let order = name
            .strip_prefix('S')
            .and_then(|it| it.strip_suffix(service));
        order.is_some_and(digits)
    };
    fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_str().is_some_and(is_start))
    })
}

/// Reads blocks of `Name=value` with empty lines between them.
fn parse(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = text.split("\n\n").map(block).collect();
    units.retain(|it| !it.name.is_empty());
    units.sort_by(|a, b| a.name.cmp(&b.name));
    units.dedup_by(|a, b| a.name == b.name);
    units
}

fn block(text: &str) -> Unit {
    let mut unit = Unit::default();
    for (name, value) in text.lines().filter_map(|it| it.split_once('=')) {
        let value = value.to_owned();
        match name {
            "Id" => unit.name = value,
            "Description" => unit.description = value,
            "LoadState" => unit.load = value,
            "ActiveState" => unit.active = value,
            "SubState" => unit.sub = value,
            "UnitFileState" => unit.file = value,
            "Result" => unit.result = value,
            "MainPID" => unit.process = value.parse().unwrap_or_default(),
            "NRestarts" => unit.restarts = value.parse().unwrap_or_default(),
            // `[not set]`, or the greatest number, where it is not counted.
            "MemoryCurrent" => unit.memory = value.parse().ok().filter(|&it| it != u64::MAX),
            _ => {}
        }
    }
    unit
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// Written by another process: this one forks in other tests meanwhile, and a file that anybody has open
    /// for writing cannot be executed.
    fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
        let file = folder.join(name);
        let written = std::process::Command::new("/bin/sh")
            .args([
                "-c",
                "printf '#!/bin/sh\n%s\n' \"$2\" > \"$1\" && chmod 755 \"$1\"",
                "sh",
            ])
            .args([file.as_os_str(), OsStr::new(script)])
            .status();
        assert!(written.unwrap().success());
        file
    }

    #[tokio::test]
    async fn systemd_is_asked_where_there_is_a_systemctl() {
        let folder = tempfile::tempdir().unwrap();
        let file = program(
            folder.path(),
            "systemctl",
            "case \"$*\" in '-q is-enabled -- cron'|'-q is-active -- ssh') exit 0;; esac; exit 3",
        );
        let manager = Manager::detect(folder.path(), folder.path().as_os_str());
        assert_eq!(manager, Manager::Systemd(file));
        assert!(manager.enabled("cron", LONG).await.unwrap());
        assert!(!manager.enabled("ssh", LONG).await.unwrap());
        assert!(manager.running("ssh", LONG).await.unwrap());
        assert!(!manager.running("a/b", LONG).await.unwrap());
        assert!(manager.runlevels("cron").unwrap().is_empty());
    }

    #[tokio::test]
    async fn scripts_are_asked_by_service_and_started_by_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        program(root, "service", "test \"$1 $2\" = 'cron status'");
        for level in ["rc2.d", "rc3.d", "rc6.d", "rcS.d"] {
            fs::create_dir_all(root.join("etc").join(level)).unwrap();
        }
        symlink("../init.d/cron", root.join("etc/rc3.d/S20cron")).unwrap();
        symlink("../init.d/cron", root.join("etc/rc2.d/S01cron")).unwrap();
        symlink("../init.d/cron", root.join("etc/rc6.d/K01cron")).unwrap();
        symlink("../init.d/anacron", root.join("etc/rcS.d/S01anacron")).unwrap();
        let manager = Manager::detect(root, root.as_os_str());
        assert_eq!(manager.runlevels("cron").unwrap(), ["2", "3"]);
        assert!(manager.enabled("cron", LONG).await.unwrap());
        assert!(!manager.enabled("ron", LONG).await.unwrap());
        assert!(manager.running("cron", LONG).await.unwrap());
        assert!(!manager.running("other", LONG).await.unwrap());
        assert!(!manager.enabled("anacron", LONG).await.unwrap());
    }

    #[tokio::test]
    async fn on_an_old_debian_scripts_count_beside_units() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        program(
            root,
            "systemctl",
            "test \"$2 $4\" = 'is-enabled unit' || test \"$2 $4\" = 'is-active unit'",
        );
        program(root, "service", "test \"$1 $2\" = 'script status'");
        fs::create_dir_all(root.join("etc/rc2.d")).unwrap();
        fs::write(root.join("etc/debian_version"), "8.11\n").unwrap();
        symlink("../init.d/script", root.join("etc/rc2.d/S20script")).unwrap();
        let manager = Manager::detect(root, root.as_os_str());
        for (service, expect) in [("unit", true), ("script", true), ("other", false)] {
            assert_eq!(manager.enabled(service, LONG).await.unwrap(), expect);
            assert_eq!(manager.running(service, LONG).await.unwrap(), expect);
        }
        assert!(manager.runlevels("script").unwrap().is_empty());
        fs::write(root.join("etc/debian_version"), "12.5\n").unwrap();
        let manager = Manager::detect(root, root.as_os_str());
        assert!(!manager.enabled("script", LONG).await.unwrap());
    }

    #[tokio::test]
    async fn upstart_has_jobs_and_scripts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for folder in ["etc/init", "etc/rc2.d"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("etc/lsb-release"), "DISTRIB_ID=Ubuntu\n").unwrap();
        let job = |name: &str, text: &str| fs::write(root.join("etc/init").join(name), text);
        job("cron.conf", "description x\n  start on runlevel [2345]\n").unwrap();
        job("ssh.conf", "start on filesystem\n").unwrap();
        job("ssh.override", "manual\n").unwrap();
        symlink("../init.d/old", root.join("etc/rc2.d/S20old")).unwrap();
        program(
            root,
            "service",
            "case $1 in cron) echo cron start/running;; ssh) echo ssh stop/waiting;; *) exit 1;; esac",
        );
        let manager = Manager::detect(root, root.as_os_str());
        for (service, enabled, running) in [
            ("cron", true, true),
            ("ssh", false, false),
            ("old", true, false),
        ] {
            assert_eq!(manager.enabled(service, LONG).await.unwrap(), enabled);
            assert_eq!(manager.running(service, LONG).await.unwrap(), running);
        }
        assert_eq!(manager.runlevels("old").unwrap(), ["2"]);
    }

    #[tokio::test]
    async fn alpine_lists_services_by_runlevel() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("etc/runlevels/default")).unwrap();
        fs::write(root.join("etc/alpine-release"), "3.20\n").unwrap();
        symlink(
            "/etc/init.d/crond",
            root.join("etc/runlevels/default/crond"),
        )
        .unwrap();
        let manager = Manager::detect(root, root.as_os_str());
        assert_eq!(manager.runlevels("crond").unwrap(), ["default"]);
        let error = manager.running("crond", LONG).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn units_are_asked_for_by_name() {
        let folder = tempfile::tempdir().unwrap();
        program(
            folder.path(),
            "systemctl",
            "test \"$1 $3 $4\" = 'show -- cron' && echo Id=cron.service && echo LoadState=loaded",
        );
        let manager = Manager::detect(folder.path(), folder.path().as_os_str());
        let units = manager.units(&["cron"], LONG).await.unwrap();
        assert_eq!((units.len(), units[0].name.as_str()), (1, "cron.service"));
        assert!(manager.units(&["other"], LONG).await.is_err());
        program(
            folder.path(),
            "systemctl",
            "echo 'b.service loaded failed failed B'; echo 'a.mount loaded failed failed A'",
        );
        assert_eq!(
            manager.failed(LONG).await.unwrap(),
            ["a.mount", "b.service"]
        );
    }

    #[test]
    fn blocks_are_units() {
        let units = parse(
            "Id=ssh.service\nDescription=A=B\nLoadState=loaded\nActiveState=active\nSubState=running\nMainPID=7\nNRestarts=2\nMemoryCurrent=[not set]\n\nId=a.timer\nLoadState=not-found\nMemoryCurrent=18446744073709551615\n",
        );
        assert_eq!(units.len(), 2);
        assert_eq!((units[0].name.as_str(), units[0].memory), ("a.timer", None));
        let ssh = &units[1];
        assert_eq!(
            (ssh.description.as_str(), ssh.process, ssh.restarts),
            ("A=B", 7, 2)
        );
        assert_eq!((ssh.active.as_str(), ssh.memory), ("active", None));
    }
}
