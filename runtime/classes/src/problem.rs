//! What is wrong with a row.

/// What is wrong with one value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind of mistake it is.
    pub kind: Kind,
    /// The parameter that it is about; `None` is the row as a whole.
    pub parameter: Option<String>,
    /// Which item of its value, where that is a list.
    pub item: Option<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What probably puts it right.
    pub help: Option<String>,
}

/// A kind of mistake in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The class has no such parameter.
    Unknown,
    /// A parameter has no value that needs one.
    Missing,
    /// A value is of the wrong type.
    Type,
    /// A value is outside of the limits of its parameter.
    Limit,
    /// Two values are in the wrong order.
    Order,
    /// A secret stands where everybody can read it.
    Secret,
    /// A time makes no sense.
    Time,
    /// Flapping would end before it begins.
    Flapping,
}

// === impl Kind ===

impl Kind {
    /// The stable code of the diagnostic, which `choristerc explain` knows.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "CH1031",
            Self::Missing => "CH1032",
            Self::Type => "CH1033",
            Self::Limit => "CH1034",
            Self::Order => "CH1035",
            Self::Secret => "CH1036",
            Self::Time => "CH0402",
            Self::Flapping => "CH1012",
        }
    }

    /// Whether it is the name of the parameter that is wrong, and not its value.
    #[must_use]
    pub const fn is_about_the_name(self) -> bool {
        matches!(self, Self::Unknown)
    }
}

// === impl Problem ===

impl Problem {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            parameter: None,
            item: None,
            message: message.into(),
            help: None,
        }
    }

    pub(crate) fn of(mut self, parameter: &str) -> Self {
        self.parameter = Some(parameter.to_owned());
        self
    }

    pub(crate) fn item(mut self, item: usize) -> Self {
        self.item = Some(item);
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
