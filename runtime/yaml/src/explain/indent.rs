//! Lines in the wrong column, and keys without their colon.

use super::{Context, Error, ErrorKind};

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
            .unwrap_or_else(|| self.misplaced())
    }

    /// A line that does not go on with what is above it.
    pub(super) fn misplaced(&self) -> Error {
        let start = self.line_start(self.at);
        let line = self.line(start);
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
        if let Some(error) = self.missing_colon(start) {
            return error;
        }
        let first = start + leading_blanks(line);
        if self.at > first && !line.trim_start().starts_with("- ") && !is_key(line.trim_start()) {
            let length = self.line(self.at).trim_end().len();
            return self
                .error(
                    ErrorKind::Syntax,
                    self.at,
                    length,
                    "text after the end of the value",
                )
                .help("put the whole value in quotes");
        }
        self.wrong_column(first)
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
                "expected `key: value`",
            )
            .help(
                "a colon is missing; text that goes on from above is indented deeper than its key",
            ),
        )
    }

    /// The same for the line above, which the parser took for the beginning of a text of two lines.
    fn missing_colon_above(&self, start: usize) -> Option<Error> {
        let above = self.line_above(start)?;
        let is_aligned = leading_blanks(self.line(above)) >= leading_blanks(self.line(start));
        if is_aligned {
            self.missing_colon(above)
        } else {
            None
        }
    }

    /// The line at `first`, its first character, begins in a column in which nothing can begin.
    fn wrong_column(&self, first: usize) -> Error {
        let word = self.word(first);
        let start = self.line_start(first);
        let column = first - start;
        let levels = self.levels(start);
        let is_item = self
            .source
            .text
            .get(first..)
            .is_some_and(|rest| rest.starts_with("- "));
        let error =
            |message: &str| self.error(ErrorKind::Indentation, first, word.len().max(1), message);

        if let Some(level) = levels.iter().find(|level| level.column == column) {
            let related = self.span(level.line + level.column, level.name.len());
            if level.is_item && !is_item {
                let message = format!("`{word}` is where an item of the list above would begin");
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
            if is_item && !level.is_item {
                return error("a list item among the keys of a mapping")
                    .help(format!(
                        "indent it deeper than `{}`, or remove the `- `",
                        level.name
                    ))
                    .related(related, "the mapping is here");
            }
        }
        let deeper = levels.iter().rev().find(|level| level.column > column);
        let outer = levels.iter().find(|level| level.column < column);
        let place = |level: &Level<'_>| {
            let what = if level.is_item { "the list item" } else { "`" };
            let name = if level.is_item { "" } else { level.name };
            let end = if level.is_item { "" } else { "`" };
            let line = self.line_number(level.line);
            format!(
                "column {} ({what}{name}{end} on line {line})",
                level.column + 1
            )
        };
        let places: Vec<_> = [outer, deeper].into_iter().flatten().map(place).collect();
        let spaces = if column == 1 { "space" } else { "spaces" };
        let error = error(&format!(
            "indented by {column} {spaces}, like nothing above it"
        ));
        if places.is_empty() {
            return error
                .help("indent the lines that belong together by the same number of spaces");
        }
        error.help(format!("begin it in {}", places.join(" or ")))
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

fn leading_blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether the line begins with a key.
fn is_key(line: &str) -> bool {
    line.contains(": ") || line.trim_end().ends_with(':')
}
