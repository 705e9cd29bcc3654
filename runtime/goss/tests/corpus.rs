//! The shared corpus and samples: what goss takes is taken, what it refuses is refused, in its words.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use chorister_goss::{Files, LoadError, Mistake, Vars, load};

/// What the files of the corpus that need variables of their own are given.
const INLINE: &str = "
OS: ubuntu
OS_VERSION: '22.04'
PROVIDER: amazon
tags: []
model_name: cos
goss_dir: /goss
machine: false
apps: {k8s: [], machine: []}
";

/// The shared folder, or `None` with a line that says so where it may be absent.
fn shared() -> Option<PathBuf> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let must = set.is_some() || std::env::var("CI").is_ok_and(|it| it == "true");
    let shared = set.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    if shared.join("corpus").is_dir() {
        return Some(shared);
    }
    assert!(!must, "the corpus is not at {}", shared.display());
    println!("not run: the corpus is not at {}", shared.display());
    None
}

/// A real directory.
struct Directory(PathBuf);

impl Files for Directory {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(self.0.join(path)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            _ => error.to_string(),
        })
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(directory)).into_iter().flatten();
        entries
            .filter_map(|it| it.ok()?.file_name().into_string().ok())
            .collect()
    }

    fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.0.join(path)).is_ok()
    }
}

/// What the verdicts of goss were found with, as far as the index does not say it.
const ENVIRONMENT: [(&str, &str); 2] = [("OS", "ubuntu"), ("DISTRIBUTION_RELEASE", "jammy")];

#[test]
fn verdicts_on_the_corpus_are_those_of_goss() {
    let Some(shared) = shared() else { return };
    let corpus = shared.join("corpus");
    let index = fs::read_to_string(corpus.join("gossfiles/INDEX.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = index
        .lines()
        .skip(1)
        .map(|row| row.split('\t').collect())
        .collect();
    let is_vars = |row: &&Vec<&str>| row[6] == "vars-file";
    let vars_files: Vec<&str> = rows.iter().filter(is_vars).map(|row| row[0]).collect();
    let mut wrong = Vec::new();
    for row in rows.iter().filter(|row| !is_vars(row)) {
        let (file, verdict) = (row[0], row[6]);
        let outcomes: Vec<_> = variables(&corpus, file, verdict, &vars_files)
            .iter()
            .map(|vars| loaded(&corpus, file, vars))
            .collect();
        let agrees = |ours: &Result<(), LoadError>| match (ours, verdict.strip_prefix("error: ")) {
            (Ok(()), None) => true,
            (Err(error), Some(words)) => end(&error.message) == end(words),
            _ => false,
        };
        if !outcomes.iter().any(agrees) {
            wrong.push(format!("{file}\n  goss: {verdict}\n  here: {outcomes:?}"));
        }
    }
    let count = rows.len() - vars_files.len();
    println!(
        "{} of {count} verdicts are those of goss",
        count - wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The variables that a row names; where goss refused the file the row names none, and several are tried.
fn variables(corpus: &Path, file: &str, verdict: &str, vars_files: &[&str]) -> Vec<Vars> {
    let environment = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let with = |path: Option<PathBuf>, inline: bool| {
        let mut vars = Vars::new(BTreeMap::from(environment.clone()));
        if let Some(path) = path {
            vars.merge(&fs::read(path).unwrap()).unwrap();
        }
        if inline {
            vars.replace(INLINE.as_bytes()).unwrap();
        }
        vars
    };
    let root = corpus.join("gossfiles");
    if !verdict.starts_with("error: ") {
        let named: HashMap<&str, &str> = verdict
            .split(" --")
            .skip(1)
            .filter_map(|it| it.split_once(' '))
            .collect();
        let folder = root.join(file).parent().unwrap().to_owned();
        let path = named.get("vars").map(|name| folder.join(name.trim()));
        return vec![with(path, named.contains_key("vars-inline"))];
    }
    let repository = file.split('/').next().unwrap();
    let paths = vars_files.iter().filter(|it| it.starts_with(repository));
    let paths = paths.map(|it| Some(root.join(it))).chain([None]);
    paths
        .flat_map(|path| [with(path.clone(), false), with(path, true)])
        .collect()
}

/// Reads a file of the corpus. One without resources counts as read: rendering does not mind.
fn loaded(corpus: &Path, file: &str, vars: &Vars) -> Result<(), LoadError> {
    let files = Directory(corpus.to_owned());
    match load(&format!("gossfiles/{file}"), vars, &files) {
        Err(error) if error.finding.mistake == Mistake::Empty => Ok(()),
        other => other.map(|_| ()),
    }
}

/// An error of goss without what stands before the reason; the index keeps only the end of long ones.
fn end(error: &str) -> String {
    let start = error.find("emplate: test:").unwrap_or(0);
    error[start..]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What goss refuses of the samples is refused in its words, and what it takes is taken.
#[test]
fn vectors_are_refused_in_the_words_of_goss() {
    let Some(shared) = shared() else { return };
    let cases = shared.join("vectors/goss/cases");
    let files = Directory(cases.clone());
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&cases).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(case) = name.strip_suffix(".yaml") else {
            continue;
        };
        let theirs = fs::read_to_string(cases.join(format!("{case}.out"))).unwrap();
        let refused = theirs.starts_with("exit: 78").then(|| {
            let words = theirs.split("Error: ").nth(1).unwrap();
            words.split("\nstderr:").next().unwrap().to_owned()
        });
        let ours = load(&name, &Vars::default(), &files);
        let agrees = match (&ours, &refused) {
            (Ok(_), None) => true,
            // It says where it found the file; how deep it went before it noticed is its own.
            (Err(error), Some(words)) => {
                let reason = words.rsplit("could not write json data: ").next().unwrap();
                let reason = reason.replace("source: t.yaml", &format!("source: {name}"));
                error.message == reason
            }
            _ => false,
        };
        if !agrees {
            wrong.push(format!("{case}\n  goss: {refused:?}\n  here: {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn vectors_of_includes_are_joined_as_goss_joins_them() {
    let Some(shared) = shared() else { return };
    let files = Directory(shared.join("vectors/goss/include"));
    let loaded = load("root.yaml", &Vars::default(), &files).unwrap();
    let running: Vec<(&str, String)> = loaded
        .suite
        .resources
        .iter()
        .map(|it| (it.id.as_str(), it.properties[0].expected.to_string()))
        .collect();
    let expect = [
        ("a", "true"),
        ("init", "true"),
        ("j", "false"),
        ("y", "false"),
    ];
    assert_eq!(running, expect.map(|(id, value)| (id, value.to_owned())));
    assert!(loaded.warnings[0].contains("Duplicate key detected: 'process: init'"));
    // Against goss: a JSON file may include YAML.
    assert!(load("root.json", &Vars::default(), &files).is_ok());
}

#[test]
fn vectors_of_templates_are_rendered_as_goss_renders_them() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("vectors/goss");
    let files = Directory(folder.clone());
    for (inline, sample) in [
        ("{s: x, n: 1000000}", "template.yaml-vars.out"),
        ("{\"s\": \"x\", \"n\": 1000000}", "template.json-vars.out"),
    ] {
        let mut vars = Vars::default();
        vars.replace(inline.as_bytes()).unwrap();
        let loaded = load("template.yaml", &vars, &files).unwrap();
        let theirs = fs::read_to_string(folder.join(sample)).unwrap();
        let theirs: Vec<&str> = theirs
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.strip_suffix(':'))
            .filter(|it| !it.starts_with(' '))
            .collect();
        let ours: Vec<&str> = loaded
            .suite
            .resources
            .iter()
            .map(|it| it.id.as_str())
            .collect();
        assert_eq!(ours, theirs, "{inline}");
    }
}
