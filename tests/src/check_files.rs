//! Check files, overrides and bundles, with the distribution `chorister` and with the layout that Puppet writes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use chorister_bundle::Manifest;
use chorister_bundle::envelope::Envelope;
use chorister_bundle::key::SigningKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::node::{Node, binary};

/// A directory that root obeys.
pub(crate) fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    directory
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// A check that is CRITICAL while a file is not there.
fn file_age(name: &str, path: &Path) -> String {
    format!(
        "checks:\n  {name}: {{class: file_age, with: {{path: {}, warn: 30d, crit: 60d}}, interval: 1s}}\n",
        path.display()
    )
}

pub(crate) fn became(machine: &str, state: &str) -> impl Fn(&Value) -> bool {
    move |event| event["data"]["machine"] == machine && event["data"]["to_state"] == state
}

pub(crate) fn problem(part: &str, solved: bool) -> impl Fn(&Value) -> bool {
    move |event| {
        let data = &event["data"];
        event["type"] == "io.chorister.v1.problem"
            && data["solved"] == solved
            && data["text"].as_str().is_some_and(|it| it.contains(part))
    }
}

#[test]
fn a_check_file_is_obeyed_from_the_moment_it_is_there() {
    let (checks, place) = (directory(), directory());
    let watched = place.path().join("watched");
    let file = checks.path().join("site.yaml");
    let mut node = Node::start(&binary("chorister"), &["--checks", text(checks.path())]);
    node.wait_for("any event", |_| true);
    fs::write(&file, file_age("watched", &watched)).expect("a check file");
    node.wait_for("CRITICAL", became("watched", "CRITICAL"));
    fs::write(&watched, "here").expect("a file");
    node.wait_for("OK", became("watched", "OK"));

    // A mistake changes nothing and is said with its place; its end is said too.
    fs::write(
        &file,
        file_age("watched", &watched).replace("warn:", "wran:"),
    )
    .expect("a check file");
    let event = node.wait_for("a problem", problem("did you mean `warn`?", false));
    let said = event["data"]["text"].as_str().expect("text").to_owned();
    assert!(said.contains("site.yaml:2:"), "{said}");
    node.ask_until(&["status", "--json"], |status| {
        status["problems"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    });
    fs::remove_file(&watched).expect("it is there");
    node.wait_for("CRITICAL", became("watched", "CRITICAL"));
    fs::write(&file, file_age("watched", &watched)).expect("a check file");
    node.wait_for("its end", problem("did you mean `warn`?", true));

    fs::remove_file(&file).expect("it is there");
    node.ask_until(&["machines", "--json"], |machines| {
        !machines.to_string().contains("watched")
    });
    assert!(node.log().contains("site.yaml:2:"), "{}", node.log());
}

#[test]
fn a_check_file_says_what_a_compiled_check_may_say() {
    let (checks, place) = (directory(), directory());
    let at = |name: &str| place.path().join(name);
    let file_age = |name: &str, more: &str| {
        let path = at(name);
        let path = path.display();
        format!(
            "  {name}: {{class: file_age, with: {{path: {path}, warn: 30d, crit: 60d}}, interval: 1s{more}}}\n"
        )
    };
    for name in ["patient", "loud", "quiet"] {
        fs::write(at(name), "here").expect("a file");
    }
    let rows = [
        file_age("host", ""),
        file_age("site", ", depends_on: [host]"),
        file_age("patient", ", retry: {attempts: 1000, interval: 1s}"),
        file_age("loud", ""),
        file_age("quiet", ", publish: {policy: changes, summary: 1d}"),
    ];
    fs::write(
        checks.path().join("site.yaml"),
        format!("checks:\n{}", rows.concat()),
    )
    .expect("a check file");
    let mut node = Node::start(&binary("chorister"), &["--checks", text(checks.path())]);
    let check = |name: &'static str| {
        move |checks: &Value| {
            let mut all = checks["checks"].as_array().into_iter().flatten();
            all.find(|it| it["name"] == name).cloned()
        }
    };
    // Its parent is CRITICAL, so it does not run.
    node.ask_until(&["checks", "--json"], |checks| {
        check("site")(checks).is_some_and(|it| it["skipped"] == "host is CRITICAL")
    });
    fs::write(at("host"), "here").expect("a file");
    node.wait_for("a run", became("site", "CRITICAL"));

    // A thousand results have to say so before it counts.
    node.ask_until(&["checks", "--json"], |checks| {
        check("patient")(checks).is_some_and(|it| it["state"] == "OK")
    });
    fs::remove_file(at("patient")).expect("it is there");
    let patient = node.ask_until(&["checks", "--json"], |checks| {
        check("patient")(checks).is_some_and(|it| it["attempt"][1] == 1000)
    });
    assert_eq!(
        check("patient")(&patient).expect("it is there")["state"],
        "OK"
    );

    // Only what changes is published of one check, and every result of the other one.
    let result = |event: &Value, name: &str| {
        let kind = event["type"].as_str().unwrap_or_default();
        kind.ends_with("nagios.v1.state") && event["data"]["machine"] == name
    };
    node.ask_until(&["checks", "--json"], |checks| {
        check("quiet")(checks).is_some_and(|it| it["state"] == "OK")
    });
    let (mut loud, mut quiet) = (0, 0);
    while loud < 5 {
        let event = node.wait_for("a result", |event| {
            result(event, "loud") || result(event, "quiet")
        });
        loud += u32::from(result(&event, "loud"));
        quiet += u32::from(result(&event, "quiet"));
    }
    assert!(quiet < 3, "{quiet} results of a check that did not change");

    // What it no longer depends on does not hold it up.
    fs::write(
        checks.path().join("site.yaml"),
        format!(
            "checks:\n{}",
            rows.concat().replace(", depends_on: [host]", "")
        ),
    )
    .expect("a check file");
    fs::remove_file(at("host")).expect("it is there");
    node.wait_for("CRITICAL", became("host", "CRITICAL"));
    fs::write(at("site"), "here").expect("a file");
    node.wait_for("a run while the host is CRITICAL", became("site", "OK"));
}

#[test]
fn maintenance_outlives_a_change_and_a_crash() {
    let (checks, place) = (directory(), directory());
    let watched = place.path().join("watched");
    let file = checks.path().join("site.yaml");
    fs::write(&file, file_age("watched", &watched)).expect("a check file");
    let mut node = Node::start(&binary("chorister"), &["--checks", text(checks.path())]);
    node.wait_for("CRITICAL", became("watched", "CRITICAL"));
    let fired = node.ask(&["machines", "watched", "--fire", "MAINTENANCE"]);
    assert!(fired.status.success());
    let in_maintenance = |machines: &Value| machines.to_string().contains("MAINTENANCE");
    node.ask_until(&["machines", "watched", "--json"], in_maintenance);
    fs::write(&file, file_age("watched", &watched).replace("30d", "20d")).expect("a check file");
    node.ask_until(&["machines", "watched", "--json"], in_maintenance);
    node.kill_and_start_again();
    node.ask_until(&["machines", "watched", "--json"], in_maintenance);
}

#[test]
fn a_mounted_config_map_is_followed_when_it_is_swapped() {
    let (checks, place) = (directory(), directory());
    let at = |name: &str| checks.path().join(name);
    for (version, check) in [("..1", "first"), ("..2", "second")] {
        fs::create_dir(at(version)).expect("a folder");
        fs::set_permissions(at(version), fs::Permissions::from_mode(0o755)).expect("a mode");
        fs::write(
            at(version).join("site.yaml"),
            file_age(check, &place.path().join("x")),
        )
        .expect("a check file");
    }
    symlink("..1", at("..data")).expect("a link");
    symlink("..data/site.yaml", at("site.yaml")).expect("a link");
    let mut node = Node::start(&binary("chorister"), &["--checks", text(checks.path())]);
    node.wait_for("the first", became("first", "CRITICAL"));
    symlink("..2", at("..new")).expect("a link");
    fs::rename(at("..new"), at("..data")).expect("a swap");
    node.wait_for("the second", became("second", "CRITICAL"));
}

#[test]
fn root_does_not_obey_what_others_can_change() {
    let (checks, place) = (directory(), directory());
    let file = checks.path().join("site.yaml");
    fs::write(&file, file_age("watched", &place.path().join("x"))).expect("a check file");
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(0o666);
    let mut node = Node::start(&binary("chorister"), &["--checks", text(checks.path())]);
    // Only root has anything to lose by it.
    if fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0) {
        node.wait_for("a refusal", problem("everybody can change", false));
        mode(0o644);
    }
    node.wait_for("CRITICAL", became("watched", "CRITICAL"));
}

#[test]
fn the_layout_of_scout_checks_runs_as_puppet_writes_it() {
    let place = directory();
    let at = |name: &str| place.path().join(name);
    fs::create_dir_all(at("machine/check_mailq")).expect("a folder");
    fs::create_dir_all(at("machine/files")).expect("a folder");
    fs::write(
        at("plugin"),
        "#!/bin/sh\necho \"warn is $2|warn=$2\"\ntest \"$2\" = 15 && exit 1\nexit 0\n",
    )
    .expect("a plugin");
    fs::set_permissions(at("plugin"), fs::Permissions::from_mode(0o755)).expect("a mode");
    let plugin = format!("{} -w {{{{ o \"warn\" 5 }}}}", at("plugin").display());
    let properties = serde_json::json!({"plugin": plugin, "timeout": "10s", "annotations": {}});
    fs::write(
        at("machine/check_mailq/machine.yaml"),
        scout_machine("check_mailq", &properties),
    )
    .expect("a machine");
    // Puppet creates it empty.
    fs::write(at("machine/check_mailq/machine_data.json"), "").expect("data");
    let goss = at("site.goss.yaml");
    let wanted = at("wanted");
    fs::write(
        &goss,
        format!("file:\n  {}:\n    exists: true\n", wanted.display()),
    )
    .expect("a goss file");
    let properties = serde_json::json!({"builtin": "goss", "gossfile": text(&goss)});
    fs::write(
        at("machine/files/machine.yaml"),
        scout_machine("files", &properties),
    )
    .expect("a machine");
    fs::write(at("overrides.json"), "{}").expect("overrides");

    let arguments = [
        "--machines",
        text(&at("machine")).to_owned().leak(),
        "--overrides",
        text(&at("overrides.json")).to_owned().leak(),
    ];
    let mut node = Node::start(&binary("chorister"), &arguments);
    node.wait_for("OK", became("check_mailq", "OK"));
    fs::write(at("overrides.json"), r#"{"check_mailq": {"warn": 15}}"#).expect("overrides");
    node.wait_for("WARNING", became("check_mailq", "WARNING"));
    // It may have become so before the other changed.
    node.ask_until(&["machines", "files", "--json"], |it| {
        it["state"] == "CRITICAL"
    });
    fs::write(&wanted, "").expect("a file");
    node.wait_for("OK", became("files", "OK"));
    let problems = node.ask_until(&["status", "--json"], |_| true)["problems"].clone();
    assert_eq!(problems, serde_json::json!([]));
}

/// The machine that `choria::scout_check` makes.
fn scout_machine(name: &str, properties: &Value) -> String {
    let states = ["UNKNOWN", "OK", "WARNING", "CRITICAL"];
    let result = |state: &str| {
        let from = ["UNKNOWN", "OK", "WARNING", "CRITICAL", "FORCE_CHECK"];
        serde_json::json!({"name": state, "from": from, "destination": state})
    };
    let mut transitions: Vec<Value> = states.iter().map(|it| result(it)).collect();
    transitions.push(
        serde_json::json!({"name": "FORCE_CHECK", "from": states, "destination": "FORCE_CHECK"}),
    );
    let from = ["UNKNOWN", "OK", "WARNING", "CRITICAL", "FORCE_CHECK"];
    transitions.push(
        serde_json::json!({"name": "MAINTENANCE", "from": from, "destination": "MAINTENANCE"}),
    );
    transitions.push(
        serde_json::json!({"name": "RESUME", "from": ["MAINTENANCE"], "destination": "UNKNOWN"}),
    );
    let machine = serde_json::json!({
        "name": name,
        "version": "1.0.0",
        "initial_state": "UNKNOWN",
        "splay_start": 0,
        "transitions": transitions,
        "watchers": [{
            "name": "check",
            "type": "nagios",
            "interval": "1s",
            "state_match": states,
            "properties": properties,
        }],
    });
    // JSON is YAML.
    machine.to_string()
}

/// A signed bundle whose only check is CRITICAL.
pub(crate) fn sealed(key: &SigningKey, version: u64, check: &str) -> String {
    let manifest = Manifest {
        name: "web".to_owned(),
        version,
        not_after: Timestamp::now() + SignedDuration::from_hours(1),
        files: [(
            "site.yaml".to_owned(),
            file_age(check, Path::new("/no/such/file")),
        )]
        .into(),
    };
    Envelope::seal(manifest.to_text().as_bytes(), key).to_text()
}

/// Writes such a bundle.
fn bundle(path: &Path, key: &SigningKey, version: u64, check: &str) {
    let new = path.with_extension("new");
    fs::write(&new, sealed(key, version, check)).expect("a bundle");
    fs::rename(&new, path).expect("its place");
}

#[test]
fn a_signed_bundle_is_followed_and_never_back() {
    let (checks, place) = (directory(), directory());
    let path = place.path().join("web.bundle.json");
    let key = SigningKey::generate().expect("a key");
    bundle(&path, &key, 2, "second");
    let public = key.public().to_string();
    let arguments = [
        "--checks",
        text(checks.path()),
        "--bundle",
        text(&path),
        "--bundle-key",
        &public,
    ];
    let mut node = Node::start(&binary("chorister"), &arguments);
    node.wait_for("its check", became("second", "CRITICAL"));
    bundle(&path, &key, 1, "first");
    node.wait_for("a refusal", problem("is older than 2", false));
    bundle(&path, &SigningKey::generate().expect("a key"), 3, "foreign");
    node.wait_for("a refusal", problem("is signed by", false));
    bundle(&path, &key, 3, "third");
    node.wait_for("the new check", became("third", "CRITICAL"));
    // Over a restart the last good one is known, and an older one is refused.
    bundle(&path, &key, 2, "second");
    node.wait_for("a refusal", problem("is older than 3", false));
    node.kill_and_start_again();
    node.wait_for("a refusal", problem("is older than 3", false));
    node.ask_until(&["machines", "--json"], |machines| {
        let text = machines.to_string();
        text.contains("\"third\"") && !text.contains("\"second\"")
    });
}
