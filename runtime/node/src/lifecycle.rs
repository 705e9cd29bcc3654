//! What a node tells of its life.

use chorister_proto::subject::Lifecycle;
use jiff::Timestamp;
use serde_json::json;

use crate::streams::Waiting;

/// What tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Component {
    /// A node.
    #[default]
    Server,
    /// A node that waits to be provisioned.
    ProvisionMode,
    /// A node that only has service agents.
    ServiceHost,
}

impl Component {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::ProvisionMode => "provision_mode_server",
            Self::ServiceHost => "service_host",
        }
    }
}

/// The CloudEvent of what happens in the life of a node. `id` is 16 random bytes.
///
/// Compat: go-choria `lifecycle/`: names, and the order of members.
pub(crate) fn event(
    kind: Lifecycle,
    component: Component,
    identity: &str,
    version: &str,
    id: [u8; 16],
    now: Timestamp,
) -> Vec<u8> {
    let protocol = format!("io.choria.lifecycle.v1.{kind}");
    let id = uuid(id);
    let mut data = json!({
        "protocol": protocol,
        "id": id,
        "identity": identity,
        "component": component.name(),
        "timestamp": now.as_second(),
    });
    if let (Lifecycle::Startup | Lifecycle::Alive, Some(data)) = (kind, data.as_object_mut()) {
        data.insert("version".to_owned(), version.into());
    }
    let event = json!({
        "data": data,
        "id": id,
        "source": "io.choria.lifecycle",
        "specversion": "1.0",
        "type": protocol,
        "datacontenttype": "application/json",
        "subject": identity,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    });
    event.to_string().into_bytes()
}

/// What happened to a place in a governor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Governed {
    /// Somebody has it.
    Enter,
    /// Somebody gave it back.
    Exit,
    /// Somebody waited for it in vain.
    Timeouts,
}

impl Governed {
    const fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Timeouts => "timeouts",
        }
    }
}

/// The event of what happened to a place in a governor. `id` is 16 random bytes.
///
/// Compat: go-choria `lifecycle/`: never in a CloudEvent, and with the machine for a component.
pub(crate) fn governor(
    what: Governed,
    who: &Waiting<'_>,
    place: u64,
    identity: &str,
    id: [u8; 16],
    now: Timestamp,
) -> Vec<u8> {
    let event = json!({
        "protocol": format!("io.choria.lifecycle.v1.{}", Lifecycle::Governor),
        "id": uuid(id),
        "identity": identity,
        "component": who.component,
        "timestamp": now.as_second(),
        "governor": who.governor,
        "sequence": place,
        "event_type": what.name(),
    });
    event.to_string().into_bytes()
}

/// Random bytes as a UUID of version 4.
fn uuid(random: [u8; 16]) -> String {
    let plain = chorister_proto::id::request_v1(random);
    let part = |from: usize, to: usize| plain.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_a_governor_is_bare() {
        let who = Waiting {
            governor: "deploy",
            component: "app",
            purpose: "app#update",
        };
        let now = Timestamp::from_second(1_795_216_887).expect("a time");
        let bytes = governor(Governed::Enter, &who, 3, "n1.example.net", [7; 16], now);
        assert_eq!(
            String::from_utf8(bytes).expect("text"),
            r#"{"protocol":"io.choria.lifecycle.v1.governor","id":"07070707-0707-4707-8707-070707070707","identity":"n1.example.net","component":"app","timestamp":1795216887,"governor":"deploy","sequence":3,"event_type":"enter"}"#
        );
    }

    #[test]
    fn an_event_is_a_cloud_event_around_what_upstream_reads() {
        let now = Timestamp::from_second(1_795_216_887).expect("a time");
        let bytes = event(
            Lifecycle::Startup,
            Component::Server,
            "n1.example.net",
            "0.1.0",
            [7; 16],
            now,
        );
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(value["type"], "io.choria.lifecycle.v1.startup");
        assert_eq!(value["time"], "2026-11-20T23:21:27Z");
        assert_eq!(value["data"]["protocol"], value["type"]);
        assert_eq!(value["data"]["id"], value["id"]);
        assert_eq!(value["data"]["timestamp"], 1_795_216_887);
        assert_eq!(value["data"]["version"], "0.1.0");
        assert_eq!(value["id"].as_str().expect("text").len(), 36);
        let bytes = event(
            Lifecycle::Shutdown,
            Component::Server,
            "n",
            "1",
            [7; 16],
            now,
        );
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(value["data"].get("version").is_none());
    }
}
