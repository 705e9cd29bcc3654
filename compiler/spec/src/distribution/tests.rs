use super::*;

/// What a file says and where: `line:column severity code message`, and the help below it.
fn findings(text: &str, build: bool) -> Vec<String> {
    let source = Source::new("distribution.yaml", text);
    let checked = check(
        &source,
        &Options {
            build,
            ..Options::default()
        },
    );
    checked
        .diagnostics
        .iter()
        .map(|it| {
            let start = it.span.start;
            let severity = it.severity.as_str();
            let help = it
                .help
                .as_deref()
                .map(|help| format!(" ({help})"))
                .unwrap_or_default();
            format!(
                "{}:{} {severity} {}: {}{help}",
                start.line, start.column, it.code, it.message
            )
        })
        .collect()
}

/// The findings below a valid beginning of four lines.
#[track_caller]
fn check_rest(rest: &str, expect: &[&str]) {
    let text = format!("name: acme\nversion: 1.0.0\nmachines: [std/heartbeat]\n\n{rest}");
    assert_eq!(findings(&text, true), expect, "{rest}");
}

fn read(text: &str) -> Distribution {
    let checked = check(
        &Source::new("distribution.yaml", text),
        &Options {
            build: true,
            ..Options::default()
        },
    );
    let wrong = checked
        .diagnostics
        .iter()
        .find(|it| it.severity == crate::Severity::Error);
    assert_eq!(wrong, None);
    checked.distribution.unwrap()
}

#[test]
fn a_distribution_is_read() {
    let read = read(
        "name: acme-node\nversion: 1.4.0\ndescription: On web nodes\nroles: [server]\n\
         machines: [machines/./a/../lamp.machine.yaml, std/heartbeat, {spec: b.yaml, lenient: true}]\n\
         loaded: {checks: none, machines: /etc/acme/machines, external_agents: /etc/acme/agents}\n\
         defaults: {collectives: [acme], provisioning: {enabled: true, srv_domain: acme.example}}\n\
         budget: {rss: 12MiB, events_per_second: 50}\nmax_size: 8MiB\nfeatures: {insecure_for_tests: true}\n",
    );
    assert_eq!(
        (&*read.name, &*read.version, &*read.description),
        ("acme-node", "1.4.0", "On web nodes")
    );
    assert_eq!(read.roles, [Role::Server]);
    let machines: Vec<_> = read
        .machines
        .iter()
        .map(|it| (it.origin.to_string(), it.lenient))
        .collect();
    assert_eq!(
        machines,
        [
            ("machines/lamp.machine.yaml".to_owned(), false),
            ("std/heartbeat".to_owned(), false),
            ("b.yaml".to_owned(), true)
        ]
    );
    assert_eq!(read.machines[2].place.path, "machines[2].spec");
    assert_eq!(read.loaded_machines.as_deref(), Some("/etc/acme/machines"));
    assert_eq!(
        read.loaded_external_agents.as_deref(),
        Some("/etc/acme/agents")
    );
    let defaults: Vec<_> = read
        .defaults
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        defaults,
        [
            "collectives=[\"acme\"]",
            "provisioning.enabled=true",
            "provisioning.srv_domain=\"acme.example\""
        ]
    );
    let budget = Budget {
        rss: Some(12 << 20),
        events_per_second: Some(50),
        forks_per_second: None,
    };
    assert_eq!(read.budget, budget);
    let place = read.budget_places.events_per_second.unwrap();
    assert_eq!(
        (&*place.path, place.span.start.line),
        ("budget.events_per_second", 8)
    );
    assert_eq!(read.max_size, Some(8 << 20));
    assert!(read.insecure_for_tests && read.embed_specs);
}

#[test]
fn names_and_versions_have_a_form() {
    assert_eq!(
        findings("machines: [std/heartbeat]\n", true),
        [
            "1:1 error CH0101: a distribution needs a `name` (add `name: acme-node`)",
            "1:1 error CH0101: a distribution needs a `version` (add `version: 1.0.0`)",
        ]
    );
    assert_eq!(
        findings(
            "name: Acme Node\nversion: 1.0\nmachines: [std/heartbeat]\n",
            true
        ),
        [
            "1:7 error CH0106: `Acme Node` cannot name a binary (a binary's name begins with a small letter and has \
             small letters, digits and hyphens: `acme-node`)",
            "2:10 error CH0107: `1.0` is not a version (a version is MAJOR.MINOR.PATCH, such as `1.4.0`)",
        ]
    );
}

#[test]
fn unknown_keys_are_errors_with_advice() {
    check_rest(
        "machine: []\n",
        &["5:1 error CH0102: a distribution has no key `machine` (did you mean `machines`?)"],
    );
    check_rest(
        "brokers: []\n",
        &[
            "5:1 error CH0103: `brokers` does not belong in a distribution (move it: `brokers` stands in `defaults`)",
        ],
    );
    check_rest(
        "features: {wings: true}\n",
        &[
            "5:12 error CH0102: `features` has no key `wings` (known keys are `insecure_for_tests`, `embed_specs`, `run_tests`, `rego`, `certmanager`, `pkcs11`)",
        ],
    );
}

#[test]
fn who_asks_nobody_needs_no_token_devices() {
    check_rest(
        "features: {pkcs11: true}\n",
        &[
            "5:20 warning CH0803: `features.pkcs11` has no effect: only clients use token devices (add the role `client`, or leave this out)",
        ],
    );
    check_rest("roles: [server, client]\nfeatures: {pkcs11: true}\n", &[]);
}

#[test]
fn values_of_the_wrong_type_are_errors() {
    check_rest(
        "description: 12\n",
        &[
            "5:14 error CH0104: `description` is a whole number; it has to be a string (quote it: \"12\")",
        ],
    );
    check_rest(
        "roles: server\n",
        &["5:8 error CH0104: `roles` is a string; it has to be a list"],
    );
    check_rest(
        "loaded: none\n",
        &["5:9 error CH0104: `loaded` is a string; it has to be a mapping"],
    );
    check_rest(
        "max_size: 8 megs\n",
        &[
            "5:11 error CH0807: `megs` is not a unit of size (write a number and a unit, such as `8MiB` or `500kB`)",
        ],
    );
    check_rest(
        "features: {insecure_for_tests: yes}\n",
        &[
            "5:32 error CH0104: `features.insecure_for_tests` is a string; it has to be `true` or `false`",
        ],
    );
}

#[test]
fn machines_are_files_or_standard_ones() {
    let text = "name: a\nversion: 1.0.0\nmachines:\n  - /etc/m.yaml\n  - machines/lamp\n  - {lenient: true}\n  - {use: std/x, spec: y.yaml}\n  - std/x\n";
    assert_eq!(
        findings(text, true),
        [
            "4:5 error CH0804: `/etc/m.yaml` is not a path relative to this file (write it with `/` between folders, \
             relative to the folder of this file)",
            "5:5 error CH0804: `machines/lamp` is not the file of a machine (name the file: `machines/lamp.machine.yaml`, or \
             `machines/lamp/machine.yaml` for a folder with scripts)",
            "6:5 error CH0101: a machine needs a `use` or a `spec` (add `spec: machines/lamp.machine.yaml`)",
            "7:18 error CH0301: `use` and `spec` exclude each other",
            "8:5 error CH0113: `std/x` is listed twice (leave one of them out)",
        ]
    );
}

#[test]
fn what_comes_later_is_an_error_of_a_build_and_a_warning_of_a_check() {
    let rest = "roles: [server, gateway, sever]\nchecks: {}\n";
    check_rest(
        rest,
        &[
            "5:17 error CH0802: the role `gateway` comes later; this release builds `server`, `client`, `emulator`",
            "5:26 error CH0801: there is no role `sever` (did you mean `server`?)",
        ],
    );
    let text = "name: a\nversion: 1.0.0\nmachines: [std/x]\nroles: [broker]\n";
    assert_eq!(
        findings(text, false),
        [
            "4:9 warning CH0802: the role `broker` comes later; this release builds `server`, `client`, `emulator`"
        ]
    );
}

#[test]
fn what_has_no_effect_yet_is_a_warning() {
    check_rest(
        "tests: [a.test.yaml, {name: b}]\ndefaults: {broker: {stats_port: 8222}, log: {level: warn}}\n",
        &[
            "6:33 warning CH0803: `defaults.broker.stats_port` has no effect yet: nothing in this release reads it",
        ],
    );
}

#[test]
fn a_distribution_needs_something_to_run() {
    assert_eq!(
        findings("name: a\nversion: 1.0.0\n", true),
        [
            "1:1 warning CH0809: this distribution has no machines and loads none (list some under `machines:`, such \
             as `std/heartbeat`)"
        ]
    );
    assert_eq!(
        findings(
            "name: a\nversion: 1.0.0\nloaded: {machines: machines}\nmachines: [std/x]\n",
            true
        ),
        [
            "3:20 error CH0808: `machines` is not an absolute path (write the directory from `/` on, or `none`)"
        ]
    );
    assert!(findings("name: a\nversion: 1.0.0\nloaded: {machines: /m}\n", true).is_empty());
    assert!(findings("name: a\nversion: 1.0.0\nroles: [client]\n", true).is_empty());
}

#[test]
fn text_that_is_no_mapping_is_one_error() {
    for text in ["", "- a\n", "just text\n", "name: [\n"] {
        let findings = findings(text, true);
        assert_eq!(findings.len(), 1, "{text:?}: {findings:?}");
        assert!(findings[0].contains(" error "), "{text:?}: {findings:?}");
    }
}

#[test]
fn capabilities_have_a_form() {
    check_rest(
        "capabilities:\n  exec: [/usr/bin/*, df, ./x, /a/*/b, /a/]\n  read: [/proc, etc, /x/../y, /etc/*.conf]\n",
        &[
            "6:26 error CH0812: `./x` is not an absolute path (write it from `/` on: nobody can say in which directory \
             the binary is started)",
            "6:31 error CH0812: `/a/*/b` has a wildcard before its last part (list the folders one by one, each as in \
             `/usr/lib/nagios/plugins/*`)",
            "6:39 error CH0812: `/a/` is a folder, not a program (write `/a/*` for every program in it)",
            "7:17 error CH0812: `etc` is not an absolute path (write it from `/` on: nobody can say in which directory \
             the binary is started)",
            "7:22 error CH0812: `/x/../y` leads back through `..` (write it from `/` on: nobody can say in which \
             directory the binary is started)",
            "7:31 error CH0812: `/etc/*.conf` has a wildcard (name the directory: `/etc` stands for everything below it)",
        ],
    );
    check_rest(
        "capabilities: {connect: [broker, a.net, 'a.net:443', '*.net', '*:80', '*', '[::1]:1', 'a:b', 'https://a.net/x', 'x*']}\n",
        &[
            "5:87 error CH0812: `a:b` has no port between 1 and 65535 (write `HOST:PORT`, `HOST`, `*.DOMAIN` or `*:PORT`)",
            "5:94 error CH0812: `https://a.net/x` is a URL, not a server (write `a.net`)",
            "5:113 error CH0812: `x*` is not a server (write `HOST:PORT`, `HOST`, `*.DOMAIN` or `*:PORT`)",
        ],
    );
    let text =
        "name: a\nversion: 1.0.0\nmachines: [std/x]\ncapabilities: {enforce: true, exec: []}\n";
    let read = read(text).capabilities.unwrap();
    assert!(read.enforce && read.read.is_none());
    assert_eq!(read.exec.map(|it| it.items), Some(Vec::new()));
}
