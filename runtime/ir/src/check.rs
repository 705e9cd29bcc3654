//! Check classes: kinds of checks with typed parameters, whose instances are rows of data.

mod settings;

use core::time::Duration;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;
use chorister_lang::cron::Cron;

use crate::{List, Machine, Pair, Text};

pub use settings::{FlappingSettings, PublishSettings, RetrySettings, Settings};

/// Index of a parameter in [`CheckClass::parameters`], or of an input in [`crate::ddl::Action::inputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct ParameterId(pub u16);

/// A kind of check.
///
/// It is a machine whose watchers are told by an instance what to run, the parameters of such an instance, and what
/// it inherits. Every check of the class runs the one machine.
#[derive(Clone, Debug)]
pub struct CheckClass {
    /// Unique in a distribution; also the name of its machine.
    pub name: Text,
    /// What its checks look at, in its author's words; empty where they gave none.
    pub description: Text,
    /// What an instance may set; a [`ParameterId`] is an index.
    pub parameters: List<Parameter>,
    /// What a check of the class runs.
    pub run: ClassRun,
    /// States, transitions, and the watchers `check` and, where the class remediates, `remediate`.
    pub machine: Machine,
    /// What an instance inherits where it says nothing.
    pub defaults: CheckDefaults,
}

/// What an instance of a class may set.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = Parameter::DEFAULT))]
pub struct Parameter {
    /// Unique in the class: `[a-z][a-z0-9_]*`.
    pub name: Text,
    /// What it means, in its author's words; empty where they gave none.
    pub description: Text,
    /// Which values it has.
    pub kind: ParameterKind,
    /// Its value where an instance gives none.
    pub default: Option<Literal>,
    /// Whether it may have no value at all.
    pub optional: bool,
    /// What its values count, for people: `messages`.
    pub unit: Option<Text>,
    /// The parameter that it has to be greater than, where both can be compared.
    pub greater_than: Option<ParameterId>,
    /// The parameter that it has to be less than, where both can be compared.
    pub less_than: Option<ParameterId>,
}

/// Which values a parameter has.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum ParameterKind {
    /// Text on one line.
    String {
        /// A regular expression that matches a part of it.
        pattern: Option<Text>,
        /// The only values it has; any, where there are none.
        values: List<Text>,
        /// How many characters it has at most.
        max_length: Option<u32>,
    },
    /// A whole number.
    Integer {
        /// The least that it is.
        minimum: Option<i64>,
        /// The most that it is.
        maximum: Option<i64>,
    },
    /// A number.
    Float {
        /// The least that it is.
        minimum: Option<f64>,
        /// The most that it is.
        maximum: Option<f64>,
    },
    /// `true` or `false`.
    Boolean,
    /// A time, never negative.
    Duration {
        /// The least that it is.
        minimum: Option<Duration>,
        /// The most that it is.
        maximum: Option<Duration>,
    },
    /// A size in bytes.
    Size {
        /// The least that it is.
        minimum: Option<u64>,
        /// The most that it is.
        maximum: Option<u64>,
    },
    /// A share of a whole, in percent.
    Percent {
        /// The least that it is.
        minimum: Option<f64>,
        /// The most that it is.
        maximum: Option<f64>,
    },
    /// What is too much: a number, a share in percent, or a range as monitoring plugins write it.
    Threshold,
    /// Some texts, each on one line.
    List {
        /// A regular expression that matches a part of each.
        pattern: Option<Text>,
        /// The only items it has; any, where there are none.
        values: List<Text>,
        /// How many there are at most.
        max_items: Option<u32>,
    },
    /// What nobody may see: an instance says where it is kept, never what it is.
    Secret,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Literal {
    /// Text, also of a threshold.
    Text(Text),
    /// A whole number.
    Integer(i64),
    /// A number, also of percents.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A time.
    Duration(Duration),
    /// A number of bytes.
    Size(u64),
    /// Some texts.
    List(List<Text>),
    /// Where a secret is kept.
    Secret(SecretSource),
}

/// Where a secret is kept. It is read anew for each run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum SecretSource {
    /// The only line of a file; an absolute path.
    File(Text),
    /// A variable of the node's own environment.
    Environment(Text),
}

/// What a check of a class runs.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum ClassRun {
    /// A monitoring plugin: its exit code and what it prints are the result.
    Plugin(ClassCommand),
    /// A goss file, the first of these, and those that it includes; the parameters are its variables.
    Goss(List<GossText>),
    /// A check that is part of the program, by its name; the parameters are its own.
    Native(Text),
}

/// A goss file that is part of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct GossText {
    /// Its path from the folder of the one that is evaluated.
    pub path: Text,
    /// What it holds.
    pub text: Text,
}

/// A command of a class; no shell.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct ClassCommand {
    /// The program and its arguments.
    pub arguments: List<Argument>,
    /// Variables added to the clean environment; one that mentions a parameter without a value is left out.
    pub environment: List<Variable>,
}

/// Words of a command line that go together: all are left out where one mentions a parameter without a value.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Argument(pub List<Word>);

/// One element of a command line.
///
/// A word that is a parameter of many values and nothing else becomes as many words as there are values.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Word(pub List<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Part {
    /// These characters.
    Text(Text),
    /// The value of a parameter.
    Parameter(ParameterId),
}

/// A variable of an environment.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// Its value.
    pub value: Word,
}

/// What an instance of a class inherits where it says nothing.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens), const_tokens(default = CheckDefaults::DEFAULT))]
pub struct CheckDefaults {
    /// Time between two runs.
    pub interval: Duration,
    /// How long a run may take.
    pub timeout: Duration,
    /// How a result that differs is confirmed.
    pub retry: Retry,
    /// When a check changes too often to be believed; never, where nothing is said.
    pub flapping: Option<Flapping>,
    /// When it runs; always, where nothing is said.
    pub active: Option<Active>,
    /// Names of checks: while one of them is critical this one is skipped.
    pub depends_on: List<Text>,
    /// What is done about a bad state.
    pub remediate: Option<Remediation>,
    /// Free text for those who show the check.
    pub annotations: List<Pair>,
    /// What is published of it.
    pub publish: Publish,
}

/// A check that is compiled in.
#[derive(Clone, Debug)]
pub struct CheckRow {
    /// Unique on a node.
    pub name: Text,
    /// What it is an instance of.
    pub class: &'static CheckClass,
    /// The values that it gives.
    pub with: List<Given>,
    /// What else it says of itself.
    pub settings: Settings,
}

/// The value that a check gives a parameter.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Given {
    /// The parameter.
    pub parameter: ParameterId,
    /// Its value.
    pub value: Literal,
}

/// How a result that differs from the state before is confirmed before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Retry {
    /// How many results in a row it takes; one counts at once.
    pub attempts: u32,
    /// Time between two runs meanwhile; that of the check, where nothing is said.
    pub interval: Option<Duration>,
}

/// When a check changes too often to be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Flapping {
    /// How many results are looked at.
    pub window: u16,
    /// The share of changes among them, in percent, from which on it flaps.
    pub high: f64,
    /// The share below which it does no longer.
    pub low: f64,
}

/// When a check runs: in the minutes that match.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Active {
    /// The minutes.
    pub schedule: Cron,
    /// IANA name of the time zone; `None` is the node's own.
    pub timezone: Option<Text>,
}

/// What is done about a bad state.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Remediation {
    /// What is run.
    pub command: List<Argument>,
    /// Names of the states in which it is.
    pub states: List<Text>,
    /// Time between two runs while the state lasts.
    pub interval: Duration,
    /// How long a run may take.
    pub timeout: Duration,
    /// How many runs there are before the state is left to people; `None` is any number.
    pub attempts: Option<u32>,
}

/// What is published of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Publish {
    /// Which results are.
    pub policy: Policy,
    /// Time after which a result is published whatever it is, to show that somebody is there.
    pub summary: Option<Duration>,
}

/// Which results of a check are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Policy {
    /// Every one.
    All,
    /// One that differs from the one before.
    Changes,
    /// One that is not OK, and the first that is again.
    Failing,
}

// === impl CheckClass ===

impl CheckClass {
    /// The parameter of this name.
    #[must_use]
    pub fn parameter_named(&self, name: &str) -> Option<(ParameterId, &Parameter)> {
        let at = self.parameters.iter().position(|it| it.name == name)?;
        Some((
            ParameterId(u16::try_from(at).ok()?),
            self.parameters.get(at)?,
        ))
    }

    /// The parameter of this id; `None` for an id of another class.
    #[must_use]
    pub fn parameter(&self, id: ParameterId) -> Option<&Parameter> {
        self.parameters.get(usize::from(id.0))
    }
}

// === impl Parameter ===

impl Parameter {
    /// A parameter without a name, to be completed.
    pub const DEFAULT: Self = Self {
        name: Text::Borrowed(""),
        description: Text::Borrowed(""),
        kind: ParameterKind::Boolean,
        default: None,
        optional: false,
        unit: None,
        greater_than: None,
        less_than: None,
    };

    /// Whether each instance has to give a value.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.default.is_none() && !self.optional
    }
}

// === impl ParameterKind ===

impl ParameterKind {
    /// Its `type` in a specification.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::String { .. } => "string",
            Self::Integer { .. } => "integer",
            Self::Float { .. } => "float",
            Self::Boolean => "boolean",
            Self::Duration { .. } => "duration",
            Self::Size { .. } => "size",
            Self::Percent { .. } => "percent",
            Self::Threshold => "threshold",
            Self::List { .. } => "list",
            Self::Secret => "secret",
        }
    }
}

// === impl CheckDefaults ===

impl CheckDefaults {
    /// What a class has that says nothing.
    pub const DEFAULT: Self = Self {
        interval: Duration::from_secs(5 * 60),
        timeout: Duration::from_secs(10),
        retry: Retry {
            attempts: 1,
            interval: None,
        },
        flapping: None,
        active: None,
        depends_on: List::EMPTY,
        remediate: None,
        annotations: List::EMPTY,
        publish: Publish {
            policy: Policy::All,
            summary: None,
        },
    };
}

impl Flapping {
    /// What a class has that asks for it and says no more.
    pub const DEFAULT: Self = Self {
        window: 20,
        high: 50.0,
        low: 25.0,
    };

    /// Why a check can never flap and end it, if so.
    #[must_use]
    pub fn disorder(&self) -> Option<String> {
        (self.low >= self.high).then(|| {
            format!(
                "a check would begin to flap at {}% and end at {}%",
                self.high, self.low
            )
        })
    }
}

impl Remediation {
    /// Time between two runs where nothing is said.
    pub const INTERVAL: Duration = Duration::from_secs(15 * 60);
    /// How long a run may take where nothing is said.
    pub const TIMEOUT: Duration = Duration::from_secs(60);
}

// === impl Policy ===

impl Policy {
    /// Every policy by its name in a specification.
    pub const ALL: [(&'static str, Self); 3] = [
        ("all", Self::All),
        ("changes", Self::Changes),
        ("failing", Self::Failing),
    ];
}
