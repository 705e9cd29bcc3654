//! What brokers let somebody with a token publish and subscribe to.

use chorister_proto::{Subject, id, subject};

use crate::token::{Claims, ClientClaims, Kind, ServerClaims};

/// What a connection may publish and subscribe to, as NATS has it: nothing but what is allowed and not denied, but
/// everything where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Subjects it may publish to.
    pub publish_allow: Vec<String>,
    /// Subjects it must not publish to.
    pub publish_deny: Vec<String>,
    /// Subjects it may subscribe to.
    pub subscribe_allow: Vec<String>,
    /// Subjects it must not subscribe to.
    pub subscribe_deny: Vec<String>,
}

/// What a client may do with streams.
const STREAMS_USER: [&str; 20] = [
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.INFO.*",
    "$JS.API.STREAM.MSG.GET.*",
    "$JS.API.STREAM.MSG.DELETE.*",
    "$JS.API.DIRECT.GET.*",
    "$JS.API.DIRECT.GET.*.>",
    "$JS.API.CONSUMER.CREATE.*",
    "$JS.API.CONSUMER.CREATE.*.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.*.*",
    "$JS.API.CONSUMER.DELETE.*.*",
    "$JS.API.CONSUMER.NAMES.*",
    "$JS.API.CONSUMER.LIST.*",
    "$JS.API.CONSUMER.INFO.*.*",
    "$JS.API.CONSUMER.MSG.NEXT.*.*",
    "$JS.ACK.>",
    "$JS.FC.>",
    "$KV.>",
    "$O.>",
];

/// What a node may do with streams, after the prefix of its organization.
const STREAMS_NODE: [&str; 10] = [
    "STREAM.INFO.*",
    "STREAM.MSG.GET.*",
    "STREAM.MSG.DELETE.*",
    "DIRECT.GET.*",
    "DIRECT.GET.*.>",
    "CONSUMER.CREATE.*",
    "CONSUMER.CREATE.*.>",
    "CONSUMER.DURABLE.CREATE.*.*",
    "CONSUMER.INFO.*.*",
    "CONSUMER.MSG.NEXT.*.*",
];

/// The agents of a node that waits to be provisioned.
const PROVISIONING_AGENTS: [&str; 4] = ["discovery", "rpcutil", "choria_util", "choria_provision"];

// === impl Permissions ===

/// What the interface of streams begins with for nodes of an organization.
#[must_use]
pub fn stream_api(organization: &str) -> &'static str {
    match organization {
        "choria" => "$JS.API",
        _ => "choria.streams",
    }
}

impl Permissions {
    /// What somebody with a token that was verified may do.
    ///
    /// Names that would be more than one place of a subject, such as `>`, allow nothing: who makes tokens in an
    /// organization may not have the say over all of it.
    #[must_use]
    pub fn of(claims: &Claims) -> Self {
        let organization = claims.organization();
        match &claims.kind {
            Kind::Client(client) => Self::client(client, organization),
            Kind::Server(server) => Self::server(server, organization),
            Kind::Provisioning(_) => Self::unprovisioned(),
        }
    }

    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self {
            publish_deny: vec![">".to_owned()],
            subscribe_deny: vec![">".to_owned()],
            ..Self::default()
        }
    }

    fn client(client: &ClientClaims, organization: &str) -> Self {
        let may = client.permissions;
        if may.org_admin {
            return Self {
                publish_allow: vec![">".to_owned()],
                subscribe_allow: vec![">".to_owned()],
                ..Self::default()
            };
        }
        if !is_token(organization) {
            return Self::none();
        }
        let mut all = Self::default();
        for unique in [id::unique, id::unique_fips] {
            all.subscribe(&format!("*.reply.{}.>", unique(&client.callerid)));
        }
        all.publish("$SYS.REQ.USER.INFO");
        client.sub_subjects.iter().for_each(|it| all.subscribe(it));
        client.pub_subjects.iter().for_each(|it| all.publish(it));
        if may.streams_admin {
            all.publish("$JS.>");
            all.subscribe("$JS.EVENT.>");
        }
        if may.streams_user {
            STREAMS_USER.iter().for_each(|it| all.publish(it));
            all.subscribe(&format!("{organization}.republish.>"));
        }
        if may.events_viewer {
            all.subscribe("choria.lifecycle.event.>");
            all.subscribe("choria.machine.watcher.>");
            all.subscribe("choria.machine.transition");
        }
        if may.election_user {
            all.publish("$JS.API.STREAM.INFO.KV_CHORIA_LEADER_ELECTION");
            all.publish("$KV.CHORIA_LEADER_ELECTION.>");
        }
        if may.governor && (may.streams_admin || may.streams_user) {
            all.publish("*.governor.*");
            all.publish("choria.lifecycle.event.governor.>");
        }
        if may.fleet_management || may.signed_fleet_management {
            all.publish("*.broadcast.agent.>");
            all.publish("*.broadcast.service.>");
            all.publish("*.node.>");
            all.publish("choria.federation.*.federation");
        }
        all
    }

    fn server(server: &ServerClaims, organization: &str) -> Self {
        let may = server.permissions;
        let identity = &*server.identity;
        let named = |collective: &String| {
            let node = Subject::Node {
                collective,
                identity,
            };
            node.checked().is_ok()
        };
        let collectives = &server.collectives;
        if collectives.is_empty() || !collectives.iter().all(named) || !is_token(organization) {
            return Self::none();
        }
        let mut all = Self::default();
        all.publish("choria.lifecycle.>");
        all.publish("choria.machine.transition");
        all.publish("choria.machine.watcher.>");
        server.pub_subjects.iter().for_each(|it| all.publish(it));
        for collective in collectives {
            all.publish(&format!("{collective}.reply.>"));
            all.publish(&format!("{collective}.broadcast.agent.registration"));
            all.publish(&format!("choria.federation.{collective}.collective"));
            all.subscribe(&format!("{collective}.broadcast.agent.>"));
            all.subscribe(&format!("{collective}.node.{identity}"));
            for unique in [id::unique, id::unique_fips] {
                all.subscribe(&format!("{collective}.reply.{}.>", unique(identity)));
            }
            if may.service_host {
                all.subscribe(&format!("{collective}.broadcast.service.>"));
            }
            if may.submission {
                all.publish(&format!("{collective}.submission.in.>"));
            }
            if may.governor && may.streams {
                all.publish(&format!("{collective}.governor.*"));
            }
        }
        if may.streams {
            let prefix = stream_api(organization);
            for api in STREAMS_NODE {
                all.publish(&format!("{prefix}.{api}"));
            }
            all.publish("$JS.ACK.>");
            all.publish("$JS.FC.>");
            all.subscribe(&format!("{organization}.republish.>"));
        }
        all
    }

    /// What a node that waits to be provisioned may do.
    fn unprovisioned() -> Self {
        let collective = subject::PROVISIONING;
        let mut all = Self::default();
        all.publish("choria.lifecycle.>");
        all.publish(&format!("{collective}.reply.>"));
        all.publish(&format!("{collective}.registration.>"));
        all.subscribe(&format!("{collective}.node.>"));
        for agent in PROVISIONING_AGENTS {
            all.subscribe(&Subject::Agent { collective, agent }.to_string());
        }
        all
    }

    /// What a connection with a certificate and without a token may do on a broker for tokens: everything but the
    /// business of the network.
    #[must_use]
    pub fn publish_and_subscribe_only() -> Self {
        let private = [
            "*.broadcast.>",
            "*.node.>",
            "*.reply.>",
            "choria.federation.>",
            "choria.lifecycle.>",
            "choria.machine.>",
        ];
        let private: Vec<_> = private.iter().map(|it| (*it).to_owned()).collect();
        Self {
            publish_allow: vec![">".to_owned()],
            publish_deny: private.clone(),
            subscribe_allow: vec![">".to_owned()],
            subscribe_deny: private,
        }
    }

    /// What a connection with a certificate and without a token may do on a broker that has a list of addresses of
    /// clients, when it is not on it: everything but what clients do.
    #[must_use]
    pub fn no_client() -> Self {
        let own = |subjects: &[&str]| subjects.iter().map(|it| (*it).to_owned()).collect();
        Self {
            publish_allow: own(&[">"]),
            publish_deny: own(&[
                "*.broadcast.agent.>",
                "*.broadcast.service.>",
                "*.node.>",
                "choria.federation.*.federation",
            ]),
            subscribe_allow: Vec::new(),
            subscribe_deny: own(&["*.reply.>", "choria.federation.>", "choria.lifecycle.>"]),
        }
    }

    fn publish(&mut self, subject: &str) {
        self.publish_allow.push(subject.to_owned());
    }

    fn subscribe(&mut self, subject: &str) {
        self.subscribe_allow.push(subject.to_owned());
    }
}

/// Whether a name can stand in a subject.
fn is_token(name: &str) -> bool {
    let subject = Subject::FederatedRequest { federation: name };
    subject.checked().is_ok()
}
