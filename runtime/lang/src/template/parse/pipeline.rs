//! Pipelines: functions, their arguments, and what can be one.

use core::ops::Range;

use serde_json::Value;

use super::{Parser, is_keyword, too_deep};
use crate::suggest::closest;
use crate::template::lex::{Action, Kind, Token};
use crate::template::{Dialect, Function, Lookup, MAX_DEPTH, Term};
use crate::{SyntaxError, Text};

/// A part of a command.
pub(super) struct Operand {
    pub(super) term: Term,
    span: Range<usize>,
    /// How deep its terms nest.
    depth: usize,
    /// The function it names, if it is not called yet.
    callee: Option<Function>,
}

impl Parser<'_> {
    /// Commands with `|` between them, up to `)` or the end of the action.
    pub(super) fn pipeline(&mut self, action: &mut Action) -> Result<Operand, SyntaxError> {
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
