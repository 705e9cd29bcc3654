//! Asking only some of the nodes that were found.

use core::fmt;
use core::str::FromStr;

/// How many of the nodes are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many; all where there are fewer.
    Nodes(usize),
    /// So many of a hundred, rounded down.
    Percent(u8),
}

/// Which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// Those that were found first.
    #[default]
    First,
    /// Any. The same ones for the same seed and the same nodes, in whatever order they were found.
    Random {
        /// Where chance begins.
        seed: u64,
    },
}

/// Why a limit cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// It is no limit.
    #[error("could not parse limit as either number or percent: `{text}`; write `10` or `10%`")]
    Syntax {
        /// What it is.
        text: String,
    },
    /// It leaves nobody.
    #[error("no targets left after applying target limits of '{limit}' to {nodes} nodes")]
    NobodyLeft {
        /// The limit.
        limit: Limit,
        /// How many there were.
        nodes: usize,
    },
}

// === impl Limit ===

impl Limit {
    /// The nodes that are asked.
    ///
    /// # Errors
    /// None is left.
    pub fn apply(self, mut nodes: Vec<String>, pick: Pick) -> Result<Vec<String>, LimitError> {
        let found = nodes.len();
        let wanted = match self {
            Self::Nodes(number) => number.min(found),
            Self::Percent(percent) => share(found, percent),
        };
        if wanted == 0 && found > 0 {
            return Err(LimitError::NobodyLeft {
                limit: self,
                nodes: found,
            });
        }
        if let Pick::Random { seed } = pick {
            nodes.sort_unstable();
            fastrand::Rng::with_seed(seed).shuffle(&mut nodes);
        }
        nodes.truncate(wanted);
        Ok(nodes)
    }
}

/// A share of a number, rounded down.
fn share(of: usize, percent: u8) -> usize {
    let percent = usize::from(percent.min(100));
    of / 100 * percent + of % 100 * percent / 100
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let wrong = || LimitError::Syntax {
            text: text.to_owned(),
        };
        match text.strip_suffix('%') {
            None => text.parse().map(Self::Nodes).map_err(|_| wrong()),
            Some(percent) => match percent.parse() {
                Ok(percent @ 0..=100) => Ok(Self::Percent(percent)),
                _ => Err(wrong()),
            },
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nodes(number) => write!(f, "{number}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}
