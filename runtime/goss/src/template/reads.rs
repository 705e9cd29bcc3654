//! What a template reads, as far as its text tells.

use super::Read;
use super::functions::{Expr, ExprKind, Node, NodeKind, Tree};

/// The fields of `.Vars` and `.Env` that are read, in the order of the text.
pub(super) fn reads(tree: &Tree) -> Vec<Read> {
    let mut reads = Vec::new();
    nodes(&tree.nodes, true, &mut reads);
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
        ExprKind::Call { arguments, .. } => {
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
