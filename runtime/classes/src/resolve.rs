//! A class with its parameters filled in.

use core::time::Duration;
use std::sync::Arc;

use chorister_fsm::{Check, CheckProbe, GossFile, Remedy};
use chorister_ir::{
    CheckClass, CheckDefaults, CheckRow, ClassRun, Flapping, Given, Literal, Pair, ParameterId,
    Remediation, Settings, Text,
};
use chorister_lang::suggest;
use serde_json::{Map, Value};

use crate::argument::{Values, json};
use crate::order::orders;
use crate::problem::{Kind, Problem};
use crate::value::value;

/// One check as it is written: what it does not say it inherits from its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name, unique on a node.
    pub name: String,
    /// Values of parameters, by name.
    pub with: Map<String, Value>,
    /// What else it says of itself.
    pub settings: Settings,
}

/// Fills a class in with a row.
///
/// # Errors
/// Everything that is wrong with the row, in the order of the class's parameters; unknown names come first.
pub fn resolve(class: &CheckClass, row: &Row) -> Result<Check, Vec<Problem>> {
    let values = values(class, row)?;
    Ok(fill(class, &row.name, &values, &row.settings))
}

/// The values that a row gives, as they are compiled in.
///
/// # Errors
/// As [`resolve`].
pub fn given(class: &CheckClass, row: &Row) -> Result<Vec<Given>, Vec<Problem>> {
    let values = values(class, row)?;
    let own = class.parameters.iter().zip(values).enumerate();
    let own = own.filter(|(_, (parameter, _))| row.with.contains_key(parameter.name.as_ref()));
    let own = own.filter_map(|(at, (_, value))| {
        let parameter = ParameterId(u16::try_from(at).ok()?);
        Some(Given {
            parameter,
            value: value?,
        })
    });
    Ok(own.collect())
}

/// The check of a row that is compiled in, and so was held against its class already.
#[must_use]
pub fn compiled(row: &CheckRow) -> Check {
    fitted(row.class, &row.name, &row.with, &row.settings)
}

/// The check of values that were held against their class.
#[must_use]
pub fn fitted(class: &CheckClass, name: &str, with: &[Given], settings: &Settings) -> Check {
    let defaults = class.parameters.iter().map(|it| it.default.clone());
    let mut values: Vec<_> = defaults.collect();
    for given in with {
        if let Some(value) = values.get_mut(usize::from(given.parameter.0)) {
            *value = Some(given.value.clone());
        }
    }
    fill(class, name, &values, settings)
}

/// A check of the class's own name, without the values that a real one would have to give: for tests of the class in
/// virtual time, and for what is known of its checks before there is one.
#[must_use]
pub fn example(class: &CheckClass) -> Check {
    fitted(class, &class.name, &[], &Settings::INHERITED)
}

/// The variables that a goss file of the class sees for a check that gives no value.
#[must_use]
pub fn variables(class: &CheckClass) -> Map<String, Value> {
    let defaults: Vec<_> = class
        .parameters
        .iter()
        .map(|it| it.default.clone())
        .collect();
    by_name(class, &defaults)
}

/// The values of all parameters, in their order; everything that is wrong with them otherwise.
fn values(class: &CheckClass, row: &Row) -> Result<Vec<Option<Literal>>, Vec<Problem>> {
    let mut problems = unknown(class, row);
    let values = read(class, row, &mut problems);
    if problems.is_empty() {
        problems.extend(orders(&class.parameters, &values));
    }
    problems.extend(times(&row.settings));
    problems.extend(disorder(&class.defaults, &row.settings));
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(problems)
    }
}

fn fill(class: &CheckClass, name: &str, values: &[Option<Literal>], settings: &Settings) -> Check {
    let defaults = &class.defaults;
    let filled = Values(values);
    let remediation = defaults.remediate.as_ref();
    let remedy = remediation.filter(|_| settings.remediate != Some(false));
    Check {
        name: Text::Owned(name.to_owned()),
        class: class.name.clone(),
        probe: probe(class, values),
        interval: settings.interval.unwrap_or(defaults.interval),
        timeout: settings.timeout.unwrap_or(defaults.timeout),
        retry: settings.retry.unwrap_or_default().over(defaults.retry),
        flapping: flapping(defaults, settings),
        active: settings.active.clone().or_else(|| defaults.active.clone()),
        depends_on: settings
            .depends_on
            .as_ref()
            .unwrap_or(&defaults.depends_on)
            .to_vec(),
        remedy: remedy.map(|it| remedy_of(it, &filled)),
        annotations: annotations(&defaults.annotations, &settings.annotations),
        publish: settings.publish.unwrap_or_default().over(defaults.publish),
    }
}

/// When a check flaps, if anybody asks for it.
fn flapping(defaults: &CheckDefaults, settings: &Settings) -> Option<Flapping> {
    let of_class = defaults.flapping;
    match settings.flapping {
        Some(own) => Some(own.over(of_class.unwrap_or(Flapping::DEFAULT))),
        None => of_class,
    }
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

/// The values of all parameters, in their order; none for one with a problem.
fn read(class: &CheckClass, row: &Row, problems: &mut Vec<Problem>) -> Vec<Option<Literal>> {
    let mut values = Vec::with_capacity(class.parameters.len());
    for parameter in &class.parameters {
        let given = row.with.get(parameter.name.as_ref());
        // An optional parameter without a value may be written so that it shows.
        let given = given.filter(|it| !it.is_null() || parameter.is_required());
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
fn times(settings: &Settings) -> Option<Problem> {
    let given = [
        ("interval", settings.interval),
        ("timeout", settings.timeout),
    ];
    let (what, _) = given
        .into_iter()
        .find(|(_, time)| time.is_some_and(|it| it < Duration::from_millis(1)))?;
    let problem = Problem::new(Kind::Time, format!("`{what}` is less than a millisecond"));
    Some(problem.help("leave it out to have that of the class"))
}

/// What is wrong with shares that come together from a check and its class.
fn disorder(defaults: &CheckDefaults, settings: &Settings) -> Option<Problem> {
    let message = flapping(defaults, settings)?.disorder()?;
    let help =
        "`low` has to be less than `high`: where a check says only one, its class says the other";
    Some(Problem::new(Kind::Flapping, message).help(help))
}

fn probe(class: &CheckClass, values: &[Option<Literal>]) -> CheckProbe {
    let filled = Values(values);
    let named = || by_name(class, values);
    match &class.run {
        ClassRun::Plugin(command) => CheckProbe::Plugin {
            argv: filled.command_line(&command.arguments),
            environment: filled.environment(&command.environment),
        },
        ClassRun::Goss(files) => CheckProbe::Goss {
            file: GossFile::Embedded(files.clone()),
            vars: Arc::new(Value::Object(named())),
        },
        ClassRun::Native(name) => CheckProbe::Native {
            name: name.clone(),
            parameters: Arc::new(named()),
        },
    }
}

/// The values of parameters that have one, as goss files and checks of the program take them.
fn by_name(class: &CheckClass, values: &[Option<Literal>]) -> Map<String, Value> {
    let pairs = class.parameters.iter().zip(values);
    let pairs = pairs.filter_map(|(parameter, value)| {
        Some((parameter.name.clone().into_owned(), json(value.as_ref()?)))
    });
    pairs.collect()
}

fn remedy_of(it: &Remediation, values: &Values<'_>) -> Remedy {
    Remedy {
        argv: values.command_line(&it.command),
        interval: it.interval,
        attempts: it.attempts,
        timeout: it.timeout,
    }
}

fn annotations(of_class: &[Pair], of_check: &[Pair]) -> Arc<[Pair]> {
    let is_replaced = |key: &str| of_check.iter().any(|it| it.key == key);
    let inherited = of_class.iter().filter(|it| !is_replaced(&it.key));
    let own = of_check.iter().filter(|it| !it.value.is_empty());
    inherited.chain(own).cloned().collect()
}
