//! Operators and the types they take.

use super::{Checker, Lowered};
use crate::expr::environment::Type;
use crate::expr::evaluator::pattern;
use crate::expr::signatures::Accept;
use crate::expr::syntax::{Kind, Node, Span};
use crate::expr::tree::{Expr, Operator};

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &Node,
        right: &Node,
        span: &Span,
    ) -> Lowered {
        match operator {
            Operator::And | Operator::Or => {
                let whose = format!("an operand of `{}`", operator.symbol());
                let left_expr = self.condition(left, &whose);
                let mark = self.flow.mark();
                self.assume(left, operator == Operator::And);
                let right = self.condition(right, &whose);
                self.flow.forget(mark);
                Lowered::new(Expr::Binary(operator, left_expr, right), Type::Bool)
            }
            Operator::Coalesce => {
                let (left, left_type) = self.value(left);
                let mark = self.flow.mark();
                let (right, right_type) = self.value(right);
                self.flow.forget(mark);
                Lowered::new(
                    Expr::Binary(operator, left.into(), right.into()),
                    left_type.or(right_type),
                )
            }
            _ => {
                let (left_expr, left_type) = self.value(left);
                let (right_expr, right_type) = self.value(right);
                let result = result_of(operator, &left_type, &right_type);
                if result.is_none() {
                    self.mismatch(operator, &left_type, &right_type, span);
                }
                match (operator, &right.kind) {
                    (Operator::Matches, Kind::Str(text)) => {
                        if let Err(error) = pattern(text) {
                            self.error(
                                &right.span,
                                format!("this is not a regular expression: {error}"),
                            );
                        }
                    }
                    (Operator::Modulo, Kind::Int(0)) => {
                        self.error(&right.span, "nothing has a remainder when divided by zero");
                    }
                    _ => {}
                }
                let expr = Expr::Binary(operator, left_expr.into(), right_expr.into());
                Lowered::new(expr, result.unwrap_or_default())
            }
        }
    }

    fn mismatch(&mut self, operator: Operator, left: &Type, right: &Type, span: &Span) {
        let symbol = operator.symbol();
        let message = match (operator, left, right) {
            (Operator::Equal | Operator::NotEqual, _, _) => {
                format!("{left} and {right} are never equal")
            }
            (_, Type::Any, known) | (_, known, Type::Any) => {
                format!("`{symbol}` cannot be used with {known}")
            }
            _ => format!("`{symbol}` cannot be used with {left} and {right}"),
        };
        let help = match (operator, left, right) {
            (Operator::In, _, Type::String) => Some("use `contains` with the operands swapped"),
            (Operator::In, Type::Bool, _) => Some("write `x not in y`, or `not (x in y)`"),
            (Operator::Add, Type::String, _) | (Operator::Add, _, Type::String) => {
                Some("turn the other operand into text with `string(…)`")
            }
            (_, Type::String, other) | (_, other, Type::String) if other.is_number() => {
                Some("turn text into a number with `int(…)` or `float(…)`")
            }
            (Operator::Modulo | Operator::Range, a, b) if a.is_number() && b.is_number() => {
                Some("turn numbers into integers with `int(…)`")
            }
            _ => None,
        };
        self.error_with_help(span, message, help.map(str::to_owned));
    }

    /// `a < b <= c` compares the neighbours; each value is evaluated once.
    pub(super) fn comparison(&mut self, first: &Node, rest: &[(Operator, Node)]) -> Lowered {
        let (value, ty) = self.value(first);
        let left = self.push_local(None, ty.clone(), None);
        let compared = self.comparisons(&first.span, left, &ty, rest);
        self.locals.pop();
        Lowered::new(Expr::Let(value.into(), compared.into()), Type::Bool)
    }

    /// Compares a local with the first of the rest, and so on.
    fn comparisons(
        &mut self,
        span: &Span,
        left: Expr,
        left_type: &Type,
        rest: &[(Operator, Node)],
    ) -> Expr {
        let Some(((operator, right), rest)) = rest.split_first() else {
            return Expr::Bool(true);
        };
        let (value, ty) = self.value(right);
        if result_of(*operator, left_type, &ty).is_none() {
            self.mismatch(*operator, left_type, &ty, &(span.start..right.span.end));
        }
        let compare = |right: Expr| Expr::Binary(*operator, left.into(), right.into());
        if rest.is_empty() {
            return compare(value);
        }
        let local = self.push_local(None, ty.clone(), None);
        let next = self.comparisons(&right.span, local.clone(), &ty, rest);
        self.locals.pop();
        let both = Expr::Binary(Operator::And, compare(local).into(), next.into());
        Expr::Let(value.into(), both.into())
    }
}

/// The type of an operation; `None` if operands of these types can only fail, or never be equal.
fn result_of(operator: Operator, left: &Type, right: &Type) -> Option<Type> {
    use Operator as O;
    let both = |accept: Accept| accept.allows(left) && accept.allows(right);
    let known = *left != Type::Any && *right != Type::Any;
    let same = !known || left == right;
    match operator {
        O::Equal | O::NotEqual => left.meets(right).then_some(Type::Bool),
        O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
            (both(Accept::Number) || both(Accept::String) && same).then_some(Type::Bool)
        }
        O::Matches | O::Contains | O::StartsWith | O::EndsWith => {
            both(Accept::String).then_some(Type::Bool)
        }
        O::In => match right {
            Type::Any => true,
            Type::Map(_) => Accept::String.allows(left),
            Type::List(item) => left.meets(item),
            _ => false,
        }
        .then_some(Type::Bool),
        O::Add if both(Accept::String) && (*left == Type::String || *right == Type::String) => {
            Some(Type::String)
        }
        O::Add if !known && (both(Accept::Number) || both(Accept::String)) => Some(Type::Any),
        O::Add | O::Subtract | O::Multiply => both(Accept::Number).then_some(match (left, right) {
            (Type::Int, Type::Int) => Type::Int,
            (Type::Any, _) | (_, Type::Any) => Type::Any,
            _ => Type::Float,
        }),
        O::Divide | O::Power => both(Accept::Number).then_some(Type::Float),
        O::Modulo => both(Accept::Int).then_some(Type::Int),
        O::Range => both(Accept::Int).then(|| Type::List(Box::new(Type::Int))),
        O::And | O::Or => both(Accept::Predicate).then_some(Type::Bool),
        O::Coalesce => Some(Type::Any),
    }
}
