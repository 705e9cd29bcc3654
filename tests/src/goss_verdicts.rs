//! What goss files come to on this machine, beside the real goss: every kind of resource, with files, commands and
//! servers of our own, and the files that people have published.

mod servers;

use core::num::NonZeroUsize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chorister_goss::output::{Format, Options as Output, render};
use chorister_goss::{Vars, load};
use chorister_validate::{Disk, Options, environment, validate};
use serde_json::Value as Json;

use crate::support::{peers, shared};

/// The outcome of each result, by type, id and property; nothing if the file is refused.
type Verdicts = Option<BTreeMap<[String; 3], Outcome>>;

/// What is shown where verdicts differ, and the number that is compared.
#[derive(Debug)]
struct Outcome {
    result: u64,
    shown: String,
}

/// How a file is evaluated besides.
#[derive(Default)]
struct Given {
    vars: Option<std::path::PathBuf>,
    inline: Option<&'static str>,
}

fn verdicts(document: &str) -> Verdicts {
    let document: Json = serde_json::from_str(document).expect("a document of results");
    let results = document["results"].as_array().into_iter().flatten();
    let key = |result: &Json, field: &str| result[field].as_str().unwrap().to_owned();
    Some(
        results
            .map(|it| {
                let id = ["resource-type", "resource-id", "property"].map(|field| key(it, field));
                let outcome = Outcome {
                    result: it["result"].as_u64().unwrap(),
                    shown: format!("{} {} {}", it["result"], it["err"], it["matcher-result"]),
                };
                (id, outcome)
            })
            .collect(),
    )
}

fn theirs(goss: &Path, file: &Path, given: &Given) -> Verdicts {
    let mut command = Command::new(goss);
    command
        .current_dir(file.parent().unwrap())
        .arg("-g")
        .arg(file);
    if let Some(vars) = &given.vars {
        command.arg("--vars").arg(vars);
    }
    if let Some(inline) = given.inline {
        command.args(["--vars-inline", inline]);
    }
    let output = command
        .args(["validate", "-f", "json", "-o", "sort"])
        .output()
        .unwrap();
    match output.status.code() {
        Some(0 | 1) => verdicts(&String::from_utf8(output.stdout).unwrap()),
        Some(78) => None,
        _ => panic!(
            "goss {}: {}",
            file.display(),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

fn ours(file: &Path, given: &Given) -> Verdicts {
    let mut vars = Vars::new(environment());
    if let Some(file) = &given.vars {
        vars.merge(&std::fs::read(file).unwrap()).unwrap();
    }
    if let Some(inline) = given.inline {
        vars.replace(inline.as_bytes()).unwrap();
    }
    let loaded = load(file.to_str().unwrap(), &vars, &Disk).ok()?;
    let options = Options {
        concurrency: NonZeroUsize::new(20).unwrap(),
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(validate(Arc::new(loaded.suite), options));
    verdicts(&render(&report, Format::Json, Output::default()))
}

/// Evaluates a file twice and returns how many results passed, failed and were skipped, and what differs.
fn compare(goss: &Path, file: &Path, given: &Given) -> ([usize; 3], Vec<String>) {
    let (theirs, ours) = (theirs(goss, file, given), ours(file, given));
    let mut counts = [0; 3];
    let mut differences = Vec::new();
    let (theirs, ours) = match (theirs, ours) {
        (Some(theirs), Some(ours)) => (theirs, ours),
        (None, None) => return (counts, differences),
        (theirs, _) => {
            let who = if theirs.is_none() {
                "goss refuses"
            } else {
                "we refuse"
            };
            return (counts, vec![format!("{}: only {who} it", file.display())]);
        }
    };
    for key in theirs
        .keys()
        .chain(ours.keys().filter(|it| !theirs.contains_key(*it)))
    {
        match (theirs.get(key), ours.get(key)) {
            (Some(one), Some(two)) if one.result == two.result => {
                counts[usize::try_from(one.result).unwrap()] += 1;
            }
            (one, two) => {
                let shown =
                    |it: Option<&Outcome>| it.map_or("nothing".to_owned(), |it| it.shown.clone());
                differences.push(format!(
                    "{} {}\n  goss: {}\n  we:   {}",
                    file.display(),
                    key.join(" "),
                    shown(one),
                    shown(two)
                ));
            }
        }
    }
    (counts, differences)
}

#[track_caller]
fn check_same(goss: &Path, file: &Path, given: &Given) -> [usize; 3] {
    let (counts, differences) = compare(goss, file, given);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    counts
}

/// Files of all kinds, some of which nobody knows the owner of.
fn prepare(folder: &Path) {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    let at = |name: &str| folder.join(name);
    std::fs::write(at("text"), "first line\nsecond line\r\nthird\n").unwrap();
    std::fs::set_permissions(at("text"), std::fs::Permissions::from_mode(0o4750)).unwrap();
    std::fs::write(at("empty"), "").unwrap();
    // Only root may.
    let _ = chown(at("empty"), Some(12345), Some(54321));
    symlink("text", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    std::fs::create_dir(at("dir")).unwrap();
    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
}

#[test]
fn resources_come_to_the_verdict_of_the_real_goss() {
    let Some(goss) = peers::goss() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let file = folder.path().join("goss.yaml");
    let text = include_str!("goss_verdicts/resources.yaml");
    std::fs::write(&file, text.replace("WORK", folder.path().to_str().unwrap())).unwrap();
    let counts = check_same(&goss, &file, &Given::default());
    assert!(counts.iter().all(|it| *it > 20), "{counts:?}");
}

#[test]
fn servers_come_to_the_verdict_of_the_real_goss() {
    let Some(goss) = peers::goss() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let servers = servers::Servers::start(folder.path());
    let file = folder.path().join("goss.yaml");
    let text = include_str!("goss_verdicts/servers.yaml");
    std::fs::write(&file, servers.fill_in(text)).unwrap();
    let counts = check_same(&goss, &file, &Given::default());
    assert!(counts.iter().all(|it| *it > 5), "{counts:?}");
}

#[test]
fn what_crashes_goss_or_never_passes_there_has_a_verdict_here() {
    for (text, results) in [
        ("mount: {/no/such: {exists: false}}", &[0][..]),
        ("mount: {/proc: {exists: true, usage: {lt: 100}}}", &[0, 1]),
        ("command: {'true': {exit-status: abc}}", &[1]),
        (
            "command: {'true': {exit-status: 0, stdout: ['/']}}",
            &[0, 1],
        ),
        ("file: {/etc/passwd: {exists: true, size: {}}}", &[0, 1]),
        (
            "http: {'http://127.0.0.1:1': {status: 200, request-headers: ['nonsense']}}",
            &[1],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("goss.yaml");
        std::fs::write(&file, text).unwrap();
        let ours = ours(&file, &Given::default()).unwrap();
        let found: Vec<u64> = ours.values().map(|it| it.result).collect();
        assert_eq!(found, results, "{text}: {ours:?}");
    }
}

#[test]
fn files_of_the_corpus_come_to_the_verdict_of_the_real_goss() {
    let (Some(goss), Some(shared)) = (peers::goss(), shared("goss files of the corpus")) else {
        return;
    };
    let corpus = shared.join("corpus/gossfiles");
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let mut all = Vec::new();
    let mut results = 0;
    for line in index.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let [file, _, _, _, _, _, rendered, validated] = columns[..] else {
            panic!("{line}");
        };
        // Whatever has commands of strangers is not run.
        if !validated.starts_with("accepted") && !validated.starts_with("refused") {
            continue;
        }
        let file = corpus.join(file);
        let mut words = rendered.split(' ').skip_while(|it| *it != "--vars");
        let given = Given {
            vars: words.nth(1).map(|it| file.parent().unwrap().join(it)),
            inline: rendered.contains("--vars-inline").then_some("{OS: ubuntu}"),
        };
        let (counts, differences) = compare(&goss, &file, &given);
        results += counts.iter().sum::<usize>();
        all.extend(differences);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(results > 200, "only {results} results");
}
