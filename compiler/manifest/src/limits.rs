//! What a distribution grants its machines, and whether that is enough.

use chorister_lang::glob;
use serde::{Deserialize, Serialize};

/// What a distribution grants at most; `None` where it says nothing, which grants what its machines need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Whether the running node is held to them.
    #[serde(default)]
    pub enforce: bool,
    /// Programs: absolute paths with wildcards in their last part, or bare names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<Vec<String>>,
    /// What is read: absolute paths, with everything below them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Vec<String>>,
    /// What is written: absolute paths, with everything below them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<Vec<String>>,
    /// Servers: `HOST`, `HOST:PORT`, `*.DOMAIN`, `*:PORT`, `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<Vec<String>>,
}

/// How much of a need is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// None of it.
    Outside,
    /// A template decides.
    Perhaps,
    /// All of it.
    Inside,
}

/// How much of a program is granted by one grant.
#[must_use]
pub fn program(grant: &str, need: &str) -> Cover {
    if is_own_program(need) {
        return Cover::Inside;
    }
    let (folder, name) = split(grant);
    let Some(head) = need.strip_suffix('*') else {
        let granted = match need.rsplit_once('/') {
            Some(_) => glob::matches(grant, need),
            None => glob::matches(name, need),
        };
        return if granted {
            Cover::Inside
        } else {
            Cover::Outside
        };
    };
    // The part of the grant that stands for itself, and whether the rest stands for anything.
    let at = name.find(['*', '?']).unwrap_or(name.len());
    let fixed = format!("{folder}{}", name.get(..at).unwrap_or_default());
    if name.get(at..) == Some("*") && head.starts_with(&fixed) && !head.is_empty() {
        Cover::Inside
    } else if fixed.starts_with(head) || (at < name.len() && head.starts_with(&fixed)) {
        Cover::Perhaps
    } else {
        Cover::Outside
    }
}

/// How much of a file or directory is granted by one grant.
#[must_use]
pub fn path(grant: &str, need: &str) -> Cover {
    let below = need.strip_prefix(grant.trim_end_matches('/'));
    let granted = is_own_file(need) || below.is_some_and(|it| it.is_empty() || it.starts_with('/'));
    if granted {
        Cover::Inside
    } else {
        Cover::Outside
    }
}

/// How much of `HOST:PORT` is granted by one grant.
#[must_use]
pub fn server(grant: &str, need: &str) -> Cover {
    let (host, port) = need.rsplit_once(':').unwrap_or((need, "*"));
    let (granted_host, granted_port) = match grant.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (grant, "*"),
    };
    self::host(granted_host, host).min(text(granted_port, port))
}

fn host(grant: &str, need: &str) -> Cover {
    let (grant, need) = (grant.to_ascii_lowercase(), need.to_ascii_lowercase());
    match grant.strip_prefix("*.") {
        Some(_) if need.ends_with('*') => Cover::Perhaps,
        Some(domain) => match need.strip_suffix(domain) {
            Some(below) if below.len() > 1 && below.ends_with('.') => Cover::Inside,
            _ => Cover::Outside,
        },
        None => text(&grant, &need),
    }
}

/// A text that is granted as it is, or any with `*`.
fn text(grant: &str, need: &str) -> Cover {
    if grant == "*" {
        return Cover::Inside;
    }
    match need.strip_suffix('*') {
        Some(head) if grant.starts_with(head) => Cover::Perhaps,
        None if grant == need => Cover::Inside,
        _ => Cover::Outside,
    }
}

/// Whether a file lies in the machine's own directory, which is always its own.
#[must_use]
pub fn is_own_file(need: &str) -> bool {
    !need.starts_with('/') && !need.split('/').any(|it| it == "..")
}

/// Whether a program lies in the machine's own directory; a bare name is searched in `PATH` first.
#[must_use]
pub fn is_own_program(need: &str) -> bool {
    need.contains('/') && !need.ends_with('*') && is_own_file(need)
}

/// Whether a program is known for running others: a shell, or what runs scripts; or one that is not known.
#[must_use]
pub fn runs_others(program: &str) -> bool {
    /// How such programs are called, whatever version follows.
    const NAMES: [&str; 16] = [
        "sh", "bash", "dash", "ash", "ksh", "zsh", "busybox", "env", "sudo", "xargs", "python",
        "perl", "ruby", "node", "php", "make",
    ];
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    program.ends_with('*') || is_own_program(program) || NAMES.contains(&name)
}

fn split(grant: &str) -> (&str, &str) {
    match grant.rfind('/') {
        Some(at) => grant.split_at(at + 1),
        None => ("", grant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Cover::{Inside, Outside, Perhaps};

    #[test]
    fn programs_are_granted_by_path_and_by_name() {
        let check = |grant: &str, need: &str, expect: Cover| {
            assert_eq!(program(grant, need), expect, "{grant} {need}");
        };
        check("/usr/bin/df", "/usr/bin/df", Inside);
        check("/usr/bin/df", "/bin/df", Outside);
        check("/usr/bin/*", "/usr/bin/df", Inside);
        check("/usr/bin/*", "df", Inside);
        check("df", "df", Inside);
        check("df", "/usr/bin/df", Outside);
        check("*", "df", Inside);
        check("/x", "./own.sh", Inside);
        check("/x", "../other.sh", Outside);
        check("/p/check_*", "/p/check_*", Inside);
        check("/p/*", "/p/check_*", Inside);
        check("/p/check_disk", "/p/check_*", Perhaps);
        check("/p/check_d*", "/p/check_*", Perhaps);
        check("/q/*", "/p/check_*", Outside);
        check("/p/*", "*", Perhaps);
    }

    #[test]
    fn shells_and_scripts_run_other_programs() {
        let others = ["/bin/sh", "python3", "/usr/bin/python3.11", "./own.sh", "*"];
        assert!(others.into_iter().all(runs_others));
        assert!(!["/usr/bin/curl", "df"].into_iter().any(runs_others));
    }

    #[test]
    fn directories_grant_what_is_below() {
        let check = |grant: &str, need: &str, expect: Cover| {
            assert_eq!(path(grant, need), expect, "{grant} {need}");
        };
        check("/etc", "/etc/motd", Inside);
        check("/etc/", "/etc/motd", Inside);
        check("/etc/mo", "/etc/motd", Outside);
        check("/", "/etc/motd", Inside);
        check("/etc/motd", "/etc/motd", Inside);
        check("/etc/motd", "/etc", Outside);
        check("/x", "data/y", Inside);
        check("/x", "banner.txt", Inside);
        check("/x", "../y", Outside);
    }

    #[test]
    fn servers_are_granted_by_host_and_port() {
        let check = |grant: &str, need: &str, expect: Cover| {
            assert_eq!(server(grant, need), expect, "{grant} {need}");
        };
        check("a.net", "a.net:443", Inside);
        check("a.net:443", "a.net:443", Inside);
        check("a.net:80", "a.net:443", Outside);
        check("*:443", "a.net:443", Inside);
        check("*.net", "a.net:443", Inside);
        check("*.net", "net:443", Outside);
        check("*", "a.net:*", Inside);
        check("a.net", "a.*:*", Perhaps);
        check("b.net", "a.*:*", Outside);
        check("a.net:443", "a.net:*", Perhaps);
        check("[::1]", "[::1]:443", Inside);
    }
}
