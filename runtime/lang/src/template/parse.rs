//! From tokens to nodes.

use core::ops::Range;

use serde_json::Value;

use super::lex::{Action, Kind, Lexer, Piece, Token};
use super::{Dialect, Function, Lookup, MAX_DEPTH, MAX_LENGTH, Node, Reads, Term};
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

/// A part of a command.
struct Operand {
    term: Term,
    span: Range<usize>,
    /// How deep its terms nest.
    depth: usize,
    /// The function it names, if it is not called yet.
    callee: Option<Function>,
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

    /// Commands with `|` between them, up to `)` or the end of the action.
    fn pipeline(&mut self, action: &mut Action) -> Result<Operand, SyntaxError> {
        let mut piped = None;
        loop {
            let result = self.command(action, piped)?;
            match action.peek() {
                Some(token) if token.kind == Kind::Pipe => {
                    action.next();
                    piped = Some(result);
                }
                _ => return Ok(result),
            }
        }
    }

    /// A value, or a function and its arguments.
    fn command(
        &mut self,
        action: &mut Action,
        piped: Option<Operand>,
    ) -> Result<Operand, SyntaxError> {
        let mut operands = Vec::new();
        while let Some(token) = action
            .peek()
            .filter(|it| !matches!(it.kind, Kind::Pipe | Kind::Close))
        {
            if !operands.is_empty() && !token.spaced {
                let error = self.unexpected(token);
                return Err(error.with_help("separate values with a space"));
            }
            operands.push(self.operand(action)?);
        }
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else {
            let span = action
                .peek()
                .map_or_else(|| action.end(), |token| token.span.clone());
            return Err(SyntaxError::new(span, "expected a value"));
        };
        let Some(function) = first.callee else {
            if piped.is_some() {
                let message = format!("`{}` is not a function", self.at(&first.span));
                let error = SyntaxError::new(first.span, message);
                return Err(error.with_help("a pipe leads into a function"));
            }
            return match operands.next() {
                None if first.term == Term::Nil && self.at(&first.span) == "nil" => {
                    Err(SyntaxError::new(first.span, "`nil` cannot stand alone"))
                }
                None => Ok(first),
                Some(argument) => {
                    let message = format!("`{}` is not a function", self.at(&first.span));
                    let error = SyntaxError::new(first.span, message);
                    let argument = self.at(&argument.span);
                    Err(error.with_help(format!("only a function can be followed by `{argument}`")))
                }
            };
        };
        let arguments = operands.chain(piped).collect();
        self.call(function, first.span, arguments)
    }

    fn call(
        &mut self,
        function: Function,
        name: Range<usize>,
        arguments: Vec<Operand>,
    ) -> Result<Operand, SyntaxError> {
        let written = arguments.iter().filter(|it| it.span.start >= name.end);
        let span = name.start..written.map(|it| it.span.end).max().unwrap_or(name.end);
        let (least, greatest) = function.arity();
        if !(least..=greatest).contains(&arguments.len()) {
            return Err(self.wrong_arity(function, name, span, arguments.len()));
        }
        if matches!(function, Function::Lookup | Function::Override) {
            self.note_lookup(name, &arguments)?;
        }
        // A function among the arguments is called without any.
        let mut terms = Vec::with_capacity(arguments.len());
        let mut depth = 0;
        for argument in arguments {
            let argument = match argument.callee {
                Some(callee) => self.call(callee, argument.span, Vec::new())?,
                None => argument,
            };
            depth = depth.max(argument.depth);
            terms.push(argument.term);
        }
        if depth >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let term = Term::Call(function, terms.into());
        Ok(Operand {
            term,
            span,
            depth: depth + 1,
            callee: None,
        })
    }

    fn note_lookup(
        &mut self,
        name: Range<usize>,
        arguments: &[Operand],
    ) -> Result<(), SyntaxError> {
        let [path, default] = arguments else {
            return Ok(());
        };
        match &path.term {
            Term::Text(text) => self.reads.lookups.push(Lookup {
                path: text.clone().into_owned(),
                default: constant(&default.term),
                span: path.span.clone(),
            }),
            Term::Nil | Term::Bool(_) | Term::Integer(_) | Term::Float(_) => {
                let error = SyntaxError::new(path.span.clone(), "a path is a text");
                return Err(error.with_help("write it in quotes, as in \"facts.os.family\""));
            }
            _ => self.reads.computed.push(name),
        }
        Ok(())
    }

    /// One operand, with the fields behind it.
    fn operand(&mut self, action: &mut Action) -> Result<Operand, SyntaxError> {
        let Some(token) = action.next() else {
            return Err(SyntaxError::new(action.end(), "expected a value"));
        };
        let text = self.at(&token.span);
        let simple = |term: Term| Operand {
            term,
            span: token.span.clone(),
            depth: 1,
            callee: None,
        };
        let mut operand = match &token.kind {
            Kind::Literal(term) => return self.without_fields(action, simple(term.clone())),
            Kind::Name => {
                let operand = match text {
                    "true" => simple(Term::Bool(true)),
                    "false" => simple(Term::Bool(false)),
                    "nil" => simple(Term::Nil),
                    _ => Operand {
                        callee: Some(self.function(&token)?),
                        ..simple(Term::Nil)
                    },
                };
                return self.without_fields(action, operand);
            }
            Kind::Dot => return self.without_fields(action, simple(Term::Dot)),
            Kind::Field => {
                if self.dots == 0 {
                    self.reads.absent.push(token.span.clone());
                }
                let names = vec![Term::Dot, field(text)];
                simple(Term::Call(Function::Select, names.into()))
            }
            Kind::Variable => match text.strip_prefix('$') {
                Some("") | None => simple(Term::Nil),
                Some(name) => {
                    self.known(name, &token.span)?;
                    simple(Term::Variable(Text::Owned(name.to_owned())))
                }
            },
            Kind::Open => {
                self.enter(&token.span)?;
                let inner = self.pipeline(action)?;
                self.depth -= 1;
                let Some(close) = action.next() else {
                    let error = SyntaxError::new(token.span, "this parenthesis is not closed");
                    return Err(error.with_help("add `)`"));
                };
                let depth = inner.depth + 1;
                Operand {
                    span: token.span.start..close.span.end,
                    depth,
                    ..inner
                }
            }
            _ => return Err(self.unexpected(&token)),
        };
        self.fields(action, &mut operand);
        Ok(operand)
    }

    /// Adds the fields that follow an operand without a space.
    fn fields(&mut self, action: &mut Action, operand: &mut Operand) {
        let mut names = Vec::new();
        while let Some(token) = action
            .peek()
            .filter(|it| it.kind == Kind::Field && !it.spaced)
        {
            names.push(field(self.at(&token.span)));
            operand.span.end = token.span.end;
            action.next();
        }
        if names.is_empty() {
            return;
        }
        let base = core::mem::replace(&mut operand.term, Term::Nil);
        let mut terms = match base {
            Term::Call(Function::Select, terms) => terms.to_vec(),
            base => vec![base],
        };
        terms.append(&mut names);
        operand.term = Term::Call(Function::Select, terms.into());
        operand.depth += 1;
    }

    /// Refuses fields behind an operand that cannot have any.
    fn without_fields(&self, action: &Action, operand: Operand) -> Result<Operand, SyntaxError> {
        match action.peek() {
            Some(token) if token.kind == Kind::Field && !token.spaced => {
                let text = self.at(&operand.span);
                let message = format!("`{text}` has no field `{}`", self.at(&token.span));
                let error = SyntaxError::new(token.span.clone(), message);
                Err(match operand.callee {
                    Some(_) => error.with_help("write the call in parentheses, as in `(f x).name`"),
                    None => error,
                })
            }
            _ => Ok(operand),
        }
    }

    fn function(&self, token: &Token) -> Result<Function, SyntaxError> {
        let name = self.at(&token.span);
        if is_keyword(name) {
            return Err(self.unexpected(token));
        }
        if let Some(function) = Function::named(name, self.dialect) {
            return Ok(function);
        }
        let error = SyntaxError::new(token.span.clone(), format!("unknown function `{name}`"));
        let help = match (name, self.dialect) {
            ("call", _) => "there are no functions among the values".to_owned(),
            ("o", Some(Dialect::Machine)) => {
                "`o` is for the plugins of checks; write `lookup \"facts.…\" \"default\"`"
                    .to_owned()
            }
            ("lookup", Some(Dialect::Overrides)) => {
                "the plugins of checks have overrides: write `o \"path\" \"default\"`".to_owned()
            }
            _ => match closest(name, Function::names(self.dialect)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "write a text in quotes".to_owned(),
            },
        };
        Err(error.with_help(help))
    }

    fn wrong_arity(
        &self,
        function: Function,
        name: Range<usize>,
        span: Range<usize>,
        found: usize,
    ) -> SyntaxError {
        let (least, greatest) = function.arity();
        let wanted = match (least, greatest) {
            (1, 1) => "1 argument".to_owned(),
            (least, greatest) if least == greatest => format!("{least} arguments"),
            (1, usize::MAX) => "at least 1 argument".to_owned(),
            (least, usize::MAX) => format!("at least {least} arguments"),
            (least, greatest) => format!("{least} to {greatest} arguments"),
        };
        let message = format!("`{}` takes {wanted}, found {found}", self.at(&name));
        let error = SyntaxError::new(span, message);
        match function {
            Function::Lookup => error.with_help("write `lookup \"facts.path\" \"default\"`"),
            Function::Override => error.with_help("write `o \"path\" \"default\"`"),
            _ => error,
        }
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

/// The value of a term that has the same one wherever it is.
fn constant(term: &Term) -> Option<Value> {
    match term {
        Term::Nil => Some(Value::Null),
        Term::Bool(value) => Some(Value::from(*value)),
        Term::Integer(value) => Some(Value::from(*value)),
        Term::Float(value) => Some(Value::from(*value)),
        Term::Text(value) => Some(Value::from(value.as_ref())),
        Term::Dot | Term::Variable(_) | Term::Call(..) => None,
    }
}

fn field(token: &str) -> Term {
    Term::Text(Text::Owned(token.trim_start_matches('.').to_owned()))
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
