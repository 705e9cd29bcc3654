//! The tree of a template, with the place of every part: what [`Template`](super::Template) and templates of goss files
//! are made from.
//!
//! A [`Vocabulary`] says which functions there are; what they do, and whether they can be called as they are, is up to
//! whoever reads the tree.

use core::ops::Range;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::parse;
use crate::SyntaxError;

/// The functions that the templates of one kind may call.
pub trait Vocabulary {
    /// What stands for a function in the tree.
    type Function: Copy;

    /// Whether templates may have parts with names: `define`, `template` and `block`.
    const HAS_DEFINITIONS: bool;

    /// The function of this name.
    fn function(&self, name: &str) -> Option<Self::Function>;

    /// The error for a name that no function has; `span` is where it is written.
    fn unknown(&self, name: &str, span: Range<usize>) -> SyntaxError;
}

/// A template and the templates that it defines.
#[derive(Debug)]
pub struct Tree<F> {
    /// Its parts.
    pub nodes: Vec<Node<F>>,
    /// The parts of the templates that it defines, by their names.
    pub defined: BTreeMap<String, Vec<Node<F>>>,
}

/// A part of a template.
#[derive(Debug)]
pub struct Node<F> {
    /// Where it is written, with the braces of its action.
    pub span: Range<usize>,
    /// What it is.
    pub kind: NodeKind<F>,
}

/// What a part of a template is.
#[derive(Debug)]
pub enum NodeKind<F> {
    /// Prints the source at the place of the node.
    Text,
    /// Prints a value, or gives it to a variable.
    Action(Pipe<F>),
    /// `if`
    If(Branch<F>),
    /// `with`
    With(Branch<F>),
    /// `range`
    Range(Branch<F>),
    /// `template`, and the use that a `block` is.
    Template {
        /// The name of the template.
        name: String,
        /// What it gets as dot.
        argument: Option<Pipe<F>>,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// `if`, `with` or `range`.
#[derive(Debug)]
pub struct Branch<F> {
    /// What decides.
    pub pipe: Pipe<F>,
    /// The parts up to `else` or `end`.
    pub body: Vec<Node<F>>,
    /// The parts behind `else`.
    pub otherwise: Vec<Node<F>>,
}

/// A value and the variables that get it.
#[derive(Debug)]
pub struct Pipe<F> {
    /// The variables, without `$`: at most two in a `range`, at most one elsewhere.
    pub names: Vec<String>,
    /// Whether the variables are new.
    pub declares: bool,
    /// Where the variables and the sign behind them are written; empty where there are none.
    pub head: Range<usize>,
    /// The value.
    pub value: Expr<F>,
}

/// Something that has a value.
#[derive(Debug)]
pub struct Expr<F> {
    /// Where it is written, without the parentheses around it.
    pub span: Range<usize>,
    /// Where Go says that it is, when it says that it is wrong.
    pub place: usize,
    /// What it is.
    pub kind: ExprKind<F>,
}

/// What something is that has a value.
#[derive(Debug)]
pub enum ExprKind<F> {
    /// `nil`
    Nil,
    /// `.`
    Dot,
    /// A constant.
    Constant(Constant),
    /// A variable without `$`; the empty name is what the template was given.
    Variable(String),
    /// `.a.b` behind something.
    Fields(Box<Expr<F>>, Vec<String>),
    /// The call of a function.
    Call {
        /// The function.
        function: F,
        /// Where its name is written.
        name: Range<usize>,
        /// Its arguments; what comes through a pipe is the last.
        arguments: Vec<Expr<F>>,
    },
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, or a character.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A text.
    Text(Rc<str>),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What sort of mistake it is.
    pub kind: FaultKind,
    /// What is wrong, and where.
    pub error: SyntaxError,
}

/// The sorts of mistakes in the text of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not written as templates are.
    Syntax,
    /// It calls a function that its vocabulary does not have.
    Function,
    /// It is too long, or nests too deep.
    Limit,
}

/// Parses a template.
///
/// # Errors
/// The first thing that Go would refuse to parse, or a limit: [`MAX_LENGTH`](super::MAX_LENGTH),
/// [`MAX_DEPTH`](super::MAX_DEPTH).
pub fn parse<V: Vocabulary>(source: &str, vocabulary: &V) -> Result<Tree<V::Function>, Fault> {
    parse::tree(source, vocabulary)
}

// === impl Fault ===

impl Fault {
    pub(super) fn limit(span: Range<usize>, message: String) -> Self {
        Self {
            kind: FaultKind::Limit,
            error: SyntaxError::new(span, message),
        }
    }
}

impl From<SyntaxError> for Fault {
    fn from(error: SyntaxError) -> Self {
        Self {
            kind: FaultKind::Syntax,
            error,
        }
    }
}
