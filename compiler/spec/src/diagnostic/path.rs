//! Places in a spec, in the spec's own terms.

use core::fmt;
use std::borrow::Cow;

/// A place in a spec, such as `watchers[1].success_transition`; empty means the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(Vec<Step>);

/// One step from a value to one that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the value of a key.
    Key(Cow<'static, str>),
    /// To an item of a list.
    Index(usize),
}

/// Builds a [`Path`] from keys and indexes: `at!["watchers", 1, "name"]`.
macro_rules! at {
    ($($step:expr),* $(,)?) => {
        $crate::diagnostic::Path::from_iter([$($crate::diagnostic::Step::from($step)),*])
    };
}
pub(crate) use at;

impl Path {
    /// The steps from the root.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The same place as seen from `outer`, which holds it.
    pub(crate) fn below(&self, outer: &Self) -> Self {
        Self(self.0.get(outer.0.len()..).unwrap_or_default().to_vec())
    }

    /// Whether it leads through this key.
    pub(crate) fn is_in(&self, key: &str) -> bool {
        self.0
            .iter()
            .any(|it| matches!(it, Step::Key(it) if it == key))
    }

    /// The place below this one.
    #[must_use]
    pub(crate) fn join(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl From<&'static str> for Step {
    fn from(key: &'static str) -> Self {
        Self::Key(Cow::Borrowed(key))
    }
}

impl From<String> for Step {
    fn from(key: String) -> Self {
        Self::Key(Cow::Owned(key))
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) => {
                    write!(f, "{}{key}", if at == 0 { "" } else { "." })?;
                }
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '$'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_read_like_the_spec() {
        assert_eq!(at!["watchers", 1, "name"].to_string(), "watchers[1].name");
        assert_eq!(at![].to_string(), "");
        let labels = at!["labels"].join("a.b".to_owned());
        assert_eq!(labels.to_string(), "labels[\"a.b\"]");
    }
}
