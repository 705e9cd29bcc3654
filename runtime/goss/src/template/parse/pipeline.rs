//! Pipelines: functions, their arguments, and what can be one.

use core::ops::Range;

use chorister_lang::SyntaxError;
use chorister_lang::suggest::closest;
use chorister_lang::template::Term;
use chorister_lang::template::lex::{Action, Kind, Token};

use super::{Failure, Parser, is_keyword};
use crate::template::RenderErrorKind;
use crate::template::functions::{self, Function};
use crate::template::syntax::{Expr, ExprKind};

/// A part of a command.
struct Operand {
    expr: Expr,
    /// Where it ends, with its parentheses.
    end: usize,
    /// The function it names, if it is not called yet.
    callee: Option<&'static Function>,
}

impl Parser<'_> {
    /// Commands with `|` between them, up to `)` or the end of the action.
    pub(super) fn pipeline(&mut self, action: &mut Action) -> Result<Expr, Failure> {
        let mut piped = None;
        // Each command of a pipeline holds the one before it.
        let depth = self.depth;
        loop {
            let result = self.command(action, piped)?;
            match action.peek() {
                Some(token) if token.kind == Kind::Pipe => {
                    self.enter(&token.span.clone())?;
                    action.next();
                    piped = Some(result);
                }
                _ => {
                    self.depth = depth;
                    return Ok(result);
                }
            }
        }
    }

    /// A value, or a function and its arguments.
    fn command(&mut self, action: &mut Action, piped: Option<Expr>) -> Result<Expr, Failure> {
        let mut operands = Vec::new();
        while let Some(token) = action
            .peek()
            .filter(|it| !matches!(it.kind, Kind::Pipe | Kind::Close))
        {
            if !operands.is_empty() && !token.spaced {
                let error = self.unexpected(token);
                return Err(error.with_help("separate values with a space").into());
            }
            operands.push(self.operand(action)?);
        }
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else {
            let span = action
                .peek()
                .map_or_else(|| action.end(), |token| token.span.clone());
            return Err(SyntaxError::new(span, "missing value for command").into());
        };
        let text = self.at(&first.expr.span);
        let Some(function) = first.callee else {
            if piped.is_some() {
                let message = format!("`{text}` is not a function");
                let error = SyntaxError::new(first.expr.span, message);
                return Err(error.with_help("a pipe leads into a function").into());
            }
            return match operands.next() {
                None if matches!(first.expr.kind, ExprKind::Nil) => {
                    Err(SyntaxError::new(first.expr.span, "nil is not a command").into())
                }
                None => Ok(first.expr),
                Some(argument) => {
                    let argument = self.at(&argument.expr.span);
                    let message = format!("`{text}` is not a function");
                    let error = SyntaxError::new(first.expr.span, message);
                    let help = format!("only a function can be followed by `{argument}`");
                    Err(error.with_help(help).into())
                }
            };
        };
        let mut end = first.end;
        let mut arguments = Vec::new();
        for operand in operands {
            end = operand.end;
            arguments.push(operand.called());
        }
        arguments.extend(piped);
        let place = first.expr.span.start;
        Ok(Expr {
            span: place..end,
            place,
            kind: ExprKind::Call(function, arguments),
        })
    }

    /// One operand, with the fields behind it.
    fn operand(&mut self, action: &mut Action) -> Result<Operand, Failure> {
        let Some(token) = action.next() else {
            return Err(SyntaxError::new(action.end(), "missing value for command").into());
        };
        let text = self.at(&token.span);
        let simple = |kind: ExprKind| Operand {
            expr: Expr {
                span: token.span.clone(),
                place: token.span.start,
                kind,
            },
            end: token.span.end,
            callee: None,
        };
        let mut operand = match &token.kind {
            Kind::Literal(term) => return self.without_fields(action, simple(literal(term))),
            Kind::Name => {
                let operand = match text {
                    "true" => simple(ExprKind::Bool(true)),
                    "false" => simple(ExprKind::Bool(false)),
                    "nil" => simple(ExprKind::Nil),
                    _ => Operand {
                        callee: Some(self.function(&token)?),
                        ..simple(ExprKind::Nil)
                    },
                };
                return self.without_fields(action, operand);
            }
            Kind::Dot => return self.without_fields(action, simple(ExprKind::Dot)),
            Kind::Field => {
                let base = Box::new(simple(ExprKind::Dot).expr);
                simple(ExprKind::Fields(base, vec![name(text)]))
            }
            Kind::Variable => {
                let name = text.strip_prefix('$').unwrap_or_default();
                self.known(name, &token.span)?;
                simple(ExprKind::Variable(name.to_owned()))
            }
            Kind::Open => self.parenthesis(action, &token.span)?,
            _ => return Err(self.unexpected(&token).into()),
        };
        self.fields(action, &mut operand);
        Ok(operand)
    }

    fn parenthesis(
        &mut self,
        action: &mut Action,
        open: &Range<usize>,
    ) -> Result<Operand, Failure> {
        self.enter(open)?;
        let inner = self.pipeline(action)?;
        self.depth -= 1;
        let Some(close) = action.next() else {
            let error = SyntaxError::new(open.clone(), "unclosed left paren");
            return Err(error.with_help("add `)`").into());
        };
        Ok(Operand {
            expr: inner,
            end: close.span.end,
            callee: None,
        })
    }

    /// Adds the fields that follow an operand without a space.
    fn fields(&mut self, action: &mut Action, operand: &mut Operand) {
        let mut names = Vec::new();
        // Compat: go text/template/parse: a chain of fields is where its second field is.
        let mut place = None;
        while let Some(token) = action
            .peek()
            .filter(|it| it.kind == Kind::Field && !it.spaced)
        {
            names.push(name(self.at(&token.span)));
            place.get_or_insert(token.span.start);
            operand.end = token.span.end;
            action.next();
        }
        let Some(place) = place else {
            return;
        };
        operand.expr.place = place;
        operand.expr.span.end = operand.end;
        let kind = core::mem::replace(&mut operand.expr.kind, ExprKind::Nil);
        operand.expr.kind = match kind {
            ExprKind::Fields(base, mut fields) => {
                fields.append(&mut names);
                ExprKind::Fields(base, fields)
            }
            kind => {
                let base = Expr {
                    span: operand.expr.span.start..place,
                    place: operand.expr.span.start,
                    kind,
                };
                ExprKind::Fields(Box::new(base), names)
            }
        };
    }

    /// Refuses fields behind an operand that cannot have any.
    fn without_fields(&self, action: &Action, operand: Operand) -> Result<Operand, Failure> {
        match action.peek() {
            Some(token) if token.kind == Kind::Field && !token.spaced => {
                let text = self.at(&operand.expr.span);
                let message = format!("`{text}` has no field `{}`", self.at(&token.span));
                let error = SyntaxError::new(token.span.clone(), message);
                let help = "write a call in parentheses, as in `(f x).name`";
                Err(error.with_help(help).into())
            }
            _ => Ok(operand),
        }
    }

    fn function(&self, token: &Token) -> Result<&'static Function, Failure> {
        let name = self.at(&token.span);
        if is_keyword(name) {
            return Err(self.unexpected(token).into());
        }
        if let Some(function) = functions::named(name) {
            return Ok(function);
        }
        let message = format!("function \"{name}\" not defined");
        let error = SyntaxError::new(token.span.clone(), message);
        let help = match closest(name, functions::names()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "write a text in quotes, and a variable as `.Vars.name`".to_owned(),
        };
        Err(Failure {
            kind: RenderErrorKind::Function,
            error: error.with_help(help),
        })
    }
}

// === impl Operand ===

impl Operand {
    /// A function among the arguments is called without any.
    fn called(self) -> Expr {
        let Some(function) = self.callee else {
            return self.expr;
        };
        Expr {
            kind: ExprKind::Call(function, Vec::new()),
            ..self.expr
        }
    }
}

fn literal(term: &Term) -> ExprKind {
    match term {
        Term::Bool(value) => ExprKind::Bool(*value),
        Term::Integer(value) => ExprKind::Int(*value),
        Term::Float(value) => ExprKind::Float(*value),
        Term::Text(text) => ExprKind::Text(text.as_ref().into()),
        Term::Nil | Term::Dot | Term::Variable(_) | Term::Call(..) => ExprKind::Nil,
    }
}

fn name(field: &str) -> String {
    field.trim_start_matches('.').to_owned()
}
