//! Expressions: a subset of expr-lang 1.17, the language of `expression` watchers and of filters.
//!
//! Text becomes a [`Program`] in three steps, one module each: `lexer`, `parser` and `checker`. The checker
//! resolves names against an [`Environment`] and refuses what could only fail; what depends on data is
//! left to [`Program::evaluate`], which is pure, bounded in steps, depth and size, and never panics.
//!
//! Two deliberate differences from the language of upstream: a JSON number without fraction is an `int`
//! here (Go reads every JSON number as a float), and nothing reads a clock (`now`, `date`, `duration` and
//! `timezone` are refused).

mod builtins;
mod checker;
mod environment;
mod evaluator;
mod flow;
mod format;
mod lexer;
mod parser;
mod signatures;
mod syntax;
mod tree;
mod value;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use environment::{Environment, Signature, Type};
pub use tree::{Builtin, Entry, Expr, One, Operator, Program};
use value::Val;

use crate::syntax::SyntaxError;

/// A program and what is known about it that does not run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The program.
    pub program: Program,
    /// What it reads, in the order of the text.
    pub reads: Vec<Read>,
}

/// A path that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What the path starts from.
    pub root: Root,
    /// The path: names joined by dots, or the argument of `get_fact`; empty for the whole.
    pub path: String,
    /// Bytes of the text.
    pub span: core::ops::Range<usize>,
    /// Whether the evaluation fails when something before the last name is absent.
    pub nil_unsafe: bool,
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The machine's data.
    Data,
    /// The node's facts, read by name.
    Facts,
    /// The node's facts, read by the gjson path given to `get_fact`.
    GetFact,
}

/// The values that names stand for during an evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The machine's data.
    pub data: &'a Map<String, Value>,
    /// The node's facts.
    pub facts: &'a Value,
    /// The node's name.
    pub identity: &'a str,
}

/// What else than a machine gives names their values and has functions of its own.
pub trait Host {
    /// The value of a variable; `None` where there is no such variable.
    fn variable(&self, name: &str) -> Option<&Value>;

    /// What a function gives for its arguments.
    ///
    /// # Errors
    ///
    /// The arguments are none that it can do anything with, or there is no such function.
    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, EvalError>;
}

/// Where an evaluation finds what names stand for.
#[derive(Clone, Copy)]
enum Names<'a> {
    Scope(Scope<'a>),
    Host(&'a dyn Host),
}

/// Why an evaluation gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What could not be done.
    pub message: String,
}

/// What no expression and no evaluation may exceed.
struct Limits;

impl Limits {
    /// Bytes of the text.
    const SOURCE: usize = 64 << 10;
    /// Nodes of the tree.
    const NODES: usize = 10_000;
    /// Levels of the tree, and of lists and maps inside a computed value.
    const DEPTH: usize = 128;
    /// Steps of an evaluation.
    const STEPS: u32 = 1_000_000;
    /// Bytes that an evaluation computes.
    const BYTES: usize = 16 << 20;
    /// Integers of a range.
    const RANGE: usize = 1_000_000;
    /// Bytes of a pattern.
    const PATTERN: usize = 1_000;
    /// Bytes of a compiled pattern.
    const PATTERN_PROGRAM: usize = 256 << 10;
    /// Compiled patterns that an evaluation keeps.
    const PATTERNS: usize = 16;
}

/// Compiles the text of an expression.
///
/// # Errors
///
/// Everything that is wrong with it, in the order of the text.
pub fn compile(source: &str, environment: &Environment) -> Result<Compiled, Vec<SyntaxError>> {
    if source.len() > Limits::SOURCE {
        let message = format!("the expression is longer than {} bytes", Limits::SOURCE);
        return Err(vec![SyntaxError::new(0..source.len(), message)]);
    }
    let tree = parser::parse(source)?;
    let (root, reads) = checker::check(&tree, environment)?;
    Ok(Compiled {
        program: Program {
            source: source.to_owned().into(),
            root,
        },
        reads,
    })
}

impl EvalError {
    /// An error with a message: lower case, without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl Program {
    /// Compiles the text of an expression; [`compile`] also says what it reads.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of the text.
    pub fn compile(source: &str, environment: &Environment) -> Result<Self, Vec<SyntaxError>> {
        compile(source, environment).map(|compiled| compiled.program)
    }

    /// The value of the expression.
    ///
    /// # Errors
    ///
    /// An operation that its operands do not allow, or a limit that was reached.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        evaluator::evaluate(&self.root, Names::Scope(*scope))?.to_json()
    }

    /// Whether the expression is true; `nil` is not.
    ///
    /// # Errors
    ///
    /// As [`Program::evaluate`]; also a value that is no boolean.
    pub fn is_true(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        self.truth(Names::Scope(*scope))
    }

    /// As [`Program::is_true`], with the names and functions of a host.
    ///
    /// # Errors
    ///
    /// As [`Program::is_true`]; also what the functions of the host refuse.
    pub fn is_true_for(&self, host: &dyn Host) -> Result<bool, EvalError> {
        self.truth(Names::Host(host))
    }

    fn truth(&self, names: Names<'_>) -> Result<bool, EvalError> {
        match evaluator::evaluate(&self.root, names)? {
            Val::Bool(value) => Ok(value),
            // Compat: expr-lang compiler: with `AsBool` a result that turns out to be nil is false.
            Val::Nil => Ok(false),
            other => {
                let message = format!("the result is {}, not a bool", other.describe());
                Err(EvalError::new(message))
            }
        }
    }
}
