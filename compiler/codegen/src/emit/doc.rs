//! Text of specs in doc comments.

/// Columns that a line of prose may have, without indentation and comment mark.
const WIDTH: usize = 90;

/// A name as code. Backticks, line breaks and what cannot be seen are replaced.
pub(super) fn code(name: &str) -> String {
    format!(
        "`{}`",
        words(&name.replace('`', "'")).collect::<Vec<_>>().join(" ")
    )
}

/// Prose as lines of a doc comment, each with the space that follows the comment mark.
///
/// The text is one paragraph whatever it was in the spec, and nothing in it starts a list, a heading or a link.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let word = plain(&word);
        if !line.is_empty() && line.chars().count() + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        line.push(' ');
        line.push_str(&if line.len() == 1 { inert(word) } else { word });
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text without the characters that cannot be seen: some of them rustc refuses in comments.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|it: char| it.is_whitespace() || it.is_control())
        .map(|word| {
            word.chars()
                .filter(|it| is_visible(*it))
                .collect::<String>()
        })
        .filter(|word| !word.is_empty())
}

fn is_visible(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}

/// A word that Markdown takes for text: brackets would be a link, angles a tag.
fn plain(word: &str) -> String {
    let in_code = word.contains('`');
    let mut plain = String::with_capacity(word.len());
    for character in word.chars() {
        if !in_code && matches!(character, '[' | ']' | '<' | '>') {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}

/// A first word of a line that starts nothing but the line.
fn inert(word: String) -> String {
    let digits = word
        .trim_start_matches(|it: char| it.is_ascii_digit())
        .len();
    let starts_list = matches!(word.as_str(), "-" | "+" | "*")
        || (digits == 1 && word.len() > 1 && word.ends_with(['.', ')']));
    let starts_block = word.starts_with(['#', '|', '=', '~'])
        || word.starts_with("---")
        || word.starts_with("```");
    if starts_list && digits == 1 && word.len() > 1 {
        let (number, mark) = word.split_at(word.len() - 1);
        format!("{number}\\{mark}")
    } else if starts_list || starts_block {
        format!("\\{word}")
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(lines(text), expect, "{text:?}");
    }

    #[test]
    fn prose_is_one_paragraph() {
        check("It got\ndark.\n\n  Quite.", &[" It got dark. Quite."]);
        check("", &[]);
        check(
            &"word ".repeat(20),
            &[&" word".repeat(18), &" word".repeat(2)],
        );
    }

    #[test]
    fn nothing_in_prose_is_markup() {
        check("- one", &[" \\- one"]);
        check("1. one", &[" 1\\. one"]);
        check("# title", &[" \\# title"]);
        check("see [State] and <b>", &[" see \\[State\\] and \\<b\\>"]);
        check("see `[a]` here", &[" see `[a]` here"]);
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        check("a\u{202e}b\r\nc\u{7}d", &[" ab c d"]);
        assert_eq!(code("a`b\nc"), "`a'b c`");
    }
}
