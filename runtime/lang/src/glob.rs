//! Patterns for names: `*` stands for any characters, `?` for one; neither stands for `/`.

/// Whether a text has a wildcard in it.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a pattern stands for the whole of a text.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut of) = (0, 0);
    // Where the last `*` stands, and how far it reaches in the text by now.
    let mut star = None;
    while let Some(&character) = text.get(at) {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
                continue;
            }
            Some('?') if character != '/' => {}
            Some(&wanted) if wanted == character && wanted != '?' => {}
            _ => {
                let Some((back, reached)) = star else {
                    return false;
                };
                if text.get(reached) == Some(&'/') {
                    return false;
                }
                star = Some((back, reached + 1));
                (of, at) = (back + 1, reached + 1);
                continue;
            }
        }
        (of, at) = (of + 1, at + 1);
    }
    pattern
        .get(of..)
        .unwrap_or_default()
        .iter()
        .all(|it| *it == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expect: bool) {
        assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
    }

    #[test]
    fn wildcards_stay_in_their_folder() {
        check("/usr/bin/*", "/usr/bin/df", true);
        check("/usr/bin/*", "/usr/bin/x/y", false);
        check("/usr/bin/check_*", "/usr/bin/check_disk", true);
        check("/usr/bin/check_*", "/usr/bin/check", false);
        check("/x/?", "/x/a", true);
        check("/x?a", "/x/a", false);
        check("*", "df", true);
        check("*", "/bin/df", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-b-b-d", false);
        check("", "", true);
        check("", "a", false);
        check("**", "", true);
    }
}
