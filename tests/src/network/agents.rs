//! The standard agents of a node, asked by the typed clients that are generated from their DDLs.

use chorister_client::{Discovery, Profile, Requester, Targets};
use chorister_ddl::{Call, Failure, Pending, StatusCode};
use chorister_proto::Filter;
use chorister_proto::filter::Compound;
use chorister_std::choria_registry::{ChoriaRegistryClient, NamesInput};
use chorister_std::choria_util::{ChoriaUtilClient, MachineStateInput, MachineTransitionInput};
use chorister_std::executor::{ExecutorClient, ListInput, SignalInput};
use chorister_std::rpcutil::{GetConfigItemInput, GetDataInput, GetFactInput, RpcutilClient};
use chorister_std::scout::{GossValidateInput, MaintenanceInput, ResumeInput, ScoutClient};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::*;

/// The agents that everybody may ask.
const AGENTS: [&str; 5] = [
    "choria_registry",
    "choria_util",
    "executor",
    "rpcutil",
    "scout",
];

impl Site {
    /// What is configured beside security for a node that hosts the standard agents, and whom it obeys.
    fn hosting(&self) -> String {
        let facts = self.file("facts.json");
        fs::write(&facts, r#"{"country": "mt", "os": {"name": "Debian"}}"#).expect("written");
        fs::create_dir_all(self.file("policies")).expect("made");
        for agent in AGENTS {
            let rule = format!("policy default deny\nallow\t{CALLER}\t*\t*\t*\n");
            fs::write(self.file(&format!("policies/{agent}.policy")), rule).expect("written");
        }
        self.job("allowed", "scout");
        self.job("denied", "puppet");
        format!(
            "plugin.yaml = {}\nplugin.choria.services.registry.store = {}\n\
             plugin.choria.executor.enabled = true\nplugin.choria.executor.spool = {}\n\
             plugin.acme.password = hunter2\n",
            facts.display(),
            self.file("registry").display(),
            self.file("jobs").display(),
        )
    }

    /// Leaves a job that an agent would have started, but did not.
    fn job(&self, id: &str, agent: &str) {
        let folder = self.file(&format!("jobs/{id}"));
        fs::create_dir_all(&folder).expect("made");
        let spec = json!({
            "command": "/bin/sleep", "args": null, "identity": NODE, "caller": CALLER, "agent": agent,
            "action": "work", "requestid": "0123",
        });
        fs::write(folder.join("spec.json"), spec.to_string()).expect("written");
    }

    /// Asks nodes as a client does.
    pub(super) fn requester(client: &Client, targets: Targets) -> Requester {
        let (_, signer) = watch::channel(Arc::clone(&client.signer));
        let collective = client.collective.as_str();
        let profile = Profile {
            verifier: client.verifier(),
            // What ends early does not wait for it; a machine that has much to do needs it.
            discovery_timeout: LONG / 2,
            ..Profile::new(CALLER, "client.example.net", collective, signer)
        };
        let asking = chorister_client::Client::new(client.connection.clone(), profile);
        Requester::new(asking, targets)
    }
}

/// What the only node answers.
pub(super) async fn one<C: Call, O: DeserializeOwned + Send>(
    pending: Pending<'_, C, O>,
) -> Result<O, Failure> {
    let Ok(answers) = pending.send().await else {
        panic!("nobody could be asked");
    };
    let mut replies = answers.replies.into_iter();
    let reply = replies.next().expect("a reply");
    assert_eq!(reply.sender, NODE);
    reply.result
}

fn text<T: TryFrom<String>>(text: &str) -> T {
    let Ok(value) = T::try_from(text.to_owned()) else {
        panic!("{text} is refused");
    };
    value
}

/// What is asked on either version of the protocol.
async fn converse(client: &mut Client) {
    client.ping().await;
    let node = || Targets::Nodes(vec![NODE.to_owned()]);
    ask_rpcutil(Site::requester(client, node())).await;
    ask_choria_util(Site::requester(client, node())).await;
    ask_scout(Site::requester(client, node())).await;
    ask_executor(Site::requester(client, node())).await;
    let registry = ChoriaRegistryClient::new(Site::requester(client, node()));
    let names = one(registry.names(&NamesInput::default())).await;
    // Every client has the DDLs of those that Choria has, too.
    let names = names.expect("names").names;
    assert_eq!(names, Some(vec!["backplane".to_owned()]));
    filter(client).await;
}

async fn ask_rpcutil(requester: Requester) {
    let rpcutil = RpcutilClient::new(requester);
    let ping = one(rpcutil.ping()).await.expect("a pong");
    assert!(ping.pong.is_some_and(|it| it > 1.7e9));
    let inventory = one(rpcutil.inventory()).await.expect("an inventory");
    let agents = inventory.agents.expect("agents");
    let expect = [
        "choria_registry",
        "choria_util",
        "discovery",
        "executor",
        "rpcutil",
        "scout",
    ];
    assert!(expect.iter().all(|it| agents.iter().any(|name| name == it)));
    assert_eq!(inventory.classes, Some(vec!["web".to_owned()]));
    assert_eq!(inventory.facts.expect("facts")["country"], "mt");
    let machines = inventory.machines.expect("machines");
    assert!(machines.iter().any(|it| it["name"] == "heartbeat"));
    let described = one(rpcutil.agent_inventory()).await.expect("agents").agents;
    let described = described.expect("agents");
    assert_eq!(described.len(), agents.len());
    let fact = one(rpcutil.get_fact(&GetFactInput::new(text("os.name")))).await;
    assert_eq!(fact.expect("a fact").value, Some("Debian".into()));
    let item = |name: &str| GetConfigItemInput::new(text(name));
    let shown = one(rpcutil.get_config_item(&item("identity"))).await;
    assert_eq!(shown.expect("a setting").value, Some(NODE.into()));
    let hidden = one(rpcutil.get_config_item(&item("plugin.acme.password"))).await;
    assert_eq!(hidden.expect("a setting").value, Some("(hidden)".into()));
    let unknown = one(rpcutil.get_config_item(&item("nope"))).await;
    assert_eq!(unknown.expect_err("no setting").message, "Unknown key");
    let data = one(rpcutil.get_data(&GetDataInput::new(text("choria")))).await;
    assert_eq!(data.expect("data")["provisioning"], false);
    let stats = one(rpcutil.daemon_stats()).await.expect("numbers");
    assert!(stats.passed.is_some_and(|it| it > 5));
}

async fn ask_choria_util(requester: Requester) {
    let util = ChoriaUtilClient::new(requester);
    let info = one(util.info()).await.expect("an answer");
    assert_eq!(
        (info.connector_tls, info.secure_protocol),
        (Some(true), Some(true))
    );
    assert!(
        info.connected_server
            .is_some_and(|it| it.contains("127.0.0.1"))
    );
    let states = one(util.machine_states()).await.expect("states");
    assert_eq!(
        states.machine_ids.map(|it| it.len()),
        states.states.map(|it| it.len())
    );
    let which = MachineStateInput {
        name: Some(text("root_disk")),
        ..MachineStateInput::default()
    };
    let state = one(util.machine_state(&which)).await.expect("a state");
    assert_eq!(state.scout, Some(true));
    let fire = |transition: &str| MachineTransitionInput {
        name: Some(text("root_disk")),
        ..MachineTransitionInput::new(text(transition))
    };
    let fired = one(util.machine_transition(&fire("FORCE_CHECK"))).await;
    assert_eq!(fired.expect("it is accepted").success, Some(true));
    let refused = one(util.machine_transition(&fire("NOPE"))).await;
    let refused = refused.expect_err("there is no such transition");
    assert!(
        refused.message.starts_with(
            "Could not perform NOPE transition: transition NOPE is not valid while in"
        ),
        "{refused:?}"
    );
}

async fn ask_scout(requester: Requester) {
    let scout = ScoutClient::new(requester);
    let checks = || async {
        let checks = one(scout.checks()).await.expect("checks").checks;
        checks.expect("checks")
    };
    let names: Vec<_> = checks().await.iter().map(|it| it["name"].clone()).collect();
    assert!(names.contains(&"root_disk".into()), "{names:?}");
    let only = Some(vec!["root_disk".to_owned()]);
    let suspended = one(scout.maintenance(&MaintenanceInput {
        checks: only.clone(),
    }));
    let suspended = suspended.await.expect("an answer");
    assert_eq!(suspended.transitioned, only);
    let again = one(scout.maintenance(&MaintenanceInput {
        checks: only.clone(),
    }));
    assert_eq!(again.await.expect("an answer").skipped, only);
    let found = checks().await;
    let disk = found.iter().find(|it| it["name"] == "root_disk");
    assert_eq!(disk.expect("it is there")["state"], "MAINTENANCE");
    let both = vec!["root_disk".to_owned(), "nope".to_owned()];
    let resumed = one(scout.resume(&ResumeInput { checks: Some(both) })).await;
    let failure = resumed.expect_err("one is not there");
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (
            StatusCode::Aborted,
            "Some checks could not be transitioned to RESUME"
        )
    );
    assert_eq!(failure.data["transitioned"], json!(["root_disk"]));
    let rules = GossValidateInput {
        yaml_rules: Some(text("file: {/: {exists: true}, /nope: {exists: true}}")),
        ..GossValidateInput::default()
    };
    let validated = one(scout.goss_validate(&rules)).await.expect("results");
    assert_eq!((validated.success, validated.failures), (Some(1), Some(1)));
}

/// What somebody may do with jobs, the policies of the agents that started them say.
async fn ask_executor(requester: Requester) {
    let executor = ExecutorClient::new(requester);
    let listed = one(executor.list(&ListInput::default())).await;
    let jobs = listed.expect("jobs").jobs.expect("jobs");
    let told: Vec<_> = jobs.iter().map(|it| (&it["id"], &it["command"])).collect();
    assert_eq!(
        told,
        [
            (&json!("allowed"), &json!("/bin/sleep")),
            (&json!("denied"), &json!("Not authorized"))
        ]
    );
    let term = |id: &str| SignalInput::new(text(id), 15);
    let allowed = one(executor.signal(&term("allowed"))).await;
    assert_eq!(
        allowed.expect_err("it was not started").message,
        "Job allowed is not running"
    );
    let denied = one(executor.signal(&term("denied"))).await;
    assert_eq!(
        denied.expect_err("it is not allowed").message,
        "You are not authorized to call this puppet#work"
    );
}

/// Data plugins decide which requests are for the node.
async fn filter(client: &Client) {
    let with = |expression: &str| Filter {
        compound: vec![Compound::new(expression)],
        ..Filter::default()
    };
    let ask = |expression: &str| {
        let discovery = Discovery::new(with(expression)).enough(1).timeout(LONG / 2);
        RpcutilClient::new(Site::requester(client, Targets::Discovered(discovery)))
    };
    let meant = r#"choria().agents_count > 3 && scout("root_disk").name == "root_disk""#;
    let found = ask(meant);
    let stats = one(found.daemon_stats()).await.expect("numbers");
    let before = stats.filtered.unwrap_or_default();
    // Nobody answers; that it was looked at is counted.
    let other = r#"config_item("identity").value == "n2.example.net""#;
    let discovery = Discovery::new(with(other)).timeout(Duration::from_millis(1));
    let nobody = RpcutilClient::new(Site::requester(client, Targets::Discovered(discovery)));
    assert!(nobody.ping().send().await.is_err());
    loop {
        let stats = one(found.daemon_stats()).await.expect("numbers");
        if stats.filtered.is_some_and(|it| it > before) {
            return;
        }
    }
}

#[test]
fn standard_agents_answer_typed_clients_with_certificates() {
    let Some(site) = Site::start() else { return };
    let configuration = site.with_certificates(&site.hosting());
    let _node = Node::start(
        &binary("chorister"),
        &["--config", &configuration.display().to_string()],
    );
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        converse(&mut client).await;
    });
}

#[test]
fn standard_agents_answer_typed_clients_with_tokens() {
    let Some(site) = Site::start() else { return };
    let configuration = site.with_tokens(&site.hosting());
    let _node = Node::start(
        &binary("chorister"),
        &["--config", &configuration.display().to_string()],
    );
    run(async {
        let mut client = site.client("choria", site.alice_with_token()).await;
        converse(&mut client).await;
    });
}
