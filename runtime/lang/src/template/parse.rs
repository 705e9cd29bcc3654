//! From tokens to the tree.

mod pipeline;

use core::ops::Range;
use std::collections::BTreeMap;

use super::lex::{Action, Kind, Lexer, Piece, Token};
use super::syntax::{Branch, Constant, Fault, Node, NodeKind, Pipe, Tree, Vocabulary};
use super::{MAX_DEPTH, MAX_LENGTH};
use crate::SyntaxError;
use crate::suggest::closest;

/// Parses a template.
pub(super) fn tree<V: Vocabulary>(
    source: &str,
    vocabulary: &V,
) -> Result<Tree<V::Function>, Fault> {
    if source.len() > MAX_LENGTH {
        let message = format!("the template is longer than {MAX_LENGTH} bytes");
        return Err(Fault::limit(0..0, message));
    }
    let mut parser = Parser {
        source,
        vocabulary,
        lexer: Lexer::new(source),
        variables: Vec::new(),
        depth: 0,
        loops: 0,
        defined: BTreeMap::new(),
    };
    let (nodes, stop) = parser.nodes(true)?;
    match stop {
        Stop::Source => {}
        Stop::End(span) => return Err(unopened(span, "end")),
        Stop::Else(action) => return Err(unopened(action.span, "else")),
    }
    Ok(Tree {
        nodes,
        defined: parser.defined,
    })
}

struct Parser<'s, V: Vocabulary> {
    source: &'s str,
    vocabulary: &'s V,
    lexer: Lexer<'s>,
    /// The variables that are known here.
    variables: Vec<&'s str>,
    /// How many actions, parentheses and pipes are open.
    depth: usize,
    /// How many of them are a `range`.
    loops: usize,
    defined: BTreeMap<String, Vec<Node<V::Function>>>,
}

/// Nodes, and what ended them.
type Nodes<F> = (Vec<Node<F>>, Stop);

/// What ended a list of nodes.
enum Stop {
    Source,
    /// `end`, and where.
    End(Range<usize>),
    /// `else`, and what is behind it.
    Else(Action),
}

#[derive(Clone, Copy, PartialEq)]
enum Control {
    If,
    With,
    Range,
}

// === impl Parser ===

impl<'s, V: Vocabulary> Parser<'s, V> {
    /// Nodes up to `end`, `else` or the end of the source.
    fn nodes(&mut self, is_top: bool) -> Result<Nodes<V::Function>, Fault> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.lexer.next()? {
            let mut action = match piece {
                Piece::Text(span) => {
                    let kind = NodeKind::Text;
                    nodes.push(Node { span, kind });
                    continue;
                }
                Piece::Action(action) => action,
            };
            let Some(first) = action.peek().cloned() else {
                let error = SyntaxError::new(action.span, "an action without a value");
                return Err(error
                    .with_help("write a value between the braces, or remove them")
                    .into());
            };
            let keyword = match first.kind {
                Kind::Name => self.at(&first.span),
                _ => "",
            };
            if is_keyword(keyword) {
                action.next();
            }
            let span = action.span.clone();
            let kind = match keyword {
                "end" => {
                    self.nothing_more(&mut action)?;
                    return Ok((nodes, Stop::End(span)));
                }
                "else" => return Ok((nodes, Stop::Else(action))),
                "if" => self.control(Control::If, action)?,
                "with" => self.control(Control::With, action)?,
                "range" => self.control(Control::Range, action)?,
                "break" | "continue" => {
                    self.nothing_more(&mut action)?;
                    if self.loops == 0 {
                        let message = format!("`{keyword}` outside of `range`");
                        return Err(SyntaxError::new(first.span, message).into());
                    }
                    if keyword == "break" {
                        NodeKind::Break
                    } else {
                        NodeKind::Continue
                    }
                }
                "define" | "template" | "block" if !V::HAS_DEFINITIONS => {
                    let message = format!("`{keyword}` is not supported");
                    let error = SyntaxError::new(first.span, message);
                    return Err(error.with_help("write the text where it is wanted").into());
                }
                "define" if is_top => {
                    self.define(action)?;
                    continue;
                }
                "define" => {
                    let error = SyntaxError::new(first.span, "unexpected `define`");
                    return Err(error
                        .with_help("define templates outside of other actions")
                        .into());
                }
                "template" => self.template(action)?,
                "block" => self.block(action)?,
                _ => NodeKind::Action(self.head(&mut action, false)?),
            };
            nodes.push(Node { span, kind });
        }
        Ok((nodes, Stop::Source))
    }

    /// `if`, `with` or `range`, with all up to its `end`.
    fn control(
        &mut self,
        control: Control,
        mut action: Action,
    ) -> Result<NodeKind<V::Function>, Fault> {
        self.enter(&action.span)?;
        let known = self.variables.len();
        let is_range = control == Control::Range;
        let pipe = self.head(&mut action, is_range)?;
        let with_head = self.variables.len();
        self.loops += usize::from(is_range);
        let (body, stop) = self.nodes(false)?;
        self.loops -= usize::from(is_range);
        self.variables.truncate(with_head);
        let otherwise = match stop {
            Stop::End(_) => Vec::new(),
            Stop::Source => return Err(unclosed(action.span, control.keyword())),
            Stop::Else(rest) => self.otherwise(control, rest, &action.span)?,
        };
        self.variables.truncate(known);
        self.depth -= 1;
        let branch = Branch {
            pipe,
            body,
            otherwise,
        };
        Ok(match control {
            Control::If => NodeKind::If(branch),
            Control::With => NodeKind::With(branch),
            Control::Range => NodeKind::Range(branch),
        })
    }

    /// What is behind `else`.
    fn otherwise(
        &mut self,
        control: Control,
        mut rest: Action,
        opening: &Range<usize>,
    ) -> Result<Vec<Node<V::Function>>, Fault> {
        let keyword = rest
            .peek()
            .filter(|it| it.kind == Kind::Name)
            .map(|it| self.at(&it.span));
        if keyword.is_some_and(|it| it == control.keyword()) && control != Control::Range {
            rest.next();
            let span = rest.span.clone();
            // It ends together with the one it is an `else` of.
            let kind = self.control(control, rest)?;
            return Ok(vec![Node { span, kind }]);
        }
        self.nothing_more(&mut rest)?;
        let known = self.variables.len();
        let (nodes, stop) = self.nodes(false)?;
        self.variables.truncate(known);
        match stop {
            Stop::End(_) => Ok(nodes),
            Stop::Source => Err(unclosed(opening.clone(), control.keyword())),
            Stop::Else(second) => {
                let error = SyntaxError::new(second.span, "there has been an `else` before");
                Err(error
                    .with_help("write `else if` for another condition")
                    .into())
            }
        }
    }

    /// `define "name"`, with all up to its `end`.
    fn define(&mut self, mut action: Action) -> Result<(), Fault> {
        let name = self.name(&mut action)?;
        self.nothing_more(&mut action)?;
        self.body(name, &action.span, "define")
    }

    /// `template "name" value`
    fn template(&mut self, mut action: Action) -> Result<NodeKind<V::Function>, Fault> {
        let name = self.name(&mut action)?;
        let argument = match action.peek() {
            None => None,
            Some(_) => Some(self.head(&mut action, false)?),
        };
        Ok(NodeKind::Template { name, argument })
    }

    /// `block "name" value`: a definition and its use.
    fn block(&mut self, mut action: Action) -> Result<NodeKind<V::Function>, Fault> {
        let name = self.name(&mut action)?;
        let argument = Some(self.head(&mut action, false)?);
        self.body(name.clone(), &action.span, "block")?;
        Ok(NodeKind::Template { name, argument })
    }

    /// The nodes of a template with a name.
    fn body(&mut self, name: String, span: &Range<usize>, keyword: &str) -> Result<(), Fault> {
        self.enter(span)?;
        let outside = core::mem::take(&mut self.variables);
        let loops = core::mem::take(&mut self.loops);
        let (nodes, stop) = self.nodes(false)?;
        self.variables = outside;
        self.loops = loops;
        self.depth -= 1;
        match stop {
            Stop::End(_) => {}
            Stop::Else(action) => return Err(unopened(action.span, "else")),
            Stop::Source => return Err(unclosed(span.clone(), keyword)),
        }
        // Compat: go text/template: an empty definition does not replace another one.
        let is_empty = nodes.iter().all(|node| {
            matches!(node.kind, NodeKind::Text) && self.at(&node.span).trim().is_empty()
        });
        if !is_empty || !self.defined.contains_key(&name) {
            self.defined.insert(name, nodes);
        }
        Ok(())
    }

    fn name(&mut self, action: &mut Action) -> Result<String, Fault> {
        match action.next() {
            Some(Token {
                kind: Kind::Literal(Constant::Text(name)),
                ..
            }) => Ok(name.as_ref().to_owned()),
            Some(token) => Err(SyntaxError::new(token.span, "expected a name in quotes").into()),
            None => Err(SyntaxError::new(action.end(), "expected a name in quotes").into()),
        }
    }

    /// Variables, if there are any, and a pipeline, up to the end of the action.
    fn head(&mut self, action: &mut Action, is_range: bool) -> Result<Pipe<V::Function>, Fault> {
        let mut names = Vec::new();
        let mut declares = false;
        let mut head = 0..0;
        let has_names = match action.peek_second().map(|token| &token.kind) {
            Some(Kind::Declare | Kind::Assign) => true,
            Some(Kind::Comma) => is_range,
            _ => false,
        };
        if has_names && action.peek().is_some_and(|it| it.kind == Kind::Variable) {
            let sign = self.names(action, is_range, &mut names)?;
            declares = sign.kind == Kind::Declare;
            let start = names.first().map_or(sign.span.start, |it| it.1.start);
            head = start..sign.span.end;
        }
        let value = self.pipeline(action)?;
        self.nothing_more(action)?;
        for (name, span) in &names {
            if declares {
                self.variables.push(name);
            } else {
                self.known(name, span)?;
            }
        }
        Ok(Pipe {
            names: names.into_iter().map(|it| it.0.to_owned()).collect(),
            declares,
            head,
            value,
        })
    }

    /// The variables before `:=` or `=`, and that sign.
    fn names(
        &self,
        action: &mut Action,
        is_range: bool,
        names: &mut Vec<(&'s str, Range<usize>)>,
    ) -> Result<Token, SyntaxError> {
        while let Some(token) = action.next() {
            let name = self.at(&token.span).strip_prefix('$');
            let name = name
                .filter(|it| !it.is_empty() && token.kind == Kind::Variable)
                .ok_or_else(|| {
                    SyntaxError::new(token.span.clone(), "expected a variable such as `$name`")
                })?;
            names.push((name, token.span));
            match action.next() {
                Some(token) if token.kind == Kind::Comma && is_range && names.len() < 2 => {}
                Some(token) if matches!(token.kind, Kind::Declare | Kind::Assign) => {
                    return Ok(token);
                }
                Some(token) => return Err(self.unexpected(&token)),
                None => break,
            }
        }
        Err(SyntaxError::new(action.end(), "expected `:=`"))
    }

    /// Refuses a variable that has no value here.
    fn known(&self, name: &str, span: &Range<usize>) -> Result<(), SyntaxError> {
        if name.is_empty() || self.variables.contains(&name) {
            return Ok(());
        }
        let error = SyntaxError::new(span.clone(), format!("unknown variable `${name}`"));
        Err(match closest(name, self.variables.iter().copied()) {
            Some(known) => error.with_help(format!("did you mean `${known}`?")),
            None => error.with_help(format!("declare it before with `${name} := value`")),
        })
    }

    fn enter(&mut self, span: &Range<usize>) -> Result<(), Fault> {
        if self.depth >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} levels are nested here");
            return Err(Fault::limit(span.clone(), message));
        }
        self.depth += 1;
        Ok(())
    }

    fn nothing_more(&self, action: &mut Action) -> Result<(), SyntaxError> {
        match action.next() {
            Some(token) => Err(self.unexpected(&token)),
            None => Ok(()),
        }
    }

    fn unexpected(&self, token: &Token) -> SyntaxError {
        let message = format!("unexpected `{}`", self.at(&token.span));
        SyntaxError::new(token.span.clone(), message)
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

fn unopened(span: Range<usize>, keyword: &str) -> Fault {
    SyntaxError::new(
        span,
        format!("`{keyword}` without `if`, `with` or `range` before it"),
    )
    .into()
}

fn unclosed(span: Range<usize>, keyword: &str) -> Fault {
    SyntaxError::new(span, format!("this `{keyword}` is not closed"))
        .with_help("add `{{ end }}`")
        .into()
}
