//! Mistakes within `[…]` and `{…}`.

use granit_parser::ErrorKind as Theirs;

use super::indent::{content_column, is_item, is_key, leading_blanks};
use super::outline::outline;
use super::{Context, Error, ErrorKind};

impl Context<'_> {
    pub(super) fn in_brackets(&self, kind: &Theirs) -> Error {
        match kind {
            Theirs::MisplacedFlowCollectionEnd => {
                let closing = self.next_char();
                let message = format!("{} closes nothing", named(closing));
                self.error(ErrorKind::Syntax, self.at, 1, &message)
                    .help("remove it, or put the text in quotes")
            }
            Theirs::MismatchedFlowCollectionEnd { open, close } => self.mismatched(*open, *close),
            Theirs::UnclosedFlowCollection { .. } => self.unclosed_bracket(self.at),
            Theirs::UnexpectedEofFlowSequence | Theirs::UnexpectedEofFlowMapping => {
                let opening = outline(self.source.text, self.at).brackets.pop();
                self.unclosed_bracket(opening.map_or(self.at, |(at, _)| at))
            }
            _ if let Some(error) = self.left_open() => error,
            Theirs::UnexpectedEofImplicitFlowMapping if self.next_char() == ',' => self
                .error(
                    ErrorKind::Syntax,
                    self.at,
                    1,
                    "a value is missing before this comma",
                )
                .help("remove one of the commas"),
            Theirs::BlockEntryInFlowCollection => self
                .error(
                    ErrorKind::Syntax,
                    self.at,
                    1,
                    "`- ` begins a list item only outside of brackets",
                )
                .help("separate the items with commas, and put the text in quotes if it is `-`"),
            _ => self.missing_comma(),
        }
    }

    /// The end of the file, or of the document, came before the bracket's partner.
    fn unclosed_bracket(&self, opening: usize) -> Error {
        let bracket = self
            .source
            .text
            .get(opening..)
            .and_then(|rest| rest.chars().next());
        let (bracket, partner) = partners(bracket.unwrap_or('['));
        let message = format!("{} is never closed", named(bracket));
        self.error(ErrorKind::Syntax, opening, 1, &message)
            .help(format!(
                "add `{partner}`, or put the text in quotes if it is no list or mapping"
            ))
    }

    /// A bracket that is not closed before a line which looks like the next key or item outside of it.
    fn left_open(&self) -> Option<Error> {
        let (opening, _) = outline(self.source.text, self.at).brackets.pop()?;
        let first = self.line_start(opening);
        let is_alone = self.line(opening).trim_end().len() == 1;
        let indent = content_column(self.line(first));
        let mut line = first;
        while let Some(next) = self.next_line(line).filter(|it| *it <= self.at) {
            line = next;
            let column = leading_blanks(self.line(line));
            let rest = self.line(line).trim_start();
            if !is_alone && column <= indent && (is_key(rest) || is_item(rest)) {
                let word = self.word(line + column);
                return Some(self.unclosed_bracket(opening).related(
                    self.span(line + column, word.len()),
                    "this is outside of it",
                ));
            }
        }
        None
    }

    /// The parser is at the opening bracket.
    fn mismatched(&self, open: char, close: char) -> Error {
        let (open, partner) = partners(open);
        let outline = outline(self.source.text, self.source.text.len());
        let closing = outline
            .closed
            .iter()
            .find(|(opening, _)| *opening == self.at);
        let Some(&(_, closing)) = closing else {
            return self.unclosed_bracket(self.at);
        };
        self.error(
            ErrorKind::Syntax,
            closing,
            1,
            &format!("{} cannot close {}", named(close), named(open)),
        )
        .help(format!("write `{partner}`"))
        .related(self.span(self.at, 1), "opened here")
    }

    /// Something where a comma or the end of the brackets is due.
    fn missing_comma(&self) -> Error {
        let Some((opening, bracket)) = outline(self.source.text, self.at).brackets.pop() else {
            return self.error(ErrorKind::Syntax, self.at, 1, "`:` cannot stand here");
        };
        let (bracket, partner) = partners(bracket);
        let line = self.line_start(self.at);
        if line == self.line_start(opening) {
            let message = format!("expected `,` or `{partner}`");
            return self
                .error(
                    ErrorKind::Syntax,
                    self.at,
                    self.word(self.at).len(),
                    &message,
                )
                .help("put the text in quotes if it holds a colon, a comma or a bracket")
                .related(
                    self.span(opening, 1),
                    format!("in the `{bracket}` that begins here"),
                );
        }
        // The mistake is at the end of the line before this one.
        let first = line + self.line(line).len() - self.line(line).trim_start().len();
        let message = format!("expected `,` or `{partner}` before this");
        self.error(ErrorKind::Syntax, first, self.word(first).len(), &message)
            .help(format!(
                "end the line above with a comma, or close the {} with `{partner}`",
                named(bracket)
            ))
            .related(self.span(opening, 1), "not closed yet")
    }

    fn next_char(&self) -> char {
        let rest = self.source.text.get(self.at..).unwrap_or_default();
        rest.chars().next().unwrap_or(' ')
    }
}

/// A bracket in words.
fn named(bracket: char) -> String {
    match bracket {
        '{' | '}' => format!("brace `{bracket}`"),
        _ => format!("bracket `{bracket}`"),
    }
}

/// A bracket that opens and the one that closes it.
fn partners(open: char) -> (char, char) {
    if open == '{' { ('{', '}') } else { ('[', ']') }
}
