//! What a goss file is rendered with where nobody knows the values of its variables yet.

use std::collections::BTreeMap;

use chorister_goss::template;
use chorister_goss::{Value, Vars};
use chorister_ir::{CheckClass, Parameter, ParameterKind};
use chorister_spec::Source;
use serde_json::{Map, json};

/// The text of a variable of which nothing is known.
const ANYTHING: &str = "example";

/// Variables, some of which stand in for values that only a node knows.
pub(super) struct Values {
    vars: Map<String, serde_json::Value>,
    environment: BTreeMap<String, String>,
    /// Whether there may be other variables than these.
    is_open: bool,
    /// Whether any of them stands in.
    pub(super) is_guess: bool,
}

// === impl Values ===

impl Values {
    /// Those of a class: what its checks inherit, and for what each has to say itself something that it might say.
    pub(super) fn of_class(class: &CheckClass) -> Self {
        let mut vars = chorister_classes::variables(class);
        let missing = class.parameters.iter().filter(|it| it.is_required());
        let missing: Vec<_> = missing
            .map(|it| (it.name.clone().into_owned(), might_be(it)))
            .collect();
        let is_guess = !missing.is_empty();
        vars.extend(missing);
        Self {
            vars,
            environment: BTreeMap::new(),
            is_open: false,
            is_guess,
        }
    }

    /// Those of a machine: whatever the overrides of a node say.
    pub(super) fn of_machine() -> Self {
        Self {
            vars: Map::new(),
            environment: BTreeMap::new(),
            is_open: true,
            is_guess: false,
        }
    }

    pub(super) fn vars(&self) -> Vars {
        let mut vars = Vars::new(self.environment.clone());
        for (name, value) in &self.vars {
            vars.set(name, Value::from(value));
        }
        vars
    }

    /// Whether there may be variables of any name.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Names of the variables.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.vars.keys().map(String::as_str)
    }

    /// Takes in what these files read of the node, and says whether that is anything new.
    pub(super) fn learn(&mut self, sources: &[Source]) -> bool {
        let before = (self.environment.len(), self.vars.len());
        let reads = sources.iter().flat_map(|it| template::reads(&it.text));
        for read in reads {
            match read.path.as_slice() {
                [root, name, ..] if root == "Env" => {
                    self.environment.insert(name.clone(), ANYTHING.to_owned());
                }
                [root, name, ..] if root == "Vars" && self.is_open => {
                    let value = self.vars.entry(name.clone());
                    value.or_insert_with(|| ANYTHING.into());
                }
                _ => {}
            }
        }
        let is_new = before != (self.environment.len(), self.vars.len());
        self.is_guess |= is_new;
        is_new
    }
}

/// Something that a check might say.
fn might_be(parameter: &Parameter) -> serde_json::Value {
    let first = |values: &[chorister_ir::Text]| {
        let first = values.first();
        first.map_or_else(|| ANYTHING.to_owned(), |it| it.clone().into_owned())
    };
    match &parameter.kind {
        ParameterKind::String { values, .. } => first(values).into(),
        ParameterKind::Integer { minimum, .. } => minimum.unwrap_or(1).into(),
        ParameterKind::Float { minimum, .. } | ParameterKind::Percent { minimum, .. } => {
            minimum.unwrap_or(1.0).into()
        }
        ParameterKind::Boolean => true.into(),
        ParameterKind::Duration { minimum, .. } => minimum.map_or(1, |it| it.as_secs()).into(),
        ParameterKind::Size { minimum, .. } => minimum.unwrap_or(1).into(),
        ParameterKind::Threshold => "80%".into(),
        ParameterKind::List { values, .. } => vec![first(values)].into(),
        ParameterKind::Secret => json!({"environment": "NAME"}),
    }
}
