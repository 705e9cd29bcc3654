//! Lines in the wrong column, and keys without their colon.

use super::{Context, Error, ErrorKind};
use crate::build::shorten;

/// What YAML allows where a key has no `?` before it.
const LONGEST_KEY: usize = 1024;

/// A column in which something above begins.
struct Level<'s> {
    /// From 0.
    column: usize,
    line: usize,
    name: &'s str,
    is_item: bool,
}

impl<'s> Context<'s> {
    /// A `: ` where no key can end.
    pub(super) fn unexpected_colon(&self) -> Error {
        let start = self.line_start(self.at);
        let before = self.source.text.get(start..self.at).unwrap_or_default();
        if let Some(colon) = before.find(": ") {
            let value = colon + 2 + before.get(colon + 2..).map_or(0, leading_blanks);
            let length = self.line(start).trim_end().len().saturating_sub(value);
            return self
                .error(ErrorKind::Syntax, self.at, 1, "a second `:` in one line")
                .help("put the value in quotes if the colon is part of it")
                .related(self.span(start + value, length), "this is the value");
        }
        if let Some(error) = self.long_key(start) {
            return error;
        }
        if before.starts_with("--- ") {
            return self
                .error(
                    ErrorKind::Syntax,
                    self.at,
                    1,
                    "a mapping cannot begin on the line of `---`",
                )
                .help("begin it on the next line");
        }
        self.missing_colon_above(start)
            .unwrap_or_else(|| self.misplaced_line(start))
    }

    /// Something that does not go on with what is before it.
    pub(super) fn misplaced(&self) -> Error {
        let start = self.line_start(self.at);
        let before = self.source.text.get(start..self.at).unwrap_or_default();
        let rest = self.line(self.at).trim_end();
        let follows_text = before.contains(|char| !matches!(char, '-' | ' '));
        if follows_text && !rest.starts_with(':') {
            return self
                .error(
                    ErrorKind::Syntax,
                    self.at,
                    rest.len(),
                    "text after the end of the value",
                )
                .help("put the whole value in quotes");
        }
        self.misplaced_line(start)
    }

    /// A line that does not go on with what is above it.
    fn misplaced_line(&self, start: usize) -> Error {
        let line = self.line(start);
        let first = start + leading_blanks(line);
        if line.starts_with('%') || self.source.text.starts_with('%') {
            let at = if line.starts_with('%') { start } else { 0 };
            return self
                .error(
                    ErrorKind::Syntax,
                    at,
                    self.word(at).len(),
                    "a line cannot begin with `%`",
                )
                .help("put the text in quotes");
        }
        if let Some(error) = self.long_key(start) {
            return error;
        }
        let levels = self.levels(start);
        let is_in_column = levels.iter().any(|level| level.column == first - start);
        if (levels.is_empty() || is_in_column)
            && !is_item(line.trim_start())
            && let Some(error) = self.missing_colon(start)
        {
            return error;
        }
        self.wrong_column(first, &levels)
    }

    fn long_key(&self, start: usize) -> Option<Error> {
        let key = self.line(start).split(": ").next()?;
        (key.chars().count() > LONGEST_KEY).then(|| {
            self.error(
                ErrorKind::Syntax,
                start,
                1,
                "a key is longer than 1024 characters",
            )
            .help("put `? ` before the key, or quote the text if it is none")
        })
    }

    /// A line of a mapping that should be `key: value` and has no colon, or none with a space after it.
    fn missing_colon(&self, start: usize) -> Option<Error> {
        let line = self.line(start);
        let mut first = leading_blanks(line);
        while line.get(first..)?.starts_with("- ") {
            first += 1 + leading_blanks(line.get(first + 1..)?);
        }
        let content = line.get(first..)?.trim_end();
        if content.is_empty() || content.starts_with(['#', '-']) || is_key(content) {
            return None;
        }
        if let Some(colon) = content.find(':').filter(|colon| *colon > 0) {
            return Some(
                self.error(
                    ErrorKind::Syntax,
                    start + first + colon,
                    1,
                    "no space after the colon",
                )
                .help(format!("write `{}: …`", content.get(..colon)?)),
            );
        }
        Some(
            self.error(
                ErrorKind::Syntax,
                start + first,
                content.len(),
                &format!(
                    "a colon is missing: `{}` is not `key: value`",
                    shorten(content)
                ),
            )
            .help(
                "write `key: value`; text that goes on from above is indented deeper than its key",
            ),
        )
    }

    /// The same for the line above, which the parser took for the beginning of a text of two lines.
    fn missing_colon_above(&self, start: usize) -> Option<Error> {
        let above = self.line_above(start)?;
        let is_aligned = content_column(self.line(above)) >= leading_blanks(self.line(start));
        if is_aligned {
            self.missing_colon(above)
        } else {
            None
        }
    }

    /// The line at `first`, its first character, begins in a column in which nothing can begin.
    fn wrong_column(&self, first: usize, levels: &[Level<'s>]) -> Error {
        let word = self.word(first);
        let column = first - self.line_start(first);
        let starts_item = self.source.text.get(first..).is_some_and(is_item);
        let error =
            |message: &str| self.error(ErrorKind::Indentation, first, word.len().max(1), message);

        let sibling = levels.iter().find(|level| level.column == column);
        if let Some(level) = sibling {
            let related = self.span(level.line + level.column, level.name.len());
            if level.is_item && !starts_item {
                if let Some(name) = word.strip_prefix('-').filter(|it| !it.is_empty()) {
                    return error("no space after the dash of a list item")
                        .help(format!("write `- {name}`"))
                        .related(related, "the list is here");
                }
                let message = format!(
                    "wrong indentation: `{word}` is where an item of the list above would begin"
                );
                let outer = levels
                    .iter()
                    .find(|outer| !outer.is_item && outer.column < column);
                let help = match outer {
                    Some(outer) => format!(
                        "begin it in column {}, as `{}` does, or with `- ` if it is an item",
                        outer.column + 1,
                        outer.name
                    ),
                    None => "begin it with `- ` if it is an item, or indent the list".to_owned(),
                };
                return error(&message)
                    .help(help)
                    .related(related, "the list is here");
            }
            if starts_item && !level.is_item {
                let help = format!("indent it deeper than `{}`, or remove the `- `", level.name);
                return error("wrong indentation: a list item among the keys of a mapping")
                    .help(help)
                    .related(related, "the mapping is here");
            }
        }
        let what = if starts_item {
            "the list item".to_owned()
        } else {
            format!("`{}`", shorten(word))
        };
        let error = match column {
            _ if sibling.is_some() => return error("this does not go on with what is above it"),
            0 => error(&format!(
                "wrong indentation: {what} is not indented, unlike what is above it"
            )),
            1 => error(&format!(
                "wrong indentation: {what} is indented by 1 space, like nothing above it"
            )),
            _ => error(&format!(
                "wrong indentation: {what} is indented by {column} spaces, like nothing above it"
            )),
        };
        let deeper = levels.iter().rev().find(|level| level.column > column);
        let outer = levels.iter().find(|level| level.column < column);
        let places: Vec<_> = [outer, deeper]
            .into_iter()
            .flatten()
            .map(|level| self.describe(level))
            .collect();
        if places.is_empty() {
            return error
                .help("indent the lines that belong together by the same number of spaces");
        }
        error.help(format!("begin it in {}", places.join(" or ")))
    }

    fn describe(&self, level: &Level<'_>) -> String {
        let (column, line) = (level.column + 1, self.line_number(level.line));
        if level.is_item {
            format!("column {column} (the list item on line {line})")
        } else {
            format!("column {column} (`{}` on line {line})", level.name)
        }
    }

    /// The columns of what is open above the line at `start`, innermost first.
    fn levels(&self, start: usize) -> Vec<Level<'s>> {
        let mut levels: Vec<Level<'s>> = Vec::new();
        let mut line = start;
        while let Some(above) = self.line_above(line) {
            line = above;
            let text = self.line(line);
            let mut column = leading_blanks(text);
            let mut found = Vec::new();
            while let Some(inner) = text.get(column..).and_then(|rest| rest.strip_prefix("- ")) {
                found.push(Level {
                    column,
                    line,
                    name: "-",
                    is_item: true,
                });
                column += 2 + leading_blanks(inner);
            }
            let rest = text.get(column..).unwrap_or_default();
            if is_key(rest) {
                let name = rest.split(':').next().unwrap_or_default();
                found.push(Level {
                    column,
                    line,
                    name,
                    is_item: false,
                });
            }
            let outermost = levels.last().map_or(usize::MAX, |level| level.column);
            levels.extend(
                found
                    .into_iter()
                    .rev()
                    .filter(|level| level.column < outermost),
            );
            if levels
                .last()
                .is_some_and(|level| level.column == 0 && !level.is_item)
            {
                break;
            }
        }
        levels
    }

    /// The nearest line above that is neither empty nor a comment.
    fn line_above(&self, start: usize) -> Option<usize> {
        let mut line = self.previous_line(start)?;
        loop {
            let text = self.line(line).trim_start();
            if !text.is_empty() && !text.starts_with('#') {
                return Some(line);
            }
            line = self.previous_line(line)?;
        }
    }
}

/// The column in which the text of a line begins, behind the dashes of list items.
pub(super) fn content_column(line: &str) -> usize {
    let mut column = leading_blanks(line);
    while let Some(inner) = line.get(column..).and_then(|rest| rest.strip_prefix("- ")) {
        column += 2 + leading_blanks(inner);
    }
    column
}

pub(super) fn leading_blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether the line begins with a list item.
pub(super) fn is_item(line: &str) -> bool {
    line.starts_with("- ")
}

/// Whether the line begins with a key.
pub(super) fn is_key(line: &str) -> bool {
    line.contains(": ") || line.trim_end().ends_with(':')
}
