//! The role, tried with Ansible.

use serde_json::json;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A folder with the role, and where it writes to.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        put(
            &written(Format::Ansible),
            &site.0.path().join("roles/acme_node"),
        );
        site
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// A command that plays the role on this machine, with these checks.
    fn play(&self, checks: &Value) -> Option<Command> {
        let (owner, group) = owner();
        let play = json!([{
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": false,
            "roles": [{"role": "acme_node", "vars": {
                "acme_node_checks_dir": self.path("checks.d"),
                "acme_node_secrets_dir": self.path("secrets.d"),
                "acme_node_owner": owner,
                "acme_node_group": group,
                "acme_node_purge": true,
                "acme_node_checks": checks,
            }}],
        }]);
        fs::write(self.path("site.yml"), play.to_string()).unwrap();
        let mut command = chorister_peers::ansible("ansible-playbook", &self.path("home"))?;
        command
            .args(["-i", "localhost,"])
            .arg(self.path("site.yml"))
            .current_dir(self.0.path());
        Some(command)
    }
}

#[test]
fn ansible_writes_check_files_and_changes_nothing_twice() {
    let site = Site::new();
    let checks = json!({
        "every_kind": [{
            "name": "mail_queue",
            "with": {"queue": "mail.out", "warn": 50, "share": "90%", "name": 12, "skip": ["a"]},
            "secrets": {"token": "s3'cret"},
            "interval": "30s",
            "annotations": {"note": "it's: \"on\""},
        }],
        "plain": [{"name": "plain"}],
    });
    let Some(mut command) = site.play(&checks) else {
        return;
    };
    succeeds(command.arg("--syntax-check"));
    fs::create_dir(site.path("checks.d")).unwrap();
    fs::write(site.path("checks.d/by_hand.yaml"), "checks: {}\n").unwrap();
    succeeds(&mut site.play(&checks).unwrap());
    let secret = site.path("secrets.d/mail_queue.token");
    let file = site.path("checks.d/mail_queue.yaml");
    let document = read(&file);
    assert_eq!(
        document,
        json!({"checks": {"mail_queue": {
            "class": "every_kind",
            "with": {
                "queue": "mail.out", "warn": 50, "share": "90%", "name": 12, "skip": ["a"],
                "token": {"file": secret},
            },
            "interval": "30s",
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
    assert!(!site.path("checks.d/by_hand.yaml").exists());

    let again = succeeds(&mut site.play(&checks).unwrap());
    assert!(again.contains("changed=0"), "{again}");
}

#[test]
fn ansible_refuses_what_the_class_refuses() {
    let site = Site::new();
    for wrong in [
        json!({"name": "mail"}),
        json!({"name": "mail", "with": {}}),
        json!({"name": "mail", "with": {"queue": "mail", "warn": "many"}}),
        json!({"name": "mail", "with": {"queue": "mail", "mode": "slow"}}),
        json!({"name": "mail", "with": {"queue": "mail", "colour": "red"}}),
        json!({"name": "mail", "with": {"queue": "mail", "token": {"file": "/a", "environment": "B"}}}),
    ] {
        let Some(mut command) = site.play(&json!({"every_kind": [wrong]})) else {
            return;
        };
        let said = fails(&mut command);
        assert!(said.contains("argument"), "{said}");
        assert!(!site.path("checks.d").exists(), "{wrong}");
    }
}
