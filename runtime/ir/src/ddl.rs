//! RPC agents: what they can be asked, what they answer, and how each action is carried out.

use core::time::Duration;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{Argument, Json, List, ParameterId, Text, Variable};

/// An RPC agent.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Ddl {
    /// Who it is.
    pub metadata: Metadata,
    /// What it can be asked to do, in the order of its author.
    pub actions: List<Action>,
}

/// A data plugin: a question that filters and other agents put to a node.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct DataDdl {
    /// Who it is; never a service.
    pub metadata: Metadata,
    /// The question, called as the plugin is: its only input, if it has one, is [`QUERY`](Self::QUERY).
    pub question: Action,
}

/// What an agent says of itself.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Metadata::DEFAULT))]
pub struct Metadata {
    /// Unique on a node, and a part of subjects: `[a-z0-9_]+`.
    pub name: Text,
    /// What it is for.
    pub description: Text,
    /// Who wrote it.
    pub author: Text,
    /// By the names of SPDX.
    pub license: Text,
    /// Where more is said about it.
    pub url: Text,
    /// Numbers with dots between them.
    pub version: Text,
    /// How long an action may take; whole seconds.
    pub timeout: Duration,
    /// Who hosts it, where that is said.
    pub provider: Option<Provider>,
    /// Whether one node of all that have it answers, whichever it is.
    pub service: bool,
}

/// Who hosts an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Provider {
    /// A program beside the DDL, run for each request.
    External,
    /// The shim for agents in Ruby.
    Ruby,
    /// The node itself.
    Golang,
}

/// One thing that an agent can be asked to do.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Action::DEFAULT))]
pub struct Action {
    /// Unique in the agent.
    pub name: Text,
    /// What it does.
    pub description: Text,
    /// Which replies people want to see.
    pub display: Display,
    /// What it is given; a [`ParameterId`] in its command is an index.
    pub inputs: List<Input>,
    /// What it answers.
    pub outputs: List<Output>,
    /// How the replies of many nodes are summed up; at most one for each output counts.
    pub aggregates: List<Aggregate>,
    /// How it is carried out.
    pub run: ActionRun,
}

/// Which replies people want to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Display {
    /// Those that succeeded.
    Ok,
    /// Those that failed.
    Failed,
    /// All.
    Always,
}

/// A value that an action is given.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Input::DEFAULT))]
pub struct Input {
    /// Unique in the action.
    pub name: Text,
    /// How people are asked for it.
    pub prompt: Text,
    /// What it means.
    pub description: Text,
    /// Which values it has.
    pub kind: InputKind,
    /// Whether it may have no value at all.
    pub optional: bool,
    /// Its value where a request gives none.
    pub default: Option<Json>,
}

/// Which values an input has.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum InputKind {
    /// Text.
    String {
        /// What it has to be like.
        validation: Validation,
        /// How many bytes it has at most; with 0 there is no limit, and `validation` does not count.
        max_length: u32,
    },
    /// A number without a fraction.
    Integer,
    /// A number.
    Float,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of these texts.
    List(List<Text>),
    /// An object of any values.
    Hash,
    /// Values in order, of one type where that is said.
    Array(Option<ValueType>),
    /// A type that nobody knows: no value has it.
    Unknown(Text),
}

/// What a text has to be like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Validation {
    /// Anything.
    Any,
    /// Without the characters by which a shell does more than to pass it on.
    ShellSafe,
    /// An IPv4 address.
    Ipv4Address,
    /// An IPv6 address.
    Ipv6Address,
    /// An IP address.
    IpAddress,
    /// This regular expression matches a part of it.
    Pattern(Text),
    /// The name of a validation that nobody knows: anything passes.
    Unknown(Text),
}

/// A value that an action answers.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Output::DEFAULT))]
pub struct Output {
    /// Unique in the action.
    pub name: Text,
    /// What it means.
    pub description: Text,
    /// What people see as its name.
    pub display_as: Text,
    /// Which values it has; any, where that is not said.
    pub kind: Option<ValueType>,
    /// Of which type its items are, where it is an array and that is said.
    pub items: Option<ValueType>,
    /// Its value where an action gives none.
    pub default: Option<Json>,
}

/// The type of a value, without limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum ValueType {
    /// Text.
    String,
    /// A number without a fraction.
    Integer,
    /// A number.
    Float,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of several texts.
    List,
    /// An object.
    Hash,
    /// Values in order.
    Array,
}

/// How the values of an output are summed up.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Aggregate {
    /// Name of the output.
    pub output: Text,
    /// What is done with its values.
    pub function: Aggregation,
    /// How a line of text is printed, as Go's `printf` does.
    pub format: Option<Text>,
    /// Words for values, by the value as text.
    pub labels: List<crate::Pair>,
}

/// What is done with the values of an output.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Aggregation {
    /// How often there is each value.
    Summary,
    /// The same, for `true` and `false`.
    BooleanSummary,
    /// Their mean.
    Average,
    /// A line through them, in the order in which they came.
    Chart,
    /// A function that nobody knows: nothing is done.
    Unknown(Text),
}

/// How an action is carried out.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum ActionRun {
    /// By a method in Rust.
    Native,
    /// By the program that the whole agent is.
    External,
    /// By a command.
    Exec(ExecAction),
    /// By a command that outlives the request.
    Job(JobAction),
    /// By a machine on the same node.
    Machine(MachineAction),
}

/// An action that is a command; no shell.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct ExecAction {
    /// The program and its arguments; a parameter is an input.
    pub arguments: List<Argument>,
    /// Variables added to the clean environment; one that mentions an input without a value is left out.
    pub environment: List<Variable>,
    /// The exit codes that mean success.
    pub success: List<u8>,
    /// What its outputs are taken from.
    pub outputs: ExecOutputs,
}

/// An action that starts a command and answers with the `id` of the job that this is; no shell.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct JobAction {
    /// The program and its arguments; a parameter is an input.
    pub arguments: List<Argument>,
    /// Variables added to the clean environment; one that mentions an input without a value is left out.
    pub environment: List<Variable>,
    /// When it is ended.
    pub timeout: Duration,
}

/// What the outputs of a command are taken from.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum ExecOutputs {
    /// It prints an object: each member is the output of its name.
    Object,
    /// Each is taken from what was printed, by itself.
    Each(List<Taken>),
}

/// An output of a command, and what it is.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Taken {
    /// Name of the output.
    pub output: Text,
    /// What it is.
    pub from: Extract,
}

/// A part of what a command leaves behind.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Extract {
    /// All that it printed, without white space around it.
    Stdout,
    /// All that it complained, without white space around it.
    Stderr,
    /// Its exit code.
    ExitCode,
    /// A line that it printed, from 1; negative numbers count from the end.
    Line(i64),
    /// The first group of a regular expression, or all that matches where it has none.
    Match(Text),
    /// What this gjson path finds in the JSON that it printed.
    Json(Text),
}

/// An action that fires a transition of a machine.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct MachineAction {
    /// Name of the machine.
    pub machine: Text,
    /// Name of the transition.
    pub transition: Text,
    /// What is waited for; the transition itself, where there is nothing.
    pub wait: Option<WaitFor>,
}

/// States of a machine that an action waits for.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct WaitFor {
    /// Names of the states, one of which is enough.
    pub states: List<Text>,
    /// How long that may take.
    pub timeout: Duration,
}

// === impl Ddl ===

impl Ddl {
    /// The action of this name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|it| it.name == name)
    }
}

// === impl DataDdl ===

impl DataDdl {
    /// Name of the input of its question.
    pub const QUERY: &'static str = "query";

    /// Whether it has to be told, or may be, what it is asked for.
    #[must_use]
    pub fn takes_query(&self) -> bool {
        !self.question.inputs.is_empty()
    }
}

// === impl Metadata ===

impl Metadata {
    /// An agent without a name, to be completed.
    pub const DEFAULT: Self = Self {
        name: Text::Borrowed(""),
        description: Text::Borrowed(""),
        author: Text::Borrowed(""),
        license: Text::Borrowed(""),
        url: Text::Borrowed(""),
        version: Text::Borrowed(""),
        timeout: Duration::ZERO,
        provider: None,
        service: false,
    };
}

// === impl Provider ===

impl Provider {
    /// Every provider by its name in a DDL.
    pub const ALL: [(&'static str, Self); 3] = [
        ("external", Self::External),
        ("ruby", Self::Ruby),
        ("golang", Self::Golang),
    ];

    /// Its name in a DDL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Ruby => "ruby",
            Self::Golang => "golang",
        }
    }
}

// === impl Action ===

impl Action {
    /// An action without a name, to be completed.
    pub const DEFAULT: Self = Self {
        name: Text::Borrowed(""),
        description: Text::Borrowed(""),
        display: Display::Failed,
        inputs: List::EMPTY,
        outputs: List::EMPTY,
        aggregates: List::EMPTY,
        run: ActionRun::Native,
    };

    /// The input of this name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|it| it.name == name)
    }

    /// The input that a placeholder of its command stands for; `None` for an id of another action.
    #[must_use]
    pub fn input_at(&self, id: ParameterId) -> Option<&Input> {
        self.inputs.get(usize::from(id.0))
    }

    /// The output of this name.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|it| it.name == name)
    }
}

// === impl Display ===

impl Display {
    /// Every one by its name in a DDL.
    pub const ALL: [(&'static str, Self); 3] = [
        ("ok", Self::Ok),
        ("failed", Self::Failed),
        ("always", Self::Always),
    ];

    /// Its name in a DDL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Always => "always",
        }
    }
}

// === impl JobAction ===

impl JobAction {
    /// When a job is ended of which nothing else is said.
    pub const TIMEOUT: Duration = Duration::from_secs(24 * 3600);

    /// Name of the output that the job's id is.
    pub const ID: &'static str = "id";
}

// === impl Input ===

impl Input {
    /// An input without a name, to be completed.
    pub const DEFAULT: Self = Self {
        name: Text::Borrowed(""),
        prompt: Text::Borrowed(""),
        description: Text::Borrowed(""),
        kind: InputKind::Boolean,
        optional: false,
        default: None,
    };

    /// Whether a request has to give a value.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.default.is_none() && !self.optional
    }
}

// === impl InputKind ===

impl InputKind {
    /// Its `type` in a DDL.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => known.value_type().map_or("", ValueType::name),
        }
    }

    /// The type of its values; `None` where no value has it.
    #[must_use]
    pub const fn value_type(&self) -> Option<ValueType> {
        Some(match self {
            Self::String { .. } => ValueType::String,
            Self::Integer => ValueType::Integer,
            Self::Float => ValueType::Float,
            Self::Number => ValueType::Number,
            Self::Boolean => ValueType::Boolean,
            Self::List(_) => ValueType::List,
            Self::Hash => ValueType::Hash,
            Self::Array(_) => ValueType::Array,
            Self::Unknown(_) => return None,
        })
    }
}

// === impl Validation ===

impl Validation {
    /// Every one that has a name, by that name.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("shellsafe", Self::ShellSafe),
        ("ipv4address", Self::Ipv4Address),
        ("ipv6address", Self::Ipv6Address),
        ("ipaddress", Self::IpAddress),
    ];

    /// What stands in a DDL; empty where anything passes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "",
            Self::ShellSafe => "shellsafe",
            Self::Ipv4Address => "ipv4address",
            Self::Ipv6Address => "ipv6address",
            Self::IpAddress => "ipaddress",
            Self::Pattern(text) | Self::Unknown(text) => text,
        }
    }
}

// === impl Output ===

impl Output {
    /// An output without a name, to be completed.
    pub const DEFAULT: Self = Self {
        name: Text::Borrowed(""),
        description: Text::Borrowed(""),
        display_as: Text::Borrowed(""),
        kind: None,
        items: None,
        default: None,
    };
}

// === impl ValueType ===

impl ValueType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::String,
        Self::Integer,
        Self::Float,
        Self::Number,
        Self::Boolean,
        Self::List,
        Self::Hash,
        Self::Array,
    ];

    /// The type of this name, in any case of its letters; `int` is one of an integer.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("int") {
            return Some(Self::Integer);
        }
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.name().eq_ignore_ascii_case(name))
    }

    /// Its name in a DDL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List => "list",
            Self::Hash => "hash",
            Self::Array => "array",
        }
    }
}

// === impl WaitFor ===

impl WaitFor {
    /// How long is waited where nothing is said.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
}

// === impl Aggregation ===

impl Aggregation {
    /// Every one that is known, by its name in a DDL.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("summary", Self::Summary),
        ("boolean_summary", Self::BooleanSummary),
        ("average", Self::Average),
        ("chart", Self::Chart),
    ];

    /// Its name in a DDL.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Summary => "summary",
            Self::BooleanSummary => "boolean_summary",
            Self::Average => "average",
            Self::Chart => "chart",
            Self::Unknown(name) => name,
        }
    }
}
