//! Machines as clients know them.

use chorister_ddl::{MachineInfo, RequestContext};
use serde::Serialize;
use serde_json::Value;

/// What clients are told of a machine.
///
/// Compat: go-choria aagent/aagent.go: the names, their order, and `null` where there are no transitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct MachineState {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) state: String,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) start_time: i64,
    pub(crate) available_transitions: Option<Vec<String>>,
    pub(crate) scout: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current_state: Option<Value>,
}

/// By what a machine is meant; all that is given has to fit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Criteria<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
}

/// The machines of a node; none where it runs none.
pub(crate) async fn all(cx: &RequestContext) -> Vec<MachineInfo> {
    cx.host.machines().await.unwrap_or_default()
}

// === impl MachineState ===

impl MachineState {
    /// What is told where there is no machine.
    pub(crate) fn unknown() -> Self {
        let unknown = "unknown machine";
        Self {
            name: unknown.to_owned(),
            version: unknown.to_owned(),
            state: unknown.to_owned(),
            path: String::new(),
            id: String::new(),
            start_time: 0,
            available_transitions: None,
            scout: false,
            current_state: None,
        }
    }
}

impl From<MachineInfo> for MachineState {
    fn from(of: MachineInfo) -> Self {
        let transitions = of.available_transitions;
        Self {
            name: of.name,
            version: of.version,
            state: of.state,
            path: of.directory,
            id: of.id,
            start_time: of.started,
            available_transitions: (!transitions.is_empty()).then_some(transitions),
            scout: of.check.is_some(),
            current_state: of.check,
        }
    }
}

// === impl Criteria ===

impl Criteria<'_> {
    /// Whether nothing is given.
    pub(crate) fn is_empty(&self) -> bool {
        let given = [self.name, self.version, self.path, self.id];
        given.iter().all(Option::is_none)
    }

    pub(crate) fn fit(&self, machine: &MachineInfo) -> bool {
        let fits = |wanted: Option<&str>, is: &str| wanted.is_none_or(|it| it == is);
        fits(self.name, &machine.name)
            && fits(self.version, &machine.version)
            && fits(self.path, &machine.directory)
            && fits(self.id, &machine.id)
    }
}
