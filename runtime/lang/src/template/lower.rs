//! From the tree to the constant form, and what of it can be known beforehand.

use core::ops::Range;

use serde_json::Value;

use super::syntax::{Branch, Constant, Expr, ExprKind, NodeKind, Pipe, Vocabulary};
use super::{Dialect, Function, Lookup, Node, Reads, Term, syntax};
use crate::suggest::closest;
use crate::{List, SyntaxError, Text};

/// Parses a template; without a dialect every function is known.
pub(super) fn template(
    source: &str,
    dialect: Option<Dialect>,
) -> Result<(List<Node>, Reads), SyntaxError> {
    let tree = syntax::parse(source, &Dialects(dialect)).map_err(|fault| fault.error)?;
    if !source.contains("{{") {
        return Ok((List::EMPTY, Reads::default()));
    }
    let mut lowering = Lowering {
        source,
        dots: 0,
        reads: Reads::default(),
    };
    let mut nodes = lowering.nodes(&tree.nodes)?;
    if nodes.is_empty() {
        // No node at all would mean that the source is printed.
        nodes.push(Node::Text(Text::Borrowed("")));
    }
    Ok((nodes.into(), lowering.reads))
}

/// The functions of a dialect, or of all.
struct Dialects(Option<Dialect>);

struct Lowering<'s> {
    source: &'s str,
    /// How many of the actions that are open have a dot.
    dots: usize,
    reads: Reads,
}

// === impl Dialects ===

impl Vocabulary for Dialects {
    type Function = Function;

    const HAS_DEFINITIONS: bool = false;

    fn function(&self, name: &str) -> Option<Function> {
        Function::named(name, self.0)
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> SyntaxError {
        let help = match (name, self.0) {
            ("call", _) => "there are no functions among the values".to_owned(),
            ("o", Some(Dialect::Machine)) => {
                "`o` is for the plugins of checks; write `lookup \"facts.…\" \"default\"`"
                    .to_owned()
            }
            ("lookup", Some(Dialect::Overrides)) => {
                "the plugins of checks have overrides: write `o \"path\" \"default\"`".to_owned()
            }
            _ => match closest(name, Function::names(self.0)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "write a text in quotes".to_owned(),
            },
        };
        SyntaxError::new(span, format!("unknown function `{name}`")).with_help(help)
    }
}

// === impl Lowering ===

impl Lowering<'_> {
    fn nodes(&mut self, nodes: &[syntax::Node<Function>]) -> Result<Vec<Node>, SyntaxError> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn node(&mut self, node: &syntax::Node<Function>) -> Result<Node, SyntaxError> {
        Ok(match &node.kind {
            NodeKind::Text => Node::Text(self.text(&node.span)),
            NodeKind::Action(pipe) => {
                let value = self.term(&pipe.value)?;
                match first_name(pipe) {
                    Some(name) => variable(pipe, name, value),
                    None => Node::Print(value),
                }
            }
            NodeKind::If(branch) => {
                let (first, condition) = self.head(&branch.pipe)?;
                let (then, otherwise) = self.bodies(branch, false)?;
                scoped(
                    first,
                    Node::If {
                        condition,
                        then,
                        otherwise,
                    },
                )
            }
            NodeKind::With(branch) => {
                let (first, value) = self.head(&branch.pipe)?;
                let (then, otherwise) = self.bodies(branch, true)?;
                scoped(
                    first,
                    Node::With {
                        value,
                        then,
                        otherwise,
                    },
                )
            }
            NodeKind::Range(branch) => self.range(branch)?,
            NodeKind::Break => Node::Break,
            NodeKind::Continue => Node::Continue,
            // The vocabulary has none.
            NodeKind::Template { .. } => Node::Text(Text::Borrowed("")),
        })
    }

    /// The variable that is set before a condition is looked at, and the condition.
    fn head(&mut self, pipe: &Pipe<Function>) -> Result<(Option<Node>, Term), SyntaxError> {
        let value = self.term(&pipe.value)?;
        Ok(match first_name(pipe) {
            None => (None, value),
            Some(name) => {
                let term = Term::Variable(name.clone());
                (Some(variable(pipe, name, value)), term)
            }
        })
    }

    fn bodies(
        &mut self,
        branch: &Branch<Function>,
        has_dot: bool,
    ) -> Result<(List<Node>, List<Node>), SyntaxError> {
        self.dots += usize::from(has_dot);
        let body = self.nodes(&branch.body)?;
        self.dots -= usize::from(has_dot);
        let otherwise = self.nodes(&branch.otherwise)?;
        Ok((body.into(), otherwise.into()))
    }

    fn range(&mut self, branch: &Branch<Function>) -> Result<Node, SyntaxError> {
        let pipe = &branch.pipe;
        if !pipe.names.is_empty() && !pipe.declares {
            let message = "`range` cannot change variables that are there before";
            let error = SyntaxError::new(pipe.head.clone(), message);
            return Err(error.with_help("write `:=` for variables of its own"));
        }
        let mut names = pipe.names.iter().map(|it| Text::Owned(it.clone()));
        let (key, item) = match (names.next(), names.next()) {
            (Some(key), Some(item)) => (Some(key), Some(item)),
            (item, _) => (None, item),
        };
        let over = self.term(&pipe.value)?;
        let (body, otherwise) = self.bodies(branch, true)?;
        Ok(Node::Range {
            key,
            item,
            over,
            body,
            otherwise,
        })
    }

    fn term(&mut self, expr: &Expr<Function>) -> Result<Term, SyntaxError> {
        Ok(match &expr.kind {
            ExprKind::Nil => Term::Nil,
            ExprKind::Dot => Term::Dot,
            ExprKind::Constant(Constant::Bool(value)) => Term::Bool(*value),
            ExprKind::Constant(Constant::Integer(value)) => Term::Integer(*value),
            ExprKind::Constant(Constant::Float(value)) => Term::Float(*value),
            ExprKind::Constant(Constant::Text(text)) => {
                Term::Text(Text::Owned(text.as_ref().to_owned()))
            }
            // There is nothing that a whole template is expanded with.
            ExprKind::Variable(name) if name.is_empty() => Term::Nil,
            ExprKind::Variable(name) => Term::Variable(Text::Owned(name.clone())),
            ExprKind::Fields(base, names) => {
                if self.dots == 0 && matches!(base.kind, ExprKind::Dot) {
                    self.reads.absent.push(base.span.clone());
                }
                let base = self.term(base)?;
                let names = names.iter().map(|it| Term::Text(Text::Owned(it.clone())));
                let terms: Vec<_> = core::iter::once(base).chain(names).collect();
                Term::Call(Function::Select, terms.into())
            }
            ExprKind::Call {
                function,
                name,
                arguments,
            } => self.call(expr, *function, name, arguments)?,
        })
    }

    fn call(
        &mut self,
        expr: &Expr<Function>,
        function: Function,
        name: &Range<usize>,
        arguments: &[Expr<Function>],
    ) -> Result<Term, SyntaxError> {
        let (least, greatest) = function.arity();
        if !(least..=greatest).contains(&arguments.len()) {
            let name = self.text(name);
            return Err(wrong_arity(function, &name, expr, arguments.len()));
        }
        let terms = arguments.iter().map(|it| self.term(it));
        let terms: Vec<_> = terms.collect::<Result<_, _>>()?;
        if let (Function::Lookup | Function::Override, [at, _], [path, default]) =
            (function, arguments, terms.as_slice())
        {
            self.note_lookup(name, &at.span, path, default)?;
        }
        Ok(Term::Call(function, terms.into()))
    }

    fn note_lookup(
        &mut self,
        name: &Range<usize>,
        at: &Range<usize>,
        path: &Term,
        default: &Term,
    ) -> Result<(), SyntaxError> {
        match path {
            Term::Text(text) => self.reads.lookups.push(Lookup {
                path: text.clone().into_owned(),
                default: constant(default),
                span: at.clone(),
            }),
            Term::Nil | Term::Bool(_) | Term::Integer(_) | Term::Float(_) => {
                let error = SyntaxError::new(at.clone(), "a path is a text");
                return Err(error.with_help("write it in quotes, as in \"facts.os.family\""));
            }
            _ => self.reads.computed.push(name.clone()),
        }
        Ok(())
    }

    fn text(&self, span: &Range<usize>) -> Text {
        let text = self.source.get(span.clone()).unwrap_or_default();
        Text::Owned(text.to_owned())
    }
}

fn first_name(pipe: &Pipe<Function>) -> Option<Text> {
    pipe.names.first().map(|it| Text::Owned(it.clone()))
}

fn variable(pipe: &Pipe<Function>, name: Text, value: Term) -> Node {
    if pipe.declares {
        Node::Declare { name, value }
    } else {
        Node::Assign { name, value }
    }
}

/// A node behind one that sets the variable it is about.
fn scoped(first: Option<Node>, node: Node) -> Node {
    match first {
        Some(first) => Node::Scope(vec![first, node].into()),
        None => node,
    }
}

fn wrong_arity(function: Function, name: &str, expr: &Expr<Function>, found: usize) -> SyntaxError {
    let (least, greatest) = function.arity();
    let wanted = match (least, greatest) {
        (1, 1) => "1 argument".to_owned(),
        (least, greatest) if least == greatest => format!("{least} arguments"),
        (1, usize::MAX) => "at least 1 argument".to_owned(),
        (least, usize::MAX) => format!("at least {least} arguments"),
        (least, greatest) => format!("{least} to {greatest} arguments"),
    };
    let message = format!("`{name}` takes {wanted}, found {found}");
    let error = SyntaxError::new(expr.span.clone(), message);
    match function {
        Function::Lookup => error.with_help("write `lookup \"facts.path\" \"default\"`"),
        Function::Override => error.with_help("write `o \"path\" \"default\"`"),
        _ => error,
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
