//! The module, tried with Puppet.

use serde_json::json;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A folder with the module, and where it writes to.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        put(
            &written(Format::Puppet),
            &site.0.path().join("modules/acme_node"),
        );
        site
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// A command that applies a manifest; the module is told where to write and as whom.
    fn apply(&self, manifest: &str) -> Option<Command> {
        let (owner, group) = owner();
        let top = self.0.path().display();
        let class = format!(
            "class {{ 'acme_node': checks_dir => '{top}/checks.d', secrets_dir => '{top}/secrets.d', \
             owner => '{owner}', group => '{group}', purge => true }}\n"
        );
        fs::write(self.path("site.pp"), class + manifest).unwrap();
        let mut command = chorister_peers::puppet(&["apply"], &self.path("home"))?;
        command
            .arg("--modulepath")
            .arg(self.path("modules"))
            .args(["--detailed-exitcodes", "--strict", "error"])
            .arg(self.path("site.pp"));
        Some(command)
    }
}

/// With `--detailed-exitcodes`: nothing to do, and done.
const SAME: i32 = 0;
const CHANGED: i32 = 2;

#[track_caller]
fn applies(command: &mut Command, code: i32) {
    let output = command.output().expect("puppet starts");
    assert_eq!(output.status.code(), Some(code), "{output:?}");
}

#[test]
fn puppet_reads_every_manifest() {
    let site = Site::new();
    let home = site.path("home");
    let Some(mut command) = chorister_peers::puppet(&["parser", "validate"], &home) else {
        return;
    };
    let manifests = written(Format::Puppet);
    let manifests = manifests.keys().filter(|it| it.ends_with(".pp"));
    let module = site.path("modules/acme_node");
    succeeds(command.args(manifests.map(|it| module.join(it))));
}

#[test]
fn puppet_writes_check_files_and_changes_nothing_twice() {
    let site = Site::new();
    let manifest = "acme_node::check::every_kind { 'mail_queue':\n  queue => 'mail.out', warn => 50, wait => '2m', \
                    with_name => '10:', skip => ['a'], token => Sensitive(\"s3'cret\"), interval => '30s',\n  \
                    retry => { attempts => 5 }, annotations => { 'note' => \"it's: \\\"on\\\"\" },\n}\n\
                    acme_node::check::plain { 'plain': }\n";
    let Some(mut command) = site.apply(manifest) else {
        return;
    };
    applies(&mut command, CHANGED);
    let secret = site.path("secrets.d/mail_queue.token");
    let file = site.path("checks.d/mail_queue.yaml");
    let document = read(&file);
    assert_eq!(
        document,
        json!({"checks": {"mail_queue": {
            "class": "every_kind",
            "with": {
                "queue": "mail.out", "warn": 50, "wait": "2m", "name": "10:", "skip": ["a"],
                "token": {"file": secret},
            },
            "interval": "30s",
            "retry": {"attempts": 5},
            "annotations": {"note": "it's: \"on\""},
        }}})
    );
    assert!(is_valid(&document), "{document:#}");
    assert_eq!(
        read(&site.path("checks.d/plain.yaml")),
        json!({"checks": {"plain": {"class": "plain"}}})
    );
    assert_eq!(fs::read_to_string(&secret).unwrap(), "s3'cret");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&file), mode(&secret)), (0o644, 0o400));

    applies(&mut site.apply(manifest).unwrap(), SAME);

    fs::write(site.path("checks.d/by_hand.yaml"), "checks: {}\n").unwrap();
    let gone = "acme_node::check::plain { 'plain': ensure => absent }\n";
    applies(&mut site.apply(gone).unwrap(), CHANGED);
    assert_eq!(fs::read_dir(site.path("checks.d")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(site.path("secrets.d")).unwrap().count(), 0);
}

#[test]
fn puppet_refuses_what_the_class_refuses() {
    let site = Site::new();
    for wrong in [
        "",
        "queue => 'Mail'",
        "queue => 'mail', mode => 'slow'",
        "queue => 'mail', wait => 'soon'",
        "queue => 'mail', token => 'in the clear'",
        "queue => 'mail', warn => 9, crit => 3",
        "queue => 'mail', colour => 'red'",
    ] {
        let manifest = format!("acme_node::check::every_kind {{ 'mail': {wrong} }}\n");
        let Some(mut command) = site.apply(&manifest) else {
            return;
        };
        fails(&mut command);
        assert!(!site.path("checks.d/mail.yaml").exists(), "{wrong}");
    }
}
