//! A class with its parameters filled in.

use core::time::Duration;
use std::sync::Arc;

use chorister_fsm::{Check, CheckProbe, GossFile, Remedy};
use chorister_ir::{
    Active, CheckClass, ClassRun, Flapping, Literal, Pair, Publish, Remediation, Retry, Text,
};
use chorister_lang::suggest;
use serde_json::{Map, Value};

use crate::argument::{Values, json};
use crate::order::orders;
use crate::problem::{Kind, Problem};
use crate::value::value;

/// One check as it is written: what it does not say it inherits from its class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Its name, unique on a node.
    pub name: String,
    /// Values of parameters, by name.
    pub with: Map<String, Value>,
    /// Time between two runs.
    pub interval: Option<Duration>,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// How a result that differs is confirmed.
    pub retry: Option<Retry>,
    /// When it changes too often to be believed.
    pub flapping: Option<Flapping>,
    /// When it runs.
    pub active: Option<Active>,
    /// Names of checks: while one of them is critical it is skipped.
    pub depends_on: Option<Vec<String>>,
    /// Whether the class's remediation runs; it does where nothing is said.
    pub remediate: Option<bool>,
    /// Free text for those who show it, beside that of the class; an empty value takes one of the class away.
    pub annotations: Vec<(String, String)>,
    /// What is published of it.
    pub publish: Option<Publish>,
}

/// Fills a class in with a row.
///
/// # Errors
/// Everything that is wrong with the row, in the order of the class's parameters; unknown names come first.
pub fn resolve(class: &CheckClass, row: &Row) -> Result<Check, Vec<Problem>> {
    let mut problems = unknown(class, row);
    let values = values(class, row, &mut problems);
    if problems.is_empty() {
        problems.extend(orders(&class.parameters, &values));
    }
    let defaults = &class.defaults;
    let interval = row.interval.unwrap_or(defaults.interval);
    let timeout = row.timeout.unwrap_or(defaults.timeout);
    problems.extend(times(interval, timeout, row));
    if !problems.is_empty() {
        return Err(problems);
    }
    let filled = Values(&values);
    let remediation = defaults.remediate.as_ref();
    let remedy = remediation.filter(|_| row.remediate != Some(false));
    Ok(Check {
        name: Text::Owned(row.name.clone()),
        class: class.name.clone(),
        probe: probe(class, &values),
        interval,
        timeout,
        retry: row.retry.unwrap_or(defaults.retry),
        flapping: row.flapping.or(defaults.flapping),
        active: row.active.clone().or_else(|| defaults.active.clone()),
        depends_on: match &row.depends_on {
            Some(names) => names.iter().cloned().map(Text::Owned).collect(),
            None => defaults.depends_on.to_vec(),
        },
        remedy: remedy.map(|it| remedy_of(it, &filled)),
        annotations: annotations(&defaults.annotations, &row.annotations),
        publish: row.publish.unwrap_or(defaults.publish),
    })
}

fn unknown(class: &CheckClass, row: &Row) -> Vec<Problem> {
    let known = || class.parameters.iter().map(|it| it.name.as_ref());
    let names = row
        .with
        .keys()
        .filter(|it| known().all(|known| known != it.as_str()));
    let problem = |name: &String| {
        let message = format!("the class `{}` has no parameter `{name}`", class.name);
        let help = match suggest::closest(name, known()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if class.parameters.is_empty() => "it has no parameters".to_owned(),
            None => {
                let known: Vec<_> = known().map(|it| format!("`{it}`")).collect();
                format!("its parameters are {}", known.join(", "))
            }
        };
        Problem::new(Kind::Unknown, message).of(name).help(help)
    };
    names.map(problem).collect()
}

/// The values of all parameters, in their order.
fn values(class: &CheckClass, row: &Row, problems: &mut Vec<Problem>) -> Vec<Option<Literal>> {
    let mut values = Vec::with_capacity(class.parameters.len());
    for parameter in &class.parameters {
        let given = row.with.get(parameter.name.as_ref());
        // An optional parameter without a value may be written so that it shows.
        let given = given.filter(|it| !(it.is_null() && !parameter.is_required()));
        let read = match given {
            Some(given) => value(parameter, given).map(Some),
            None if parameter.is_required() => {
                let name = &parameter.name;
                let message = format!("a check of the class `{}` needs `{name}`", class.name);
                let what = match parameter.description.trim() {
                    "" => format!("a {}", parameter.kind.name()),
                    described => described.to_owned(),
                };
                let problem = Problem::new(Kind::Missing, message);
                Err(problem.help(format!("add `{name}` below `with:`: {what}")))
            }
            None => Ok(parameter.default.clone()),
        };
        values.push(read.unwrap_or_else(|problem| {
            problems.push(problem);
            None
        }));
    }
    values
}

/// What is wrong with times that were given.
fn times(interval: Duration, timeout: Duration, row: &Row) -> Option<Problem> {
    let is_wrong = |what: &str, time: Duration| {
        let problem = Problem::new(Kind::Time, format!("`{what}` is less than a millisecond"));
        (time < Duration::from_millis(1))
            .then(|| problem.help("leave it out to have that of the class"))
    };
    let interval = row.interval.and(is_wrong("interval", interval));
    interval.or_else(|| row.timeout.and(is_wrong("timeout", timeout)))
}

fn probe(class: &CheckClass, values: &[Option<Literal>]) -> CheckProbe {
    let filled = Values(values);
    let named = || {
        let pairs = class.parameters.iter().zip(values);
        let pairs = pairs.filter_map(|(parameter, value)| {
            Some((parameter.name.clone().into_owned(), json(value.as_ref()?)))
        });
        pairs.collect::<Map<String, Value>>()
    };
    match &class.run {
        ClassRun::Plugin(command) => CheckProbe::Plugin {
            argv: filled.command_line(&command.arguments),
            environment: filled.environment(&command.environment),
        },
        ClassRun::Goss(text) => CheckProbe::Goss {
            file: GossFile::Text(text.clone()),
            vars: Arc::new(Value::Object(named())),
        },
        ClassRun::Native(name) => CheckProbe::Native {
            name: name.clone(),
            parameters: Arc::new(named()),
        },
    }
}

fn remedy_of(it: &Remediation, values: &Values<'_>) -> Remedy {
    Remedy {
        argv: values.command_line(&it.command),
        interval: it.interval,
        attempts: it.attempts,
        timeout: it.timeout,
    }
}

fn annotations(of_class: &[Pair], of_row: &[(String, String)]) -> Vec<(Text, Text)> {
    let is_replaced = |key: &str| of_row.iter().any(|(own, _)| own == key);
    let inherited = of_class.iter().filter(|it| !is_replaced(&it.key));
    let inherited = inherited.map(|it| (it.key.clone(), it.value.clone()));
    let own = of_row.iter().filter(|(_, value)| !value.is_empty());
    let own = own.map(|(key, value)| (Text::Owned(key.clone()), Text::Owned(value.clone())));
    inherited.chain(own).collect()
}
