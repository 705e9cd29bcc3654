//! Versions against constraints, in the dialect of `semver(version, constraint)` in compound filters.
//!
//! Constraints are comparisons, with commas or spaces between those that must all hold and `||` between alternatives:
//! `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `^`, `1.2 - 1.4`; a part that is left out or `x` or `*` may be anything.

use core::cmp::Ordering;

/// Whether a version is within a constraint; `None` where one of them cannot be read.
pub(super) fn satisfies(version: &str, constraint: &str) -> Option<bool> {
    let version = Version::parse(version)?;
    if version.parts_given == 0 {
        return None;
    }
    let mut any = false;
    for alternative in constraint.split("||") {
        any |= all(&version, alternative)?;
    }
    Some(any)
}

fn all(version: &Version<'_>, alternative: &str) -> Option<bool> {
    if let Some((low, high)) = alternative.split_once(" - ") {
        let (low, high) = (Version::parse(low.trim())?, Version::parse(high.trim())?);
        return Some(holds(version, ">=", &low) && holds(version, "<=", &high));
    }
    let mut every = true;
    let mut some = false;
    let mut pending = "";
    for word in alternative.split([',', ' ']).filter(|it| !it.is_empty()) {
        let digits = word.trim_start_matches(['<', '>', '=', '!', '~', '^']);
        let sign = word.strip_suffix(digits).unwrap_or_default();
        let sign = if sign.is_empty() { pending } else { sign };
        if digits.is_empty() {
            pending = sign;
            continue;
        }
        pending = "";
        if !SIGNS.contains(&sign) {
            return None;
        }
        some = true;
        every &= holds(version, sign, &Version::parse(digits)?);
    }
    (some && pending.is_empty()).then_some(every)
}

const SIGNS: [&str; 12] = [
    "", "=", "!=", "<", "<=", "=<", ">", ">=", "=>", "~", "~>", "^",
];

/// A version, or part of one.
struct Version<'a> {
    parts: [u64; 3],
    parts_given: usize,
    prerelease: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, _) = text.split_once('+').unwrap_or((text, ""));
        let (numbers, prerelease) = text.split_once('-').unwrap_or((text, ""));
        let mut version = Self {
            parts: [0; 3],
            parts_given: 0,
            prerelease,
        };
        let mut wild = false;
        let mut given = numbers.split('.');
        for (place, part) in version.parts.iter_mut().zip(given.by_ref()) {
            wild |= matches!(part, "x" | "X" | "*");
            if !wild {
                let is_number = part.bytes().all(|it| it.is_ascii_digit());
                *place = part.parse().ok().filter(|_| is_number)?;
                version.parts_given += 1;
            }
        }
        given.next().is_none().then_some(version)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let before = self.prerelease.split('.').map(Label::of);
        let after = other.prerelease.split('.').map(Label::of);
        // A version is after all that lead to it.
        let released = self.prerelease.is_empty().cmp(&other.prerelease.is_empty());
        self.parts
            .cmp(&other.parts)
            .then(released)
            .then_with(|| before.cmp(after))
    }

    /// Whether the parts that are given are the same, up to a number of them.
    fn shares(&self, wanted: &Self, parts: usize) -> bool {
        let parts = parts.min(wanted.parts_given);
        self.parts
            .iter()
            .take(parts)
            .eq(wanted.parts.iter().take(parts))
    }
}

/// A part of what follows the hyphen: numbers come before words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Label<'a> {
    Number(u64),
    Word(&'a str),
}

impl<'a> Label<'a> {
    fn of(text: &'a str) -> Self {
        text.parse().map_or(Self::Word(text), Self::Number)
    }
}

fn holds(version: &Version<'_>, sign: &str, wanted: &Version<'_>) -> bool {
    if !version.prerelease.is_empty() && wanted.prerelease.is_empty() {
        return false;
    }
    let whole = wanted.parts_given == 3;
    let order = version.cmp(wanted);
    // Without all parts, a version is as far as it goes.
    let within = !whole && version.shares(wanted, 3);
    match sign {
        "!=" => !within && order.is_ne(),
        "<" => order.is_lt(),
        "<=" | "=<" => within || order.is_le(),
        ">" => !within && order.is_gt(),
        ">=" | "=>" => order.is_ge(),
        "~" | "~>" => order.is_ge() && version.shares(wanted, 2),
        "^" => {
            // The first part that is not zero must stay as it is, and those before it.
            let fixed = wanted
                .parts
                .iter()
                .position(|it| *it > 0)
                .map_or(3, |it| it + 1);
            order.is_ge() && version.shares(wanted, fixed)
        }
        _ => within || whole && order.is_eq(),
    }
}
