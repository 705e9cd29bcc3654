//! What a node tells of its life.

use core::fmt;

use chorister_proto::id;
use chorister_proto::subject::{Lifecycle, Subject, SubjectError};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

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

/// An event in the life of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeEvent<'a> {
    /// The node that it runs on.
    pub identity: &'a str,
    /// The kind of program: [`Component::name`], or the name of a machine.
    pub component: &'a str,
    /// 16 random bytes.
    pub id: [u8; 16],
    /// When it happened.
    pub time: Timestamp,
    /// What happened.
    pub happening: Happening<'a>,
}

/// What happens in the life of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening<'a> {
    /// It started.
    Startup {
        /// Its version.
        version: &'a str,
    },
    /// It is still there.
    Alive {
        /// Its version.
        version: &'a str,
    },
    /// It stops.
    Shutdown,
    /// It was provisioned.
    Provisioned,
    /// It was replaced by another version.
    Upgraded {
        /// The version before.
        version: &'a str,
        /// The version now.
        new_version: &'a str,
    },
    /// It uses a governor.
    Governor {
        /// The governor.
        governor: &'a str,
        /// The number of its place; 0 where it got none.
        sequence: u64,
        /// What became of the place.
        slot: Slot,
    },
}

/// What becomes of a place in a governor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// It was taken.
    Enter,
    /// It was left.
    Exit,
    /// None was had in time.
    Timeouts,
    /// It was taken away.
    Eviction,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A CloudEvent.
    #[default]
    CloudEvent,
    /// What is the data of that alone. Upstream writes all events of governors so.
    Legacy,
}

// === impl LifeEvent ===

impl LifeEvent<'_> {
    /// The subject that it is published on.
    ///
    /// # Errors
    /// The component cannot be part of one.
    pub fn subject(&self) -> Result<String, SubjectError> {
        let subject = Subject::Lifecycle {
            event: self.happening.kind(),
            component: self.component,
        };
        subject.checked()
    }

    /// Its id, a UUID.
    #[must_use]
    pub fn id(&self) -> String {
        id::uuid(self.id)
    }

    /// Its text.
    ///
    /// Compat: go-choria `lifecycle/`: names, and the order of members.
    #[must_use]
    pub fn json(&self, format: Format) -> Vec<u8> {
        let protocol = format!("io.choria.lifecycle.v1.{}", self.happening.kind());
        let data = self.data(&protocol);
        let event = match format {
            Format::Legacy => data,
            Format::CloudEvent => json!({
                "specversion": "1.0",
                "id": self.id(),
                "source": "io.choria.lifecycle",
                "type": protocol,
                "subject": self.identity,
                "datacontenttype": "application/json",
                "time": self.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "data": data,
            }),
        };
        event.to_string().into_bytes()
    }

    fn data(&self, protocol: &str) -> Value {
        let mut data = Map::new();
        let mut add = |name: &str, value: Value| data.insert(name.to_owned(), value);
        add("protocol", protocol.into());
        add("id", self.id().into());
        add("identity", self.identity.into());
        add("component", self.component.into());
        add("timestamp", self.time.as_second().into());
        match self.happening {
            Happening::Startup { version } | Happening::Alive { version } => {
                add("version", version.into());
            }
            Happening::Upgraded {
                version,
                new_version,
            } => {
                add("version", version.into());
                add("new_version", new_version.into());
            }
            Happening::Governor {
                governor,
                sequence,
                slot,
            } => {
                add("governor", governor.into());
                add("sequence", sequence.into());
                add("event_type", slot.to_string().into());
            }
            Happening::Shutdown | Happening::Provisioned => {}
        }
        Value::Object(data)
    }
}

impl Happening<'_> {
    const fn kind(self) -> Lifecycle {
        match self {
            Self::Startup { .. } => Lifecycle::Startup,
            Self::Alive { .. } => Lifecycle::Alive,
            Self::Shutdown => Lifecycle::Shutdown,
            Self::Provisioned => Lifecycle::Provisioned,
            Self::Upgraded { .. } => Lifecycle::Upgraded,
            Self::Governor { .. } => Lifecycle::Governor,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Timeouts => "timeouts",
            Self::Eviction => "eviction",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(happening: Happening<'_>) -> LifeEvent<'_> {
        LifeEvent {
            identity: "n1.example.net",
            component: "server",
            id: [7; 16],
            time: Timestamp::from_second(1_795_216_887).expect("a time"),
            happening,
        }
    }

    #[test]
    fn an_event_of_a_governor_is_bare() {
        let event = LifeEvent {
            component: "app",
            ..event(Happening::Governor {
                governor: "deploy",
                sequence: 3,
                slot: Slot::Enter,
            })
        };
        let bytes = event.json(Format::Legacy);
        assert_eq!(
            String::from_utf8(bytes).expect("text"),
            r#"{"protocol":"io.choria.lifecycle.v1.governor","id":"07070707-0707-4707-8707-070707070707","identity":"n1.example.net","component":"app","timestamp":1795216887,"governor":"deploy","sequence":3,"event_type":"enter"}"#
        );
    }

    #[test]
    fn an_event_is_a_cloud_event_around_what_upstream_reads() {
        let event = event(Happening::Startup { version: "0.1.0" });
        assert_eq!(
            event.subject().as_deref(),
            Ok("choria.lifecycle.event.startup.server")
        );
        let text = String::from_utf8(event.json(Format::CloudEvent)).expect("text");
        assert_eq!(
            text,
            r#"{"specversion":"1.0","id":"07070707-0707-4707-8707-070707070707","source":"io.choria.lifecycle","type":"io.choria.lifecycle.v1.startup","subject":"n1.example.net","datacontenttype":"application/json","time":"2026-11-20T23:21:27Z","data":{"protocol":"io.choria.lifecycle.v1.startup","id":"07070707-0707-4707-8707-070707070707","identity":"n1.example.net","component":"server","timestamp":1795216887,"version":"0.1.0"}}"#
        );
        let legacy = String::from_utf8(event.json(Format::Legacy)).expect("text");
        assert!(text.ends_with(&format!("\"data\":{legacy}}}")), "{legacy}");
    }

    /// Every kind in both forms, as upstream's own library writes it: values and the order of names.
    #[test]
    fn vectors_of_all_kinds_are_written_alike() {
        let Some(all) = crate::testing::vector("fleet/lifecycle-all-kinds.json") else {
            return;
        };
        let all: Map<String, Value> = serde_json::from_slice(&all).expect("JSON");
        assert_eq!(all.len(), 9, "every kind is looked at");
        for (name, kind) in &all {
            let data = &kind["choria_format"];
            let text = |key: &str| data[key].as_str().unwrap_or_default();
            let version = text("version");
            let governor = |slot| Happening::Governor {
                governor: text("governor"),
                sequence: data["sequence"].as_u64().unwrap_or_default(),
                slot,
            };
            let happening = match name.as_str() {
                "startup" => Happening::Startup { version },
                "alive" => Happening::Alive { version },
                "shutdown" => Happening::Shutdown,
                "provisioned" => Happening::Provisioned,
                "upgraded" => Happening::Upgraded {
                    version,
                    new_version: text("new_version"),
                },
                "governor_enter" => governor(Slot::Enter),
                "governor_exit" => governor(Slot::Exit),
                "governor_timeouts" => governor(Slot::Timeouts),
                "governor_eviction" => governor(Slot::Eviction),
                other => panic!("{other} is a new kind"),
            };
            let id: String = text("id").chars().filter(|it| *it != '-').collect();
            let id = u128::from_str_radix(&id, 16).expect("a UUID");
            let seconds = data["timestamp"].as_i64().expect("a time");
            let event = LifeEvent {
                identity: text("identity"),
                component: text("component"),
                id: id.to_be_bytes(),
                time: Timestamp::from_second(seconds).expect("a time"),
                happening,
            };
            assert_eq!(event.subject().ok().as_deref(), kind["subject"].as_str());
            for (format, key) in [
                (Format::Legacy, "choria_format"),
                (Format::CloudEvent, "cloudevent"),
            ] {
                let written = String::from_utf8(event.json(format)).expect("text");
                assert_eq!(written, kind[key].to_string(), "{name}");
            }
        }
    }
}
