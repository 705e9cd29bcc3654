//! Ranges of versions, in the dialect of `blang/semver` 4 (Go).
//!
//! Comparisons joined by blanks all have to hold, `||` separates alternatives: `>=1.0.0 <2.0.0 || 3.x`. A version
//! is complete or ends in `x`. There is no `^`, no `~` and no `-`. A pre-release compares plainly: `1.2.3-rc.1` is
//! above `1.0.0`.

use semver::Version;

/// A range of versions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range(Vec<Vec<(Operator, Version)>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

// === impl Range ===

impl Range {
    /// Reads a range; nothing where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text_parts(text)
            .split(|part| part == "||")
            .map(alternative)
            .collect::<Option<_>>()
            .map(Self)
    }

    /// Whether a version is in it.
    pub(super) fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|all| {
            all.iter()
                .all(|(operator, limit)| operator.holds(version, limit))
        })
    }
}

/// Splits at blanks that do not follow an operator, and removes those that do.
fn text_parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match parts.last_mut() {
            Some(last) if open => last.push_str(word),
            _ => parts.push(word.to_owned()),
        }
        open = word.ends_with(['<', '>', '=']);
    }
    parts
}

fn alternative(parts: &[String]) -> Option<Vec<(Operator, Version)>> {
    if parts.is_empty() {
        return None;
    }
    let mut comparisons = Vec::new();
    for part in parts {
        let digits = part.find(|it: char| it.is_ascii_digit())?;
        let (operator, version) = part.split_at_checked(digits)?;
        let operator = Operator::of_text(operator.trim())?;
        match wildcard(version) {
            None => comparisons.push((operator, Version::parse(version).ok()?)),
            Some((low, high)) => comparisons.extend(operator.over(low?, high?)?),
        }
    }
    Some(comparisons)
}

/// The first version of `1.x` or `1.2.x`, and the first that is past it.
fn wildcard(version: &str) -> Option<(Option<Version>, Option<Version>)> {
    let stem = version.strip_suffix(".x")?;
    let stem = stem.strip_suffix(".x").unwrap_or(stem);
    let number = |text: &str| {
        Version::parse(&format!("{text}.0.0"))
            .ok()
            .map(|it| it.major)
    };
    let pair = match stem.split_once('.') {
        None => number(stem).map(|major| ((major, 0), (major.checked_add(1), Some(0)))),
        Some((major, minor)) => number(major)
            .zip(number(minor))
            .map(|(major, minor)| ((major, minor), (Some(major), minor.checked_add(1)))),
    };
    let (low, high) = pair.unzip();
    Some((
        low.map(|(major, minor)| Version::new(major, minor, 0)),
        high.and_then(|(major, minor)| Some(Version::new(major?, minor?, 0))),
    ))
}

// === impl Operator ===

impl Operator {
    fn of_text(text: &str) -> Option<Self> {
        Some(match text {
            "" | "=" | "==" => Self::Equal,
            "!" | "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// The comparison with a whole series of versions.
    fn over(self, low: Version, high: Version) -> Option<Vec<(Self, Version)>> {
        Some(match self {
            Self::Equal => vec![(Self::GreaterOrEqual, low), (Self::Less, high)],
            // Compat: blang/semver range.go: both have to hold, which no version does.
            Self::Unequal => vec![(Self::Less, low), (Self::GreaterOrEqual, high)],
            Self::Less => vec![(Self::Less, low)],
            Self::LessOrEqual => vec![(Self::Less, high)],
            Self::Greater => vec![(Self::GreaterOrEqual, high)],
            Self::GreaterOrEqual => vec![(Self::GreaterOrEqual, low)],
        })
    }

    fn holds(self, version: &Version, limit: &Version) -> bool {
        let order = version.cmp_precedence(limit);
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
