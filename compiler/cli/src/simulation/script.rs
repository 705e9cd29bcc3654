//! Scripts and requirements, as people write them.

use core::time::Duration;
use std::path::Path;

use anyhow::{Result, bail};
use chorister_fsm::MachineRef;
use chorister_sim::{Expectation, Setup, Step};
use chorister_spec::scenario::{Suite, Test};
use chorister_spec::{Checked, Diagnostic, Severity, Source};
use serde_json::{Map, Value};

use super::cast::Cast;
use crate::inputs;

/// What was read, or what is wrong with it.
pub(crate) type Read<T> = Result<T, (Vec<Diagnostic>, Source)>;

/// A script.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) setup: Setup,
    pub(crate) timezone: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) expectations: Vec<Expectation>,
    pub(crate) until: Duration,
}

/// Reads a list of steps, or the first test of a file.
pub(crate) fn read(path: &Path, cast: &Cast) -> Result<Read<Script>> {
    let source = match inputs::read(path)? {
        Ok(source) => source,
        Err(refused) => {
            let (source, diagnostic) = *refused;
            return Ok(Err((vec![diagnostic], source)));
        }
    };
    let test = match test(source, cast)? {
        Ok(test) => test,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let machines: Vec<MachineRef> = cast.machines().cloned().map(MachineRef::from).collect();
    let mut setup = match chorister_testing::setup(&test, &machines) {
        Ok(setup) => setup,
        Err(why) => bail!("{why}"),
    };
    cast.tell(&mut setup);
    Ok(Ok(Script {
        setup,
        timezone: test.given.timezone.clone(),
        steps: chorister_testing::script(&test.steps, &machines).steps,
        expectations: chorister_testing::expectations(&test.expect),
        until: test.until,
    }))
}

/// Reads a requirement: an entry of `expect:`, or the file of a test that has some.
pub(crate) fn requirement(text: &str, cast: &Cast) -> Result<Read<Vec<Expectation>>> {
    let path = Path::new(text);
    if !text.trim_start().starts_with('{') || path.is_file() {
        let read = read(path, cast)?;
        return Ok(read.map(|it| it.expectations));
    }
    let source = Source::new("--expect", format!("expect:\n- {text}\n"));
    let read = test(source, cast)?;
    Ok(read.map(|test| chorister_testing::expectations(&test.expect)))
}

fn test(source: Source, cast: &Cast) -> Result<Read<Test>> {
    let machines: Vec<&Checked> = cast.members.iter().map(|(_, it)| it).collect();
    let read = Suite::read(&source).check_script(&machines);
    let errors = read.diagnostics.into_iter();
    let errors: Vec<_> = errors.filter(|it| it.severity == Severity::Error).collect();
    match read.tests.into_iter().next() {
        _ if !errors.is_empty() => Ok(Err((errors, source))),
        Some(test) => Ok(Ok(test)),
        None => bail!("{} holds no test", source.path),
    }
}

/// Reads names and values, as facts and data are.
pub(crate) fn mapping(path: &Path) -> Result<Map<String, Value>> {
    let shown = path.display();
    let Ok(source) = inputs::read(path)? else {
        bail!("{shown} is not UTF-8");
    };
    let text = source.text.as_bytes();
    let parsed = chorister_yaml::parse(text, source.format, &chorister_yaml::Limits::SPEC);
    let root = match parsed.into_result() {
        Ok(root) => root,
        Err(errors) => {
            let why = errors.first().map_or("", |it| it.message.as_str());
            bail!("cannot read {shown}: {why}");
        }
    };
    match chorister_yaml::to_json(&root) {
        Value::Object(members) => Ok(members),
        _ => bail!("{shown} holds no mapping of names to values"),
    }
}
