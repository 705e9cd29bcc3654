//! The tree that the parser makes, with positions.

use core::ops::Range;

use super::tree::Operator;

/// A place in the text, in bytes.
pub(super) type Span = Range<usize>;

/// An expression and where it is.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it is.
    pub(super) span: Span,
    /// What it is.
    pub(super) kind: Kind,
    /// How many nodes are on the longest way down from here.
    pub(super) depth: usize,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// `nil`.
    Nil,
    /// `true`, `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// Text.
    Str(String),
    /// `[a, b]`.
    Array(Vec<Node>),
    /// `{a: b}`.
    Map(Vec<(Node, Node)>),
    /// A name.
    Name(String),
    /// `#`, `#name`.
    Pointer(Option<String>),
    /// `let name = value; rest`.
    Let {
        /// The new name.
        name: String,
        /// Where the name is.
        name_span: Span,
        /// What it stands for.
        value: Box<Node>,
        /// Where it does so.
        rest: Box<Node>,
    },
    /// `a; b`.
    Sequence(Vec<Node>),
    /// `not a`.
    Not(Box<Node>),
    /// `-a` or `+a`.
    Sign(bool, Box<Node>),
    /// `a + b`.
    Binary(Operator, Box<Node>, Box<Node>),
    /// `a < b <= c`: two or more comparisons in a row.
    Comparison(Box<Node>, Vec<(Operator, Node)>),
    /// `a ? b : c`.
    If(Box<Node>, Box<Node>, Box<Node>),
    /// `a ?: b`: `a` if it is true.
    Elvis(Box<Node>, Box<Node>),
    /// `a.b`, `a[b]`; whether it is `?.`.
    Member(Box<Node>, Box<Node>, bool),
    /// What an absent `?.` leaves.
    Chain(Box<Node>),
    /// `a[from:to]`.
    Slice(Box<Node>, Option<Box<Node>>, Option<Box<Node>>),
    /// `name(arguments)`.
    Call {
        /// Name of the function.
        name: String,
        /// Where the name is.
        name_span: Span,
        /// Its arguments.
        arguments: Vec<Node>,
    },
}

impl Kind {
    /// Hands each part to a function.
    pub(super) fn for_each(&self, mut see: impl FnMut(&Node)) {
        match self {
            Self::Nil
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Str(_)
            | Self::Name(_)
            | Self::Pointer(_) => {}
            Self::Array(items) | Self::Sequence(items) => items.iter().for_each(see),
            Self::Map(entries) => entries.iter().for_each(|(key, value)| {
                see(key);
                see(value);
            }),
            Self::Call { arguments, .. } => arguments.iter().for_each(see),
            Self::Not(a) | Self::Sign(_, a) | Self::Chain(a) => see(a),
            Self::Binary(_, a, b)
            | Self::Elvis(a, b)
            | Self::Member(a, b, _)
            | Self::Let {
                value: a, rest: b, ..
            } => {
                see(a);
                see(b);
            }
            Self::Comparison(first, rest) => {
                see(first);
                rest.iter().for_each(|(_, node)| see(node));
            }
            Self::If(a, b, c) => {
                see(a);
                see(b);
                see(c);
            }
            Self::Slice(a, from, to) => {
                see(a);
                [from, to].into_iter().flatten().for_each(|node| see(node));
            }
        }
    }
}
