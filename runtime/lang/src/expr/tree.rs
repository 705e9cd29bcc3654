//! The form of an expression that runs.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use crate::{List, Text};

/// A checked expression and its text.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Program {
    /// The text it was compiled from.
    pub source: Text,
    /// The expression.
    pub root: Expr,
}

/// An expression. Its names are resolved and its constant patterns are valid; it carries no positions.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Expr {
    /// `nil`.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite floating point number.
    Float(f64),
    /// Text.
    Str(Text),
    /// `[a, b]`.
    Array(List<Expr>),
    /// `{a: b}`.
    Map(List<Entry>),
    /// A variable of the environment.
    Name(Text),
    /// The value of the `let` that has this many around it.
    Local(u32),
    /// `let … = value; rest`: the value, and what it is known in.
    Let(One<Expr>, One<Expr>),
    /// `a; b`: all are evaluated, the last is the value.
    Sequence(List<Expr>),
    /// `#`, the item that the innermost predicate looks at.
    Item,
    /// `#index`, its position.
    Index,
    /// `#acc`, what `reduce` has so far.
    Accumulator,
    /// `not a`.
    Not(One<Expr>),
    /// `-a`.
    Negate(One<Expr>),
    /// An operator and its operands.
    Binary(Operator, One<Expr>, One<Expr>),
    /// `condition ? a : b`.
    If(One<Expr>, One<Expr>, One<Expr>),
    /// `a.b` and `a[b]`.
    Member(One<Expr>, One<Expr>),
    /// `a?.b`: leaves the innermost [`Expr::Chain`] with `nil` when `a` is `nil`.
    OptionalMember(One<Expr>, One<Expr>),
    /// What a missing [`Expr::OptionalMember`] makes `nil` as a whole.
    Chain(One<Expr>),
    /// `a[from:to]`.
    Slice(One<Expr>, Option<One<Expr>>, Option<One<Expr>>),
    /// A function of the environment.
    Call(Text, List<Expr>),
    /// A function of the language; a predicate is an argument like another.
    Builtin(Builtin, List<Expr>),
}

/// A key of a map literal and its value.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub struct Entry {
    /// The key.
    pub key: Expr,
    /// Its value.
    pub value: Expr,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Operator {
    /// `a or b`, `a || b`.
    Or,
    /// `a and b`, `a && b`.
    And,
    /// `a == b`.
    Equal,
    /// `a != b`.
    NotEqual,
    /// `a < b`.
    Less,
    /// `a <= b`.
    LessOrEqual,
    /// `a > b`.
    Greater,
    /// `a >= b`.
    GreaterOrEqual,
    /// `a in b`.
    In,
    /// `a matches b`.
    Matches,
    /// `a contains b`.
    Contains,
    /// `a startsWith b`.
    StartsWith,
    /// `a endsWith b`.
    EndsWith,
    /// `a..b`.
    Range,
    /// `a + b`.
    Add,
    /// `a - b`.
    Subtract,
    /// `a * b`.
    Multiply,
    /// `a / b`.
    Divide,
    /// `a % b`.
    Modulo,
    /// `a ** b`, `a ^ b`.
    Power,
    /// `a ?? b`.
    Coalesce,
}

impl Operator {
    /// How it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Matches => "matches",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Range => "..",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "**",
            Self::Coalesce => "??",
        }
    }
}

macro_rules! builtins {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Functions of the language.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "emit", derive(ConstTokens))]
        pub enum Builtin {
            $($(#[$doc])* $variant,)*
        }

        impl Builtin {
            /// Every function.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name it is called by.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

builtins! {
    /// Whether a predicate holds for all items.
    All = "all",
    /// Whether it holds for none.
    None = "none",
    /// Whether it holds for one or more.
    Any = "any",
    /// Whether it holds for exactly one.
    One = "one",
    /// The items for which it holds.
    Filter = "filter",
    /// What an expression makes of each item.
    Map = "map",
    /// For how many items a predicate holds.
    Count = "count",
    /// The sum of the items, or of what an expression makes of them.
    Sum = "sum",
    /// The first item for which a predicate holds, or `nil`.
    Find = "find",
    /// Its position, or -1.
    FindIndex = "findIndex",
    /// The last item for which a predicate holds, or `nil`.
    FindLast = "findLast",
    /// Its position, or -1.
    FindLastIndex = "findLastIndex",
    /// The items by what an expression makes of them.
    GroupBy = "groupBy",
    /// The items in the order of what an expression makes of them.
    SortBy = "sortBy",
    /// What an expression makes of the items one by one and of its own last result.
    Reduce = "reduce",
    /// Number of characters or items.
    Len = "len",
    /// Name of the type.
    Type = "type",
    /// Absolute value.
    Abs = "abs",
    /// Rounded up.
    Ceil = "ceil",
    /// Rounded down.
    Floor = "floor",
    /// Rounded half away from zero.
    Round = "round",
    /// As an integer.
    Int = "int",
    /// As a floating point number.
    Float = "float",
    /// As text.
    String = "string",
    /// Without white space, or the given characters, at both ends.
    Trim = "trim",
    /// Without what it starts with.
    TrimPrefix = "trimPrefix",
    /// Without what it ends with.
    TrimSuffix = "trimSuffix",
    /// In capitals.
    Upper = "upper",
    /// In small letters.
    Lower = "lower",
    /// The parts between separators.
    Split = "split",
    /// The parts with the separators they end with.
    SplitAfter = "splitAfter",
    /// With other text in place of some.
    Replace = "replace",
    /// Many times.
    Repeat = "repeat",
    /// Items as one text.
    Join = "join",
    /// Byte position of the first occurrence, or -1.
    IndexOf = "indexOf",
    /// Byte position of the last occurrence, or -1.
    LastIndexOf = "lastIndexOf",
    /// Whether it starts with.
    HasPrefix = "hasPrefix",
    /// Whether it ends with.
    HasSuffix = "hasSuffix",
    /// The greatest number.
    Max = "max",
    /// The least number.
    Min = "min",
    /// The mean of numbers.
    Mean = "mean",
    /// The median of numbers.
    Median = "median",
    /// As JSON.
    ToJson = "toJSON",
    /// What JSON says.
    FromJson = "fromJSON",
    /// As base64.
    ToBase64 = "toBase64",
    /// The text that base64 holds.
    FromBase64 = "fromBase64",
    /// The first item, or `nil`.
    First = "first",
    /// The last item, or `nil`.
    Last = "last",
    /// A member, or `nil`.
    Get = "get",
    /// The first items.
    Take = "take",
    /// The keys of a map.
    Keys = "keys",
    /// The values of a map.
    Values = "values",
    /// The keys and values of a map as a list of pairs.
    ToPairs = "toPairs",
    /// A map from a list of pairs.
    FromPairs = "fromPairs",
    /// The items from last to first.
    Reverse = "reverse",
    /// The items without repetitions.
    Uniq = "uniq",
    /// Lists end to end.
    Concat = "concat",
    /// The items of lists inside a list.
    Flatten = "flatten",
    /// The items in order.
    Sort = "sort",
}

/// One value: `'static` where the compiler wrote it, shared where the loader read it.
pub enum One<T: 'static> {
    /// Part of the program.
    Static(&'static T),
    /// Built at run time.
    Shared(Arc<T>),
}

// === impl One ===

impl<T> Deref for One<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Static(value) => value,
            Self::Shared(value) => value,
        }
    }
}

impl<T> From<T> for One<T> {
    fn from(value: T) -> Self {
        Self::Shared(Arc::new(value))
    }
}

impl<T> Clone for One<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(value) => Self::Static(value),
            Self::Shared(value) => Self::Shared(Arc::clone(value)),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for One<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: PartialEq> PartialEq for One<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(feature = "emit")]
impl<T: crate::ConstTokens> crate::ConstTokens for One<T> {
    fn const_tokens(&self) -> proc_macro2::TokenStream {
        // Not a function call: only the operand of a constructor lives as long as the constant.
        let value = (**self).const_tokens();
        quote::quote!(One::Static(&#value))
    }
}
