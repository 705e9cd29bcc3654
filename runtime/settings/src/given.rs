//! A value as somebody gave it, before its key says what it has to be.

use chorister_yaml::{Node, Position, Span, Value};

/// A value as it was given: one text, or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Where it stands; nowhere in a file, the default.
    pub span: Span,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// One, which may be a list with separators.
    Text(String),
    /// A list.
    List(Vec<Part>),
}

/// A text and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) span: Span,
}

// === impl Given ===

impl Given {
    /// A text that stands nowhere in a file.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::at(text, Span::default())
    }

    /// A text that stands here.
    #[must_use]
    pub fn at(text: impl Into<String>, span: Span) -> Self {
        Self {
            span,
            form: Form::Text(text.into()),
        }
    }

    /// The value of a node of a tree; `None` where that is nothing, or no value of a setting.
    #[must_use]
    pub fn node(node: &Node) -> Option<Self> {
        let part = |it: &Node| {
            let text = it.as_scalar()?.text.clone();
            Some(Part {
                text,
                span: it.span,
            })
        };
        let form = match &node.value {
            _ if node.is_null() => return None,
            Value::Scalar(scalar) => Form::Text(scalar.text.clone()),
            Value::Sequence(items) => Form::List(items.iter().map(part).collect::<Option<_>>()?),
            Value::Mapping(_) => return None,
        };
        Some(Self {
            span: node.span,
            form,
        })
    }

    /// The same with what comes later behind it, as `libdir` of go-choria does with its lines.
    pub(crate) fn followed_by(&mut self, later: Self, separator: char) {
        let mut parts = self.parts(separator);
        parts.extend(later.parts(separator));
        self.form = Form::List(parts);
    }

    /// The same with `home` for a `~` at the beginning of its texts.
    pub(crate) fn at_home(mut self, home: &str) -> Self {
        let expand = |text: &mut String| match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                *text = format!("{home}{rest}");
            }
            _ => {}
        };
        match &mut self.form {
            Form::Text(text) => expand(text),
            Form::List(parts) => parts.iter_mut().for_each(|it| expand(&mut it.text)),
        }
        self
    }

    /// The one text; `None` where a list was given.
    pub(crate) fn one(&self) -> Option<&str> {
        match &self.form {
            Form::Text(text) => Some(text),
            Form::List(_) => None,
        }
    }

    /// The texts of a list, which a text holds with separators between them. Empty ones are none.
    pub(crate) fn parts(&self, separator: char) -> Vec<Part> {
        match &self.form {
            Form::Text(text) => split(text, self.span, separator),
            Form::List(parts) => parts.clone(),
        }
    }

    /// It as it may stand in a line of go-choria's files.
    pub(crate) fn line(&self) -> String {
        match &self.form {
            Form::Text(text) => text.clone(),
            Form::List(parts) => {
                let texts: Vec<&str> = parts.iter().map(|it| it.text.as_str()).collect();
                texts.join(",")
            }
        }
    }
}

/// The parts of a text, trimmed. Where the text stands in its file as it is, each has its own place.
fn split(text: &str, span: Span, separator: char) -> Vec<Part> {
    let is_verbatim = span.range().len() == text.len();
    let mut parts = Vec::new();
    let mut at = span.start;
    for (count, piece) in text.split(separator).enumerate() {
        if count > 0 {
            at = at.after(separator.encode_utf8(&mut [0; 4]));
        }
        let trimmed = piece.trim();
        let before = piece.len() - piece.trim_start().len();
        let start = at.after(piece.get(..before).unwrap_or_default());
        if !trimmed.is_empty() {
            let place = |from: Position| Span::new(from, from.after(trimmed));
            parts.push(Part {
                text: trimmed.to_owned(),
                span: if is_verbatim { place(start) } else { span },
            });
        }
        at = at.after(piece);
    }
    parts
}
