//! Two nodes, and what is needed to ask them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Instant;

use chorister_client::{Client, Profile};
use chorister_proto::Version;
use chorister_security::Signer;
use chorister_security::key::RsaKey;
use chorister_security::token::ClientPermissions;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::{CALLER, LONG, Site, certify, seed};
use crate::support::node::{Node, binary};
use crate::support::root;

/// The nodes, and the country that each is in.
pub(super) const NODES: [(&str, &str); 2] = [("n1.example.net", "mt"), ("n2.example.net", "de")];

/// Who asks; their seed is made of the digit.
#[derive(Clone, Copy)]
pub(super) struct Person {
    caller: &'static str,
    name: &'static str,
    digit: char,
}

/// Whom the policies name.
pub(super) const ALICE: Person = Person {
    caller: CALLER,
    name: "alice",
    digit: '2',
};

/// Whom no policy names.
pub(super) const BOB: Person = Person {
    caller: "choria=bob.mcollective",
    name: "bob",
    digit: '5',
};

/// Two nodes and their broker.
pub(super) struct Fleet {
    pub(super) site: Site,
    version: Version,
    chorister: PathBuf,
    _nodes: Vec<Node>,
}

/// The names of the nodes.
pub(super) fn names() -> Vec<&'static str> {
    NODES.iter().map(|(node, _)| *node).collect()
}

impl Fleet {
    /// Starts both; `None` where there is no broker.
    pub(super) fn start(version: Version) -> Option<Self> {
        let mut fleet = Self {
            site: Site::start()?,
            version,
            chorister: binary("chorister"),
            _nodes: Vec::new(),
        };
        let home = fleet.site.home.path();
        certify(&fleet.site.authority, home, "bob", "bob.mcollective");
        for person in [ALICE, BOB] {
            fleet.introduce(person);
        }
        let nodes = NODES.into_iter().zip(['3', '4']);
        let nodes = nodes.map(|((identity, country), digit)| fleet.node(identity, country, digit));
        fleet._nodes = nodes.collect();
        Some(fleet)
    }

    fn node(&self, identity: &str, country: &str, digit: char) -> Node {
        let home = self.site.file(identity);
        fs::create_dir_all(home.join("policies")).expect("made");
        let file = |name: &str| home.join(name);
        certify(&self.site.authority, &home, "node", identity);
        for agent in ["rpcutil", "scout"] {
            let policy = format!("policy default deny\nallow\t{CALLER}\t*\t*\t*\n");
            fs::write(file(&format!("policies/{agent}.policy")), policy).expect("written");
        }
        fs::write(
            file("facts.json"),
            json!({ "country": country }).to_string(),
        )
        .expect("written");
        let claims = json!({
            "purpose": "choria_server", "identity": identity, "collectives": ["choria"], "ou": "choria",
        });
        fs::write(file("node.jwt"), self.site.token(&seed(digit), claims)).expect("written");
        fs::write(file("node.seed"), digit.to_string().repeat(64)).expect("written");
        let text = format!(
            "plugin.yaml = {}\nclassesfile = {}\n{}",
            file("facts.json").display(),
            file("classes.txt").display(),
            self.configuration(identity, &file("node")),
        );
        fs::write(file("server.conf"), text).expect("written");
        let configuration = file("server.conf").display().to_string();
        Node::start(&self.chorister, &["--config", &configuration])
    }

    /// Writes down who somebody is.
    fn introduce(&self, person: Person) {
        let file = self.site.file(person.name);
        let write = |ending: &str, text: String| {
            fs::write(file.with_extension(ending), text).expect("written");
        };
        write("jwt", self.token(person));
        write("seed", person.digit.to_string().repeat(64));
        write("conf", self.configuration("client.example.net", &file));
    }

    /// What a node and a client have to be told, whose certificates and tokens are beside `file`.
    fn configuration(&self, identity: &str, file: &Path) -> String {
        let beside = |ending: &str| file.with_extension(ending).display().to_string();
        let security = match self.version {
            Version::V1 => format!(
                "plugin.security.provider = file\nplugin.security.file.certificate = {}\n\
                 plugin.security.file.key = {}\nplugin.security.file.ca = {}\n",
                beside("pem"),
                beside("key"),
                self.site.file("ca.pem").display(),
            ),
            Version::V2 => format!(
                "plugin.security.provider = choria\nplugin.security.choria.token_file = {}\n\
                 plugin.security.choria.seed_file = {}\nplugin.security.choria.ca = {}\n\
                 plugin.security.choria.trusted_signers = {}\n",
                beside("jwt"),
                beside("seed"),
                self.site.file("ca.pem").display(),
                self.site.issuer.public_hex(),
            ),
        };
        let broker = self.site.broker.host();
        format!("identity = {identity}\nplugin.choria.middleware_hosts = {broker}\n{security}")
    }

    fn token(&self, person: Person) -> String {
        let permissions = ClientPermissions {
            fleet_management: true,
            ..ClientPermissions::default()
        };
        let claims = json!({
            "purpose": "choria_client_id",
            "callerid": person.caller,
            "ou": "choria",
            "permissions": permissions,
        });
        self.site.token(&seed(person.digit), claims)
    }

    const fn collective(&self) -> &'static str {
        match self.version {
            Version::V1 => "mcollective",
            Version::V2 => "choria",
        }
    }

    /// Runs the command line as somebody.
    pub(super) fn chorister(&self, person: Person, arguments: &[&str]) -> Output {
        Command::new(&self.chorister)
            .args(arguments)
            .arg("--config")
            .arg(self.site.file(person.name).with_extension("conf"))
            .env(
                "MCOLLECTIVE_CERTNAME",
                format!("{}.mcollective", person.name),
            )
            .stdin(Stdio::null())
            .output()
            .expect("the binary starts")
    }

    /// The JSON that it prints for Alice, where all is well.
    #[track_caller]
    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.chorister(ALICE, arguments);
        let (text, said) = (&output.stdout, &output.stderr);
        let shown = [text, said].map(|it| String::from_utf8_lossy(it));
        assert!(output.status.success(), "{arguments:?}: {shown:?}");
        serde_json::from_slice(text).unwrap_or_else(|error| panic!("{error}: {shown:?}"))
    }

    /// Waits until both nodes answer: they may just have been started.
    #[track_caller]
    pub(super) fn wait_for_both(&self) {
        let until = Instant::now() + LONG;
        let ping = ["ping", "--names", "--expect", "2", "--timeout", "5"];
        loop {
            let output = self.chorister(ALICE, &ping);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if NODES.iter().all(|(node, _)| text.contains(node)) {
                return;
            }
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(Instant::now() < until, "{text}{said}");
        }
    }

    /// Ends the broker as if its machine had lost power, and starts it again.
    pub(super) fn restart_the_broker(&mut self) {
        self.site.broker.kill();
        self.site.broker.restart();
    }

    /// A connection of Alice, for programs in Rust.
    pub(super) async fn client(&self) -> Client {
        let signer = match self.version {
            Version::V2 => Signer::token(seed(ALICE.digit), self.token(ALICE), false),
            Version::V1 => {
                let file = self.site.file(ALICE.name);
                let text =
                    |ending: &str| fs::read_to_string(file.with_extension(ending)).expect("a file");
                let key = RsaKey::from_pem(&text("key").into()).expect("a key");
                Signer::certificate(key, text("pem"))
            }
        };
        let signer = watch::channel(Arc::new(signer.expect("a signer"))).1;
        let profile = Profile {
            connect_timeout: LONG,
            ..Profile::new(CALLER, "client.example.net", self.collective(), signer)
        };
        Client::new(self.site.connection().await, profile)
    }

    /// Asks as somebody whose program is in Python and knows nothing of ours; the answers to each question.
    pub(super) fn raw(&self, person: Person, questions: &Value) -> Vec<Vec<Value>> {
        let file = |ending: &str| self.site.file(person.name).with_extension(ending);
        let mut who = json!({ "caller": person.caller, "collective": self.collective() });
        let mut broker = json!({
            "host": "127.0.0.1",
            "port": self.site.broker.address().port(),
            "authorities": self.site.file("ca.pem"),
        });
        match self.version {
            Version::V1 => {
                who["version"] = 1.into();
                who["key"] = json!(file("key"));
                who["certificate"] = json!(file("pem"));
                broker["certificate"] = json!(file("pem"));
                broker["key"] = json!(file("key"));
            }
            Version::V2 => {
                who["version"] = 2.into();
                who["token"] = self.token(person).into();
                who["seed"] = person.digit.to_string().repeat(64).into();
            }
        }
        let told = json!({ "who": who, "broker": broker, "questions": questions });
        let mut child = Command::new("python3")
            .arg(root().join("tests/network/raw_client.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python is there");
        let mut input = child.stdin.take().expect("its input");
        let text = told.to_string();
        input.write_all(text.as_bytes()).expect("it reads");
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}
