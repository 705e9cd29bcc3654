//! How a page of prose looks in a terminal.

use std::fmt::Write as _;

use crate::console::Styles;

/// A page of Markdown as a terminal shows it; as it is where there is none.
///
/// Only what our pages use is known: headings, paragraphs, lists, fenced code, and code in a line.
pub(crate) fn render(page: &str, terminal: bool, styles: &Styles) -> String {
    if !terminal {
        return page.to_owned();
    }
    let mut text = String::with_capacity(page.len() * 2);
    let mut in_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            let _ = writeln!(text, "    {}", yaml(line, styles));
        } else if let Some(title) = line.strip_prefix("# ") {
            let strong = styles.strong;
            let _ = writeln!(text, "{strong}{title}{strong:#}");
        } else if line == "Corrected:" {
            let good = styles.good;
            let _ = writeln!(text, "{good}{line}{good:#}");
        } else {
            let _ = writeln!(text, "{}", prose(line, styles));
        }
    }
    text
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
        assert_eq!(render(PAGE, false, &Styles::plain()), PAGE);
    }

    #[test]
    fn code_is_indented_and_not_fenced() {
        let expect = "CH0001: x\n\nUse `y`.\n\nCorrected:\n\n    a: 1 # no\n";
        assert_eq!(render(PAGE, true, &Styles::plain()), expect);
    }
}
