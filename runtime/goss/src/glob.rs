//! Paths of includes, with wildcards in the parts between slashes.

use crate::files::Files;

/// How many directories a pattern may lead through, and how many names they may have.
const MAX_STEPS: usize = 100_000;

/// The files that a pattern stands for, sorted; a path without wildcards stands for itself if it exists.
///
/// Nothing if there is none.
pub(crate) fn files(pattern: &str, files: &dyn Files) -> Vec<String> {
    if !has_wildcard(pattern) {
        return if files.exists(pattern) {
            vec![pattern.to_owned()]
        } else {
            Vec::new()
        };
    }
    let mut steps = MAX_STEPS;
    let start = if pattern.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = pattern.split('/').filter(|it| !it.is_empty()).collect();
    let mut found = vec![start.to_owned()];
    for part in parts {
        let mut next = Vec::new();
        for directory in &found {
            let join = |name: &str| format!("{directory}{name}");
            if !has_wildcard(part) {
                next.push(join(part));
                continue;
            }
            let mut names =
                files.names(directory.trim_end_matches(|it| it == '/' && directory.len() > 1));
            names.sort_unstable();
            steps = steps.saturating_sub(names.len());
            let matching = names.iter().filter(|name| steps > 0 && matches(part, name));
            next.extend(matching.map(|name| join(name)));
        }
        found = next.into_iter().map(|path| path + "/").collect();
    }
    let paths = found.iter().map(|path| path.trim_end_matches('/'));
    let mut paths: Vec<String> = paths
        .filter(|it| files.exists(it))
        .map(str::to_owned)
        .collect();
    paths.sort_unstable();
    paths
}

pub(crate) fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '\\'])
}

/// Whether a name without slashes is of this shape: `*`, `?`, `[a-z]`, `[^a]` and `\x`. A pattern that is malformed
/// matches nothing.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(pieces) = pieces(pattern) else {
        return false;
    };
    let name: Vec<char> = name.chars().collect();
    // The positions of the name that the pieces so far can reach.
    let mut reached = vec![false; name.len() + 1];
    reached.insert(0, true);
    reached.truncate(name.len() + 1);
    for piece in &pieces {
        let mut next = vec![false; name.len() + 1];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = reached.get(at).copied().unwrap_or_default();
            *slot = match piece {
                Piece::Any => {
                    any |= here;
                    any
                }
                Piece::One(class) => at.checked_sub(1).is_some_and(|before| {
                    reached.get(before).copied().unwrap_or_default()
                        && name.get(before).is_some_and(|it| class.has(*it))
                }),
            };
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

enum Piece {
    Any,
    One(Class),
}

enum Class {
    Every,
    Ranges {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

// === impl Class ===

impl Class {
    fn has(&self, character: char) -> bool {
        match self {
            Self::Every => true,
            Self::Ranges { negated, ranges } => {
                let inside = ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&character));
                inside != *negated
            }
        }
    }
}

fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let mut characters = pattern.chars().peekable();
    let mut pieces = Vec::new();
    let one = |character: char| {
        Piece::One(Class::Ranges {
            negated: false,
            ranges: vec![(character, character)],
        })
    };
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::Any,
            '?' => Piece::One(Class::Every),
            '\\' => one(characters.next()?),
            '[' => {
                let negated = characters.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while characters.next_if_eq(&']').is_none() || ranges.is_empty() {
                    let mut bound = || match characters.next()? {
                        '\\' => characters.next(),
                        '-' | ']' => None,
                        other => Some(other),
                    };
                    let low = bound()?;
                    let high = if characters.next_if_eq(&'-').is_some() {
                        match characters.next()? {
                            '\\' => characters.next()?,
                            '-' | ']' => return None,
                            other => other,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Piece::One(Class::Ranges { negated, ranges })
            }
            other => one(other),
        });
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_go() {
        let check = |pattern: &str, name: &str, expect: bool| {
            assert_eq!(matches(pattern, name), expect, "{pattern} {name}");
        };
        check("*.yaml", "a.yaml", true);
        check("*", ".hidden", true);
        check("*.yaml", "a.yml", false);
        check("a?c", "abc", true);
        check("a?c", "ac", false);
        check("[a-c]x", "bx", true);
        check("[^a-c]x", "bx", false);
        check("[^a-c]x", "dx", true);
        check(r"\*", "*", true);
        check(r"\*", "a", false);
        check("[]", "a", false);
        check("[a", "a", false);
        check("*a*a*a*a*a*a*a*b", &"a".repeat(200), false);
    }
}
