//! The shared corpus: every machine that upstream runs is accepted, every bad one is reported where it is wrong.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chorister_spec::{Checked, Diagnostic, Options, Severity, Source, ddl, machine};

/// The corpus, or `None` with a line that says so where it may be absent.
fn corpus() -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let must = set.is_some() || std::env::var("CI").is_ok_and(|it| it == "true");
    let shared = set.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(!must, "the corpus is not at {}", corpus.display());
    println!("not run: the corpus is not at {}", corpus.display());
    None
}

/// The rows of a table with a header line, by column.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| {
        header
            .iter()
            .map(|it| (*it).to_owned())
            .zip(line.split('\t').map(str::to_owned))
            .collect()
    };
    lines.map(row).collect()
}

fn check(file: &Path, name: &str) -> Checked {
    let text = std::fs::read_to_string(file).unwrap();
    machine::check(&Source::new(name, text), &Options::default())
}

fn check_ddl(file: &Path, name: &str) -> Vec<Diagnostic> {
    let text = std::fs::read_to_string(file).unwrap();
    ddl::check(&Source::new(name, text), &Options::default()).diagnostics
}

fn shown(diagnostics: &[Diagnostic]) -> Vec<String> {
    let line = |it: &Diagnostic| {
        let help = it.help.as_deref().unwrap_or("-");
        format!(
            "{} {} {} {} | {help}",
            it.span,
            it.code,
            it.severity.as_str(),
            it.message
        )
    };
    diagnostics.iter().map(line).collect()
}

#[test]
fn corpus_machines_that_run_upstream_are_accepted() {
    let Some(corpus) = corpus() else { return };
    let root = corpus.join("machines");
    let mut refused = Vec::new();
    for row in rows(&root.join("INDEX.tsv")) {
        let checked = check(&root.join(&row["file"]), &row["file"]);
        if std::env::var_os("SHOW").is_some() {
            println!(
                "{} load {} start {}",
                row["file"], row["upstream_load"], row["upstream_start"]
            );
            println!("    {}", shown(&checked.diagnostics).join("\n    "));
        }
        let runs = row["upstream_load"] == "ok" && row["upstream_start"] == "ok";
        if runs && checked.has_errors() {
            refused.push(format!(
                "{}:\n  {}",
                row["file"],
                shown(&checked.diagnostics).join("\n  ")
            ));
        }
    }
    assert!(refused.is_empty(), "refused:\n{}", refused.join("\n"));
}

#[test]
fn corpus_agents_that_load_upstream_are_accepted() {
    let Some(corpus) = corpus() else { return };
    let root = corpus.join("ddls");
    let mut refused = Vec::new();
    for row in rows(&root.join("INDEX.tsv")) {
        let found = check_ddl(&root.join(&row["file"]), &row["file"]);
        let is_refused = found.iter().any(|it| it.severity == Severity::Error);
        if row["upstream_load"] == "ok" && is_refused {
            refused.push(format!(
                "{}:\n  {}",
                row["file"],
                shown(&found).join("\n  ")
            ));
        }
    }
    assert!(refused.is_empty(), "refused:\n{}", refused.join("\n"));
}

#[test]
fn corpus_bad_machines_are_reported_where_they_are_wrong() {
    bad("machine", |file, name| check(file, name).diagnostics);
}

#[test]
fn corpus_bad_agents_are_reported_where_they_are_wrong() {
    bad("ddl", check_ddl);
}

#[test]
fn corpus_bad_configurations_are_reported_where_they_are_wrong() {
    bad("config", |file, name| {
        let source = Source::from_bytes(name, std::fs::read(file).unwrap()).unwrap();
        chorister_spec::config::check(&source)
    });
}

fn bad(kind: &str, check: impl Fn(&Path, &str) -> Vec<Diagnostic>) {
    let Some(corpus) = corpus() else { return };
    let root = corpus.join("bad");
    let mut missed = Vec::new();
    for row in rows(&root.join("INDEX.tsv"))
        .into_iter()
        .filter(|it| it["kind"] == kind)
    {
        let found = check(&root.join(&row["file"]), &row["file"]);
        let place = format!("{}:{}", row["line"], row["column"]);
        let word = row["diagnostic_must_mention"]
            .split([';', ','])
            .next()
            .unwrap_or_default();
        let word = word
            .trim()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let hit = found.iter().any(|it| {
            let text = format!("{} {}", it.message, it.help.as_deref().unwrap_or_default());
            it.span.to_string() == place
                && (row["severity"] != "error" || it.severity == Severity::Error)
                && text.to_lowercase().contains(&word)
        });
        let extra = found.len() != 1;
        if !hit || (extra && std::env::var_os("SHOW").is_some()) {
            missed.push(format!(
                "{} {place} {word}:\n  {}",
                row["file"],
                shown(&found).join("\n  ")
            ));
        }
    }
    assert!(missed.is_empty(), "missed:\n{}", missed.join("\n"));
}
