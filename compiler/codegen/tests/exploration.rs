//! What exploration finds, as authors see it: `tests/diagnostics/explore-CASE.yaml`, or a folder of machines, gives
//! `explore-CASE.txt`; the pages of its codes say what is true. `BLESS=1` writes what is printed now.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_compiler::explore::{Explored, explore};
use chorister_spec::render::{self, Color};
use chorister_spec::{Checked, Code, Options, Source, machine};

/// What an example leaves out is taken from here.
const REST: [(&str, &str); 5] = [
    ("name:", "name: worker\n"),
    ("version:", "version: 1.0.0\n"),
    ("initial_state:", "initial_state: STOPPED\n"),
    (
        "transitions:",
        "transitions:\n  - {name: start, from: [STOPPED], destination: RUNNING}\n  \
         - {name: stop, from: [RUNNING], destination: STOPPED}\n",
    ),
    (
        "watchers:",
        "watchers:\n  - {name: starter, type: exec, state_match: [STOPPED], interval: 1m, \
         success_transition: start, properties: {command: ./start.sh}}\n",
    ),
];

fn codes() -> impl Iterator<Item = Code> {
    let all = Code::ALL.iter().copied();
    all.filter(|it| it.as_str().starts_with("CH07"))
}

fn examine(sources: &[Source]) -> (Vec<Checked>, Explored) {
    let checked: Vec<_> = sources
        .iter()
        .map(|it| machine::check(it, &Options::default()))
        .collect();
    let explored = explore(&checked.iter().collect::<Vec<_>>());
    (checked, explored)
}

#[test]
fn findings_look_as_they_are_meant_to() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics");
    let bless = std::env::var_os("BLESS").is_some();
    let (mut wrong, mut seen) = (String::new(), String::new());
    for case in cases(&folder) {
        let printed = printed(&case);
        let golden = case.with_extension("txt");
        if bless {
            fs::write(&golden, &printed).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != printed {
            writeln!(wrong, "--- {}\n{printed}", golden.display()).unwrap();
        }
        seen.push_str(&printed);
    }
    assert!(
        wrong.is_empty(),
        "these differ (BLESS=1 accepts them):\n{wrong}"
    );
    // What is too much to explore is too much for a golden.
    let missing: Vec<_> = codes()
        .filter(|it| !seen.contains(&format!("[{it}]")) && *it != Code::NotExplored)
        .collect();
    assert!(missing.is_empty(), "no golden shows {missing:?}");
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let name = |it: &PathBuf| it.file_name().unwrap().to_string_lossy().into_owned();
    let mut cases: Vec<_> = entries
        .filter(|it| name(it).starts_with("explore-") && !name(it).ends_with(".txt"))
        .collect();
    cases.sort();
    cases
}

fn printed(case: &Path) -> String {
    let mut files = vec![case.to_owned()];
    if case.is_dir() {
        files = fs::read_dir(case)
            .unwrap()
            .map(|it| it.unwrap().path())
            .collect();
    }
    files.sort();
    let read = |it: &PathBuf| {
        let name = it.file_name().unwrap().to_string_lossy().into_owned();
        Source::from_bytes(name, fs::read(it).unwrap()).unwrap()
    };
    let sources: Vec<_> = files.iter().map(read).collect();
    let (checked, explored) = examine(&sources);
    let mut found: Vec<_> = checked.into_iter().flat_map(|it| it.diagnostics).collect();
    found.extend(explored.findings);
    if case.file_stem().unwrap() == "explore-remarks" {
        found.extend(explored.remarks);
    }
    let mut text = render::text(&found, &sources, Color::Never);
    text.push_str(&render::summary(&found).unwrap_or_default());
    text.push('\n');
    text
}

#[test]
fn pages_are_true() {
    let mut wrong = Vec::new();
    for code in codes().filter(|it| *it != Code::NotExplored) {
        let examples = code.page().split("```yaml\n").skip(1);
        let examples: Vec<_> = examples.filter_map(|it| it.split("```").next()).collect();
        let [bad, good] = examples.as_slice() else {
            wrong.push(format!("{code} has no two examples"));
            continue;
        };
        for (example, expect) in [(bad, true), (good, false)] {
            let found = found(example);
            if found.contains(&code) != expect {
                wrong.push(format!("{code}: an example gives {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn found(example: &str) -> BTreeSet<Code> {
    let texts = example.split("\n---\n").map(complete).enumerate();
    let sources: Vec<_> = texts
        .map(|(at, text)| Source::new(format!("{at}.yaml"), text))
        .collect();
    let (checked, explored) = examine(&sources);
    assert!(checked.iter().all(|it| it.machine.is_some()), "{example}");
    let all = explored.findings.iter().chain(&explored.remarks);
    all.map(|it| it.code).collect()
}

fn complete(example: &str) -> String {
    let mut text = String::new();
    for (key, rest) in REST {
        if !example.lines().any(|it| it.starts_with(key)) {
            text.push_str(rest);
        }
    }
    text.push_str(example);
    text
}

#[test]
fn what_is_too_much_is_said() {
    // Each of these machines goes round through eight states by itself, and all of them wait for each other.
    let source = |own: usize| {
        let mut text = format!("name: m{own}\nversion: 1.0.0\ninitial_state: s0\ntransitions:\n");
        for at in 0..8 {
            let to = (at + 1) % 8;
            writeln!(
                text,
                "  - {{name: go{at}, from: [s{at}], destination: s{to}}}"
            )
            .unwrap();
        }
        text.push_str("watchers:\n");
        for at in 0..8 {
            let next = (own + 1) % 6;
            writeln!(
                text,
                "  - {{name: w{at}, type: timer, state_match: [s{at}], fail_transition: go{at}, \
                 properties: {{timer: 1h}}}}\n  - {{name: x{at}, type: exec, interval: 1m, state_match: [s{at}], \
                 foreign_state_required: [{{machine_name: m{next}, state: s3}}], properties: {{command: /bin/true}}}}"
            )
            .unwrap();
        }
        Source::new(format!("m{own}.yaml"), text)
    };
    let sources: Vec<_> = (0..6).map(source).collect();
    let (_, explored) = examine(&sources);
    let [finding] = explored.findings.as_slice() else {
        panic!("{:#?}", explored.findings);
    };
    assert_eq!(
        finding.message,
        "only 10000 of the states that `m0`, `m1`, `m2`, `m3`, `m4` and `m5` can be in together were explored"
    );
}
