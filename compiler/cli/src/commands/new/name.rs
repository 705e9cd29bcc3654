//! The name of a project.

use std::path::Path;

use anyhow::{Result, bail};

/// Longest name of a binary.
const MAX: usize = 64;

/// Names that cargo or rustc keep for themselves, and that of the library.
const TAKEN: [&str; 14] = [
    "alloc",
    "build",
    "chorister",
    "core",
    "crate",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "self",
    "std",
    "super",
    "test",
    "target",
];

/// Words of Rust that no package may be called.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while",
];

/// The name that a path ends in, if a binary can have it.
pub(super) fn of_path(path: &Path) -> Result<String> {
    let Some(name) = path.file_name().and_then(|it| it.to_str()) else {
        bail!("{} does not end in a name", path.display());
    };
    if TAKEN.contains(&name) || KEYWORDS.contains(&name) {
        bail!("`{name}` has a meaning of its own for cargo or Rust: try `{name}-node`");
    }
    let fits = name.len() <= MAX
        && name.starts_with(|it: char| it.is_ascii_lowercase())
        && name
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
    if fits {
        return Ok(name.to_owned());
    }
    let rule = "a name begins with a small letter and has small letters, digits and hyphens";
    match better(name) {
        Some(better) => bail!("`{name}` cannot name a binary: {rule}; try `{better}`"),
        None => bail!("`{name}` cannot name a binary: {rule}"),
    }
}

/// A name that fits and looks like this one.
fn better(name: &str) -> Option<String> {
    let parts: Vec<String> = name
        .to_lowercase()
        .split(|it: char| !it.is_ascii_alphanumeric())
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    let joined: String = parts.join("-").chars().take(MAX).collect();
    let better = joined
        .trim_start_matches(|it: char| !it.is_ascii_lowercase())
        .trim_end_matches('-');
    (better.len() > 1 && !TAKEN.contains(&better) && !KEYWORDS.contains(&better))
        .then(|| better.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Result<&str, &str>) {
        let found = of_path(Path::new(path)).map_err(|it| it.to_string());
        match (&found, expect) {
            (Ok(name), Ok(expect)) => assert_eq!(name, expect),
            (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
            _ => panic!("{path}: {found:?}"),
        }
    }

    #[test]
    fn names_are_those_of_binaries() {
        check("acme-node", Ok("acme-node"));
        check("/tmp/x/acme-node2", Ok("acme-node2"));
        check("Acme Node", Err("try `acme-node`"));
        check("acme_node", Err("try `acme-node`"));
        check("9lives", Err("try `lives`"));
        check("ümlaut", Err("try `mlaut`"));
        check("...", Err("cannot name a binary"));
        check("test", Err("try `test-node`"));
        check("fn", Err("try `fn-node`"));
        check("chorister", Err("try `chorister-node`"));
        check("..", Err("does not end in a name"));
    }
}
