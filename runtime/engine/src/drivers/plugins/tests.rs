//! Lists that are obeyed, and those that are not, in directories of the test.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chorister_bundle::key::SigningKey;
use chorister_bundle::plugins::sign;
use chorister_fsm::{Provision, Provisioned};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Order, Premises};

/// A directory of machines, and who signs what belongs there.
struct Site {
    home: TempDir,
    key: SigningKey,
    running: Vec<Arc<Path>>,
}

impl Site {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            key: SigningKey::generate().unwrap(),
            running: Vec::new(),
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn order(&self, list: &Value) -> Order {
        Order {
            wanted: Provision {
                item: "list".to_owned(),
                list: Some(sign(list, &self.key).unwrap()),
                key: Some(self.key.public().to_string()),
                insecure: false,
                purge: true,
                every: Duration::from_secs(120),
                target: None,
                prefix: "mm".to_owned(),
                keeper: "manager#keep".to_owned(),
                facts: Arc::new(json!({"place": "lon", "n": 7})),
                identity: "web1.example.net".into(),
                running: self.running.clone(),
            },
            premises: Premises {
                machines: Some(self.home.path().to_owned()),
                key: None,
            },
            search: "/bin:/usr/bin".into(),
        }
    }

    fn keep(&self, list: &Value) -> Provisioned {
        self.order(list).carry_out()
    }

    /// What there is, in order.
    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A plugin as its manager would have unpacked it.
    fn unpack(&self, name: &str) {
        fs::create_dir_all(self.at(name).join("bin")).unwrap();
        fs::write(self.at(name).join("machine.yaml"), "name: x\n").unwrap();
        fs::write(self.at(name).join("bin/run"), "").unwrap();
    }
}

fn plugin(name: &str) -> Value {
    let sum = "0a".repeat(32);
    json!({
        "name": name,
        "source": "https://example.net/app.tgz?a=\"b\": {c} #d",
        "checksum": sum,
        "verify_checksum": sum,
    })
}

fn matching(name: &str, condition: &str) -> Value {
    let mut plugin = plugin(name);
    plugin["match"] = condition.into();
    plugin
}

#[test]
fn each_plugin_gets_a_machine_that_fetches_it() {
    let site = Site::new();
    let mut app = plugin("app");
    app["username"] = "it's me".into();
    app["password"] = "a\\b: {{ x }} \u{85}".replace('\u{85}', "").into();
    let done = site.keep(&json!([plugin("other"), app]));
    assert_eq!(done.outcome, Ok(true));
    assert_eq!(done.plugins.as_ref().unwrap(), &["app", "other"]);
    assert_eq!(site.entries(), ["mm_app", "mm_other"]);
    let path = site.at("mm_app/machine.yaml");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&site.at("mm_app"))), (0o600, 0o700));
    let text = fs::read_to_string(&path).unwrap();
    let source = r#"source: "https://example.net/app.tgz?a=\"b\": {c} #d""#;
    assert!(text.contains(source), "{text}");
    assert!(text.contains(r#"name: "mm_app""#), "{text}");
    let again = site.keep(&json!([plugin("other"), app]));
    assert_eq!((again.outcome, again.unfinished), (Ok(false), false));
    app["checksum"] = "1b".repeat(32).into();
    assert_eq!(site.keep(&json!([plugin("other"), app])).outcome, Ok(true));
}

#[test]
fn what_is_no_longer_listed_goes_once_it_has_stopped() {
    let mut site = Site::new();
    site.keep(&json!([plugin("app"), plugin("other")]));
    site.unpack("app");
    let running = |names: &[&str], site: &Site| -> Vec<Arc<Path>> {
        names.iter().map(|it| site.at(it).into()).collect()
    };
    site.running = running(&["mm_app", "mm_other", "app"], &site);
    let list = json!([plugin("other")]);
    let look = |site: &Site| {
        let done = site.keep(&list);
        (done.outcome.unwrap(), done.unfinished)
    };
    assert_eq!(look(&site), (false, true));
    assert!(!site.at("mm_app/machine.yaml").exists());
    assert_eq!(look(&site), (false, true));
    assert!(site.at("app/machine.yaml").exists());
    // First what would fetch it again stops, then itself.
    site.running = running(&["mm_other", "app"], &site);
    assert_eq!(look(&site), (false, true));
    assert!(!site.at("app/machine.yaml").exists() && site.at("app/bin/run").exists());
    site.running = running(&["mm_other"], &site);
    assert_eq!(look(&site), (true, false));
    assert_eq!(site.entries(), ["mm_other"]);
    assert_eq!(look(&site), (false, false));
}

#[test]
fn what_comes_back_while_it_goes_stays() {
    let site = Site::new();
    let list = json!([plugin("app")]);
    site.keep(&list);
    assert!(site.keep(&json!([])).unfinished);
    let done = site.keep(&list);
    assert_eq!((done.outcome, done.unfinished), (Ok(true), false));
    assert_eq!(fs::read_dir(site.at("mm_app")).unwrap().count(), 1);
}

#[test]
fn nothing_of_others_is_touched() {
    let mut site = Site::new();
    let write = |site: &Site, path: &str, text: &str| {
        fs::create_dir_all(site.at(path).parent().unwrap()).unwrap();
        fs::write(site.at(path), text).unwrap();
    };
    let outside = tempfile::tempdir().unwrap();
    write(&site, "mm_admin/machine.yaml", "name: mm_admin\n");
    write(&site, "mm_notes/readme", "mine\n");
    write(&site, "app/machine.yaml", "name: app\n");
    write(&site, "mm_file", "mine\n");
    symlink(outside.path(), site.at("mm_link")).unwrap();
    let other = "# Kept by \"other#keep\": what is changed here is overwritten.\nname: mm_theirs\n";
    write(&site, "mm_theirs/machine.yaml", other);
    let before = site.entries();
    assert_eq!(site.keep(&json!([])).outcome, Ok(false));
    assert_eq!(site.entries(), before);
    // Nor is it replaced, and what is beside it is put in place all the same.
    let names = ["admin", "app", "file", "good", "link", "notes", "theirs"];
    let done = site.keep(&names.iter().map(|it| plugin(it)).collect());
    let reason = done.outcome.unwrap_err();
    for name in ["admin", "app", "file", "link", "notes", "theirs"] {
        let told = reason.contains(&format!("`{name}` cannot be put in place"));
        assert!(told, "{name}: {reason}");
    }
    assert!(site.at("mm_good/machine.yaml").exists() && !site.at("mm_app").exists());
    let text = fs::read_to_string(site.at("mm_theirs/machine.yaml")).unwrap();
    assert_eq!(text, other);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    // A plugin that became a link is somebody else's too.
    symlink(outside.path(), site.at("good")).unwrap();
    fs::write(outside.path().join("machine.yaml"), "").unwrap();
    site.running.clear();
    while site.keep(&json!([])).unfinished {}
    assert!(outside.path().join("machine.yaml").exists() && !site.at("mm_good").exists());
}

#[test]
fn conditions_decide_which_nodes_a_plugin_is_for() {
    let site = Site::new();
    let check = |condition: &str, expect: bool| {
        let done = site.keep(&json!([matching("app", condition)]));
        let names = done.plugins.unwrap();
        assert_eq!(names.len(), usize::from(expect), "{condition}");
        assert!(done.outcome.is_ok(), "{condition}");
    };
    check("", true);
    check(
        "identity('^web[0-9]+\\\\.') && get_fact('place') == 'lon'",
        true,
    );
    check("identity('^db')", false);
    check("get_fact('absent') == nil", true);
    check("get_fact('n') > 6", true);
    check("has_command('sh') && !has_command('no-such-command')", true);
    check("has_file('/etc/passwd') and has_directory('/etc')", true);
    check("has_file('/etc') or has_directory('/etc/passwd')", false);
    // What is not this node's any more goes.
    while site.keep(&json!([matching("app", "false")])).unfinished {}
    assert_eq!(site.entries(), [""; 0]);
}

#[test]
fn a_condition_that_is_none_refuses_the_list_and_one_that_fails_leaves_things_as_they_are() {
    let site = Site::new();
    site.keep(&json!([plugin("app")]));
    for condition in [
        "1 + 1",
        "identity(",
        "data.x",
        "identity('a', 'b')",
        "exec('x')",
    ] {
        let list = json!([plugin("other"), matching("app", condition)]);
        let reason = site.keep(&list).outcome.unwrap_err();
        assert!(reason.contains("`match` of `app`"), "{reason}");
        assert_eq!(site.entries(), ["mm_app"], "{condition}");
    }
    for condition in ["identity('(')", "get_fact('n').x.y", "get_fact('place')"] {
        let done = site.keep(&json!([matching("app", condition)]));
        let reason = done.outcome.unwrap_err();
        assert!(reason.contains("may be for this node or not"), "{reason}");
        assert!(!done.unfinished && site.at("mm_app/machine.yaml").exists());
    }
}

#[test]
fn a_list_counts_only_with_its_signature() {
    let site = Site::new();
    let other = SigningKey::generate().unwrap().public().to_string();
    let try_with = |change: &dyn Fn(&mut Order), expect: &str, forgets: bool| {
        let mut order = site.order(&json!([plugin("app")]));
        change(&mut order);
        let done = order.carry_out();
        let reason = done.outcome.unwrap_err();
        assert!(reason.contains(expect), "{reason}");
        assert_eq!(done.refused.is_some(), forgets, "{reason}");
        assert_eq!(done.plugins, None);
        assert_eq!(site.entries(), [""; 0]);
    };
    try_with(&|it| it.wanted.list = None, "no data `list`", false);
    try_with(
        &|it| it.wanted.key = Some(other.clone()),
        "did not sign it",
        true,
    );
    // The node's own key counts before the watcher's.
    try_with(
        &|it| it.premises.key = Some(other.clone()),
        "did not sign it",
        true,
    );
    try_with(
        &|it| it.premises.key = Some("abc".to_owned()),
        "not a public key",
        false,
    );
    try_with(&|it| it.wanted.key = None, "whose it has to be", false);
    let unsigned = |it: &mut Order| {
        let list = it.wanted.list.as_mut().and_then(Value::as_object_mut);
        list.unwrap().remove("signature");
    };
    try_with(&unsigned, "it is not signed", true);
    let damaged = |it: &mut Order| it.wanted.list.as_mut().unwrap()["plugins"] = "W10=".into();
    try_with(&damaged, "did not sign it", true);
    try_with(
        &|it| it.premises.machines = None,
        "looks for machines nowhere",
        false,
    );
    try_with(
        &|it| it.wanted.prefix = "../x".to_owned(),
        "cannot begin with",
        false,
    );
    let clash = |it: &mut Order| it.wanted.list = site.order(&json!([plugin("mm_x")])).wanted.list;
    try_with(&clash, "a name for what fetches others", false);

    let mut order = site.order(&json!([plugin("app")]));
    order.wanted.key = Some(other);
    order.premises.key = Some(site.key.public().to_string());
    assert_eq!(order.carry_out().outcome, Ok(true));
    let mut order = site.order(&json!([plugin("app")]));
    (order.wanted.key, order.wanted.insecure) = (None, true);
    unsigned(&mut order);
    assert_eq!(order.carry_out().outcome, Ok(false));
}

#[test]
fn purging_is_only_done_where_it_is_wanted() {
    let site = Site::new();
    site.keep(&json!([plugin("app")]));
    let mut order = site.order(&json!([]));
    order.wanted.purge = false;
    let done = order.carry_out();
    assert_eq!((done.outcome, done.unfinished), (Ok(false), false));
    assert_eq!(site.entries(), ["mm_app"]);
}
