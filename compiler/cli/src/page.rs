//! How a page of prose looks in a terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::console::Styles;

/// A page of Markdown as a terminal of this many columns shows it; as it is where there is none.
///
/// Only what our pages use is known: headings, paragraphs, fenced code, and code in a line.
pub(crate) fn render(page: &str, columns: Option<usize>, styles: &Styles) -> String {
    let Some(columns) = columns else {
        return page.to_owned();
    };
    let mut text = String::with_capacity(page.len() * 2);
    let mut in_code = false;
    let mut paragraph = String::new();
    for line in page.lines().chain([""]) {
        let is_prose =
            !in_code && !line.is_empty() && !line.starts_with("```") && !line.starts_with("# ");
        if is_prose {
            // A list or a table is not one flow of words.
            let flows = !line.starts_with(['-', '*', '|', ' ']);
            if !paragraph.is_empty() && flows {
                paragraph.push(' ');
            } else if !paragraph.is_empty() {
                flush(&mut paragraph, columns, styles, &mut text);
            }
            paragraph.push_str(line);
            continue;
        }
        flush(&mut paragraph, columns, styles, &mut text);
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            let _ = writeln!(text, "    {}", yaml(line, styles));
        } else if let Some(title) = line.strip_prefix("# ") {
            let strong = styles.strong;
            let _ = writeln!(text, "{strong}{title}{strong:#}");
        } else {
            text.push('\n');
        }
    }
    let end = text.trim_end().len();
    text.truncate(end);
    text.push('\n');
    text
}

fn flush(paragraph: &mut String, columns: usize, styles: &Styles, text: &mut String) {
    if paragraph.is_empty() {
        return;
    }
    if paragraph == "Corrected:" {
        let good = styles.good;
        let _ = writeln!(text, "{good}{paragraph}{good:#}");
    } else {
        for line in wrapped(paragraph, columns) {
            let _ = writeln!(text, "{}", prose(&line, styles));
        }
    }
    paragraph.clear();
}

/// Lines that fit; a word that does not has a line of its own. Code in a line stays together.
fn wrapped(paragraph: &str, columns: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in paragraph.split(' ') {
        match words.last_mut() {
            Some(last) if last.matches('`').count() % 2 == 1 => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Code in a line is shown by its colour instead of its marks, if there is colour.
fn prose(line: &str, styles: &Styles) -> String {
    if styles.is_plain() {
        return line.to_owned();
    }
    let name = styles.name;
    let mut text = String::new();
    for (at, part) in line.split('`').enumerate() {
        if at % 2 == 0 {
            text.push_str(part);
        } else {
            let _ = write!(text, "{name}{part}{name:#}");
        }
    }
    text
}

/// Comments and keys of a line of YAML.
fn yaml(line: &str, styles: &Styles) -> String {
    let (faint, name) = (styles.faint, styles.name);
    let (code, comment) = match line
        .find("# ")
        .filter(|at| *at == 0 || line[..*at].ends_with(' '))
    {
        Some(at) => line.split_at(at),
        None => (line, ""),
    };
    let start = code.len() - code.trim_start_matches([' ', '-']).len();
    let (lead, rest) = code.split_at(start);
    let mut text = match rest.split_once(':') {
        Some((key, value)) if is_key(key) => format!("{lead}{name}{key}{name:#}:{value}"),
        _ => code.to_owned(),
    };
    if !comment.is_empty() {
        let _ = write!(text, "{faint}{comment}{faint:#}");
    }
    text
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# CH0001: x\n\nUse `y`.\n\nCorrected:\n\n```yaml\na: 1 # no\n```\n";

    #[test]
    fn without_a_terminal_a_page_is_markdown() {
        assert_eq!(render(PAGE, None, &Styles::plain()), PAGE);
    }

    #[test]
    fn code_is_indented_and_not_fenced() {
        let expect = "CH0001: x\n\nUse `y`.\n\nCorrected:\n\n    a: 1 # no\n";
        assert_eq!(render(PAGE, Some(80), &Styles::plain()), expect);
    }

    #[test]
    fn paragraphs_fit_the_terminal() {
        let page = "one two\nthree `four five` six\n- seven\n- eight\n";
        let expect = "one two\nthree\n`four five`\nsix\n- seven\n- eight\n";
        assert_eq!(render(page, Some(10), &Styles::plain()), expect);
    }
}
