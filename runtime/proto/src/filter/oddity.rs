//! Where a filter means something else to nodes than to whoever wrote it.

use core::fmt;

use super::{FactFilter, Filter, Operator};

/// Something that [`Semantics::Compatible`](super::Semantics::Compatible) understands in another way than it is written.
/// Worth a warning where a filter is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// `>` with a dot in the value is `>=` of numbers.
    GreaterIsNotLess(FactFilter),
    /// `!=` of a fact that is false is `==`.
    NotEqualOfFalse(FactFilter),
    /// Classes with capitals are never matched by name.
    Capitals(String),
    /// Of more than two expressions more must be true than false, not all.
    SeveralExpressions,
}

impl Filter {
    /// What in it is understood in another way than it is written.
    #[must_use]
    pub fn oddities(&self) -> Vec<Oddity> {
        let facts = self.facts.iter().filter_map(FactFilter::oddity);
        let has_capitals = |it: &&String| !it.starts_with('/') && it.to_lowercase() != **it;
        let classes = self.classes.iter().filter(has_capitals);
        let several = (self.compound.len() > 2).then_some(Oddity::SeveralExpressions);
        facts
            .chain(classes.cloned().map(Oddity::Capitals))
            .chain(several)
            .collect()
    }
}

impl FactFilter {
    fn oddity(&self) -> Option<Oddity> {
        let is_decimal = self.value.contains('.') && self.value.parse::<f64>().is_ok();
        match self.operator {
            Operator::Greater if is_decimal => Some(Oddity::GreaterIsNotLess(self.clone())),
            Operator::NotEqual if matches!(&*self.value, "true" | "false") => {
                Some(Oddity::NotEqualOfFalse(self.clone()))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain =
            |fact: &FactFilter| format!("{}{}{}", fact.fact, fact.operator.symbol(), fact.value);
        match self {
            Self::GreaterIsNotLess(fact) => {
                write!(f, "`{}` also matches {}", plain(fact), fact.value)
            }
            Self::NotEqualOfFalse(fact) => {
                write!(f, "`{}` is not what it says where the fact is false", plain(fact))
            }
            Self::Capitals(class) => write!(
                f,
                "`{class}` matches no class with capitals: write /^{class}$/ to match it in any case"
            ),
            Self::SeveralExpressions => f.write_str(
                "of several expressions more must be true than false: join them with `and` if all must be",
            ),
        }
    }
}
