//! "Did you mean …?": the known name that is most like an unknown one.

/// Names longer than this are not compared: nobody mistypes them by hand.
const MAX_LENGTH: usize = 64;

/// How far a suggestion may be from the name.
const MAX_EDITS: usize = 2;

/// The candidate that `name` was most likely meant to be, if any is close enough.
///
/// A candidate that differs in case only wins. Others may be at most two edits away, and fewer edits than
/// half the characters of `name`; of equally close ones the first wins.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowercase = name.to_lowercase();
    let length = lowercase.chars().count();
    if length > MAX_LENGTH {
        return None;
    }
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 4 * MAX_LENGTH)
        .filter_map(|candidate| Some((near(&lowercase, &candidate.to_lowercase())?, candidate)))
        .filter(|&(edits, _)| edits == 0 || 2 * edits < length)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// The distance, if it is small enough for a suggestion.
fn near(left: &str, right: &str) -> Option<usize> {
    bounded(left, right, MAX_EDITS).filter(|edits| *edits <= MAX_EDITS)
}

/// How many characters have to be inserted, removed, replaced, or swapped with their neighbour, to make one
/// text of the other, none of them touched twice (optimal string alignment).
#[must_use]
pub fn distance(left: &str, right: &str) -> usize {
    bounded(left, right, usize::MAX).unwrap_or(usize::MAX)
}

/// The distance; `None` when it was clear on the way that it is more than `most`.
fn bounded(left: &str, right: &str, most: usize) -> Option<usize> {
    let right: Vec<char> = right.chars().collect();
    if left.chars().count().abs_diff(right.len()) > most {
        return None;
    }
    // Rows of the usual table: two characters ago, one character ago, and now.
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, character) in left.chars().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        let mut beside = row + 1;
        current.push(beside);
        for (column, other) in right.iter().enumerate() {
            let replaced = at(&above, column) + usize::from(character != *other);
            let mut best = replaced.min(at(&above, column + 1) + 1).min(beside + 1);
            let swapped =
                column > 0 && previous == Some(*other) && right.get(column - 1) == Some(&character);
            if swapped {
                best = best.min(at(&before, column - 1) + 1);
            }
            current.push(best);
            beside = best;
        }
        // A swap looks two rows back: both have to be hopeless.
        if least(&current) > most && least(&above) > most {
            return None;
        }
        before = core::mem::replace(&mut above, current);
        previous = Some(character);
    }
    Some(at(&above, right.len()))
}

fn least(row: &[usize]) -> usize {
    row.iter().copied().min().unwrap_or_default()
}

fn at(row: &[usize], column: usize) -> usize {
    row.get(column).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edits_are_counted() {
        let check = |left: &str, right: &str, expect: usize| {
            assert_eq!(distance(left, right), expect, "{left:?} {right:?}");
        };
        check("", "", 0);
        check("", "abc", 3);
        check("lookup", "lookup", 0);
        check("lookupp", "lookup", 1);
        check("lokup", "lookup", 1);
        check("loopup", "lookup", 1);
        check("lookpu", "lookup", 1);
        check("ca", "abc", 3);
        check("größe", "grösse", 2);
    }

    #[test]
    fn the_closest_name_is_suggested() {
        let known = ["lookup", "Title", "StringsJoin", "ToLower", "ToUpper", "or"];
        let check = |name: &str, expect: Option<&str>| {
            assert_eq!(closest(name, known), expect, "{name:?}");
        };
        check("lookupp", Some("lookup"));
        check("StringJoin", Some("StringsJoin"));
        check("title", Some("Title"));
        check("TOUPPER", Some("ToUpper"));
        check("ToLowr", Some("ToLower"));
        check("xyz", None);
        check("of", None);
        check("", None);
        check(&"lookup".repeat(100), None);
    }

    proptest! {
        #[test]
        fn near_names_are_those_at_a_small_distance(left in "[ab]{0,7}", right in "[ab]{0,7}") {
            let expect = Some(distance(&left, &right)).filter(|it| *it <= MAX_EDITS);
            prop_assert_eq!(near(&left, &right), expect);
        }

        #[test]
        fn distance_is_symmetric(left in ".{0,12}", right in ".{0,12}") {
            prop_assert_eq!(distance(&left, &right), distance(&right, &left));
        }

        #[test]
        fn distance_is_zero_for_equal_texts_only(left in "[ab]{0,6}", right in "[ab]{0,6}") {
            prop_assert_eq!(distance(&left, &right) == 0, left == right);
        }
    }
}
