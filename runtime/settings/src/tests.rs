#![allow(clippy::unwrap_used)]

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::key::Group;
use crate::value::{ExposeSecret, LogTarget, SecurityProvider};

fn conf(text: &str) -> Resolved {
    resolve(
        vec![Layer::conf("server.conf", text, None)],
        Some(Path::new("/home/ada")),
    )
}

fn native(text: &str) -> Resolved {
    resolve(vec![Layer::native("chorister.yaml", text.as_bytes())], None)
}

#[track_caller]
fn told(resolved: &Resolved, expect: &[&str]) {
    let found: Vec<String> = resolved.findings.iter().map(ToString::to_string).collect();
    assert_eq!(found, expect);
}

#[test]
fn every_default_of_the_table_is_a_value() {
    for key in KEYS.iter() {
        if let Some(default) = key.row.default {
            let mut settings = Settings::default();
            let name = key.name.replace('*', "one");
            assert_eq!(
                settings.set(&name, &Given::text(default)),
                Ok(true),
                "{name}"
            );
        }
    }
}

#[test]
fn keys_have_one_name_and_a_sentence() {
    let mut seen = BTreeSet::new();
    for key in KEYS.iter() {
        assert!(seen.insert(key.name.clone()), "{} is there twice", key.name);
        if let Some(name) = &key.upstream {
            assert!(
                seen.insert(format!("upstream {name}")),
                "{name} is there twice"
            );
        }
        assert!(key.row.doc.ends_with('.'), "{} has no sentence", key.name);
        assert!(!key.row.readers.is_empty(), "nobody reads {}", key.name);
        assert_eq!(
            key::native(&key.name.replace('*', "one")).unwrap().key.name,
            key.name
        );
    }
}

#[test]
fn units_are_types() {
    let resolved = conf(
        "identity = web1.example.net\n\
         collectives = mcollective, emea\n\
         logfile = stdout\n\
         registerinterval = 300\n\
         plugin.choria.status_update_interval = 1h30m\n\
         plugin.choria.machine.store = ~/machines\n\
         plugin.security.provider = File\n\
         plugin.choria.middleware_hosts = a.example.net:4222, wss://b.example.net:443\n\
         plugin.choria.use_srv = NO\n",
    );
    told(&resolved, &[]);
    let settings = resolved.settings;
    assert_eq!(settings.identity.as_deref(), Some("web1.example.net"));
    assert_eq!(settings.collectives, ["mcollective", "emea"]);
    assert_eq!(settings.main_collective.as_deref(), Some("mcollective"));
    assert_eq!(settings.log.file, LogTarget::Stdout);
    assert_eq!(settings.registration.interval, Duration::from_secs(300));
    assert_eq!(settings.status.interval, Duration::from_secs(5400));
    assert_eq!(
        settings.machines.store,
        Some(PathBuf::from("/home/ada/machines"))
    );
    assert_eq!(settings.security.provider, SecurityProvider::File);
    let brokers: Vec<String> = settings.brokers.iter().map(value::Server::url).collect();
    assert_eq!(
        brokers,
        ["nats://a.example.net:4222", "wss://b.example.net:443"]
    );
    assert!(!settings.network.use_srv);
    assert_eq!(settings.origin("log.file").to_string(), "server.conf:3");
    assert_eq!(settings.origin("log.level").to_string(), "default");
}

#[test]
fn both_formats_say_the_same() {
    let theirs = conf(
        "plugin.security.issuer.names = acme\nplugin.nats.user = ada\nttl = 30\nlibdir = /a:/b\n",
    );
    let ours = native(
        "rpc: {ttl: 30}\nnetwork:\n  nats: {user: ada}\nsecurity:\n  issuer_names: [acme]\n\
         external_agents: {libdir: [/a, /b]}\n",
    );
    told(&theirs, &[]);
    told(&ours, &[]);
    assert_eq!(theirs.settings.changes(&ours.settings), []);
}

#[test]
fn wrong_values_leave_the_default() {
    let resolved = conf(
        "ttl = soon\nrpcauthorization = on\nplugin.choria.puppetdb_port = 99999\nloglevel = wran\n\
         plugin.choria.middleware_hosts = a:4222, broker.example.net\nplugin.choria.security.privileged_users = (\n",
    );
    told(
        &resolved,
        &[
            "server.conf:1:7: `ttl` is `soon`; it has to be a length of time such as `90s`, `1h30m` or `2d`",
            "server.conf:2:20: `rpcauthorization` is `on`; it has to be `true` or `false` (write `true`)",
            "server.conf:3:31: `plugin.choria.puppetdb_port` is `99999`; it has to be a whole number from 0 to 65535",
            "server.conf:4:12: `loglevel` is `wran`; it has to be `debug`, `info`, `warn`, `error` or `fatal` (did you mean `warn`?)",
            "server.conf:5:42: `plugin.choria.middleware_hosts` is `broker.example.net`; it has to be a server, as `host:port` or a URL with a port (add the port: `broker.example.net:4222`)",
            "server.conf:6:43: `plugin.choria.security.privileged_users` is `(`; it has to be a regular expression (error parsing regexp: missing closing ): `(`)",
        ],
    );
    assert_eq!(resolved.settings.rpc.ttl, Duration::from_secs(60));
    assert!(resolved.settings.rpc.authorization);
}

#[test]
fn what_makes_no_subject_is_no_name() {
    let resolved = conf(
        "identity = a b\ncollectives = mcollective, em*ea\nmain_collective = a..b\n\
         plugin.choria.network.connect_timeout = 500s\n",
    );
    let wanted =
        "a name without white space, `*` and `>`, and with something before and after each dot";
    told(
        &resolved,
        &[
            &format!("server.conf:1:12: `identity` is `a b`; it has to be {wanted}"),
            &format!("server.conf:2:28: `collectives` is `em*ea`; it has to be {wanted}"),
            &format!("server.conf:3:19: `main_collective` is `a..b`; it has to be {wanted}"),
            "server.conf:4:41: `plugin.choria.network.connect_timeout` is `500s`; it has to be two minutes or less",
        ],
    );
    let network = &resolved.settings.network;
    assert_eq!(network.connect_timeout, Duration::from_secs(2));
    told(
        &conf("identity = web-1.example.net\nplugin.choria.network.connect_timeout = 2m\n"),
        &[],
    );
}

#[test]
fn unknown_keys_are_kept_and_told() {
    let resolved = conf(
        "register_interval = 300\nmiddleware_hosts = a:4222\nplugin.choria.statsport = 1\nplugin.acme.level = 9\n\
         daemonize = 1\nplugin.choria.adapter.x.type = nats\nplugin.nats.usre = a\n",
    );
    told(
        &resolved,
        &[
            "server.conf:1:1: there is no setting `register_interval` (did you mean `registerinterval`?)",
            "server.conf:2:1: there is no setting `middleware_hosts` (did you mean `plugin.choria.middleware_hosts`?)",
            "server.conf:3:1: there is no setting `plugin.choria.statsport` (did you mean `plugin.choria.stats_port`?)",
            "server.conf:5:1: there is no setting `daemonize` (nothing reads it; leave it out)",
            "server.conf:7:1: there is no setting `plugin.nats.usre` (did you mean `plugin.nats.user`?)",
        ],
    );
    assert_eq!(resolved.settings.raw("plugin.acme.level"), Some("9"));
    assert!(
        resolved
            .settings
            .unknown()
            .any(|it| it == "plugin.acme.level")
    );
}

#[test]
fn levels_of_our_own_format_are_known() {
    let resolved = native(
        "identiti: a\nnetwork: {connect_timeot: 3s}\nnats: {user: a}\nlog: debug\nttl: 3\n\
         plugin: {acme: {level: 9, list: [a, b]}}\nregisterinterval: 3\nbrokers: {a: b}\n",
    );
    told(
        &resolved,
        &[
            "chorister.yaml:1:1: there is no setting `identiti` (did you mean `identity`?)",
            "chorister.yaml:2:11: there is no setting `connect_timeot` in `network` (did you mean `connect_timeout`?)",
            "chorister.yaml:3:1: there is no setting `nats` (there are `identity`, `collectives`, `main_collective`, `brokers`, `log`, `facts`, `machines`, `checks`, `scout`, `status`, `http`, `notify`, `events`, `network`, `security`, `rpc`, `registration`, `submission`, `provisioning`, `executor`, `registry`, `external_agents`, `plugins`, `client`, `broker`)",
            "chorister.yaml:4:6: `log` is a string; it has to be a mapping (below it stand `file`, `level`)",
            "chorister.yaml:5:1: there is no setting `ttl` (here it is `rpc: ttl`)",
            "chorister.yaml:7:1: there is no setting `registerinterval` (here it is `registration: interval`)",
            "chorister.yaml:8:10: `brokers` is a mapping; it has to be a list of servers, each as `host:port` or a URL with a port",
        ],
    );
    assert_eq!(resolved.settings.raw("plugin.acme.level"), Some("9"));
    assert_eq!(resolved.settings.raw("plugin.acme.list"), Some("a,b"));
}

#[test]
fn later_layers_win_and_are_named() {
    let variables = |name: &str| match name {
        "CHORIA_SRV_DOMAIN" => Some("env.example.net".to_owned()),
        "CHORISTER_RPC_TTL" => Some("9".to_owned()),
        _ => None,
    };
    let layers = vec![
        Layer::compiled([
            ("collectives", "[\"acme\"]"),
            ("rpc.ttl", "7"),
            ("rpc.audit", "true"),
        ]),
        Layer::conf(
            "server.conf",
            "ttl = 8\nidentity = a\ncollectives = one,two\nmain_collective = two\n",
            None,
        ),
        Layer::conf("plugin.d/choria.cfg", "use_srv = 0\n", Some("choria")),
        Layer::environment(variables),
        Layer::arguments([("identity", "b".to_owned(), "--identity")]),
    ];
    let resolved = resolve(layers, None);
    told(&resolved, &[]);
    let settings = resolved.settings;
    let of = |name: &str| {
        let it = settings.setting(name).unwrap();
        format!("{} ({})", it.value, it.origin)
    };
    assert_eq!(of("rpc.ttl"), "9s (environment CHORISTER_RPC_TTL)");
    assert_eq!(of("rpc.audit"), "true (compiled in)");
    assert_eq!(of("identity"), "b (--identity)");
    assert_eq!(of("collectives"), "one, two (server.conf:3)");
    assert_eq!(of("plugin.choria.use_srv"), "false (plugin.d/choria.cfg:1)");
    assert_eq!(
        of("network.srv_domain"),
        "env.example.net (environment CHORIA_SRV_DOMAIN)"
    );
}

#[test]
fn lists_of_paths_add_up_within_a_file() {
    let first = Layer::conf("a.conf", "libdir = /a:/b\nlibdir = /c\n", None);
    let second = Layer::conf("b.conf", "libdir = ~/d\n", None);
    let settings = resolve(vec![first.clone()], None).settings;
    let expect = ["/a", "/b", "/c"].map(PathBuf::from);
    assert_eq!(settings.external_agents.libdir.0, expect);
    let settings = resolve(vec![first, second], Some(Path::new("/home/ada"))).settings;
    assert_eq!(
        settings.external_agents.libdir.0,
        [PathBuf::from("/home/ada/d")]
    );
}

#[test]
fn a_key_given_twice_is_told() {
    let resolved = conf("ttl = 1\nidentity = a\nttl = 2\n");
    told(
        &resolved,
        &["server.conf:3:1: `ttl` is set again, and line 1 has no effect (leave one of them out)"],
    );
    assert_eq!(resolved.settings.rpc.ttl, Duration::from_secs(2));
}

#[test]
fn named_groups_have_their_own_values() {
    let key = "ab".repeat(32);
    let theirs = conf(&format!(
        "plugin.security.issuer.names = acme\nplugin.security.issuer.acme.public = {key}\n\
         plugin.choria.network.gateway_remote.uk.urls = a:1, b:2\nplugin.choria.network.gateway_remote.uk.tls.ca = /ca\n"
    ));
    told(&theirs, &[]);
    let ours = native(&format!(
        "security: {{issuer_names: [acme], issuers: {{acme: {{public: {key}}}}}}}\n\
         broker: {{gateways: {{uk: {{urls: [a:1, b:2], tls: {{ca: /ca}}}}}}}}\n"
    ));
    told(&ours, &[]);
    assert_eq!(theirs.settings.changes(&ours.settings), []);
    let public = theirs.settings.security.issuers["acme"].public.unwrap();
    assert_eq!(public.bytes(), &[0xab; 32]);
    let all = theirs.settings.all();
    let named: Vec<&str> = all
        .iter()
        .map(|it| it.name.as_str())
        .filter(|it| it.contains("uk") || it.contains("acme"))
        .collect();
    assert_eq!(
        named,
        [
            "security.issuers.acme.public",
            "broker.gateways.uk.urls",
            "broker.gateways.uk.tls.ca"
        ]
    );
}

#[test]
fn secrets_are_never_shown() {
    let before = conf(
        "plugin.nats.pass = hunter2\nplugin.choria.middleware_hosts = nats://ada:hunter2@a:4222\n\
         plugin.choria.security.request_signer.url = https://ada:hunter2@signer/\n\
         plugin.login.aaasvc.login.url = https://ada:hunter2@login/, http://b\n",
    );
    let after = conf(
        "plugin.nats.pass = hunter3\nplugin.choria.middleware_hosts = nats://ada:hunter3@a:4222\n\
         plugin.choria.security.request_signer.url = https://ada:hunter3@signer/\n\
         plugin.login.aaasvc.login.url = https://ada:hunter3@login/, http://b\n",
    );
    assert_eq!(
        before
            .settings
            .network
            .nats
            .password
            .as_ref()
            .unwrap()
            .expose_secret(),
        "hunter2"
    );
    let changes = before.settings.changes(&after.settings);
    assert_eq!(changes.len(), 4, "{changes:?}");
    let told: String = changes.iter().map(|it| format!("{it}\n")).collect();
    let shown: String = after
        .settings
        .all()
        .iter()
        .map(|it| it.value.to_string())
        .collect();
    let debugged = format!("{:?}", after.settings);
    for text in [told, shown, debugged] {
        assert!(!text.contains("hunter"), "{text}");
    }
}

#[test]
fn the_collective_follows_the_provider() {
    let check = |text: &str, expect: &str| {
        assert_eq!(conf(text).settings.collectives, [expect], "{text}");
    };
    check("", "mcollective");
    check("plugin.security.provider = choria\n", "choria");
    check(
        "plugin.security.provider = choria\ncollectives = mcollective\n",
        "mcollective",
    );
}

#[test]
fn a_main_collective_is_one_of_the_collectives() {
    told(
        &conf("collectives = a,b\nmain_collective = c\n"),
        &[
            "server.conf:2:19: `main_collective` is `c`, which is none of the `collectives` (they are a, b)",
        ],
    );
}

#[test]
fn outputs_are_compiled_in_and_replaced_one_by_one() {
    let layers = vec![
        Layer::compiled([
            ("http.address", "\"127.0.0.1:9100\""),
            ("http.readiness", "[\"disk\"]"),
            ("notify.exec", "[\"/bin/tell\",\"all of us\"]"),
            ("notify.webhook", "\"https://hooks.example/secret\""),
        ]),
        Layer::native("chorister.yaml", b"http: {address: '[::1]:9100'}\n"),
        Layer::arguments([("notify.exec", "'/opt/my tell'".to_owned(), "--notify-exec")]),
    ];
    let resolved = resolve(layers, None);
    told(&resolved, &[]);
    let settings = &resolved.settings;
    let address = settings.http.address.unwrap();
    assert_eq!(address.to_string(), "[::1]:9100");
    assert_eq!(settings.http.readiness, ["disk"]);
    assert_eq!(settings.notify.exec.as_ref().unwrap().0, ["/opt/my tell"]);
    let webhook = settings.notify.webhook.as_ref().unwrap();
    assert_eq!(webhook.expose_secret(), "https://hooks.example/secret");
    let shown = settings.setting("notify.webhook").unwrap().value;
    assert_eq!(shown.to_string(), "(secret)");
    told(
        &native("http: {address: localhost}\nnotify: {exec: ''}\n"),
        &[
            "chorister.yaml:1:17: `http.address` is `localhost`; it has to be an address and a port such as `127.0.0.1:9100`",
            "chorister.yaml:2:16: `notify.exec` is empty; it has to be a command line, or a list of its words",
        ],
    );
}

/// The mistakes of a file that keep a node from its network, each by what it leaves unsaid.
#[track_caller]
fn guards(text: &str, expect: &[&str]) {
    let settings = conf(text).settings;
    let all = settings.mistakes(Reader::Node);
    let found: Vec<&str> = all.filter_map(|it| it.guard.as_deref()).collect();
    assert_eq!(found, expect, "{text}");
}

#[test]
fn mistakes_do_not_open_a_node() {
    guards(
        "plugin.choria.security.certname_whitelist = ^nobody$, ^x[bad$\n",
        &["security.allowed_certnames"],
    );
    guards("rpcauthprovider = regopolicy\n", &["rpc.authorizer"]);
    guards("plugin.choria.middleware_hosts = a:1, b\n", &["brokers"]);
    guards(
        "plugin.security.provider = choira\n",
        &["security.provider"],
    );
    guards(
        "plugin.security.issuer.acme.public = 12\n",
        &["security.issuers.acme.public"],
    );
    // A word too little, a letter too much, and a line that says nothing.
    guards(
        "plugin.choria.security.certname_whitelist =\n",
        &["security.allowed_certnames"],
    );
    guards(
        "plugin.choria.security.certname_whitelst = ^x$\n",
        &["security.allowed_certnames"],
    );
    guards("rpcauthprovider rego_policy\n", &["rpc.authorizer"]);
    // What the right value replaces does no harm, and what is wrong elsewhere does none either.
    guards("rpcauthprovider = x\nrpcauthprovider = rego_policy\n", &[]);
    guards(
        "rpcauthprovider = rego_policy\nrpcauthprovider = x\n",
        &["rpc.authorizer"],
    );
    guards(
        "loglevel = loud\nregisterinterval = soon\nrpcauditprovider = x\n",
        &[],
    );
    guards("plugin.acme.provider = choira\nplugin.acme.ca = x\n", &[]);
    guards("plugin.security.pkcs11.slot = first\n", &[]);
}

#[test]
fn mistakes_in_our_own_format_do_not_open_a_node() {
    let check = |text: &str, expect: &[&str]| {
        let settings = native(text).settings;
        let all = settings.mistakes(Reader::Node);
        let found: Vec<&str> = all.filter_map(|it| it.guard.as_deref()).collect();
        assert_eq!(found, expect, "{text}");
    };
    check("security: {provider: choira}\n", &["security.provider"]);
    check("secruity: {provider: choria}\n", &["security"]);
    check("security: {providr: choria}\n", &["security.provider"]);
    check("security: {nothing: like it}\n", &["security"]);
    check("security: choria\n", &["security"]);
    check(
        "allowed_certnames: ['^x$']\n",
        &["security.allowed_certnames"],
    );
    check("rpc: {authorizer: {a: b}}\n", &["rpc.authorizer"]);
    check("- security\n", &["chorister.yaml"]);
    check("security: {provider: choria\n", &["chorister.yaml"]);
    check(
        "plugin: {choria: {security: {certname_whitelst: ['^x$']}}}\n",
        &["security.allowed_certnames"],
    );
    check("log: {level: loud}\n", &[]);
}

#[test]
fn agents_are_active_where_that_is_certain() {
    let settings =
        conf("plugin.a.activate_agent = yes\nplugin.b.activate_agent = fasle\n").settings;
    assert!(settings.activates("a"));
    assert!(!settings.activates("b"));
    assert!(settings.activates("c"));
}

#[test]
fn patterns_are_kept_as_they_are_written() {
    let settings = conf("plugin.choria.security.certname_whitelist = /^rip\\.a$/, b.c\n").settings;
    let written: Vec<&str> = settings
        .security
        .allowed_certnames
        .iter()
        .map(value::Pattern::as_str)
        .collect();
    assert_eq!(written, [r"/^rip\.a$/", "b.c"]);
    let shown = settings
        .setting("security.allowed_certnames")
        .unwrap()
        .value;
    assert_eq!(shown.to_string(), r"/^rip\.a$/, b.c");
}

#[test]
fn what_nothing_acts_on_is_known() {
    let text = "plugin.security.cipher_suites = TLS_A\nplugin.security.support_legacy_certificates = 0\n\
                plugin.security.client_anon_tls = 1\nloglevel = warn\n";
    let settings = conf(text).settings;
    let all = settings.without_effect(Reader::Node);
    let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["security.cipher_suites"]);
}

#[test]
fn variables_that_are_like_those_of_settings_are_told() {
    let given = [
        "CHORISTER_RPC_TTTL",
        "CHORISTER_RPC_TTL",
        "CHORISTER_LOG",
        "HOME",
    ];
    let layer = Layer::environment(|_| None).beside(given.map(str::to_owned));
    let told: Vec<String> = layer.findings().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "environment: there is no setting `CHORISTER_RPC_TTTL` (did you mean `CHORISTER_RPC_TTL`?)"
        ]
    );
}
