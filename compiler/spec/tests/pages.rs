//! Every code has a page of prose whose example is really such a mistake, whose correction is none, and a golden.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chorister_spec::programs::{self, Beside};
use chorister_spec::{Code, Options, Source, class, ddl, explain, machine, set};

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
        "watchers:\n  - name: starter\n    type: exec\n    state_match: [STOPPED]\n    interval: 1m\n    \
         success_transition: start\n    properties: {command: ./start.sh}\n",
    ),
];

/// And for an agent, from here.
const REST_OF_AGENT: [(&str, &str); 2] = [
    (
        "metadata:",
        "metadata: {name: disk, description: Disks, author: ACME, license: Apache-2.0, version: 1.0.0, \
         url: https://example.net, timeout: 10}\n",
    ),
    (
        "actions:",
        "actions: [{action: ping, description: Says that it is there, input: {}, output: {}}]\n",
    ),
];

/// What cannot be shown in a short example.
const WITHOUT_EXAMPLE: [Code; 2] = [Code::Encoding, Code::TooMany];

/// What no machine alone shows: the tests of distributions and of test runs do.
const ELSEWHERE: [Code; 2] = [Code::TestFile, Code::TestFailed];

fn machine_codes() -> impl Iterator<Item = Code> {
    Code::ALL
        .iter()
        .copied()
        // Distributions and explorations are checked where they are made, by `chorister-compiler`.
        .filter(|it| {
            !["CH07", "CH08"]
                .iter()
                .any(|part| it.as_str().starts_with(part))
        })
        // Check files, bundles and overrides have tests of their own.
        .filter(|it| !it.as_str().starts_with("CH11"))
        // And so have goss files, configurations and policies.
        .filter(|it| {
            !["CH12", "CH14", "CH15"]
                .iter()
                .any(|part| it.as_str().starts_with(part))
        })
        // What a class or a check needs beyond its own file is looked at by `chorister-compiler` too.
        .filter(|it| !(is_of_class(*it) && *it >= Code::Builtin))
        .filter(|it| !ELSEWHERE.contains(it))
        // What an agent needs beyond its own file as well.
        .filter(|it| !(Code::AgentFile..=Code::AgentImplementation).contains(it))
}

fn is_of_class(code: Code) -> bool {
    code.as_str().starts_with("CH10")
}

#[test]
fn examples_are_what_they_say() {
    let mut wrong = Vec::new();
    for code in machine_codes().filter(|it| !WITHOUT_EXAMPLE.contains(it)) {
        let page = code.page();
        let examples: Vec<_> = page
            .split("```yaml\n")
            .skip(1)
            .filter_map(|it| it.split("```").next())
            .collect();
        let [bad, good, ..] = examples.as_slice() else {
            wrong.push(format!("{code} has no two examples"));
            continue;
        };
        if !found(code, bad).contains(&code) {
            wrong.push(format!(
                "{code}: the first example gives {:?}",
                found(code, bad)
            ));
        }
        if found(code, good).contains(&code) {
            wrong.push(format!("{code}: the second example has the mistake too"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_begin_with_their_code() {
    for code in Code::ALL {
        let first = code.page().lines().next().unwrap_or_default();
        assert_eq!(first, format!("# {code}: {}", code.title()));
        assert_eq!(explain(code.as_str()), Some(code.page()));
    }
}

#[test]
fn every_code_has_a_golden() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics");
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "txt") {
            let text = fs::read_to_string(path).unwrap();
            seen.extend(machine_codes().filter(|it| text.contains(&format!("[{it}]"))));
        }
    }
    let missing: Vec<_> = machine_codes()
        .filter(|it| !seen.contains(it) && *it != Code::TooMany)
        .map(Code::as_str)
        .collect();
    assert!(missing.is_empty(), "no golden shows {missing:?}");
}

/// The codes that an example yields. Examples of several machines have `---` between them.
fn found(code: Code, example: &str) -> BTreeSet<Code> {
    if is_of_class(code) {
        let checked = class::check(&Source::new("queue.check.yaml", example));
        return checked
            .machine
            .diagnostics
            .iter()
            .map(|it| it.code)
            .collect();
    }
    if code.as_str().starts_with("CH13") {
        let source = Source::new("disk.ddl.yaml", complete(example, &REST_OF_AGENT));
        let checked = ddl::check(&source, &Options::default());
        return checked.diagnostics.iter().map(|it| it.code).collect();
    }
    let complete = |text: &str| complete(text, &REST);
    let reading = code.as_str().starts_with("CH00");
    let several = code.as_str().starts_with("CH05");
    let texts: Vec<String> = match (reading, several) {
        (true, _) => vec![example.to_owned()],
        (_, true) => example.split("\n---\n").map(complete).collect(),
        _ => vec![complete(example)],
    };
    let checked: Vec<_> = texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| {
            machine::check(
                &Source::new(format!("{at}.yaml"), text),
                &Options::default(),
            )
        })
        .collect();
    let alone = checked.iter().flat_map(|it| it.diagnostics.clone());
    let together = if several {
        set::check(&checked)
    } else {
        Vec::new()
    };
    let beside = Beside {
        path: "probe.sh".to_owned(),
        executable: true,
    };
    let files = match code {
        Code::CommandFile => checked
            .iter()
            .flat_map(|it| programs::check(&it.outline, std::slice::from_ref(&beside)))
            .collect(),
        _ => Vec::new(),
    };
    alone
        .chain(together)
        .chain(files)
        .map(|it| it.code)
        .collect()
}

fn complete(example: &str, rest: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, rest) in rest {
        if !example.lines().any(|it| it.starts_with(key)) {
            text.push_str(rest);
        }
    }
    text.push_str(example);
    text
}
