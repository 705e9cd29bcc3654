//! Compound filters: expressions over everything that is known of a node.

use std::collections::BTreeMap;

use chorister_lang::expr::{Environment, EvalError, Host, Program, Signature, Type};
use serde_json::Value;

use super::fact::Condition;
use super::matcher::{Class, Name};
use super::{FactFilter, Node, Semantics, functions};

/// A data plugin that expressions may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFunction {
    /// Its name.
    pub name: String,
    /// Whether it takes a query.
    pub takes_query: bool,
}

/// What expressions may call and read.
#[derive(Clone, Debug)]
pub struct Functions(Environment);

/// An entry of a compound filter with its expression read.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    program: Program,
}

impl Default for Functions {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Functions {
    /// The functions of upstream, and data plugins.
    #[must_use]
    pub fn new(data: &[DataFunction]) -> Self {
        let of = |parameters: &[Type], result| Signature {
            parameters: parameters.to_vec(),
            result,
        };
        let mut functions: BTreeMap<_, _> = data
            .iter()
            .map(|it| {
                let query: &[Type] = if it.takes_query { &[Type::Any] } else { &[] };
                (it.name.clone(), of(query, Type::Any))
            })
            .collect();
        let own = [
            ("with", of(&[Type::String], Type::Bool)),
            ("fact", of(&[Type::String], Type::Any)),
            ("include", of(&[Type::Any, Type::Any], Type::Bool)),
            ("semver", of(&[Type::String, Type::String], Type::Bool)),
        ];
        functions.extend(own.map(|(name, signature)| (name.to_owned(), signature)));
        let names = Type::List(Box::new(Type::String));
        let variables = [("agents", names.clone()), ("classes", names)];
        Self(Environment {
            variables: variables.map(|(name, ty)| (name.to_owned(), ty)).into(),
            functions,
            expects_bool: true,
            // `facts` is among those: upstream has bytes there, with which nothing can be done.
            undefined_is_nil: true,
        })
    }
}

impl Expression {
    pub(super) fn new(text: &str, functions: &Functions) -> Result<Self, String> {
        match Program::compile(text, &functions.0) {
            Ok(program) => Ok(Self { program }),
            Err(errors) => Err(errors.first().map_or_else(String::new, ToString::to_string)),
        }
    }

    /// Whether it is true of a node; `None` where that cannot be said.
    pub(super) fn holds(&self, node: &Node<'_>, semantics: Semantics) -> Option<bool> {
        let list = |names: &[String]| names.iter().map(|it| Value::from(it.as_str())).collect();
        let host = NodeHost {
            node,
            semantics,
            agents: list(node.agents),
            classes: list(node.classes),
        };
        self.program.is_true_for(&host).ok()
    }
}

struct NodeHost<'a> {
    node: &'a Node<'a>,
    semantics: Semantics,
    agents: Value,
    classes: Value,
}

impl Host for NodeHost<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        match name {
            "agents" => Some(&self.agents),
            "classes" => Some(&self.classes),
            _ => None,
        }
    }

    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, EvalError> {
        if let Some(answer) = functions::call(function, arguments) {
            return answer;
        }
        match (function, arguments) {
            ("with", [Value::String(what)]) => self.with(what).map(Value::from),
            ("fact", [Value::String(path)]) => Ok(functions::look_up(self.node.facts, path)),
            ("with" | "fact", _) => Err(functions::misused(function)),
            // Compat: go-choria filter/compound: one that fails knows nothing, which is no mistake of the expression.
            (plugin, arguments) => Ok(self
                .node
                .data
                .and_then(|data| data(plugin, arguments.first()))
                .unwrap_or_default()),
        }
    }
}

impl NodeHost<'_> {
    /// A fact, else a class, else an agent.
    fn with(&self, what: &str) -> Result<bool, EvalError> {
        if let Ok(fact) = FactFilter::parse(what) {
            let condition = Condition::new(&fact, self.semantics).map_err(EvalError::new)?;
            return condition
                .holds(self.node.facts)
                .ok_or_else(|| EvalError::new(format!("`{what}` cannot be compared")));
        }
        let class = Class::new(what, self.semantics).is_ok_and(|it| it.is_in(self.node.classes));
        Ok(class || Name::new(what).is_ok_and(|it| it.is_in(self.node.agents)))
    }
}
