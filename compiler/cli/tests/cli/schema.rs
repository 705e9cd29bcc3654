//! `choristerc schema`: what an editor is told is what `check` says.

use std::path::Path;

use chorister_goss::files::NoFiles;
use chorister_goss::template::{Data, render};
use jsonschema::Validator;
use serde_json::Value;

use crate::support::{LAMP, Place, shared};

/// The schema of a format as the tool prints it.
fn validator(kind: &str) -> Validator {
    let run = Place::new(&[]).run(&["schema", kind]);
    let schema: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A spec as an editor's validator sees it.
fn value(text: &str) -> Option<Value> {
    let root = chorister_yaml::parse(
        text,
        chorister_yaml::Format::Yaml,
        &chorister_yaml::Limits::SPEC,
    )
    .root?;
    Some(chorister_yaml::to_json(&root))
}

fn problems(validator: &Validator, text: &str) -> Vec<String> {
    let value = value(text).expect("it is YAML");
    validator
        .iter_errors(&value)
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect()
}

/// A good text validates, and does not with any of these mistakes in it.
fn only_right_validates(kind: &str, good: &str, mistakes: &[(&str, &str)]) {
    let validator = validator(kind);
    assert_eq!(problems(&validator, good), Vec::<String>::new());
    for (right, wrong) in mistakes {
        assert!(good.contains(right), "{right}");
        let text = good.replacen(right, wrong, 1);
        assert!(!problems(&validator, &text).is_empty(), "{wrong}");
    }
}

#[test]
fn a_good_machine_validates() {
    assert_eq!(problems(&validator("machine"), LAMP), Vec::<String>::new());
}

#[test]
fn mistakes_do_not_validate() {
    let validator = validator("machine");
    for (right, wrong) in [
        ("version: 1.0.0", "version: 1"),
        ("initial_state: UNLIT\n", ""),
        ("type: exec", "type: exce"),
        ("interval: 1m", "interval: 10"),
        ("timer: 5m", "timer: 5"),
        ("timer: 5m", "tiemr: 5m"),
        ("command:", "comand:"),
        ("state_match: [LIT]", "state_match: LIT"),
        ("success_transition: turn_on", "sucess_transition: turn_on"),
        (
            "    fail_transition: turn_off\n",
            "    success_transition: turn_off\n",
        ),
        ("    from: [LIT]\n", ""),
    ] {
        assert!(LAMP.contains(right), "{right}");
        assert!(
            !problems(&validator, &LAMP.replacen(right, wrong, 1)).is_empty(),
            "{wrong}"
        );
    }
}

#[test]
fn distributions_validate() {
    let validator = validator("distribution");
    let good = "name: node\nversion: 1.0.0\nroles: [server]\nmachines: [std/load, {spec: a.machine.yaml, lenient: true}]\nmax_size: 8MiB\n";
    assert_eq!(problems(&validator, good), Vec::<String>::new());
    for wrong in [
        "roles: [sever]",
        "machines: [1]",
        "max_size: big",
        "machnies: []",
        "loaded: {machines: here}",
    ] {
        let text = format!("name: node\nversion: 1.0.0\n{wrong}\n");
        assert!(!problems(&validator, &text).is_empty(), "{wrong}");
    }
}

#[test]
fn tests_validate() {
    let good = "machine: lamp.machine.yaml\ntests:\n  - name: goes on\n    given: {state: UNLIT, at: 2026-03-29T00:30:00Z}\n    \
                steps:\n      - {at: 1m, watcher: {log: {exit: 0, runtime: 5s}}}\n      - {after: 1d, clock: -1h}\n      \
                - {restart: true}\n    expect:\n      - {at: 45s, state: LIT}\n      - {ran: log, times: 1}\n      \
                - {never: {state: BROKEN}}\n      - {eventually: {state: LIT}, within: 1m}\n      \
                - {event: io.choria.machine.v1.transition, to_state: LIT, within: 1m}\n";
    let mistakes = [
        ("name: goes on", "nmae: goes on"),
        ("clock: -1h", "clock: 5"),
        ("exit: 0", "exti: 0"),
        ("exit: 0", "exit: 256"),
        ("at: 45s", "at: 45"),
        ("ran: log", "rna: log"),
        ("never: {state: BROKEN}", "never: BROKEN"),
        ("v1.transition", "v2.transition"),
    ];
    only_right_validates("test", good, &mistakes);
}

#[test]
fn our_own_specs_validate() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs");
    for (kind, folders) in [
        ("machine", &["std/machines", "scout/machines"][..]),
        ("test", &["std/machines", "scout/machines"]),
        ("distribution", &["scout", "full"]),
        ("ddl", &["std/agents"]),
    ] {
        let validator = validator(kind);
        for folder in folders {
            for entry in std::fs::read_dir(specs.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if name.ends_with(&format!("{kind}.yaml")) {
                    let text = std::fs::read_to_string(&path).unwrap();
                    assert_eq!(
                        problems(&validator, &text),
                        Vec::<String>::new(),
                        "{}",
                        path.display()
                    );
                }
            }
        }
    }
}

/// Machines of the corpus that run upstream and do not validate, with the reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

#[test]
fn corpus_machines_validate() {
    let Some(shared) = shared("whether machines of the corpus fit the schema") else {
        return;
    };
    let validator = validator("machine");
    let folder = shared.join("corpus/machines");
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in index.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, .., load, start, _] = cells.as_slice() else {
            panic!("{line}")
        };
        if *load != "ok" || *start != "ok" || EXCEPTIONS.iter().any(|it| it.0 == *file) {
            continue;
        }
        let problems = problems(
            &validator,
            &std::fs::read_to_string(folder.join(file)).unwrap(),
        );
        if !problems.is_empty() {
            wrong.push(format!("{file}: {}", problems.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ddls_validate() {
    let good = "metadata: {name: disk, description: d, author: a, license: Apache-2.0, version: 1.0.0, url: u, timeout: 5}\n\
                actions:\n  - action: usage\n    description: d\n    display: always\n\
                \x20   input: {path: {prompt: p, description: d, type: string, optional: true, validation: shellsafe, maxlength: 50}}\n\
                \x20   output: {free: {description: d, display_as: Free, type: integer}}\n\
                \x20   aggregate: [{function: average, args: [free, {format: '%.1f'}]}]\n\
                \x20   exec: {command: [/usr/bin/df, [--path, '{{path}}']], success: [0, 1], output: {free: {line: -1}}}\n\
                \x20 - {action: calm, description: d, input: {}, output: {}, machine: {machine: m, transition: t, wait: {states: [A], timeout: 5s}}}\n";
    let mistakes = [
        ("timeout: 5}", "timeout: 1}"),
        ("version: 1.0.0", "version: new"),
        ("display: always", "display: sometimes"),
        ("type: string", "type: text"),
        ("maxlength: 50", "max_length: 50"),
        ("function: average", "function: mean"),
        ("success: [0, 1]", "success: [256]"),
        ("{line: -1}", "{lien: -1}"),
        ("states: [A]", "states: A"),
    ];
    only_right_validates("ddl", good, &mistakes);
}

#[test]
fn corpus_ddls_validate() {
    let Some(shared) = shared("whether DDLs of the corpus fit the schema") else {
        return;
    };
    let validator = validator("ddl");
    let mut count = 0;
    for entry in std::fs::read_dir(shared.join("corpus/ddls")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(
                problems(&validator, &text),
                Vec::<String>::new(),
                "{}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 5, "only {count} files");
}

#[test]
fn goss_files_validate() {
    let good = "x-anchors: {a: 1}\nfile:\n  /etc/passwd:\n    exists: true\n    mode: \"0644\"\n    size: {gt: 5}\n    \
                contents: [\"/^root/\", \"!x\"]\ncommand:\n  'true': {exit-status: \"0\", timeout: 500, stdout: {gjson: {a.b: {or: [1, x]}}}}\n\
                dns:\n  localhost: {resolveable: true, addrs: [127.0.0.1]}\n\
                package:\n  a: {installed: true, versions: {semver-constraint: '>1.0.0'}, retry_count: 2, retry_delay: 1s}\n\
                service: {cron: {running: true}}\ngossfile: {more*.yaml: {skip: false}}\n\
                matching: {m: {content: [1], matches: {have-len: 1}}}\n";
    let mistakes = [
        ("exists: true", "exist: true"),
        ("exists: true", "exists: {gt: 1, lt: 2}"),
        ("size: {gt: 5}", "size: {}"),
        ("size: {gt: 5}", "size: {gt: five}"),
        ("size: {gt: 5}", "size: {more: 5}"),
        ("\"!x\"", "5"),
        ("timeout: 500", "timeout: 500ms"),
        ("exit-status: \"0\"", "exit-status: zero"),
        ("resolveable: true, ", ""),
        ("skip: false", "skipped: false"),
        ("running: true", "running: \"yes\""),
    ];
    only_right_validates("goss", good, &mistakes);
}

/// Goss files of the corpus that goss renders and that do not validate, with the reason.
const UNTYPED: [(&str, &str); 3] = [
    (
        "goss-org_goss/docs/goss.yaml",
        "`have-key-with-value` is gone, `and` takes a list",
    ),
    ("goss-org_goss/docs/rendered_goss.yaml", "the same"),
    (
        "goss-org_goss/testdata/matching_xml.yaml",
        "`xml` is newer than goss 0.4.9",
    ),
];

/// What the files of the corpus that are rendered with variables of somebody's own need.
const INLINE: &str = "{OS: ubuntu, OS_VERSION: '22.04', PROVIDER: amazon, tags: [], model_name: cos, goss_dir: /goss, \
                      machine: false, apps: {k8s: [], machine: []}}";

#[test]
fn corpus_goss_files_validate() {
    let Some(shared) = shared("whether goss files of the corpus fit the schema") else {
        return;
    };
    let validator = validator("goss");
    let folder = shared.join("corpus/gossfiles");
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in index.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, .., given, _] = cells.as_slice() else {
            panic!("{line}")
        };
        if !given.starts_with("ok") || UNTYPED.iter().any(|it| it.0 == *file) {
            continue;
        }
        let path = folder.join(file);
        match rendered(&path, given) {
            // There is nothing in it for these variables.
            Ok(text) if value(&text).is_none_or(|it| it.is_null()) => continue,
            Ok(text) => {
                let problems = problems(&validator, &text);
                if !problems.is_empty() {
                    wrong.push(format!("{file}: {}", problems.join("; ")));
                }
            }
            Err(error) => wrong.push(format!("{file}: {error}")),
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 80, "only {count} files");
}

/// A goss file as goss reads it once it is rendered with the variables that a line of the index gives.
fn rendered(path: &Path, given: &str) -> Result<String, String> {
    let mut data = Data::default();
    let mut add = |text: &str| {
        let vars = value(text).expect("variables are YAML");
        for (key, value) in vars.as_object().expect("they are a mapping") {
            data.vars.retain(|it| it.0 != *key);
            data.vars.push((key.clone(), value.into()));
        }
    };
    let mut words = given.split(' ').skip_while(|it| *it != "--vars");
    if let Some(name) = words.nth(1) {
        let file = path.with_file_name(name);
        add(&std::fs::read_to_string(file).map_err(|it| it.to_string())?);
    }
    if given.contains("--vars-inline") {
        add(INLINE);
    }
    for (name, value) in [("OS", "ubuntu"), ("DISTRIBUTION_RELEASE", "jammy")] {
        data.env.insert(name.to_owned(), value.to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|it| it.to_string())?;
    render(&text, &data, &NoFiles)
        .map(|it| it.text)
        .map_err(|it| it.full)
}

#[test]
fn schemas_are_written_beside_specs() {
    let place = Place::new(&[]);
    place.check(&["schema", "--out", "specs/.schemas"], "schema/out.txt");
    assert!(
        place
            .read("specs/.schemas/machine.schema.json")
            .contains("Chorister machine")
    );
}
