//! A rough reading of YAML up to a place, for explaining what went wrong there.

/// What is open at a place.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// Brackets, outermost first: where and which.
    pub(crate) brackets: Vec<(usize, char)>,
    /// Pairs of brackets that have been closed, by the places of both.
    pub(crate) closed: Vec<(usize, usize)>,
    /// Where a quoted text begins that has not ended.
    pub(crate) quote: Option<usize>,
}

/// Reads `text` up to the byte `end`.
pub(crate) fn outline(text: &str, end: usize) -> Outline {
    let mut outline = Outline::default();
    let mut at = 0;
    while at < end {
        let Some(rest) = text.get(at..) else { break };
        let Some(next) = rest.chars().next() else {
            break;
        };
        at += match next {
            ' ' | '\t' | '\n' | '\r' | ',' => next.len_utf8(),
            '#' => line(rest).len(),
            '"' | '\'' => match quoted(rest) {
                Some(length) if at + length <= end => length,
                _ => {
                    outline.quote = Some(at);
                    break;
                }
            },
            '[' | '{' => {
                outline.brackets.push((at, next));
                1
            }
            ']' | '}' if !outline.brackets.is_empty() => {
                let opening = outline.brackets.pop();
                outline
                    .closed
                    .extend(opening.map(|(opening, _)| (opening, at)));
                1
            }
            '|' | '>' if outline.brackets.is_empty() => {
                block(text, at).unwrap_or_else(|| plain(rest, false))
            }
            '&' | '*' | '!' => rest
                .find([' ', '\t', '\n', '\r', ',', ']', '}'])
                .unwrap_or(rest.len()),
            '-' | '?' | ':' if is_indicator(rest) => 1,
            _ => plain(rest, !outline.brackets.is_empty()),
        };
    }
    outline
}

/// Whether the first character stands alone.
fn is_indicator(rest: &str) -> bool {
    rest.chars().nth(1).is_none_or(char::is_whitespace)
}

/// The length of the quoted text that `rest` begins with, with its quotes.
pub(crate) fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next()?;
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char == '\\' && quote == '"' {
            chars.next();
        } else if char == quote {
            let is_doubled = quote == '\'' && chars.next_if(|(_, next)| *next == '\'').is_some();
            if !is_doubled {
                return Some(at + 1);
            }
        }
    }
    None
}

/// The length of the bare text that `rest` begins with, up to its colon, comment or end of line.
fn plain(rest: &str, is_in_brackets: bool) -> usize {
    let mut before = 'x';
    for (at, char) in rest.char_indices() {
        let after = rest.get(at + char.len_utf8()..).unwrap_or_default();
        let ends = match char {
            '\n' | '\r' => true,
            ':' => {
                let ends_key = after.is_empty() || after.starts_with([' ', '\t', '\n', '\r']);
                ends_key || (is_in_brackets && after.starts_with([',', '[', ']', '{', '}']))
            }
            '#' => matches!(before, ' ' | '\t'),
            ',' | '[' | ']' | '{' | '}' => is_in_brackets,
            _ => false,
        };
        if ends {
            // Never stand still.
            return at.max(1);
        }
        before = char;
    }
    rest.len()
}

/// The length of the block scalar whose `|` or `>` is at `at`; `None` when it is none.
fn block(text: &str, at: usize) -> Option<usize> {
    let header = line(text.get(at..)?);
    let marks = header
        .get(1..)?
        .trim_start_matches(|char: char| char.is_ascii_digit() || matches!(char, '+' | '-'));
    if !(marks.trim().is_empty() || marks.trim_start().starts_with('#') && marks.starts_with(' ')) {
        return None;
    }
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let parent = item_column(text.get(start..at)?);
    let body = text.get(at + header.len()..)?;
    let length: usize = body
        .split_inclusive('\n')
        .skip(1)
        .take_while(|line| {
            let content = line.trim_start_matches(' ');
            content.trim().is_empty() || line.len() - content.len() > parent
        })
        .map(str::len)
        .sum();
    let first = body.find('\n').map_or(body.len(), |newline| newline + 1);
    Some(header.len() + first + length)
}

/// The column, from 0, of the innermost key or list item that the beginning of a line is in.
fn item_column(line: &str) -> usize {
    let mut column = line.len() - line.trim_start_matches(' ').len();
    let mut rest = line.trim_start_matches(' ');
    while let Some(inner) = rest.strip_prefix("- ") {
        let content = inner.trim_start_matches(' ');
        if content.is_empty() {
            break;
        }
        column += rest.len() - content.len();
        rest = content;
    }
    column
}

/// The first line, without its end.
pub(crate) fn line(text: &str) -> &str {
    text.split(['\n', '\r']).next().unwrap_or_default()
}
