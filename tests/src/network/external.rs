//! Agents in other languages, asked over a real broker: Python and Bash, good ones and bad ones.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// A program is run by the system's own Python: others may need more than the environment of an agent has.
const PYTHON: &str = "/usr/bin/python3";

const IN_PYTHON: &str = r#"
import json, os, sys
request = json.load(open(sys.argv[1]))
if os.environ["CHORIA_EXTERNAL_PROTOCOL"].endswith("activation_request"):
    reply = {"activate": True}
elif request["action"] == "fail":
    reply = {"statuscode": 3, "statusmsg": "nothing to say", "data": {}}
else:
    facts = json.load(open(os.environ["CHORIA_EXTERNAL_FACTS"]))
    reply = {"statuscode": 0, "statusmsg": "OK", "data": {
        "said": request["data"]["say"].upper(), "caller": request["callerid"], "facts": type(facts).__name__}}
json.dump(reply, open(sys.argv[2], "w"))
"#;

const IN_BASH: &str = r#"#!/bin/bash
case "$CHORIA_EXTERNAL_PROTOCOL" in
*activation_request) echo '{"activate": true}' > "$2" ;;
*) case "$(< "$1")" in
   *'"action":"hang"'*) sleep 600 & wait ;;
   *'"action":"fail"'*) exit 2 ;;
   *) echo '{"data": {"said": "VERSION"}}' > "$2" ;;
   esac ;;
esac
"#;

/// The directory of agents of a site.
pub(super) struct Agents(PathBuf);

impl Agents {
    pub(super) fn of(site: &Site) -> Self {
        let path = site.file("lib/mcollective/agent");
        fs::create_dir_all(&path).expect("made");
        Self(path)
    }

    /// Puts a file there at once.
    pub(super) fn write(&self, name: &str, text: &str, mode: u32) {
        let new = self.0.join(format!(".{name}"));
        fs::write(&new, text).expect("written");
        fs::set_permissions(&new, fs::Permissions::from_mode(mode)).expect("allowed");
        fs::rename(new, self.0.join(name)).expect("moved");
    }

    pub(super) fn ddl(&self, name: &str, version: &str) {
        self.described(name, version, false);
    }

    /// A service that does this, whatever it is asked.
    pub(super) fn service(&self, name: &str, text: &str) {
        self.described(name, "1.0.0", true);
        let text = format!(
            "#!/bin/sh\ncase $CHORIA_EXTERNAL_PROTOCOL in *activation_request) echo '{{\"activate\": true}}' > \"$2\"; exit;; esac\n{text}\n"
        );
        self.write(name, &text, 0o755);
    }

    fn described(&self, name: &str, version: &str, service: bool) {
        let action = |name: &str| {
            json!({
                "action": name, "description": "d", "display": "always",
                "input": {"say": {
                    "prompt": "p", "description": "d", "type": "string", "optional": false,
                    "validation": "shellsafe", "maxlength": 10, "default": "hello",
                }},
                "output": {"said": {"description": "d", "display_as": "d"}},
            })
        };
        let ddl = json!({
            "metadata": {
                "name": name, "description": "d", "author": "a", "license": "l", "url": "u",
                "version": version, "timeout": 2, "provider": "external", "service": service,
            },
            "actions": [action("say"), action("fail"), action("hang")],
        });
        self.write(&format!("{name}.json"), &ddl.to_string(), 0o644);
    }
}

#[test]
fn programs_are_agents_as_long_as_they_are_there() {
    if !Path::new(PYTHON).exists() {
        println!("not run: there is no {PYTHON}");
        return;
    }
    let Some(site) = Site::start() else { return };
    let agents = Agents::of(&site);
    agents.ddl("inpython", "1.0.0");
    agents.write("inpython", &format!("#!{PYTHON}{IN_PYTHON}"), 0o755);
    agents.ddl("inbash", "1.0.0");
    agents.write("inbash", &IN_BASH.replace("VERSION", "one"), 0o755);
    agents.ddl("plain", "1.0.0");
    agents.write("plain", IN_BASH, 0o644);
    let configuration = site.with_certificates(&format!(
        "plugin.choria.agent_provider.mcorpc.libdir = {}\nplugin.inpython.activate_agent = true\n",
        site.file("lib").display()
    ));
    for agent in ["inpython", "inbash", "plain", "backplane"] {
        let policy = site.file(&format!("policies/{agent}.policy"));
        fs::write(policy, "policy default deny\nallow\t*\t*\t*\t*\n").expect("written");
    }
    let node = Node::start(
        &binary("chorister"),
        &["--config", &configuration.display().to_string()],
    );
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        let reply = client.rpc("inpython", "say", json!({})).await;
        assert_eq!(
            (reply.status, reply.message.as_str()),
            (body::Status::Ok, "OK")
        );
        assert_eq!(
            reply.data,
            json!({"said": "HELLO", "caller": CALLER, "facts": "dict"})
        );
        let mut said = Vec::new();
        for (agent, action, data) in [
            ("inpython", "fail", json!({})),
            ("inpython", "say", json!({"say": "a;b"})),
            ("inpython", "sing", json!({})),
            ("inbash", "fail", json!({})),
            ("inbash", "hang", json!({})),
        ] {
            let reply = client.rpc(agent, action, data).await;
            said.push((reply.status.code(), reply.message));
        }
        let said: Vec<(u8, &str)> = said.iter().map(|(it, text)| (*it, text.as_str())).collect();
        assert_eq!(
            said,
            [
                (3, "nothing to say"),
                (
                    1,
                    "Validation failed: validation failed for input 'say': may not contain ';'"
                ),
                (2, "Unknown action sing for agent inpython"),
                (
                    1,
                    "Could not call external agent inbash#fail: executing inbash failed: exit status 2"
                ),
                (5, "timeout after 2s"),
            ]
        );

        // Another version in place of the first, and an agent that cannot be run says so in the status.
        assert_eq!(
            client.rpc("inbash", "say", json!({})).await.data,
            json!({"said": "one"})
        );
        agents.write("inbash", &IN_BASH.replace("VERSION", "two"), 0o755);
        agents.ddl("inbash", "2.0.0");
        node.ask_until(&["agents", "inbash", "--json"], |it| {
            it[0]["version"] == "2.0.0"
        });
        assert_eq!(
            client.rpc("inbash", "say", json!({})).await.data,
            json!({"said": "two"})
        );
        let status = node.ask_until(&["status", "--json"], |it| it["problems"] != json!([]));
        let problem = status["problems"][0]["text"].as_str().unwrap_or_default();
        assert!(
            problem.contains("agent `plain` is not active")
                && problem.contains("may not be executed"),
            "{status:#}"
        );

        // Somebody keeps requests from it, there or over the network, and then it is gone.
        for there in [true, false] {
            let paused = json!({"agent": "inbash"});
            if there {
                let paused = node.ask(&["agents", "inbash", "--pause", "--json"]);
                assert!(paused.status.success());
            } else {
                let reply = client.rpc("backplane", "pause", paused.clone()).await;
                assert_eq!(
                    reply.data["agents"]["inbash"], "paused",
                    "{}",
                    reply.message
                );
            }
            let reply = client.rpc("inbash", "say", json!({})).await;
            assert_eq!(reply.message, "The agent inbash is not in service");
            if there {
                let resumed = node.ask(&["agents", "inbash", "--unpause", "--json"]);
                assert!(resumed.status.success());
            } else {
                let reply = client.rpc("backplane", "resume", paused).await;
                assert_eq!(reply.data["paused"], false, "{}", reply.message);
            }
            let reply = client.rpc("inbash", "say", json!({})).await;
            assert_eq!(reply.data, json!({"said": "two"}));
        }
        fs::remove_file(agents.0.join("inbash.json")).expect("removed");
        node.ask_until(&["agents", "--json"], |it| {
            it.as_array()
                .is_some_and(|it| it.iter().all(|it| it["name"] != "inbash"))
        });
    });
}
