//! From tokens to nodes.

mod pipeline;

use core::ops::Range;

use super::lex::{Action, Kind, Lexer, Piece, Token};
use super::{Dialect, MAX_DEPTH, MAX_LENGTH, Node, Reads, Term};
use crate::suggest::closest;
use crate::{List, SyntaxError, Text};

/// Parses a template; without a dialect every function is known.
pub(super) fn template(
    source: &str,
    dialect: Option<Dialect>,
) -> Result<(List<Node>, Reads), SyntaxError> {
    if source.len() > MAX_LENGTH {
        let message = format!("the template is longer than {MAX_LENGTH} bytes");
        return Err(SyntaxError::new(0..0, message));
    }
    if !source.contains("{{") {
        return Ok((List::EMPTY, Reads::default()));
    }
    let mut parser = Parser {
        source,
        dialect,
        lexer: Lexer::new(source),
        variables: Vec::new(),
        depth: 0,
        loops: 0,
        dots: 0,
        reads: Reads::default(),
    };
    let (mut nodes, stop) = parser.nodes()?;
    match stop {
        Stop::Source => {}
        Stop::End(span) => return Err(unopened(span, "end")),
        Stop::Else(action) => return Err(unopened(action.span, "else")),
    }
    if nodes.is_empty() {
        // No node at all would mean that the source is printed.
        nodes.push(Node::Text(Text::Borrowed("")));
    }
    Ok((nodes.into(), parser.reads))
}

struct Parser<'s> {
    source: &'s str,
    dialect: Option<Dialect>,
    lexer: Lexer<'s>,
    /// The variables that are known here.
    variables: Vec<&'s str>,
    /// How many actions and parentheses are open.
    depth: usize,
    /// How many of them are a `range`.
    loops: usize,
    /// How many of them have a dot.
    dots: usize,
    reads: Reads,
}

/// What ended a list of nodes.
enum Stop {
    Source,
    /// `end`, and where.
    End(Range<usize>),
    /// `else`, and what is behind it.
    Else(Action),
}

/// What stands between a keyword, or the opening brace, and the end of an action.
struct Head {
    /// The variables before `:=` or `=`.
    names: Vec<Text>,
    /// Whether they are new.
    declares: bool,
    value: Term,
}

#[derive(Clone, Copy, PartialEq)]
enum Control {
    If,
    With,
    Range,
}

// === impl Parser ===

impl<'s> Parser<'s> {
    /// Nodes up to `end`, `else` or the end of the source.
    fn nodes(&mut self) -> Result<(Vec<Node>, Stop), SyntaxError> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.lexer.next()? {
            let mut action = match piece {
                Piece::Text(span) => {
                    nodes.push(Node::Text(Text::Owned(self.at(&span).to_owned())));
                    continue;
                }
                Piece::Action(action) => action,
            };
            let Some(first) = action.peek() else {
                let error = SyntaxError::new(action.span, "an action without a value");
                return Err(error.with_help("write a value between the braces, or remove them"));
            };
            let first = first.clone();
            let keyword = if first.kind == Kind::Name {
                self.at(&first.span)
            } else {
                ""
            };
            if is_keyword(keyword) {
                action.next();
            }
            match keyword {
                "end" => {
                    nothing_more(self.source, &mut action)?;
                    return Ok((nodes, Stop::End(action.span)));
                }
                "else" => return Ok((nodes, Stop::Else(action))),
                "if" => nodes.push(self.control(Control::If, action)?),
                "with" => nodes.push(self.control(Control::With, action)?),
                "range" => nodes.push(self.control(Control::Range, action)?),
                "break" | "continue" => {
                    nothing_more(self.source, &mut action)?;
                    if self.loops == 0 {
                        let message = format!("`{keyword}` outside of `range`");
                        return Err(SyntaxError::new(first.span, message));
                    }
                    nodes.push(if keyword == "break" {
                        Node::Break
                    } else {
                        Node::Continue
                    });
                }
                "define" | "template" | "block" => {
                    let message = format!("`{keyword}` is not supported");
                    let error = SyntaxError::new(first.span, message);
                    return Err(error.with_help("write the text where it is wanted"));
                }
                _ => {
                    let head = self.head(&mut action, false)?;
                    nodes.push(self.declaration(head));
                }
            }
        }
        Ok((nodes, Stop::Source))
    }

    /// The node of an action without a keyword.
    fn declaration(&mut self, head: Head) -> Node {
        let Some(name) = head.names.into_iter().next() else {
            return Node::Print(head.value);
        };
        let value = head.value;
        if head.declares {
            Node::Declare { name, value }
        } else {
            Node::Assign { name, value }
        }
    }

    /// `if`, `with` or `range`, with all up to its `end`.
    fn control(&mut self, control: Control, mut action: Action) -> Result<Node, SyntaxError> {
        self.enter(&action.span)?;
        let known = self.variables.len();
        let is_range = control == Control::Range;
        let head = self.head(&mut action, is_range)?;
        let with_head = self.variables.len();
        self.loops += usize::from(is_range);
        self.dots += usize::from(control != Control::If);
        let (body, stop) = self.nodes()?;
        self.loops -= usize::from(is_range);
        self.dots -= usize::from(control != Control::If);
        self.variables.truncate(with_head);
        let otherwise = match stop {
            Stop::End(_) => Vec::new(),
            Stop::Source => return Err(unclosed(action.span, control)),
            Stop::Else(rest) => self.otherwise(control, rest, &action.span)?,
        };
        self.variables.truncate(known);
        self.depth -= 1;
        Ok(node(control, head, body.into(), otherwise.into()))
    }

    /// What is behind `else`.
    fn otherwise(
        &mut self,
        control: Control,
        mut rest: Action,
        opening: &Range<usize>,
    ) -> Result<Vec<Node>, SyntaxError> {
        let keyword = rest
            .peek()
            .filter(|it| it.kind == Kind::Name)
            .map(|it| self.at(&it.span));
        if keyword.is_some_and(|it| it == control.keyword()) && control != Control::Range {
            rest.next();
            // It ends together with the one it is an `else` of.
            return Ok(vec![self.control(control, rest)?]);
        }
        nothing_more(self.source, &mut rest)?;
        let known = self.variables.len();
        let (nodes, stop) = self.nodes()?;
        self.variables.truncate(known);
        match stop {
            Stop::End(_) => Ok(nodes),
            Stop::Source => Err(unclosed(opening.clone(), control)),
            Stop::Else(second) => {
                let error = SyntaxError::new(second.span, "there has been an `else` before");
                Err(error.with_help("write `else if` for another condition"))
            }
        }
    }

    /// Variables, if there are any, and a pipeline.
    fn head(&mut self, action: &mut Action, is_range: bool) -> Result<Head, SyntaxError> {
        let mut names = Vec::new();
        let mut declares = false;
        let second = action.peek_second().map(|token| token.kind.clone());
        let has_names = match second {
            Some(Kind::Declare | Kind::Assign) => true,
            Some(Kind::Comma) => is_range,
            _ => false,
        };
        if has_names
            && action
                .peek()
                .is_some_and(|token| token.kind == Kind::Variable)
        {
            while let Some(token) = action.next() {
                let name = self
                    .at(&token.span)
                    .strip_prefix('$')
                    .filter(|it| !it.is_empty());
                let name = name
                    .filter(|_| token.kind == Kind::Variable)
                    .ok_or_else(|| {
                        SyntaxError::new(token.span.clone(), "expected a variable such as `$name`")
                    })?;
                names.push((name, token.span));
                match action.next() {
                    Some(token) if token.kind == Kind::Comma && is_range && names.len() < 2 => {}
                    Some(token) if token.kind == Kind::Declare => {
                        declares = true;
                        break;
                    }
                    Some(token) if token.kind == Kind::Assign && !is_range => break,
                    Some(token) => return Err(self.unexpected(&token)),
                    None => return Err(SyntaxError::new(action.end(), "expected `:=`")),
                }
            }
        }
        let value = self.pipeline(action)?;
        if let Some(token) = action.next() {
            return Err(self.unexpected(&token));
        }
        for (name, span) in &names {
            if declares {
                self.variables.push(name);
            } else {
                self.known(name, span)?;
            }
        }
        let names = names
            .into_iter()
            .map(|(name, _)| Text::Owned(name.to_owned()))
            .collect();
        Ok(Head {
            names,
            declares,
            value: value.term,
        })
    }

    /// Refuses a variable that has no value here.
    fn known(&self, name: &str, span: &Range<usize>) -> Result<(), SyntaxError> {
        if self.variables.contains(&name) {
            return Ok(());
        }
        let error = SyntaxError::new(span.clone(), format!("unknown variable `${name}`"));
        Err(match closest(name, self.variables.iter().copied()) {
            Some(known) => error.with_help(format!("did you mean `${known}`?")),
            None => error.with_help(format!("declare it before with `${name} := value`")),
        })
    }

    fn enter(&mut self, span: &Range<usize>) -> Result<(), SyntaxError> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep(span.clone()));
        }
        self.depth += 1;
        Ok(())
    }

    fn unexpected(&self, token: &Token) -> SyntaxError {
        unexpected(self.source, token)
    }

    fn at(&self, span: &Range<usize>) -> &'s str {
        self.source.get(span.clone()).unwrap_or_default()
    }
}

// === impl Control ===

impl Control {
    fn keyword(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

fn node(control: Control, head: Head, body: List<Node>, otherwise: List<Node>) -> Node {
    let mut names = head.names.into_iter();
    if control == Control::Range {
        let (key, item) = match (names.next(), names.next()) {
            (Some(key), Some(item)) => (Some(key), Some(item)),
            (item, _) => (None, item),
        };
        return Node::Range {
            key,
            item,
            over: head.value,
            body,
            otherwise,
        };
    }
    let (first, value) = match names.next() {
        None => (None, head.value),
        Some(name) => {
            let variable = Term::Variable(name.clone());
            let value = head.value;
            let first = if head.declares {
                Node::Declare { name, value }
            } else {
                Node::Assign { name, value }
            };
            (Some(first), variable)
        }
    };
    let node = if control == Control::If {
        Node::If {
            condition: value,
            then: body,
            otherwise,
        }
    } else {
        Node::With {
            value,
            then: body,
            otherwise,
        }
    };
    match first {
        Some(first) => Node::Scope(vec![first, node].into()),
        None => node,
    }
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "block"
            | "break"
            | "continue"
            | "define"
            | "else"
            | "end"
            | "if"
            | "range"
            | "template"
            | "with"
    )
}

fn nothing_more(source: &str, action: &mut Action) -> Result<(), SyntaxError> {
    match action.next() {
        Some(token) => Err(unexpected(source, &token)),
        None => Ok(()),
    }
}

fn unexpected(source: &str, token: &Token) -> SyntaxError {
    let text = source.get(token.span.clone()).unwrap_or_default();
    SyntaxError::new(token.span.clone(), format!("unexpected `{text}`"))
}

fn unopened(span: Range<usize>, keyword: &str) -> SyntaxError {
    SyntaxError::new(
        span,
        format!("`{keyword}` without `if`, `with` or `range` before it"),
    )
}

fn unclosed(span: Range<usize>, control: Control) -> SyntaxError {
    SyntaxError::new(span, format!("this `{}` is not closed", control.keyword()))
        .with_help("add `{{ end }}`")
}

fn too_deep(span: Range<usize>) -> SyntaxError {
    SyntaxError::new(
        span,
        format!("more than {MAX_DEPTH} levels are nested here"),
    )
}
