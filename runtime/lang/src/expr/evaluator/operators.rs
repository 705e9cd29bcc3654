//! Operators.

use super::{Evaluated, Run, invalid, malformed, pattern};
use crate::expr::tree::{Expr, Operator};
use crate::expr::value::{Items, Val};
use crate::expr::{EvalError, Limits};

impl<'a> Run<'a> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Evaluated<Val<'a>> {
        match operator {
            Operator::And => {
                // Compat: expr-lang vm: the right operand is the result as it is.
                return if self.condition(left, "and")? {
                    self.value(right)
                } else {
                    Ok(Val::Bool(false))
                };
            }
            Operator::Or => {
                return if self.condition(left, "or")? {
                    Ok(Val::Bool(true))
                } else {
                    self.value(right)
                };
            }
            Operator::Coalesce => {
                return match self.value(left)? {
                    Val::Nil => self.value(right),
                    value => Ok(value),
                };
            }
            _ => {}
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        self.operate(operator, &left, &right)
    }

    fn operate(
        &mut self,
        operator: Operator,
        left: &Val<'a>,
        right: &Val<'a>,
    ) -> Evaluated<Val<'a>> {
        use core::cmp::Ordering::{Greater, Less};
        let failed = || invalid(operator.symbol(), &[left, right]);
        let order = || left.order(right).ok_or_else(failed);
        let verdict = match operator {
            Operator::Equal => self.equals(left, right)?,
            Operator::NotEqual => !self.equals(left, right)?,
            Operator::Less => order()? == Some(Less),
            Operator::LessOrEqual => order()?.is_some_and(core::cmp::Ordering::is_le),
            Operator::Greater => order()? == Some(Greater),
            Operator::GreaterOrEqual => order()?.is_some_and(core::cmp::Ordering::is_ge),
            Operator::In => self.contains(left, right)?,
            Operator::Matches | Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
                self.text_test(operator, left, right)?
            }
            Operator::Range => {
                let (Some(from), Some(to)) = (left.as_int(), right.as_int()) else {
                    return Err(failed());
                };
                let range = Items::Range(from, to);
                if range.len() > Limits::RANGE {
                    return Err(EvalError::new("the range is too long").into());
                }
                return Ok(Val::List(range));
            }
            Operator::Add => {
                if let (Val::Str(a), Val::Str(b)) = (left, right) {
                    return self.text([&**a, b].concat());
                }
                return arithmetic(left, right, i64::wrapping_add, |a, b| a + b).ok_or_else(failed);
            }
            Operator::Subtract => {
                return arithmetic(left, right, i64::wrapping_sub, |a, b| a - b).ok_or_else(failed);
            }
            Operator::Multiply => {
                return arithmetic(left, right, i64::wrapping_mul, |a, b| a * b).ok_or_else(failed);
            }
            Operator::Divide | Operator::Power => {
                let (Some(a), Some(b)) = (left.as_float(), right.as_float()) else {
                    return Err(failed());
                };
                return Ok(Val::Float(if operator == Operator::Divide {
                    a / b
                } else {
                    a.powf(b)
                }));
            }
            Operator::Modulo => {
                let (Val::Int(a), Val::Int(b)) = (left, right) else {
                    return Err(failed());
                };
                if *b == 0 {
                    return Err(EvalError::new("the remainder of a division by zero").into());
                }
                return Ok(Val::Int(a.wrapping_rem(*b)));
            }
            Operator::And | Operator::Or | Operator::Coalesce => return Err(malformed()),
        };
        Ok(Val::Bool(verdict))
    }

    /// Whether two values are equal: numbers by value, lists and maps item by item.
    pub(in crate::expr) fn equals(
        &mut self,
        left: &Val<'a>,
        right: &Val<'a>,
    ) -> Result<bool, EvalError> {
        self.work(1)?;
        Ok(match (left, right) {
            (Val::Nil, Val::Nil) => true,
            (Val::Bool(a), Val::Bool(b)) => a == b,
            (Val::Int(a), Val::Int(b)) => a == b,
            (Val::Int(_) | Val::Float(_), Val::Int(_) | Val::Float(_)) => {
                left.as_float() == right.as_float()
            }
            (Val::Str(a), Val::Str(b)) if a.len() == b.len() => {
                self.work(a.len() / 64)?;
                a == b
            }
            (Val::List(a), Val::List(b)) if a.len() == b.len() => {
                for (a, b) in a.iter().zip(b.iter()) {
                    if !self.equals(&a, &b)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Val::Map(a), Val::Map(b)) if a.len() == b.len() => {
                for (key, a) in a.iter() {
                    match b.get(&key) {
                        Some(b) if self.equals(&a, &b)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            _ => false,
        })
    }

    fn contains(&mut self, needle: &Val<'a>, hay: &Val<'a>) -> Evaluated<bool> {
        match hay {
            Val::Nil => Ok(false),
            Val::List(items) => {
                for item in items.iter() {
                    self.work(1)?;
                    if self.equals(&item, needle)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Val::Map(members) if members.may_have(needle) => Ok(members.get(needle).is_some()),
            _ => Err(invalid("in", &[needle, hay])),
        }
    }

    fn text_test(
        &mut self,
        operator: Operator,
        left: &Val<'a>,
        right: &Val<'a>,
    ) -> Evaluated<bool> {
        let (text, part) = match (left, right) {
            (Val::Nil, _) | (_, Val::Nil) => return Ok(false),
            (Val::Str(text), Val::Str(part)) => (text, part),
            _ => return Err(invalid(operator.symbol(), &[left, right])),
        };
        Ok(match operator {
            Operator::StartsWith => text.starts_with(&**part),
            Operator::EndsWith => text.ends_with(&**part),
            Operator::Contains => {
                self.work(text.len() / 8)?;
                text.contains(&**part)
            }
            _ => {
                self.work(text.len())?;
                if let Some((_, regex)) = self.patterns.iter().find(|(known, _)| **known == **part)
                {
                    return Ok(regex.is_match(text));
                }
                self.work(part.len())?;
                let regex = pattern(part).map_err(EvalError::new)?;
                let found = regex.is_match(text);
                if self.patterns.len() < Limits::PATTERNS {
                    self.patterns.push((part.to_string(), regex));
                }
                found
            }
        })
    }
}

fn arithmetic<'a>(
    left: &Val<'a>,
    right: &Val<'a>,
    ints: impl Fn(i64, i64) -> i64,
    floats: impl Fn(f64, f64) -> f64,
) -> Option<Val<'a>> {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => Some(Val::Int(ints(*a, *b))),
        _ => Some(Val::Float(floats(left.as_float()?, right.as_float()?))),
    }
}
