//! What a command line tells about what it needs.

use chorister_lang::words;

/// A command line, as far as its text is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CommandLine {
    /// The program; what is known of it and `*` where a template decides.
    pub(super) program: String,
    /// Whether all of the program is known.
    pub(super) is_known: bool,
    /// The absolute paths that its arguments name, sorted.
    pub(super) paths: Vec<String>,
}

impl CommandLine {
    /// The command line that begins with `known`, and ends with it if it is `complete`.
    pub(super) fn of(source: &str, known: &str, complete: bool) -> Self {
        // Up to a quote that is open where the constant text ends, the words are those of the whole.
        let mut words = words::locate(known).unwrap_or_else(|error| {
            let until = error.span.start.min(known.len());
            words::locate(known.get(..until).unwrap_or_default()).unwrap_or_default()
        });
        if !complete && words.last().is_some_and(|it| it.span.end >= known.len()) {
            words.pop();
        }
        let Some((program, arguments)) = words.split_first() else {
            return Self::unknown(source, known);
        };
        let mut paths: Vec<String> = arguments.iter().flat_map(|it| paths(&it.text)).collect();
        paths.sort();
        paths.dedup();
        Self {
            program: program.text.clone(),
            is_known: true,
            paths,
        }
    }

    /// The program as a file of the machine's directory is named there.
    pub(super) fn file(&self) -> &str {
        self.program.trim_start_matches("./")
    }

    fn unknown(source: &str, known: &str) -> Self {
        let plain = known.trim_start();
        let plain = if plain.contains(['\'', '"', '\\', '#']) || source.is_empty() {
            ""
        } else {
            plain
        };
        Self {
            program: format!("{plain}*"),
            is_known: false,
            paths: Vec::new(),
        }
    }
}

/// The absolute paths in an argument, which may be the script of a shell.
///
/// What only looks like one, such as the pattern `/x/` of a filter, is left out as far as that can be told.
fn paths(argument: &str) -> Vec<String> {
    let separates = |it: char| it.is_whitespace() || ";|&<>()\"'`=,{}$!".contains(it);
    let is_path = |it: &&str| {
        let below = it.strip_prefix('/').unwrap_or_default();
        let plain = |it: char| it.is_ascii_alphanumeric() || "/._-+@~:".contains(it);
        let begins =
            below.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '.' || it == '_');
        let pattern = below.ends_with('/') && !below.trim_end_matches('/').contains('/');
        begins && !pattern && below.chars().all(plain)
    };
    argument
        .split(separates)
        .filter(is_path)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(known: &str, complete: bool, program: &str, expect: &[&str]) {
        let line = CommandLine::of("x", known, complete);
        assert_eq!(line.program, program, "{known}");
        assert_eq!(line.is_known, !program.ends_with('*'), "{known}");
        assert_eq!(line.paths, expect, "{known}");
    }

    #[test]
    fn the_program_is_the_first_word() {
        check("/bin/true", true, "/bin/true", &[]);
        check("'/opt/my tool' -x", true, "/opt/my tool", &[]);
        check("df -P /", true, "df", &[]);
        check("./check.sh", true, "./check.sh", &[]);
    }

    #[test]
    fn a_template_may_hide_it() {
        check("/usr/bin/check_", false, "/usr/bin/check_*", &[]);
        check("/usr/bin/check -w ", false, "/usr/bin/check", &[]);
        check("/bin/sh -c '", false, "/bin/sh", &[]);
        check("", false, "*", &[]);
        check("'/opt/a", false, "*", &[]);
    }

    #[test]
    fn arguments_name_paths() {
        check("cat /etc/a /etc/b", true, "cat", &["/etc/a", "/etc/b"]);
        check(
            "/bin/sh -c 'read x < /proc/loadavg; y'",
            true,
            "/bin/sh",
            &["/proc/loadavg"],
        );
        check(
            "tool --out=/var/x --in /etc/b",
            true,
            "tool",
            &["/etc/b", "/var/x"],
        );
        check("awk '/foo/ { print }' /etc/a", true, "awk", &["/etc/a"]);
        check("sed s/a/b/ x", true, "sed", &[]);
        check("curl https://example.net/x", true, "curl", &[]);
        check("cat /etc/a {", false, "cat", &["/etc/a"]);
    }
}
