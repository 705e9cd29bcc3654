//! Distributions: what is read, what is refused, what is written.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::io;

use chorister_compiler::files::{Files, Found, Kind};
use chorister_compiler::{Layout, Output, generate};
use chorister_ir::ClassRun;

/// Files in memory; a path that ends in `!` is executable, one that ends in `@` a link.
struct Memory(BTreeMap<String, String>);

impl Memory {
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            files
                .into_iter()
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
                .collect(),
        )
    }
}

impl Files for Memory {
    fn read(&self, path: &str, _limit: u64) -> io::Result<Vec<u8>> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.clone().into_bytes())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let below = self
            .0
            .iter()
            .filter_map(|(path, text)| Some((path.strip_prefix(&prefix)?, text)));
        let mut found: Vec<Found> = below
            .map(|(path, text)| match path.split_once('/') {
                Some((name, _)) => Found {
                    name: name.to_owned(),
                    kind: Kind::Folder,
                },
                None if path.ends_with('@') => Found {
                    name: path.to_owned(),
                    kind: Kind::Other,
                },
                None => {
                    let size = text.parse().unwrap_or(text.len() as u64);
                    let kind = Kind::File {
                        size,
                        executable: path.ends_with('!'),
                    };
                    Found {
                        name: path.to_owned(),
                        kind,
                    }
                }
            })
            .collect();
        found.dedup();
        Ok(found)
    }
}

const LAMP: &str = include_str!("../../../tests/golden/lamp/spec.yaml");

const ACME: &str = "name: acme\nversion: 1.2.3\ndescription: Looks after ACME's nodes\n";

fn compile(distribution: &str, others: &[(&str, &str)]) -> Output {
    let files = others
        .iter()
        .copied()
        .chain([("specs/distribution.yaml", distribution)]);
    generate(
        &Memory::new(files),
        "specs/distribution.yaml",
        &Layout::default(),
    )
    .unwrap()
}

fn findings(output: &Output) -> Vec<String> {
    let line = |it: &chorister_spec::Diagnostic| {
        let help = it.help.as_deref().unwrap_or_default();
        format!(
            "{}:{} {}: {} ({help})",
            it.file, it.span.start.line, it.code, it.message
        )
    };
    output.diagnostics.iter().map(line).collect()
}

#[track_caller]
fn refuses(machines: &str, others: &[(&str, &str)], expect: &[&str]) {
    let output = compile(&format!("{ACME}machines: {machines}\n"), others);
    assert_eq!(findings(&output), expect);
    assert!(output.files.is_empty());
}

#[test]
fn a_distribution_becomes_a_root_and_a_module_a_machine() {
    let output = compile(
        &format!("{ACME}machines: [lamp/machine.yaml, std/heartbeat]\nmax_size: 8MiB\n"),
        &[
            ("specs/lamp/machine.yaml", LAMP),
            ("specs/lamp/bin/probe.sh!", "#!/bin/sh\n"),
            ("specs/lamp/.git", ""),
        ],
    );
    assert!(!output.has_errors(), "{:#?}", findings(&output));
    let files: Vec<&str> = output.files.keys().map(String::as_str).collect();
    let expect = [
        "distribution.rs",
        "machines/heartbeat.rs",
        "machines/lamp.rs",
        "manifest.json",
        "std/heartbeat.machine.yaml",
    ];
    assert_eq!(files, expect);
    assert_eq!(
        output.features.iter().copied().collect::<Vec<_>>(),
        ["watch-exec"]
    );
    let inputs: Vec<&str> = output.inputs.iter().map(String::as_str).collect();
    assert_eq!(
        inputs,
        [
            "specs/distribution.yaml",
            "specs/lamp",
            "specs/lamp/machine.yaml"
        ]
    );
    let golden = include_str!("expected/distribution.rs");
    if std::env::var_os("BLESS").is_some() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/expected/distribution.rs"
        );
        std::fs::write(path, &output.files["distribution.rs"]).unwrap();
    } else {
        assert_eq!(output.files["distribution.rs"], golden, "see BLESS=1");
    }
}

#[test]
fn an_agent_becomes_a_module_and_is_started_by_its_author() {
    const DISK: &str = include_str!("../../../tests/golden/agents/disk/spec.ddl.yaml");
    const REMOTE: &str = include_str!("../../../tests/golden/agents/remote/spec.ddl.yaml");
    let agents = "agents:\n  - {spec: disk.ddl.yaml, implementation: \"crate::actions::Disk\"}\n  - remote.ddl.yaml\n\
                  loaded: {machines: /etc/acme}\n";
    let output = compile(
        &format!("{ACME}{agents}"),
        &[
            ("specs/disk.ddl.yaml", DISK),
            ("specs/remote.ddl.yaml", REMOTE),
        ],
    );
    assert_eq!(findings(&output), Vec::<String>::new());
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let root = &output.files["distribution.rs"];
    for part in [
        "pub mod agents { pub mod disk; pub mod remote; }",
        "ddl: &agents::disk::DDL",
        "agents::disk::DiskService::<crate::actions::Disk>(Default::default())",
        "start: || Box::new(agents::remote::RemoteService)",
    ] {
        assert!(words(root).contains(&words(part)), "{part}\n{root}");
    }
    assert!(output.files["agents/disk.rs"].contains("pub trait DiskAgent"));
}

#[test]
fn a_standard_agent_is_that_of_the_library_unless_somebody_implements_it() {
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let output = compile(&format!("{ACME}agents: [std/rpcutil, std/scout]\n"), &[]);
    assert_eq!(findings(&output), Vec::<String>::new());
    let root = words(&output.files["distribution.rs"]);
    for part in [
        "ddl: &standard::rpcutil::DDL",
        "start: standard::rpcutil::start",
        "start: standard::scout::start",
    ] {
        assert!(root.contains(&words(part)), "{part}\n{root}");
    }
    assert!(!root.contains("modagents"), "{root}");
    assert!(!output.files.contains_key("agents/rpcutil.rs"));
    assert!(output.features.contains("network") && output.features.contains("agent-scout"));
    let own = "agents:\n  - {use: std/rpcutil, implementation: \"crate::agents::Rpcutil\"}\n";
    let output = compile(&format!("{ACME}{own}"), &[]);
    assert_eq!(findings(&output), Vec::<String>::new());
    let root = words(&output.files["distribution.rs"]);
    let part =
        words("agents::rpcutil::RpcutilService::<crate::agents::Rpcutil,>(Default::default())");
    assert!(root.contains(&part), "{root}");
    assert!(!output.features.contains("agent-scout"));
}

#[test]
fn committed_code_finds_specs_from_its_own_folder() {
    let files = [
        (
            "specs/a/distribution.yaml",
            "name: a\nversion: 1.0.0\nmachines: [../lamp.yaml, std/load]\n",
        ),
        ("specs/lamp.yaml", LAMP),
    ];
    let layout = Layout {
        crate_dir: "generated/a".to_owned(),
        standard_dir: Some("specs/std".to_owned()),
    };
    let output = generate(&Memory::new(files), "specs/a/distribution.yaml", &layout).unwrap();
    let root = &output.files["distribution.rs"];
    assert!(root.contains("\"/../../specs/lamp.yaml\""), "{root}");
    assert!(
        root.contains("\"/../../specs/std/machines/load.machine.yaml\""),
        "{root}"
    );
    assert!(
        output
            .inputs
            .contains("specs/std/machines/load.machine.yaml")
    );
    assert!(
        output.files["machines/load.rs"].contains("from specs/std/machines/load.machine.yaml.")
    );
}

#[test]
fn a_distribution_that_loads_machines_has_every_driver_and_the_loader() {
    let output = compile(&format!("{ACME}loaded: {{machines: /etc/acme}}\n"), &[]);
    let features: Vec<_> = output.features.iter().copied().collect();
    let expect = [
        "goss",
        "machine-loader",
        "validate-http",
        "watch-archive",
        "watch-exec",
        "watch-file",
        "watch-gossip",
        "watch-httpswitch",
        "watch-kv",
        "watch-metric",
        "watch-nagios",
        "watch-plugins",
    ];
    assert_eq!(features, expect);
    assert!(output.files["distribution.rs"].contains("loader: Some(loader::MACHINES)"));
}

#[test]
fn machines_are_only_kept_in_place_where_some_are_loaded() {
    let manager = "name: manager\nversion: 1.0.0\ninitial_state: A\ntransitions:\n  - {name: go, from: [A], destination: A}\n\
         watchers:\n  - name: keep\n    type: plugins\n    interval: 1m\n    success_transition: go\n    properties:\n      \
         data_item: list\n      public_key: KEY\ndeclare:\n  data: {list: map}\n";
    let manager = manager.replace("KEY", &"0a".repeat(32));
    let with = |more: &str| {
        let root = format!("{ACME}machines: [manager.yaml]\n{more}");
        compile(&root, &[("specs/manager.yaml", &manager)])
    };
    let output = with("");
    let [finding] = output.diagnostics.as_slice() else {
        panic!("{:?}", output.diagnostics)
    };
    assert_eq!(finding.code.as_str(), "CH0816");
    assert_eq!(finding.path, "watchers[0].properties.data_item");
    let output = with("loaded: {machines: /etc/acme}\n");
    assert_eq!(findings(&output), Vec::<String>::new());
    let text = &output.files["machines/manager.rs"];
    assert!(text.contains("WatcherKind::Plugins(Plugins {"), "{text}");
}

#[test]
fn a_distribution_that_hosts_external_agents_links_what_runs_them() {
    let output = compile(
        &format!("{ACME}loaded: {{external_agents: /etc/acme/agents}}\n"),
        &[],
    );
    let features: Vec<_> = output.features.iter().copied().collect();
    assert!(
        features.contains(&"external-agents") && features.contains(&"network"),
        "{features:?}"
    );
    let text = &output.files["distribution.rs"];
    assert!(
        text.contains("external_agents: Some(external::PROGRAMS)"),
        "{text}"
    );
    assert!(
        text.contains("external_agents: Some(\"/etc/acme/agents\")"),
        "{text}"
    );
    let without = compile(&format!("{ACME}loaded: {{external_agents: none}}\n"), &[]);
    assert!(!without.features.contains("external-agents"));
    assert!(!without.files["distribution.rs"].contains("external"));
}

#[test]
fn what_is_not_there_is_said_where_it_is_listed() {
    refuses(
        "[std/hartbeat, lmap.machine.yaml]",
        &[("specs/lamp.machine.yaml", LAMP)],
        &[
            "specs/distribution.yaml:4 CH0805: there is no standard machine `std/hartbeat` (did you mean \
             `std/heartbeat`?)",
            "specs/distribution.yaml:4 CH0804: there is no file `specs/lmap.machine.yaml` (did you mean \
             `lamp.machine.yaml` in the same folder?)",
        ],
    );
}

#[test]
fn an_error_in_one_machine_leaves_nothing() {
    let output = compile(
        &format!("{ACME}machines: [a.machine.yaml, std/load]\n"),
        &[("specs/a.machine.yaml", "name: a\n")],
    );
    assert!(output.has_errors() && output.files.is_empty() && output.features.is_empty());
    assert!(
        findings(&output)
            .iter()
            .all(|it| it.starts_with("specs/a.machine.yaml:"))
    );
}

#[test]
fn machines_are_checked_whatever_is_wrong_with_the_distribution() {
    let distribution = format!("{ACME}machins: []\nmachines: [a.machine.yaml]\n");
    let output = compile(&distribution, &[("specs/a.machine.yaml", "name: a\n")]);
    let files: Vec<&str> = output.diagnostics.iter().map(|it| &*it.file).collect();
    assert_eq!(files.first(), Some(&"specs/distribution.yaml"));
    assert_eq!(files.last(), Some(&"specs/a.machine.yaml"));
    assert!(output.files.is_empty());
}

#[test]
fn links_and_floods_beside_a_machine_are_refused() {
    let beside = |name, text| [("specs/m/machine.yaml", LAMP), (name, text)];
    refuses(
        "[m/machine.yaml]",
        &beside("specs/m/link@", ""),
        &[
            "specs/distribution.yaml:4 CH0806: `link@` is neither a regular file nor a folder (replace a symbolic link \
           by a copy of what it points to)",
        ],
    );
    refuses(
        "[m/machine.yaml]",
        &beside("specs/m/big", "5000000"),
        &[
            "specs/distribution.yaml:4 CH0806: the files beside the machine have more than 4 MiB, with `big` at the \
           latest (move what is large out of the folder, or let an `archive` watcher fetch it)",
        ],
    );
    refuses(
        "[m/machine.yaml]",
        &beside("specs/m/1/2/3/4/5/6/7/8/9/x", ""),
        &[
            "specs/distribution.yaml:4 CH0806: `1/2/3/4/5/6/7/8/9` is more than 8 folders deep (move it up, or out of \
           the machine's folder)",
        ],
    );
}

#[test]
fn many_machines_keep_their_order() {
    let names: Vec<String> = (0..40).map(|at| format!("m{at}")).collect();
    let paths: Vec<String> = names.iter().map(|it| format!("specs/{it}.yaml")).collect();
    let texts: Vec<String> = names
        .iter()
        .map(|it| LAMP.replace("name: lamp", &format!("name: {it}")))
        .collect();
    let others: Vec<(&str, &str)> = paths
        .iter()
        .map(String::as_str)
        .zip(texts.iter().map(String::as_str))
        .collect();
    let list: Vec<String> = names.iter().map(|it| format!("{it}.yaml")).collect();
    let distribution = format!("{ACME}machines: [{}]\n", list.join(", "));
    let output = compile(&distribution, &others);
    let root = &output.files["distribution.rs"];
    let places: Vec<usize> = names
        .iter()
        .map(|it| root.find(&format!("machines::{it}::")).unwrap())
        .collect();
    assert!(places.is_sorted());
    assert_eq!(output.files, compile(&distribution, &others).files);
}

/// The spec of a machine with so many commands a second, in a state that it never leaves.
fn busy(commands: usize) -> String {
    let watcher = |at| {
        format!(
            "  - {{name: w{at}, type: exec, interval: 1s, properties: {{command: /bin/true, timeout: 500ms}}}}\n"
        )
    };
    let watchers: String = (0..commands).map(watcher).collect();
    format!(
        "name: busy\nversion: 1.0.0\ninitial_state: A\ntransitions:\n  - {{name: t, from: [A], destination: A}}\n\
         watchers:\n{watchers}"
    )
}

#[test]
fn a_budget_that_is_too_small_names_who_needs_more() {
    let distribution = "name: a\nversion: 1.0.0\nmachines: [busy.machine.yaml]\n\
        budget: {rss: 1MiB, events_per_second: 4, forks_per_second: 3}\n";
    let output = compile(distribution, &[("specs/busy.machine.yaml", &busy(4))]);
    assert_eq!(
        findings(&output),
        [
            "specs/distribution.yaml:4 CH0820: the node needs about 5.2 MiB, and its budget is 1 MiB (write `rss: 5.2MiB` \
             at least, or run fewer machines and commands)",
            "specs/distribution.yaml:4 CH0822: the machines run about 4 commands a second, and the budget is 3 (raise \
             it, or let these do less often what they do: `busy#w0` (1), `busy#w1` (1), `busy#w2` (1) and 1 \
             more)",
        ]
    );
    assert!(output.files.is_empty());
    let enough = distribution.replace("forks_per_second: 3", "forks_per_second: 4");
    let output = compile(&enough, &[("specs/busy.machine.yaml", &busy(4))]);
    assert!(!output.files.is_empty());
    assert_eq!(output.estimate.map(|it| it.forks.steady), Some(4.0));
}

/// Tests of the lamp, of which one passes.
const TESTS: &str = "tests:\n  - name: starts unlit\n    expect: [{at: 0s, state: INITIAL}]\n  - name: is never there\n    \
                     expect: [{never: {state: INITIAL}}]\n";

#[test]
fn a_test_that_fails_fails_the_build() {
    let build = |tests: &str, more: &str| {
        let initial = LAMP
            .lines()
            .find_map(|it| it.strip_prefix("initial_state: "))
            .unwrap();
        let tests = tests.replace("INITIAL", initial);
        let output = compile(
            &format!("{ACME}machines: [lamp.machine.yaml]\n{more}"),
            &[
                ("specs/lamp.machine.yaml", LAMP),
                ("specs/lamp.test.yaml", &tests),
            ],
        );
        assert!(!output.has_errors(), "{:#?}", findings(&output));
        assert!(output.inputs.contains("specs/lamp.test.yaml"));
        let mut said = Vec::new();
        let passed = chorister_compiler::test(&output, &mut said).unwrap();
        (passed, String::from_utf8(said).unwrap())
    };
    let (passed, said) = build(TESTS, "");
    assert!(!passed);
    assert!(said.contains("✗ is never there"), "{said}");
    assert!(!said.contains("starts unlit"), "{said}");
    assert!(said.contains("--> specs/lamp.test.yaml:5:"), "{said}");
    assert!(
        said.ends_with(
            "error: 1 of 2 tests of the distribution failed; `choristerc test` runs them alone, and \
             CHORISTER_TESTS=off builds without them\n"
        ),
        "{said}"
    );
    let off = "features: {run_tests: false}\n";
    assert_eq!(build(TESTS, off), (true, String::new()));
    let good = TESTS.replace("{never: ", "{eventually: ");
    assert_eq!(build(&good, ""), (true, String::new()));
}

#[test]
fn a_file_of_tests_that_is_not_there_is_an_error() {
    let output = compile(
        &format!(
            "{ACME}machines: [lamp.machine.yaml]\ntests: [night.test.yaml, /x.test.yaml, 3]\n"
        ),
        &[("specs/lamp.machine.yaml", LAMP)],
    );
    let codes: Vec<_> = output
        .diagnostics
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert_eq!(
        codes,
        ["CH0914", "CH0104", "CH0914"],
        "{:#?}",
        findings(&output)
    );
}

#[test]
fn tests_are_no_part_of_a_machine_that_ships() {
    let output = compile(
        &format!("{ACME}machines: [lamp/machine.yaml]\n"),
        &[
            ("specs/lamp/machine.yaml", LAMP),
            ("specs/lamp/night.test.yaml", "tests: []\n"),
        ],
    );
    assert!(!output.files["distribution.rs"].contains("night.test"));
}

#[test]
fn a_goss_file_becomes_part_of_its_class_with_what_it_includes() {
    let files = Memory::new([
        (
            "specs/distribution.yaml",
            "name: a\nversion: 1.0.0\nchecks:\n  classes: [checks/web.check.yaml]\n  \
             instances: [{name: web, class: web, with: {port: 80}}]\n",
        ),
        (
            "specs/checks/web.check.yaml",
            "class: web\nparameters: {port: {type: integer}}\nrun: {goss: web.goss.yaml}\n",
        ),
        (
            "specs/checks/web.goss.yaml",
            "gossfile: {'parts/*.yaml': {}, ../shared.yaml: {}, /etc/goss.yaml: {}}\n",
        ),
        (
            "specs/checks/parts/a.yaml",
            "port: {\"tcp:{{ .Vars.port }}\": {listening: {{ .Env.LISTENS }}}}\n",
        ),
        ("specs/shared.yaml", "process: {sshd: {running: true}}\n"),
    ]);
    let output = generate(&files, "specs/distribution.yaml", &Layout::default()).unwrap();
    assert_eq!(output.diagnostics, []);
    let ClassRun::Goss(embedded) = &output.classes[0].run else {
        panic!("{:?}", output.classes);
    };
    let paths: Vec<_> = embedded.iter().map(|it| it.path.as_ref()).collect();
    assert_eq!(paths, ["web.goss.yaml", "../shared.yaml", "parts/a.yaml"]);
    for path in [
        "specs/checks/web.goss.yaml",
        "specs/shared.yaml",
        "specs/checks/parts",
    ] {
        assert!(output.inputs.contains(path), "{:?}", output.inputs);
    }
    assert!(output.files["checks/web.rs"].contains("sshd"));
}
