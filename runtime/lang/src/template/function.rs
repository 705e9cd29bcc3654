//! Functions that templates call.

#[cfg(feature = "emit")]
use chorister_derive::ConstTokens;

use super::Dialect;

/// A function that a template may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "emit", derive(ConstTokens))]
pub enum Function {
    /// `lookup PATH DEFAULT`: a fact or machine data.
    Lookup,
    /// `o PATH DEFAULT`: an override of a check.
    Override,
    /// `Title` and `Capitalize`: every word with a capital and small letters.
    Title,
    /// `ToLower`: small letters.
    ToLower,
    /// `ToUpper`: capitals.
    ToUpper,
    /// `StringsJoin`: the items of a list with `, ` between them.
    StringsJoin,
    /// `Base64Encode`: text to standard base64.
    Base64Encode,
    /// `Base64Decode`: standard base64 to text.
    Base64Decode,
    /// `and`: the first argument that counts as false, else the last.
    And,
    /// `or`: the first argument that counts as true, else the last.
    Or,
    /// `not`: whether the argument counts as false.
    Not,
    /// `len`: how many bytes, items or keys.
    Len,
    /// `index`: an item or key, and its item or key, and so on.
    Index,
    /// `slice`: a part of a text or a list.
    Slice,
    /// `print`: the arguments, with spaces where neither neighbour is text.
    Print,
    /// `printf`: the arguments in a format.
    Printf,
    /// `println`: the arguments with spaces between them, and a line end.
    Println,
    /// `html`: escaped for HTML.
    Html,
    /// `js`: escaped for JavaScript.
    Js,
    /// `urlquery`: escaped for the query of a URL.
    UrlQuery,
    /// `eq`: whether the first argument equals any other.
    Eq,
    /// `ne`: whether two arguments differ.
    Ne,
    /// `lt`: whether the first is less.
    Lt,
    /// `le`: whether the first is less or equal.
    Le,
    /// `gt`: whether the first is greater.
    Gt,
    /// `ge`: whether the first is greater or equal.
    Ge,
    /// `.a.b`: the fields of the first argument; it cannot be called by name.
    Select,
}

/// Every name, the function it calls, and the least and the greatest number of its arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 27] = [
    ("lookup", Function::Lookup, 2, 2),
    ("o", Function::Override, 2, 2),
    ("Title", Function::Title, 1, 1),
    ("Capitalize", Function::Title, 1, 1),
    ("ToLower", Function::ToLower, 1, 1),
    ("ToUpper", Function::ToUpper, 1, 1),
    ("StringsJoin", Function::StringsJoin, 1, 1),
    ("Base64Encode", Function::Base64Encode, 1, 1),
    ("Base64Decode", Function::Base64Decode, 1, 1),
    ("and", Function::And, 1, usize::MAX),
    ("or", Function::Or, 1, usize::MAX),
    ("not", Function::Not, 1, 1),
    ("len", Function::Len, 1, 1),
    ("index", Function::Index, 1, usize::MAX),
    ("slice", Function::Slice, 1, 4),
    ("print", Function::Print, 0, usize::MAX),
    ("printf", Function::Printf, 1, usize::MAX),
    ("println", Function::Println, 0, usize::MAX),
    ("html", Function::Html, 0, usize::MAX),
    ("js", Function::Js, 0, usize::MAX),
    ("urlquery", Function::UrlQuery, 0, usize::MAX),
    ("eq", Function::Eq, 2, usize::MAX),
    ("ne", Function::Ne, 2, 2),
    ("lt", Function::Lt, 2, 2),
    ("le", Function::Le, 2, 2),
    ("gt", Function::Gt, 2, 2),
    ("ge", Function::Ge, 2, 2),
];

// === impl Function ===

impl Function {
    /// The name it is called by; empty for [`Function::Select`].
    #[must_use]
    pub fn name(self) -> &'static str {
        FUNCTIONS
            .iter()
            .find(|it| it.1 == self)
            .map_or("", |it| it.0)
    }

    /// The names that may be called in a dialect, or in any.
    pub(super) fn names(dialect: Option<Dialect>) -> impl Iterator<Item = &'static str> {
        FUNCTIONS
            .iter()
            .filter(move |it| it.1.is_in(dialect))
            .map(|it| it.0)
    }

    /// The function of this name, if the dialect has it.
    pub(super) fn named(name: &str, dialect: Option<Dialect>) -> Option<Self> {
        let found = FUNCTIONS.iter().find(|it| it.0 == name)?;
        found.1.is_in(dialect).then_some(found.1)
    }

    /// The least and the greatest number of arguments.
    pub(super) fn arity(self) -> (usize, usize) {
        FUNCTIONS
            .iter()
            .find(|it| it.1 == self)
            .map_or((0, usize::MAX), |it| (it.2, it.3))
    }

    fn is_in(self, dialect: Option<Dialect>) -> bool {
        match self {
            Self::Lookup
            | Self::Title
            | Self::ToLower
            | Self::ToUpper
            | Self::StringsJoin
            | Self::Base64Encode
            | Self::Base64Decode => dialect != Some(Dialect::Overrides),
            Self::Override => dialect != Some(Dialect::Machine),
            _ => true,
        }
    }
}
