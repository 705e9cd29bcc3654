//! Calls: functions of the environment and of the language.

use super::{Checker, Item, Lowered, builtin};
use crate::expr::Root;
use crate::expr::environment::Type;
use crate::expr::flow::Path;
use crate::expr::signatures::{self, Accept};
use crate::expr::syntax::{Kind, Node, Span};
use crate::expr::tree::{Builtin, Expr};
use crate::suggest;

/// Functions of upstream's language that are none of ours, and why.
const REFUSED: &[(&[&str], &str)] = &[
    (
        &["now", "date", "duration", "timezone"],
        "expressions cannot read a clock: they depend on data and facts only",
    ),
    (
        &[
            "bitand", "bitor", "bitxor", "bitnand", "bitnot", "bitshl", "bitshr", "bitushr",
        ],
        "expressions cannot work with bits",
    ),
];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        name_span: &Span,
        arguments: &[Node],
        span: &Span,
    ) -> Lowered {
        if let Some(builtin) = builtin(name) {
            return self.builtin(builtin, arguments, span);
        }
        let (exprs, types): (Vec<_>, Vec<_>) = arguments.iter().map(|it| self.value(it)).unzip();
        let Some(signature) = self.environment.functions.get(name) else {
            return self.unknown_function(name, name_span);
        };
        let wanted = signature.parameters.len();
        self.count(name, arguments.len(), wanted, Some(wanted), span);
        for ((argument, ty), parameter) in arguments.iter().zip(&types).zip(&signature.parameters) {
            let fits = *ty == Type::Any || *parameter == Type::Any || ty == parameter;
            if !(fits || *parameter == Type::Float && *ty == Type::Int) {
                let message = format!("the argument of `{name}` is {ty}, but must be {parameter}");
                self.error(&argument.span, message);
            }
        }
        let path = match (name, arguments) {
            (
                "get_fact",
                [
                    Node {
                        kind: Kind::Str(path),
                        ..
                    },
                ],
            ) => Some(Path::fact(path)),
            ("get_fact", _) => Some(Path::new(Root::GetFact)),
            _ => None,
        };
        let expr = Expr::Call(name.to_owned().into(), exprs.into());
        Lowered {
            expr,
            ty: signature.result.clone(),
            path,
        }
    }

    fn unknown_function(&mut self, name: &str, span: &Span) -> Lowered {
        if let Some((_, why)) = REFUSED.iter().find(|(names, _)| names.contains(&name)) {
            let help = Some((*why).to_owned());
            return self.error_with_help(span, format!("`{name}` is not available"), help);
        }
        if self.environment.variables.contains_key(name)
            || self
                .locals
                .iter()
                .any(|it| it.name.as_deref() == Some(name))
        {
            return self.error(span, format!("`{name}` is a value, not a function"));
        }
        let own = self.environment.functions.keys().map(String::as_str);
        let names = own.chain(Builtin::ALL.iter().map(|it| it.name()));
        let help =
            suggest::closest(name, names).map(|closest| format!("did you mean `{closest}`?"));
        self.error_with_help(span, format!("unknown function `{name}`"), help)
    }

    /// Checks how many arguments there are.
    fn count(
        &mut self,
        name: &str,
        found: usize,
        least: usize,
        most: Option<usize>,
        span: &Span,
    ) -> bool {
        if found >= least && most.is_none_or(|most| found <= most) {
            return true;
        }
        let wanted = match most {
            Some(most) if most == least => format!("{least}"),
            Some(most) => format!("{least} to {most}"),
            None => format!("{least} or more"),
        };
        let noun = if wanted == "1" {
            "argument"
        } else {
            "arguments"
        };
        self.error(span, format!("`{name}` takes {wanted} {noun}, not {found}"));
        false
    }

    fn builtin(&mut self, builtin: Builtin, arguments: &[Node], span: &Span) -> Lowered {
        let wanted = signatures::arguments(builtin);
        let most = (!wanted.variadic).then_some(wanted.accepts.len());
        let counted = self.count(builtin.name(), arguments.len(), wanted.required, most, span);
        let mut exprs = Vec::new();
        let mut types: Vec<Type> = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let accept = wanted
                .accepts
                .get(at)
                .or(wanted.accepts.last())
                .copied()
                .unwrap_or(Accept::Any);
            let predicate = matches!(accept, Accept::Predicate | Accept::Body);
            let mark = self.flow.mark();
            if predicate {
                let ty = types.first().map(Type::item).unwrap_or_default();
                let accumulator = builtin == Builtin::Reduce;
                let index = accumulator || builtin == Builtin::Map;
                self.items.push(Item {
                    ty,
                    index,
                    accumulator,
                });
            }
            let (expr, ty) = self.value(argument);
            if predicate {
                self.items.pop();
                // It may never have been evaluated.
                self.flow.forget(mark);
            }
            let whose = if predicate {
                "the predicate"
            } else {
                "the argument"
            };
            self.expect(
                argument,
                &ty,
                accept,
                &format!("{whose} of `{}`", builtin.name()),
            );
            match (accept, &argument.kind) {
                (Accept::Order, Kind::Str(order)) if !matches!(order.as_str(), "asc" | "desc") => {
                    self.error(&argument.span, "an order is \"asc\" or \"desc\"");
                }
                _ => {}
            }
            exprs.push(expr);
            types.push(ty);
        }
        let ty = if counted {
            signatures::result(builtin, &types)
        } else {
            Type::Any
        };
        Lowered::new(Expr::Builtin(builtin, exprs.into()), ty)
    }
}
