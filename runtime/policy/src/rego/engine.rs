//! Rego through `regorus`.

use core::num::NonZeroU32;
use core::time::Duration;
use std::sync::Arc;

use chorister_lang::re2;
use chorister_proto::Filter;
use chorister_proto::filter::FactFilter;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};

use super::{Package, Rego, RegoPolicy};
use crate::FILE_LIMIT;

/// Evaluates policies in Rego, in the syntax of OPA 1.
pub const REGO: Rego = Rego { compile };

/// How long an evaluation may take. It counts by the clock: no policy that is meant for every request comes near it.
const TIME_LIMIT: Duration = Duration::from_millis(500);

/// How many steps pass between two looks at the clock.
const STEPS: NonZeroU32 = NonZeroU32::MIN.saturating_add(63);

#[derive(Debug)]
struct Compiled {
    engine: Engine,
    query: String,
    package: Package,
}

fn compile(text: &str, package: Package) -> Result<Box<dyn RegoPolicy>, String> {
    if text.len() > FILE_LIMIT {
        return Err(format!("a policy has at most {FILE_LIMIT} bytes"));
    }
    let mut engine = Engine::new();
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: TIME_LIMIT,
        check_interval: STEPS,
    });
    // What a policy prints is of no use to a node.
    engine.set_gather_prints(true);
    let found = engine
        .add_policy("policy.rego".to_owned(), text.to_owned())
        .map_err(|it| reason(&it))?;
    let wanted = format!("data.{}", package.name());
    if found != wanted {
        return Err(format!("its package is {found} and not {wanted}"));
    }
    extend(&mut engine, "regex.match", 2, |arguments| {
        let [pattern, text] = arguments else {
            return Err("regex.match takes a pattern and a text".to_owned());
        };
        let pattern = re2::compile(pattern).map_err(|it| it.to_string())?;
        Ok(pattern.is_match(text))
    })?;
    if package == Package::Token {
        // Read now with a filter that asks for nothing, so that what is unknown is known before there is a request.
        let mut engine = engine.clone();
        ask_filter(&mut engine, &Filter::default())?;
        engine
            .compile_with_entrypoint(&query(package).into())
            .map_err(|it| reason(&it))?;
    } else {
        engine
            .clone()
            .compile_with_entrypoint(&query(package).into())
            .map_err(|it| reason(&it))?;
    }
    Ok(Box::new(Compiled {
        engine,
        query: query(package),
        package,
    }))
}

fn query(package: Package) -> String {
    format!("data.{}.allow", package.name())
}

// === impl Compiled ===

impl RegoPolicy for Compiled {
    fn allows(&self, input: &serde_json::Value, filter: &Filter) -> Result<bool, String> {
        let mut engine = self.engine.clone();
        if self.package == Package::Token {
            ask_filter(&mut engine, filter)?;
        }
        engine.set_input(Value::from(input.clone()));
        match engine
            .eval_rule(self.query.clone())
            .map_err(|it| reason(&it))?
        {
            Value::Bool(allow) => Ok(allow),
            Value::Undefined => Err("`allow` is not defined for this request".to_owned()),
            _ => Err("`allow` is neither true nor false".to_owned()),
        }
    }
}

/// Gives a policy the functions that ask about the filter of a request.
fn ask_filter(engine: &mut Engine, filter: &Filter) -> Result<(), String> {
    // The agent is always there, so it says nothing.
    let is_limited = !(filter.facts.is_empty()
        && filter.classes.is_empty()
        && filter.identities.is_empty()
        && filter.compound.is_empty());
    extend(engine, "requires_filter", 0, move |_| Ok(is_limited))?;
    let facts: Arc<[FactFilter]> = filter.facts.as_slice().into();
    extend(engine, "requires_fact_filter", 1, move |arguments| {
        let wanted = arguments.first().map_or("", String::as_str);
        let wanted = FactFilter::parse(wanted).map_err(|it| it.to_string())?;
        Ok(facts.contains(&wanted))
    })?;
    for (name, wanted) in [
        ("requires_class_filter", &filter.classes),
        ("requires_identity_filter", &filter.identities),
    ] {
        let names: Arc<[String]> = wanted.as_slice().into();
        extend(engine, name, 1, move |arguments| {
            Ok(arguments.iter().all(|it| names.contains(it)))
        })?;
    }
    Ok(())
}

/// Adds a function of texts.
fn extend(
    engine: &mut Engine,
    name: &'static str,
    parameters: u8,
    function: impl Fn(&[String]) -> Result<bool, String> + Clone + Send + Sync + 'static,
) -> Result<(), String> {
    let extension = move |values: Vec<Value>| {
        let texts = values
            .iter()
            .map(|it| it.as_string().map(ToString::to_string))
            .collect::<Result<Vec<_>, _>>()?;
        function(&texts)
            .map(Value::Bool)
            .map_err(|error| Refused(error).into())
    };
    let added = engine.add_extension(name.to_owned(), parameters, Box::new(extension));
    added.map_err(|it| reason(&it))
}

/// Why a function gave nothing.
#[derive(Debug)]
struct Refused(String);

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Refused {}

/// What the engine says, on one line.
fn reason(error: &(impl core::fmt::Display + ?Sized)) -> String {
    let text = error.to_string();
    let lines: Vec<_> = text.split_whitespace().collect();
    lines.join(" ")
}
