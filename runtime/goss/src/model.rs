//! What a goss file says once it is read.

mod kind;
mod matchers;
mod settings;

use chorister_yaml::Span;

use crate::Value;
use crate::matcher::{Matcher, MatcherError};

pub use kind::{Actual, Attribute, Kind, Need, Role, Type};
pub use matchers::{Argument, MATCHERS, Named};
pub use settings::{Duration, HttpSettings, Retry, Settings};

/// Everything that a file and its includes expect.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// The resources in the order of their evaluation: by kind, then by id bytewise. Every pair of kind and id is there
    /// once.
    pub resources: Vec<Resource>,
}

/// One thing of the system, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Its key in the file.
    pub id: String,
    /// The real name where the file overrides the id by an attribute such as `path` or `exec`; see [`Resource::name`].
    pub name: Option<String>,
    /// The title, or nothing.
    pub title: String,
    /// What people note about it, in the order of the file.
    pub meta: Vec<(String, Value)>,
    /// Whether its properties are reported as skipped without a look at the system.
    pub skip: bool,
    /// What is expected, in the order in which results are reported. The property that a kind requires is always
    /// there, and its expected value is [`Value::Null`] where the file does not have it.
    pub properties: Vec<Property>,
    /// How to look at it.
    pub settings: Settings,
    /// How often to try before a result counts.
    pub retry: Retry,
    /// Where its id is written in the file as its author wrote it.
    pub span: Span,
    /// The file that it comes from, as an index into the files of the load.
    pub file: usize,
}

/// What is expected of one property of a resource.
#[derive(Clone, Debug)]
pub struct Property {
    /// Which property, and what values it has.
    pub attribute: &'static Attribute,
    /// The value as written.
    pub expected: Value,
    /// What the value asks for; what goss calls a syntax error is found out only when it is asked.
    pub matcher: Result<Matcher, MatcherError>,
    /// Where the value is written in the file as its author wrote it.
    pub span: Span,
}

// === impl Resource ===

impl Resource {
    /// The name of the thing on the system.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// The id as results show it: with the real name where that is another one, `id: name`.
    #[must_use]
    pub fn shown_id(&self) -> String {
        match self.name.as_deref() {
            Some(name) if name != self.id && self.kind.shows_name() => {
                format!("{}: {name}", self.id)
            }
            _ => self.id.clone(),
        }
    }

    /// Whether the values of a property are streams, in which lists of patterns are searched for.
    #[must_use]
    pub fn is_stream(&self, attribute: &Attribute) -> bool {
        let is_reader = matches!(
            self.settings,
            Settings::Matching {
                as_reader: true,
                ..
            }
        );
        attribute.is_stream() || (is_reader && attribute.is_required())
    }

    /// The property that decides whether the others are looked at: they are skipped if it has an error, fails, or is
    /// found to be `false`.
    #[must_use]
    pub fn gate(&self) -> Option<&Property> {
        self.properties.iter().find(|it| it.attribute.is_gate())
    }
}
