//! The functions that templates call: Go's own, goss's, and those of its library sprig.

mod convert;
mod default;
mod dict;
mod encode;
mod goss;
mod list;
mod math;
mod path;
mod regex;
mod text;
mod version;

pub(crate) use path::clean;

use core::ops::Range;

use chorister_lang::SyntaxError;
use chorister_lang::suggest::closest;
use chorister_lang::template::syntax;

use super::Data;
use super::builtin::Builtin;
use super::value::{Failure, Heap, Val};
use crate::files::Files;

pub(super) type Tree = syntax::Tree<&'static Function>;
pub(super) type Node = syntax::Node<&'static Function>;
pub(super) type NodeKind = syntax::NodeKind<&'static Function>;
pub(super) type Branch = syntax::Branch<&'static Function>;
pub(super) type Pipe = syntax::Pipe<&'static Function>;
pub(super) type Expr = syntax::Expr<&'static Function>;
pub(super) type ExprKind = syntax::ExprKind<&'static Function>;

/// The vocabulary of goss files.
pub(super) struct Library;

/// A function that a template may call.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The least and the greatest number of arguments.
    pub(super) arity: (usize, usize),
    pub(super) run: Run,
}

/// What a function does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run {
    /// `and`: the first argument that counts as false, else the last; the others are not looked at.
    And,
    /// `or`: the first argument that counts as true, else the last; the others are not looked at.
    Or,
    Go(Builtin),
    Pure(fn(&mut Call<'_>) -> Result<Val, Failure>),
    /// It exists, but not here: the reason.
    Refused(&'static str),
}

/// A call of a function.
pub(super) struct Call<'c> {
    pub(super) arguments: &'c [Val],
    pub(super) heap: &'c mut Heap,
    pub(super) data: &'c Data,
    pub(super) files: &'c dyn Files,
}

const ANY: usize = usize::MAX;

const GO: [Function; 18] = [
    Function::new("and", (1, ANY), Run::And),
    Function::new("or", (1, ANY), Run::Or),
    Function::new("not", (1, 1), Run::Go(Builtin::Not)),
    Function::new("len", (1, 1), Run::Go(Builtin::Len)),
    Function::new("index", (1, ANY), Run::Go(Builtin::Index)),
    Function::new("slice", (1, 4), Run::Go(Builtin::Slice)),
    Function::new("print", (0, ANY), Run::Go(Builtin::Print)),
    Function::new("println", (0, ANY), Run::Go(Builtin::Println)),
    Function::new("printf", (1, ANY), Run::Go(Builtin::Printf)),
    Function::new("html", (0, ANY), Run::Go(Builtin::Html)),
    Function::new("js", (0, ANY), Run::Go(Builtin::Js)),
    Function::new("urlquery", (0, ANY), Run::Go(Builtin::UrlQuery)),
    Function::new("eq", (2, ANY), Run::Go(Builtin::Eq)),
    Function::new("ne", (2, 2), Run::Go(Builtin::Ne)),
    Function::new("lt", (2, 2), Run::Go(Builtin::Lt)),
    Function::new("le", (2, 2), Run::Go(Builtin::Le)),
    Function::new("gt", (2, 2), Run::Go(Builtin::Gt)),
    Function::new("ge", (2, 2), Run::Go(Builtin::Ge)),
];

/// All functions; of two with one name the first is called.
const ALL: [&[Function]; 13] = [
    &GO,
    goss::FUNCTIONS,
    text::FUNCTIONS,
    list::FUNCTIONS,
    dict::FUNCTIONS,
    default::FUNCTIONS,
    convert::FUNCTIONS,
    math::FUNCTIONS,
    encode::FUNCTIONS,
    path::FUNCTIONS,
    regex::FUNCTIONS,
    version::FUNCTIONS,
    REFUSED,
];

const CLOCK: &str = "a check renders the same at any time, so there is no clock";
const CHANCE: &str = "a check renders the same every time, so there is no chance";
const SECRET: &str = "a check makes no keys, certificates and passwords";
const NETWORK: &str = "a template asks no network; use the resource `dns`";
const DATES: &str = "dates are not supported";
const OTHER: &str = "it is not supported";

/// What sprig has and a check should not.
const REFUSED: &[Function] = &[
    Function::refused("adler32sum", OTHER),
    Function::refused("ago", CLOCK),
    Function::refused("bcrypt", SECRET),
    Function::refused("buildCustomCert", SECRET),
    Function::refused("call", "there are no functions among the values"),
    Function::refused("date", DATES),
    Function::refused("dateInZone", DATES),
    Function::refused("dateModify", DATES),
    Function::refused("date_in_zone", DATES),
    Function::refused("date_modify", DATES),
    Function::refused("decryptAES", SECRET),
    Function::refused("derivePassword", SECRET),
    Function::refused("duration", DATES),
    Function::refused("durationRound", DATES),
    Function::refused("encryptAES", SECRET),
    Function::refused("genCA", SECRET),
    Function::refused("genCAWithKey", SECRET),
    Function::refused("genPrivateKey", SECRET),
    Function::refused("genSelfSignedCert", SECRET),
    Function::refused("genSelfSignedCertWithKey", SECRET),
    Function::refused("genSignedCert", SECRET),
    Function::refused("genSignedCertWithKey", SECRET),
    Function::refused("getHostByName", NETWORK),
    Function::refused("htmlDate", DATES),
    Function::refused("htmlDateInZone", DATES),
    Function::refused("htpasswd", SECRET),
    Function::refused("mustDateModify", DATES),
    Function::refused("mustToDate", DATES),
    Function::refused("must_date_modify", DATES),
    Function::refused("now", CLOCK),
    Function::refused("randAlpha", CHANCE),
    Function::refused("randAlphaNum", CHANCE),
    Function::refused("randAscii", CHANCE),
    Function::refused("randBytes", CHANCE),
    Function::refused("randInt", CHANCE),
    Function::refused("randNumeric", CHANCE),
    Function::refused("sha1sum", OTHER),
    Function::refused("sha256sum", OTHER),
    Function::refused("sha512sum", OTHER),
    Function::refused("shuffle", CHANCE),
    Function::refused("toDate", DATES),
    Function::refused("unixEpoch", CLOCK),
    Function::refused("urlJoin", OTHER),
    Function::refused("urlParse", OTHER),
    Function::refused("uuidv4", CHANCE),
];

/// The names of all functions that can be called.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    all()
        .filter(|function| !matches!(function.run, Run::Refused(_)))
        .map(|function| function.name)
}

fn all() -> impl Iterator<Item = &'static Function> {
    ALL.iter().flat_map(|group| group.iter())
}

// === impl Library ===

impl syntax::Vocabulary for Library {
    type Function = &'static Function;

    const HAS_DEFINITIONS: bool = true;

    fn function(&self, name: &str) -> Option<&'static Function> {
        all().find(|function| function.name == name)
    }

    fn unknown(&self, name: &str, span: Range<usize>) -> SyntaxError {
        let help = match closest(name, names()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "write a text in quotes, and a variable as `.Vars.name`".to_owned(),
        };
        SyntaxError::new(span, format!("function \"{name}\" not defined")).with_help(help)
    }
}

// === impl Function ===

impl Function {
    const fn new(name: &'static str, arity: (usize, usize), run: Run) -> Self {
        Self { name, arity, run }
    }

    const fn pure(
        name: &'static str,
        least: usize,
        most: usize,
        run: fn(&mut Call<'_>) -> Result<Val, Failure>,
    ) -> Self {
        Self::new(name, (least, most), Run::Pure(run))
    }

    const fn refused(name: &'static str, reason: &'static str) -> Self {
        Self::new(name, (0, ANY), Run::Refused(reason))
    }
}

// === impl Call ===

impl<'c> Call<'c> {
    /// An argument; nothing where there is none.
    pub(super) fn value(&self, at: usize) -> Val {
        self.arguments.get(at).cloned().unwrap_or(Val::Nil)
    }

    /// The last argument: what a pipe leads into.
    fn last(&self) -> Val {
        self.arguments.last().cloned().unwrap_or(Val::Nil)
    }

    /// An argument that has to be a text.
    pub(super) fn text(&self, at: usize) -> Result<&'c str, Failure> {
        match self.arguments.get(at) {
            Some(Val::Text(text)) => Ok(text),
            other => Err(wrong_type("string", other)),
        }
    }

    /// An argument as a whole number, however it is written.
    fn integer(&self, at: usize) -> i64 {
        self.arguments.get(at).map_or(0, convert::integer)
    }

    /// An argument that has to be a whole number.
    fn strict_integer(&self, at: usize) -> Result<i64, Failure> {
        match self.arguments.get(at) {
            Some(Val::Int(number)) => Ok(*number),
            other => Err(wrong_type("int", other)),
        }
    }

    /// An argument as a text, whatever it is.
    fn shown(&mut self, at: usize) -> Result<String, Failure> {
        let value = self.value(at);
        self.heap.print(&value)
    }

    /// An argument that has to be a list.
    fn list(&self, at: usize) -> Result<&'c [Val], Failure> {
        match self.arguments.get(at) {
            Some(Val::List(list)) => Ok(list.items()),
            other => Err(wrong_type("list", other)),
        }
    }

    /// An argument that has to be a map.
    fn map(&self, at: usize) -> Result<super::value::MapId, Failure> {
        match self.arguments.get(at) {
            Some(Val::Map(id)) => Ok(*id),
            other => Err(wrong_type("map[string]interface {}", other)),
        }
    }

    fn answer(&mut self, text: impl AsRef<str>) -> Result<Val, Failure> {
        self.heap.new_text(text)
    }
}

fn wrong_type(wanted: &str, got: Option<&Val>) -> Failure {
    let got = got.map_or("nothing", Val::type_name);
    Failure::Value(format!(
        "wrong type for value; expected {wanted}; got {got}"
    ))
}
