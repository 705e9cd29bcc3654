//! The machine itself and its transitions.

use super::Watcher;

/// An autonomous agent: a finite state machine and the watchers that drive it.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Machine {
    /// The schema of this file, for editors.
    #[cfg_attr(feature = "schema", schemars(rename = "$schema"))]
    pub schema: Option<String>,
    /// The name of the machine, unique in a distribution.
    #[cfg_attr(
        feature = "schema",
        schemars(required, regex(pattern = r"^[a-zA-Z][a-zA-Z0-9_-]*$"))
    )]
    pub name: Option<String>,
    /// What the machine is for.
    pub description: Option<String>,
    /// The version of the machine: MAJOR.MINOR.PATCH.
    #[cfg_attr(
        feature = "schema",
        schemars(required, regex(pattern = r"^\d+\.\d+\.\d+$"))
    )]
    pub version: Option<String>,
    /// The state in which the machine starts.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub initial_state: Option<String>,
    /// Watchers start after a random whole number of seconds below this one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<u32>"))]
    pub splay_start: Option<u64>,
    /// How the machine moves between its states.
    #[cfg_attr(feature = "schema", schemars(required, length(min = 1)))]
    pub transitions: Vec<Transition>,
    /// What observes and acts.
    #[cfg_attr(feature = "schema", schemars(required, length(min = 1)))]
    pub watchers: Vec<Watcher>,
    /// The types of the facts and machine data that templates and expressions read.
    pub declare: Option<Declaration>,
    /// Tests of the machine.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<Vec<crate::scenario::TestForm>>")
    )]
    pub tests: Option<()>,
}

/// An event that moves the machine to another state.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transition {
    /// The name of the event.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub name: Option<String>,
    /// The states in which it is offered.
    #[cfg_attr(feature = "schema", schemars(required, length(min = 1)))]
    pub from: Vec<Option<String>>,
    /// The state it leads to.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub destination: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// Transitions of other machines on the same node that fire it.
    pub subscribe: Vec<Subscription>,
}

/// A completed transition of another machine on the same node.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscription {
    /// The name of the other machine.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub machine_name: Option<String>,
    /// The name of its transition.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub event: Option<String>,
}

/// A state that another machine on the same node has to be in.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ForeignState {
    /// The name of the other machine.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub machine_name: Option<String>,
    /// The name of its state.
    #[cfg_attr(feature = "schema", schemars(required))]
    pub state: Option<String>,
}

/// The types of facts and machine data, by path.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Declaration {
    /// Facts, such as `os.family: string`.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "std::collections::BTreeMap<String, Declared>")
    )]
    pub facts: Vec<(String, Declared)>,
    /// Machine data, such as `used: float`.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "std::collections::BTreeMap<String, Declared>")
    )]
    pub data: Vec<(String, Declared)>,
}

/// The type of a declared value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "lowercase")
)]
pub enum Declared {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// A mapping.
    Map,
    /// Anything.
    Any,
}

impl Declared {
    /// Every type, by the name that authors write.
    pub const ALL: [(&'static str, Self); 7] = [
        ("string", Self::String),
        ("integer", Self::Integer),
        ("float", Self::Float),
        ("boolean", Self::Boolean),
        ("list", Self::List),
        ("map", Self::Map),
        ("any", Self::Any),
    ];
}
