//! Every YAML and JSON file of the shared corpus.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// The shared corpus; `None`, and a line saying so, where there is none.
fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("CHORISTER_SHARED");
    let is_required = named.is_some() || std::env::var_os("CI").is_some_and(|ci| ci == "true");
    let shared = named.map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let corpus = shared.join("corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(!is_required, "{} is not here", corpus.display());
    println!("not run: the shared corpus is not here");
    None
}

/// The files below `folder` that are YAML or JSON by name.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
        {
            into.push(path);
        }
    }
}

/// The errors of all files below `folder`, without their help.
fn errors(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    paths.sort();
    assert!(!paths.is_empty());
    let mut errors = Vec::new();
    for path in paths {
        let source = fs::read(&path).expect("a file");
        let name = path
            .strip_prefix(folder)
            .expect("a file below")
            .display()
            .to_string();
        let parsed = parse(&source, Format::of_file(&name), &Limits::SPEC);
        assert!(
            parsed.root.is_some() || !parsed.errors.is_empty(),
            "{name} holds nothing"
        );
        properties::check_spans(&source, &parsed);
        errors.extend(parsed.errors.iter().map(|error| format!("{name}:{error}")));
    }
    errors
}

#[test]
fn machines_of_the_corpus_are_read() {
    let Some(corpus) = corpus() else { return };
    let expect = [
        "doc-container-manager-broken/machine.yaml:22:2: wrong indentation: `watchers` is where an item of the list above would begin",
        "wrap-machines-dup-key/machine.yaml:28:5: `state_match` is already given on line 25",
    ];
    assert_eq!(errors(&corpus.join("machines")), expect);
}

#[test]
fn ddls_of_the_corpus_are_read() {
    let Some(corpus) = corpus() else { return };
    assert_eq!(errors(&corpus.join("ddls")), [""; 0]);
}

#[test]
fn mistakes_of_the_corpus_are_found_where_they_are() {
    let Some(corpus) = corpus() else { return };
    let expect = [
        "ddls/json-trailing-comma.json:9:37: trailing comma",
        "machines/yaml-duplicate-top-key/machine.yaml:16:1: `version` is already given on line 2",
        "machines/yaml-tab-in-list/machine.yaml:10:1: tab character in the indentation",
    ];
    assert_eq!(errors(&corpus.join("bad")), expect);
}

/// Those that are templates first are no YAML; what is wrong with them has a place all the same.
#[test]
fn gossfiles_of_the_corpus_are_read_as_far_as_they_are_yaml() {
    let Some(corpus) = corpus() else { return };
    let mut paths = Vec::new();
    files(&corpus.join("gossfiles"), &mut paths);
    for path in paths {
        let source = fs::read(&path).expect("a file");
        let parsed = parse(&source, Format::Yaml, &Limits::SPEC);
        properties::check_spans(&source, &parsed);
        let has_templates = source.windows(2).any(|pair| pair == b"{{");
        let is_known = path.ends_with("glusterfs/tests/0200_volumes.6.1.goss.yml");
        let errors = show_errors(&parsed);
        assert!(
            errors.is_empty() || has_templates || is_known,
            "{}: {errors}",
            path.display()
        );
    }
}
