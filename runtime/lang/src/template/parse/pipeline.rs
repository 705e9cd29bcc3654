//! Pipelines: functions, their arguments, and what can be one.

use core::ops::Range;

use super::{Parser, is_keyword};
use crate::SyntaxError;
use crate::template::lex::{Action, Kind, Token};
use crate::template::syntax::{Constant, Expr, ExprKind, Fault, FaultKind, Vocabulary};

/// A part of a command.
struct Operand<F> {
    expr: Expr<F>,
    /// Where it is written, with its parentheses.
    span: Range<usize>,
    /// The function it names, if it is not called yet.
    callee: Option<F>,
}

impl<V: Vocabulary> Parser<'_, V> {
    /// Commands with `|` between them, up to `)` or the end of the action.
    pub(super) fn pipeline(&mut self, action: &mut Action) -> Result<Expr<V::Function>, Fault> {
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
    fn command(
        &mut self,
        action: &mut Action,
        piped: Option<Expr<V::Function>>,
    ) -> Result<Expr<V::Function>, Fault> {
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
            return Err(SyntaxError::new(span, "expected a value").into());
        };
        let text = self.at(&first.span);
        let Some(function) = first.callee else {
            let error = SyntaxError::new(first.span.clone(), format!("`{text}` is not a function"));
            return match (piped, operands.next()) {
                (Some(_), _) => Err(error.with_help("a pipe leads into a function").into()),
                (None, Some(argument)) => {
                    let argument = self.at(&argument.span);
                    let help = format!("only a function can be followed by `{argument}`");
                    Err(error.with_help(help).into())
                }
                (None, None) if matches!(first.expr.kind, ExprKind::Nil) => {
                    Err(SyntaxError::new(first.span, "`nil` cannot stand alone").into())
                }
                (None, None) => Ok(first.expr),
            };
        };
        let name = first.span;
        let mut end = name.end;
        let mut arguments = Vec::new();
        for operand in operands {
            end = operand.span.end;
            arguments.push(operand.called());
        }
        arguments.extend(piped);
        Ok(Expr {
            span: name.start..end,
            place: name.start,
            kind: ExprKind::Call {
                function,
                name,
                arguments,
            },
        })
    }

    /// One operand, with the fields behind it.
    fn operand(&mut self, action: &mut Action) -> Result<Operand<V::Function>, Fault> {
        let Some(token) = action.next() else {
            return Err(SyntaxError::new(action.end(), "expected a value").into());
        };
        let text = self.at(&token.span);
        let simple = |kind| Operand::simple(token.span.clone(), kind);
        let mut operand = match &token.kind {
            Kind::Literal(constant) => {
                let operand = simple(ExprKind::Constant(constant.clone()));
                return self.without_fields(action, operand);
            }
            Kind::Name => {
                let operand = match text {
                    "true" => simple(ExprKind::Constant(Constant::Bool(true))),
                    "false" => simple(ExprKind::Constant(Constant::Bool(false))),
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
                simple(ExprKind::Fields(base, vec![field(text)]))
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
    ) -> Result<Operand<V::Function>, Fault> {
        self.enter(open)?;
        let expr = self.pipeline(action)?;
        self.depth -= 1;
        let Some(close) = action.next() else {
            let error = SyntaxError::new(open.clone(), "this parenthesis is not closed");
            return Err(error.with_help("add `)`").into());
        };
        Ok(Operand {
            expr,
            span: open.start..close.span.end,
            callee: None,
        })
    }

    /// Adds the fields that follow an operand without a space.
    fn fields(&mut self, action: &mut Action, operand: &mut Operand<V::Function>) {
        let mut names = Vec::new();
        // Compat: go text/template/parse: a chain of fields is where its second field is.
        let mut place = None;
        while let Some(token) = action
            .peek()
            .filter(|it| it.kind == Kind::Field && !it.spaced)
        {
            names.push(field(self.at(&token.span)));
            place.get_or_insert(token.span.start);
            operand.span.end = token.span.end;
            action.next();
        }
        let Some(place) = place else {
            return;
        };
        let expr = &mut operand.expr;
        let base = expr.span.start..place;
        expr.span.end = operand.span.end;
        expr.kind = match core::mem::replace(&mut expr.kind, ExprKind::Nil) {
            ExprKind::Fields(base, mut fields) => {
                fields.append(&mut names);
                ExprKind::Fields(base, fields)
            }
            kind => {
                let base = Expr {
                    place: base.start,
                    span: base,
                    kind,
                };
                ExprKind::Fields(Box::new(base), names)
            }
        };
        expr.place = place;
    }

    /// Refuses fields behind an operand that cannot have any.
    fn without_fields(
        &self,
        action: &Action,
        operand: Operand<V::Function>,
    ) -> Result<Operand<V::Function>, Fault> {
        match action.peek() {
            Some(token) if token.kind == Kind::Field && !token.spaced => {
                let text = self.at(&operand.span);
                let message = format!("`{text}` has no field `{}`", self.at(&token.span));
                let error = SyntaxError::new(token.span.clone(), message);
                Err(match operand.callee {
                    Some(_) => error.with_help("write the call in parentheses, as in `(f x).name`"),
                    None => error,
                }
                .into())
            }
            _ => Ok(operand),
        }
    }

    fn function(&self, token: &Token) -> Result<V::Function, Fault> {
        let name = self.at(&token.span);
        if is_keyword(name) {
            return Err(self.unexpected(token).into());
        }
        self.vocabulary.function(name).ok_or_else(|| Fault {
            kind: FaultKind::Function,
            error: self.vocabulary.unknown(name, token.span.clone()),
        })
    }
}

// === impl Operand ===

impl<F> Operand<F> {
    fn simple(span: Range<usize>, kind: ExprKind<F>) -> Self {
        let expr = Expr {
            span: span.clone(),
            place: span.start,
            kind,
        };
        Self {
            expr,
            span,
            callee: None,
        }
    }

    /// A function among the arguments is called without any.
    fn called(self) -> Expr<F> {
        let Some(function) = self.callee else {
            return self.expr;
        };
        let kind = ExprKind::Call {
            function,
            name: self.span,
            arguments: Vec::new(),
        };
        Expr { kind, ..self.expr }
    }
}

fn field(token: &str) -> String {
    token.trim_start_matches('.').to_owned()
}
