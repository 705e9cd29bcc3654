//! Classes in brackets.

use core::fmt::Write;

use crate::SyntaxError;

use super::{Escape, Translation, cases, fault};

const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

impl Translation<'_> {
    /// A class, past its `[`, which stands at `start`.
    pub(super) fn class(&mut self, start: usize) -> Result<(), SyntaxError> {
        self.out.push('[');
        if self.take("^") {
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest().starts_with(']') {
            if self.rest().is_empty() {
                let text = self.pattern.get(start..).unwrap_or_default();
                return Err(fault(
                    start..self.pattern.len(),
                    format_args!("missing closing ]: `{text}`"),
                ));
            }
            first = false;
            self.item()?;
        }
        self.take("]");
        self.out.push(']');
        Ok(())
    }

    fn item(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        if self.named()? {
            return Ok(());
        }
        let low = match self.member()? {
            Escape::Char(it) => it,
            Escape::Class('s') => {
                self.out.push_str("\\t\\n\\x0C\\r ");
                return Ok(());
            }
            Escape::Class(it) | Escape::Place(it) => {
                self.out.push('\\');
                self.out.push(it);
                return Ok(());
            }
        };
        let is_range = self.rest().starts_with('-') && !self.rest().starts_with("-]");
        if !is_range || self.rest() == "-" {
            if self.folds && !low.is_ascii() {
                cases(low).for_each(|it| self.code(it));
            } else {
                self.code(low);
            }
            return Ok(());
        }
        self.at += 1;
        let high = match self.member()? {
            Escape::Char(high) if high >= low => high,
            _ => {
                let text = self.pattern.get(start..self.at).unwrap_or_default();
                return Err(fault(
                    start..self.at,
                    format_args!("invalid character class range: `{text}`"),
                ));
            }
        };
        self.code(low);
        self.out.push('-');
        self.code(high);
        Ok(())
    }

    /// `[:alpha:]` and `[:^alpha:]`.
    fn named(&mut self) -> Result<bool, SyntaxError> {
        let Some((name, _)) = self
            .rest()
            .strip_prefix("[:")
            .and_then(|rest| rest.split_once(":]"))
        else {
            return Ok(false);
        };
        let span = self.at..self.at + name.len() + 4;
        let text = self.pattern.get(span.clone()).unwrap_or_default();
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(fault(
                span,
                format_args!("invalid character class range: `{text}`"),
            ));
        }
        self.out.push_str(text);
        self.at = span.end;
        Ok(true)
    }

    fn member(&mut self) -> Result<Escape, SyntaxError> {
        let start = self.at;
        match self.next() {
            Some('\\') => match self.escape(start)? {
                Escape::Place(_) => Err(self.unknown_escape(start)),
                escape => Ok(escape),
            },
            Some(it) => Ok(Escape::Char(it)),
            None => Err(self.unknown_escape(start)),
        }
    }

    fn code(&mut self, it: char) {
        // Memory takes what it is given.
        let _ = write!(self.out, "\\x{{{:X}}}", u32::from(it));
    }
}
