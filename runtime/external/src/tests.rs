//! Programs in a directory, and what callers are answered.

mod vectors;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use chorister_ddl::{Agent, Answer, Data, Failure, Host, RequestContext, StatusCode};
use chorister_engine::Engine;
use chorister_loader::follow::Follow;
use serde_json::{Value, json};

use super::*;

/// The agents that somebody hosts.
#[derive(Default)]
struct Nodes(Mutex<BTreeMap<String, Arc<dyn Agent>>>);

impl Hosting for Nodes {
    fn hosts(&self, name: &str) -> bool {
        self.0.lock().unwrap().contains_key(name)
    }

    fn host(&self, agent: Arc<dyn Agent>) -> bool {
        let name = agent.ddl().metadata.name.to_string();
        self.0.lock().unwrap().insert(name, agent);
        true
    }

    fn dismiss(&self, name: &str) {
        self.0.lock().unwrap().remove(name);
    }
}

struct Nobody;

impl Host for Nobody {}

/// A directory of agents, and an engine with facts.
struct Site {
    home: tempfile::TempDir,
    agents: Agents,
    nodes: Arc<Nodes>,
    engine: EngineHandle,
    _running: tokio::task::JoinHandle<()>,
}

impl Site {
    async fn start(configuration: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("agents");
        fs::create_dir(&directory).unwrap();
        let engine = Engine::builder("node", home.path().join("state"))
            .without_control()
            .build()
            .unwrap();
        let handle = engine.handle();
        let running = tokio::spawn(engine.run());
        let facts = Arc::new(json!({"os": "Debian"}));
        handle.set_facts(facts).await.unwrap();
        let text = configuration.replace("HOME", &home.path().display().to_string());
        let layer = chorister_settings::Layer::conf("server.conf", &text, None);
        let settings = chorister_settings::resolve(vec![layer], None).settings;
        let mut origin = Origin::new(directory, settings, Some(&home.path().join("server.conf")));
        origin.trust = Trust::Anybody;
        let nodes = Arc::new(Nodes::default());
        let agents = Agents::new(origin, Arc::clone(&nodes) as _, handle.clone());
        Self {
            home,
            agents,
            nodes,
            engine: handle,
            _running: running,
        }
    }

    fn ddl(&self, name: &str, version: &str) {
        let ddl = json!({
            "metadata": {
                "name": name, "description": "d", "author": "a", "license": "l", "url": "u",
                "version": version, "timeout": 2, "provider": "external",
            },
            "actions": [{
                "action": "do", "description": "d", "display": "always",
                "input": {"say": {
                    "prompt": "p", "description": "d", "type": "string", "optional": true,
                    "validation": "shellsafe", "maxlength": 10,
                }},
                "output": {"left": {"description": "d", "display_as": "d", "default": "out"}},
            }],
        });
        self.write(&format!("{name}.json"), &ddl.to_string());
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.home.path().join("agents").join(name), text).unwrap();
    }

    /// A program that wants to be active, and then does this.
    fn program(&self, name: &str, text: &str) {
        self.script(
            name,
            &format!(
                "case $CHORIA_EXTERNAL_PROTOCOL in *activation_request) \
                 echo '{{\"activate\":true}}' > $2; exit;; esac\n{text}"
            ),
        );
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.home.path().join("agents").join(name);
        // Another name first: nothing may run what is being written.
        let new = path.with_extension("new");
        fs::write(&new, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(new, path).unwrap();
    }

    /// Looks, and says which versions of which agents are hosted then.
    async fn look(&mut self) -> Vec<String> {
        self.agents.look().await.unwrap();
        let hosted = self.nodes.0.lock().unwrap();
        let metadata = hosted.values().map(|it| it.ddl().metadata.clone());
        metadata
            .map(|it| format!("{} {}", it.name, it.version))
            .collect()
    }

    async fn ask(&self, agent: &str, data: Value) -> Answer {
        let data: Data = serde_json::from_value(data).unwrap();
        self.call(agent, "do", &context(), data).await
    }

    async fn call(&self, agent: &str, action: &str, cx: &RequestContext, data: Data) -> Answer {
        let agent = Arc::clone(&self.nodes.0.lock().unwrap()[agent]);
        agent.call(cx, action, data).await
    }

    async fn problems(&self) -> Vec<String> {
        let problems = self.engine.status().await.unwrap().problems;
        problems.into_iter().map(|it| it.text).collect()
    }
}

fn context() -> RequestContext {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut cx = RequestContext::new(deadline, Arc::new(Nobody));
    cx.caller = "choria=alice".to_owned();
    cx.sender = "client.example.net".to_owned();
    cx.collective = "choria".to_owned();
    cx.request_id = "42".to_owned();
    (cx.time, cx.ttl) = (1_795_216_774, 60);
    cx
}

#[tokio::test]
async fn a_program_is_asked_in_files_with_nothing_else_in_its_environment() {
    let mut site = Site::start("").await;
    site.ddl("seen", "1.0.0");
    site.program(
        "seen",
        "env | cut -d= -f1 | sort | tr '\\n' ' ' > \"$2.env\"\n\
         printf '{\"data\":{\"args\":\"%s\",\"env\":\"%s\",\"config\":\"%s\",\"facts\":%s,\"request\":%s,\"cwd\":\"%s\"}}' \
         \"$3 $#\" \"$(cat $2.env)\" \"$CHORIA_EXTERNAL_CONFIG\" \"$(cat $CHORIA_EXTERNAL_FACTS)\" \"$(cat $1)\" \"$PWD\" > $2\n\
         rm \"$2.env\"",
    );
    assert_eq!(site.look().await, ["seen 1.0.0"]);
    let answer = site.ask("seen", json!({"say": "hello", "process_results": true}));
    let answer = Value::Object(answer.await.unwrap());
    assert_eq!(answer["args"], "io.choria.mcorpc.external.v1.rpc_request 3");
    let names = "CHORIA_EXTERNAL_CONFIG CHORIA_EXTERNAL_FACTS CHORIA_EXTERNAL_PROTOCOL \
                 CHORIA_EXTERNAL_REPLY CHORIA_EXTERNAL_REQUEST PATH PWD ";
    // The shell adds its own.
    let of_shell = answer["env"].as_str().unwrap().replace("OLDPWD ", "");
    assert_eq!(of_shell.replace("SHLVL ", "").replace("_ ", ""), names);
    assert_eq!(answer["facts"], json!({"os": "Debian"}));
    assert_eq!(answer["left"], "out");
    let config = site.home.path().join("plugin.d/seen");
    assert_eq!(answer["config"], config.display().to_string());
    assert_eq!(answer["cwd"], std::env::temp_dir().display().to_string());
    assert_eq!(
        answer["request"],
        json!({
            "$schema": "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
            "protocol": "io.choria.mcorpc.external.v1.rpc_request",
            "agent": "seen", "action": "do", "requestid": "42", "senderid": "client.example.net",
            "callerid": "choria=alice", "collective": "choria", "ttl": 60, "msgtime": 1_795_216_774,
            "data": {"say": "hello"},
        })
    );
}

#[tokio::test]
async fn whatever_a_program_does_is_answered() {
    let mut site = Site::start("").await;
    let programs = [
        ("ok", "echo '{}' > $2", Ok(())),
        (
            "silent",
            "exit 0",
            Err("failed to decode reply json: nothing was written"),
        ),
        (
            "garbage",
            "echo garbage > $2",
            Err("failed to decode reply json: expected value"),
        ),
        ("two", "exit 2", Err("executing two failed: exit status 2")),
        (
            "killed",
            "kill -9 $$",
            Err("executing killed failed: ended by signal 9"),
        ),
        (
            "shape",
            "echo '{\"data\":[]}' > $2",
            Err("Could not set reply defaults: reply data is in the wrong format"),
        ),
        (
            "huge",
            "truncate -s 1G $2",
            Err("failed to read reply json: it has more than 8388608 bytes"),
        ),
        (
            "endless",
            "yes > $2; sleep 60",
            Err("failed to read reply json: it has more than 8388608 bytes"),
        ),
        (
            "chatty",
            "yes; sleep 60",
            Err("wrote more than 16777216 bytes and was ended"),
        ),
        (
            "gone",
            "rm $2",
            Err("failed to read reply json: No such file"),
        ),
        (
            "pipe",
            "rm $2; mkfifo $2; exit 0",
            Err("failed to read reply json: it is no regular file"),
        ),
    ];
    for (name, text, _) in &programs {
        site.ddl(name, "1.0.0");
        site.program(name, text);
    }
    assert_eq!(site.look().await.len(), programs.len());
    for (name, _, expect) in &programs {
        let answer = site.ask(name, json!({})).await;
        match expect {
            Ok(()) => assert_eq!(Value::Object(answer.unwrap()), json!({"left": "out"})),
            Err(expect) => {
                let failure = answer.unwrap_err();
                assert_eq!(failure.code, StatusCode::Aborted, "{name}");
                assert!(failure.message.contains(expect), "{name}: {failure}");
                let is_told = failure
                    .message
                    .starts_with(&format!("Could not call external agent {name}#do: "));
                assert!(is_told || *name == "shape", "{name}: {failure}");
            }
        }
    }
    let failure = site.ask("ok", json!({"say": "a;b"})).await.unwrap_err();
    assert_eq!(
        failure,
        Failure::aborted(
            "Validation failed: validation failed for input 'say': may not contain ';'"
        )
    );
    fs::remove_file(site.home.path().join("agents/ok")).unwrap();
    let failure = site.ask("ok", json!({})).await.unwrap_err();
    assert_eq!(
        failure,
        Failure::aborted("Cannot call external agent ok#do: agent executable was not found")
    );
}

#[tokio::test]
async fn agents_come_change_and_go_with_their_files() {
    let mut site = Site::start("plugin.off.activate_agent = false\n").await;
    site.ddl("one", "1.0.0");
    site.program("one", "echo '{\"data\":{\"left\":1}}' > $2");
    site.ddl("off", "1.0.0");
    site.program("off", "echo '{}' > $2");
    site.ddl("rpcutil", "1.0.0");
    site.program("rpcutil", "echo '{}' > $2");
    assert_eq!(site.look().await, ["one 1.0.0"]);
    assert_eq!(
        site.problems().await,
        ["`rpcutil` is an agent of the node itself"]
    );
    fs::remove_file(site.home.path().join("agents/rpcutil.json")).unwrap();

    // A new program counts at once, a new DDL with the next look, and one with a mistake does not.
    site.program("one", "echo '{\"data\":{\"left\":2}}' > $2");
    let answer = site.ask("one", json!({})).await.unwrap();
    assert_eq!(answer["left"], 2);
    site.ddl("one", "2.0.0");
    assert_eq!(site.look().await, ["one 2.0.0"]);
    assert_eq!(site.problems().await, [""; 0]);
    site.write("one.json", "{\"metadata\": {\"name\": \"one\"");
    assert_eq!(site.look().await, ["one 2.0.0"]);
    assert!(
        site.problems().await[0].contains("CH0001"),
        "{:?}",
        site.problems().await
    );
    fs::remove_file(site.home.path().join("agents/one.json")).unwrap();
    assert_eq!(site.look().await, [""; 0]);
    assert_eq!(site.problems().await, [""; 0]);
}

#[tokio::test]
async fn who_was_not_active_is_asked_again() {
    let mut site = Site::start("").await;
    site.ddl("late", "1.0.0");
    assert_eq!(site.look().await, [""; 0]);
    let expect = "agent `late` is not active: agent executable was not found";
    assert_eq!(site.problems().await, [expect]);
    site.script("late", "exit 3");
    assert_eq!(site.look().await, [""; 0]);
    let expect = "agent `late` is not active: executing late failed: exit status 3";
    assert_eq!(site.problems().await, [expect]);
    // It is not asked at every look, and what is wrong stays said.
    assert_eq!(site.look().await, [""; 0]);
    assert_eq!(site.problems().await, [expect]);
    site.script("late", "echo '{\"activate\": false}' > $2");
    assert_eq!(site.look().await, [""; 0]);
    site.program("late", "echo '{}' > $2");
    assert_eq!(site.look().await, ["late 1.0.0"]);
    assert_eq!(site.problems().await, [""; 0]);
}

#[tokio::test]
async fn agents_in_ruby_are_asked_through_their_shim() {
    let shim = "plugin.choria.agent_provider.mcorpc.agent_shim = HOME/agents/shim\n\
                plugin.choria.agent_provider.mcorpc.config = HOME/client.cfg\n";
    let mut site = Site::start(shim).await;
    site.ddl("old", "1.0.0");
    let path = site.home.path().join("agents/old.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("external", "ruby")).unwrap();
    site.write("old.rb", "module MCollective");
    site.script(
        "shim",
        "printf '{\"statuscode\":0,\"data\":{\"args\":\"%s\",\"request\":%s}}' \"$*\" \"$(cat)\"; echo noise >&2",
    );
    assert_eq!(site.look().await, ["old 1.0.0"]);
    let answer = Value::Object(site.ask("old", json!({"say": "hi"})).await.unwrap());
    let config = site.home.path().join("client.cfg");
    assert_eq!(answer["args"], format!("--config {}", config.display()));
    assert_eq!(
        answer["request"],
        json!({
            "agent": "old", "action": "do", "requestid": "42", "senderid": "client.example.net",
            "callerid": "choria=alice", "collective": "choria", "ttl": 60, "msgtime": 1_795_216_774,
            "body": {"agent": "old", "action": "do", "data": {"say": "hi"}, "caller": "choria=alice"},
        })
    );
    site.script("shim", "exit 1");
    let failure = site.ask("old", json!({})).await.unwrap_err();
    let expect = "Could not call Ruby agent old#do: executing the shim failed: exit status 1";
    assert_eq!(failure, Failure::aborted(expect));
}
