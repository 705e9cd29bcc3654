//! Trees to programs: names are resolved, types are checked.

mod calls;
mod operators;

use std::collections::BTreeMap;

use super::environment::{Environment, Type};
use super::flow::{Flow, Path, present};
use super::signatures::Accept;
use super::syntax::{Kind, Node, Span};
use super::tree::{Builtin, Entry, Expr, One};
use super::{Limits, Read, Root};
use crate::suggest;
use crate::syntax::SyntaxError;

/// The program of a tree and what it reads; or everything that is wrong with it.
pub(super) fn check(
    root: &Node,
    environment: &Environment,
) -> Result<(Expr, Vec<Read>), Vec<SyntaxError>> {
    let mut checker = Checker {
        environment,
        errors: Vec::new(),
        flow: Flow::default(),
        locals: Vec::new(),
        items: Vec::new(),
    };
    let (expr, ty) = checker.value(root);
    if environment.expects_bool && !matches!(ty, Type::Any | Type::Bool) {
        let error = SyntaxError::new(
            root.span.clone(),
            format!("this is {ty}, but a boolean is needed"),
        );
        checker.errors.push(match ty {
            Type::Int | Type::Float => error.with_help("compare it with something, as in `… > 0`"),
            Type::String => error.with_help("compare it with something, as in `… == \"x\"`"),
            Type::List(_) => error.with_help("ask for its length, as in `len(…) > 0`"),
            _ => error,
        });
    }
    if checker.errors.is_empty() {
        return Ok((expr, checker.flow.into_reads()));
    }
    checker
        .errors
        .sort_by_key(|error| (error.span.start, error.span.end));
    checker.errors.dedup();
    Err(checker.errors)
}

struct Checker<'a> {
    environment: &'a Environment,
    errors: Vec<SyntaxError>,
    flow: Flow,
    locals: Vec<Local>,
    /// Predicates around, outermost first.
    items: Vec<Item>,
}

/// A name that `let` introduced; comparisons in a row keep their middle value in one without a name.
struct Local {
    name: Option<String>,
    ty: Type,
    path: Option<Path>,
}

/// What `#` is.
struct Item {
    ty: Type,
    index: bool,
    accumulator: bool,
}

/// An expression of which it is not yet known whether its value is used or only a part of it.
struct Lowered {
    expr: Expr,
    ty: Type,
    path: Option<Path>,
}

impl Lowered {
    fn new(expr: Expr, ty: Type) -> Self {
        Self {
            expr,
            ty,
            path: None,
        }
    }

    /// What stands in for an expression that is wrong.
    fn wrong() -> Self {
        Self::new(Expr::Nil, Type::Any)
    }
}

impl Checker<'_> {
    fn error(&mut self, span: &Span, message: impl Into<String>) -> Lowered {
        self.errors.push(SyntaxError::new(span.clone(), message));
        Lowered::wrong()
    }

    fn error_with_help(&mut self, span: &Span, message: String, help: Option<String>) -> Lowered {
        self.errors.push(SyntaxError {
            span: span.clone(),
            message,
            help,
        });
        Lowered::wrong()
    }

    /// An expression whose value is used.
    fn value(&mut self, node: &Node) -> (Expr, Type) {
        let Lowered { expr, ty, path } = self.lower(node);
        if let Some(path) = path {
            self.flow.read(path, node.span.clone());
        }
        (expr, ty)
    }

    /// An expression whose value may be absent or must be of some kind.
    fn operand(&mut self, node: &Node, accept: Accept, whose: &str) -> Expr {
        let (expr, ty) = self.value(node);
        self.expect(node, &ty, accept, whose);
        expr
    }

    fn expect(&mut self, node: &Node, ty: &Type, accept: Accept, whose: &str) {
        if !accept.allows(ty) {
            self.error(
                &node.span,
                format!("{whose} is {ty}, but must be {}", accept.describe()),
            );
        }
    }

    fn one(&mut self, node: &Node, accept: Accept, whose: &str) -> One<Expr> {
        self.operand(node, accept, whose).into()
    }

    fn condition(&mut self, node: &Node, whose: &str) -> One<Expr> {
        self.one(node, Accept::Predicate, whose)
    }

    fn lower(&mut self, node: &Node) -> Lowered {
        match &node.kind {
            Kind::Nil => Lowered::new(Expr::Nil, Type::Nil),
            Kind::Bool(value) => Lowered::new(Expr::Bool(*value), Type::Bool),
            Kind::Int(value) => Lowered::new(Expr::Int(*value), Type::Int),
            Kind::Float(value) => Lowered::new(Expr::Float(*value), Type::Float),
            Kind::Str(text) => Lowered::new(Expr::Str(text.clone().into()), Type::String),
            Kind::Array(items) => {
                let (items, types): (Vec<_>, Vec<_>) =
                    items.iter().map(|it| self.value(it)).unzip();
                let ty = match types.split_first() {
                    Some((first, rest)) if rest.iter().all(|it| it == first) => first.clone(),
                    _ => Type::Any,
                };
                Lowered::new(Expr::Array(items.into()), Type::List(Box::new(ty)))
            }
            Kind::Map(entries) => self.map(entries),
            Kind::Name(name) => self.name(name, &node.span),
            Kind::Pointer(name) => self.pointer(name.as_deref(), &node.span),
            Kind::Let {
                name,
                name_span,
                value,
                rest,
            } => self.declaration(name, name_span, value, rest),
            Kind::Sequence(nodes) => {
                let mut last = Type::Nil;
                let mut exprs = Vec::new();
                for node in nodes {
                    let (expr, ty) = self.value(node);
                    exprs.push(expr);
                    last = ty;
                }
                Lowered::new(Expr::Sequence(exprs.into()), last)
            }
            Kind::Not(operand) => Lowered::new(
                Expr::Not(self.condition(operand, "the operand of `not`")),
                Type::Bool,
            ),
            Kind::Sign(minus, operand) => {
                let (expr, ty) = self.value(operand);
                self.expect(
                    operand,
                    &ty,
                    Accept::Number,
                    if *minus {
                        "the operand of `-`"
                    } else {
                        "the operand of `+`"
                    },
                );
                // Compat: expr-lang vm: `+a` is `a`, whatever that turns out to be.
                let expr = if *minus {
                    Expr::Negate(expr.into())
                } else {
                    expr
                };
                Lowered::new(expr, if ty.is_number() { ty } else { Type::Any })
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, &node.span),
            Kind::Comparison(first, rest) => self.comparison(first, rest),
            Kind::If(condition, then, otherwise) => {
                let choice = self.condition(condition, "the condition");
                let mark = self.flow.mark();
                self.assume(condition, true);
                let (then, then_type) = self.value(then);
                self.flow.forget(mark);
                self.assume(condition, false);
                let (otherwise, otherwise_type) = self.value(otherwise);
                self.flow.forget(mark);
                let expr = Expr::If(choice, then.into(), otherwise.into());
                Lowered::new(expr, then_type.or(otherwise_type))
            }
            Kind::Elvis(condition, otherwise) => {
                let (value, ty) = self.value(condition);
                self.expect(condition, &ty, Accept::Predicate, "the condition");
                let local = self.push_local(None, ty.clone(), None);
                let mark = self.flow.mark();
                self.assume(condition, false);
                let (otherwise, otherwise_type) = self.value(otherwise);
                self.flow.forget(mark);
                self.locals.pop();
                let choice = Expr::If(local.clone().into(), local.into(), otherwise.into());
                Lowered::new(
                    Expr::Let(value.into(), choice.into()),
                    ty.or(otherwise_type),
                )
            }
            Kind::Member(base, key, optional) => self.member(base, key, *optional),
            Kind::Chain(inner) => {
                let Lowered { expr, ty, path } = self.lower(inner);
                // The chain may be nil, whatever its last member is.
                let ty = if ty == Type::Nil { ty } else { Type::Any };
                Lowered {
                    expr: Expr::Chain(expr.into()),
                    ty,
                    path,
                }
            }
            Kind::Slice(base, from, to) => self.slice(base, from.as_deref(), to.as_deref()),
            Kind::Call {
                name,
                name_span,
                arguments,
            } => self.call(name, name_span, arguments, &node.span),
        }
    }

    // --- names

    fn name(&mut self, name: &str, span: &Span) -> Lowered {
        let mut locals = self.locals.iter().enumerate();
        if let Some((at, local)) = locals.rfind(|(_, it)| it.name.as_deref() == Some(name)) {
            let (ty, path) = (local.ty.clone(), local.path.clone());
            return Lowered {
                expr: Expr::Local(index(at)),
                ty,
                path,
            };
        }
        if let Some(ty) = self.environment.variables.get(name) {
            let path = root_of(name).map(Path::new);
            return Lowered {
                expr: Expr::Name(name.to_owned().into()),
                ty: ty.clone(),
                path,
            };
        }
        if self.is_function(name) {
            let help = Some(format!("call it: `{name}(…)`"));
            return self.error_with_help(
                span,
                format!("`{name}` is a function, not a value"),
                help,
            );
        }
        if self.environment.undefined_is_nil {
            return Lowered::new(Expr::Nil, Type::Any);
        }
        let locals = self.locals.iter().filter_map(|it| it.name.as_deref());
        let names = self
            .environment
            .variables
            .keys()
            .map(String::as_str)
            .chain(locals);
        let names: Vec<&str> = names.collect();
        let help = match suggest::closest(name, names.iter().copied()) {
            Some(closest) => format!("did you mean `{closest}`?"),
            None if names.is_empty() => "no names are known here".to_owned(),
            None => format!("known names are {}", list(&names)),
        };
        self.error_with_help(span, format!("unknown name `{name}`"), Some(help))
    }

    fn is_function(&self, name: &str) -> bool {
        self.environment.functions.contains_key(name) || builtin(name).is_some()
    }

    fn pointer(&mut self, name: Option<&str>, span: &Span) -> Lowered {
        let Some(item) = self.items.last() else {
            return self.error(span, "`#` has a meaning in predicates only");
        };
        match name {
            None => Lowered::new(Expr::Item, item.ty.clone()),
            Some("index") if item.index => Lowered::new(Expr::Index, Type::Int),
            Some("acc") if item.accumulator => Lowered::new(Expr::Accumulator, Type::Any),
            Some(name) => {
                let message = format!("`#{name}` has no meaning here");
                let help = match (item.index, item.accumulator) {
                    (true, true) => "`reduce` has `#`, `#index` and `#acc`",
                    (true, false) => "`map` has `#` and `#index`",
                    _ => "a member of the item is `#.name`, or `.name` for short",
                };
                self.error_with_help(span, message, Some(help.to_owned()))
            }
        }
    }

    fn declaration(&mut self, name: &str, name_span: &Span, value: &Node, rest: &Node) -> Lowered {
        let taken = self.environment.variables.contains_key(name)
            || self.is_function(name)
            || self
                .locals
                .iter()
                .any(|it| it.name.as_deref() == Some(name));
        if taken {
            self.error(name_span, format!("`{name}` has a meaning already"));
        }
        let Lowered {
            expr: value_expr,
            ty,
            path,
        } = self.lower(value);
        if let Some(path) = path.clone() {
            self.flow.read(path, value.span.clone());
        }
        // A failure to read it was noted here; the name itself stands for a value.
        let path = path.map(|path| Path {
            nil_unsafe: false,
            ..path
        });
        self.push_local(Some(name.to_owned()), ty, path);
        let (rest, ty) = self.value(rest);
        self.locals.pop();
        Lowered::new(Expr::Let(value_expr.into(), rest.into()), ty)
    }

    /// Opens a local; closed by popping it.
    fn push_local(&mut self, name: Option<String>, ty: Type, path: Option<Path>) -> Expr {
        let at = index(self.locals.len());
        self.locals.push(Local { name, ty, path });
        Expr::Local(at)
    }

    // --- paths

    fn assume(&mut self, condition: &Node, outcome: bool) {
        let paths = present(condition, outcome, &|node| self.path_of(node));
        self.flow.assume(paths);
    }

    /// The path that a node is, without looking at anything else.
    fn path_of(&self, node: &Node) -> Option<Path> {
        match &node.kind {
            Kind::Name(name) => {
                match self
                    .locals
                    .iter()
                    .rfind(|it| it.name.as_deref() == Some(name))
                {
                    Some(local) => local.path.clone(),
                    None => root_of(name).map(Path::new),
                }
            }
            Kind::Member(base, key, optional) => match &key.kind {
                Kind::Str(key) => Some(self.flow.member(&self.path_of(base)?, key, *optional)),
                _ => None,
            },
            Kind::Chain(inner) => self.path_of(inner),
            Kind::Call {
                name, arguments, ..
            } if name == "get_fact" => match arguments.as_slice() {
                [
                    Node {
                        kind: Kind::Str(path),
                        ..
                    },
                ] => Some(Path::fact(path)),
                _ => None,
            },
            _ => None,
        }
    }

    // --- members

    fn member(&mut self, base: &Node, key: &Node, optional: bool) -> Lowered {
        let Lowered {
            expr: base_expr,
            ty: base_type,
            path,
        } = self.lower(base);
        let (key_expr, key_type) = self.value(key);
        let path = match (path, &key.kind) {
            (Some(path), Kind::Str(name)) => Some(self.flow.member(&path, name, optional)),
            (Some(path), _) => {
                self.flow.read(path, base.span.clone());
                None
            }
            (None, _) => None,
        };
        let ty = match (&base_type, &key_type, &key.kind) {
            (Type::Any, _, _) => Type::Any,
            (Type::Map(fields), _, Kind::Str(name)) => {
                fields.get(name).cloned().unwrap_or_default()
            }
            (Type::Map(_), Type::String | Type::Any, _) => Type::Any,
            (Type::List(item), Type::Int | Type::Any, _) => (**item).clone(),
            (_, _, Kind::Str(name)) => {
                self.error(&key.span, format!("{base_type} has no member `{name}`"));
                Type::Any
            }
            (Type::List(_) | Type::Map(_), _, _) => {
                self.error(
                    &key.span,
                    format!("{base_type} cannot be indexed with {key_type}"),
                );
                Type::Any
            }
            _ => {
                self.error(&base.span, format!("{base_type} cannot be indexed"));
                Type::Any
            }
        };
        let make = if optional {
            Expr::OptionalMember
        } else {
            Expr::Member
        };
        Lowered {
            expr: make(base_expr.into(), key_expr.into()),
            ty,
            path,
        }
    }

    fn slice(&mut self, base: &Node, from: Option<&Node>, to: Option<&Node>) -> Lowered {
        let (base_expr, ty) = self.value(base);
        if !matches!(ty, Type::Any | Type::List(_) | Type::String) {
            self.error(
                &base.span,
                format!("{ty} has no parts; only a list or a string has"),
            );
        }
        let mut bound = |node: Option<&Node>| node.map(|it| self.one(it, Accept::Int, "the bound"));
        let (from, to) = (bound(from), bound(to));
        Lowered::new(Expr::Slice(base_expr.into(), from, to), ty)
    }

    fn map(&mut self, entries: &[(Node, Node)]) -> Lowered {
        let mut fields = BTreeMap::new();
        let mut list = Vec::new();
        for (key_node, value) in entries {
            let key = self.operand(key_node, Accept::String, "a key");
            let (value, ty) = self.value(value);
            if let Kind::Str(name) = &key_node.kind {
                fields.entry(name.clone()).or_insert(ty);
            }
            list.push(Entry { key, value });
        }
        Lowered::new(Expr::Map(list.into()), Type::Map(fields))
    }
}

fn builtin(name: &str) -> Option<Builtin> {
    Builtin::ALL.iter().copied().find(|it| it.name() == name)
}

fn root_of(name: &str) -> Option<Root> {
    match name {
        "data" => Some(Root::Data),
        "facts" => Some(Root::Facts),
        _ => None,
    }
}

fn index(at: usize) -> u32 {
    // There are no more locals than nodes.
    const { assert!(Limits::NODES < u32::MAX as usize) };
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
