//! Scripts beside a machine, and the programs that run them.

/// A file in the directory of a machine that a program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Relative to the directory, with `/` between folders.
    pub path: String,
    /// What runs it: its interpreter, and what `env` looks for.
    pub programs: Vec<String>,
}

impl Script {
    /// How many bytes of a file tell what runs it: what the kernel reads.
    pub const HEAD: usize = 256;

    /// A file of this path that begins with these bytes; `None` where it is no script.
    #[must_use]
    pub fn of(path: &str, head: &[u8]) -> Option<Self> {
        let line = head
            .get(..head.len().min(Self::HEAD))?
            .strip_prefix(b"#!")?
            .split(|byte| *byte == b'\n')
            .next()?;
        let line = String::from_utf8_lossy(line);
        let mut words = line.split_ascii_whitespace();
        let interpreter = words.next()?.to_owned();
        let is_env = interpreter.rsplit('/').next() == Some("env");
        let searched = words
            .find(|it| !it.starts_with('-') && !it.contains('='))
            .filter(|_| is_env)
            .map(str::to_owned);
        Some(Self {
            path: path.to_owned(),
            programs: core::iter::once(interpreter).chain(searched).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, expect: Option<&[&str]>) {
        let found = Script::of("x", head.as_bytes()).map(|it| it.programs);
        assert_eq!(
            found,
            expect.map(|it| it.iter().map(|it| (*it).to_owned()).collect()),
            "{head}"
        );
    }

    #[test]
    fn the_first_line_names_the_interpreter() {
        check("#!/bin/sh\nexit 0\n", Some(&["/bin/sh"]));
        check("#! /usr/bin/perl -w\n", Some(&["/usr/bin/perl"]));
        check(
            "#!/usr/bin/env python3\n",
            Some(&["/usr/bin/env", "python3"]),
        );
        check(
            "#!/usr/bin/env -S A=b ruby -w\n",
            Some(&["/usr/bin/env", "ruby"]),
        );
        check("#!\n", None);
        check("echo\n", None);
    }
}
