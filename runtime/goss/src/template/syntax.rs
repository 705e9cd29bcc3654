//! The tree of a template.

use core::ops::Range;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Read;
use super::functions::Function;

/// A template and the templates that it defines.
#[derive(Debug, Default)]
pub(super) struct Syntax {
    pub(super) main: Vec<Node>,
    pub(super) defined: BTreeMap<String, Vec<Node>>,
}

/// A part of a template.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it is written, with the braces of its action.
    pub(super) span: Range<usize>,
    pub(super) kind: NodeKind,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    /// Prints the source at the place of the node.
    Text,
    /// Prints a value, or gives it to variables.
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template {
        name: String,
        argument: Option<Pipe>,
    },
    Break,
    Continue,
}

/// `if`, `with` or `range`.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

/// A value and the variables that get it.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) names: Vec<String>,
    /// Whether the variables are new.
    pub(super) declares: bool,
    pub(super) value: Expr,
}

/// Something that has a value.
#[derive(Debug)]
pub(super) struct Expr {
    /// Where it is written.
    pub(super) span: Range<usize>,
    /// Where Go says that it is, when it says that it is wrong.
    pub(super) place: usize,
    pub(super) kind: ExprKind,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Nil,
    Dot,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    /// A variable without `$`; the empty name is what the template was given.
    Variable(String),
    Fields(Box<Expr>, Vec<String>),
    Call(&'static Function, Vec<Expr>),
}

/// The fields of `.Vars` and `.Env` that are read, in the order of the text.
pub(super) fn reads(syntax: &Syntax) -> Vec<Read> {
    let mut reads = Vec::new();
    nodes(&syntax.main, true, &mut reads);
    // What a defined template is given is not known; `$` and dot say nothing there.
    reads.sort_by_key(|read| read.span.start);
    reads
}

fn nodes(list: &[Node], at_root: bool, reads: &mut Vec<Read>) {
    for node in list {
        match &node.kind {
            NodeKind::Text | NodeKind::Break | NodeKind::Continue => {}
            NodeKind::Action(pipe) => expr(&pipe.value, at_root, reads),
            NodeKind::If(branch) => {
                expr(&branch.pipe.value, at_root, reads);
                nodes(&branch.body, at_root, reads);
                nodes(&branch.otherwise, at_root, reads);
            }
            NodeKind::With(branch) | NodeKind::Range(branch) => {
                expr(&branch.pipe.value, at_root, reads);
                nodes(&branch.body, false, reads);
                nodes(&branch.otherwise, at_root, reads);
            }
            NodeKind::Template { argument, .. } => {
                if let Some(pipe) = argument {
                    expr(&pipe.value, at_root, reads);
                }
            }
        }
    }
}

fn expr(it: &Expr, at_root: bool, reads: &mut Vec<Read>) {
    match &it.kind {
        ExprKind::Fields(base, names) => match &base.kind {
            ExprKind::Variable(name) if name.is_empty() => note(it, names, reads),
            ExprKind::Dot if at_root => note(it, names, reads),
            _ => expr(base, at_root, reads),
        },
        ExprKind::Call(_, arguments) => {
            for argument in arguments {
                expr(argument, at_root, reads);
            }
        }
        _ => {}
    }
}

fn note(it: &Expr, names: &[String], reads: &mut Vec<Read>) {
    reads.push(Read {
        path: names.to_vec(),
        span: it.span.clone(),
    });
}
