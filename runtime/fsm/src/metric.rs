//! What commands of `metric` watchers print.

use core::time::Duration;
use std::collections::BTreeMap;

use chorister_ir::Metric;
use chorister_lang::nagios::Output;
use serde_json::{Map, Value};

use crate::Measurement;

/// What a measurement says about itself besides what was measured.
const RUNTIME: &str = "choria_runtime_seconds";

/// How many values, and how many labels, a measurement may have.
const MAX_ENTRIES: usize = 4_096;

/// Reads a measurement: a JSON object, or else performance data as plugins print it.
///
/// Missing and null members are taken as empty. `now` is in Unix seconds.
pub(crate) fn read(output: &[u8], def: &Metric, now: i64) -> Result<Measurement, String> {
    let output = output.trim_ascii();
    let mut measurement = if output.starts_with(b"{") {
        read_json(output, now)?
    } else {
        read_plugin(&String::from_utf8_lossy(output), now)
    };
    for label in &def.labels {
        measurement.labels.insert(
            label.key.as_ref().to_owned(),
            label.value.as_ref().to_owned(),
        );
    }
    if measurement.metrics.len() > MAX_ENTRIES || measurement.labels.len() > MAX_ENTRIES {
        return Err(format!("it has more than {MAX_ENTRIES} values or labels"));
    }
    Ok(measurement)
}

/// The measurement as machine data.
pub(crate) fn to_value(measurement: &Measurement, runtime: Duration) -> Value {
    let labels = measurement
        .labels
        .iter()
        .map(|(key, value)| (key.clone(), value.as_str().into()));
    let metrics = measurement
        .metrics
        .iter()
        .map(|(key, value)| (key.clone(), (*value).into()));
    let metrics = metrics.chain([(RUNTIME.to_owned(), runtime.as_secs_f64().into())]);
    let mut value = Map::new();
    value.insert("labels".to_owned(), Value::Object(labels.collect()));
    value.insert("metrics".to_owned(), Value::Object(metrics.collect()));
    value.insert("time".to_owned(), measurement.time.into());
    Value::Object(value)
}

fn read_json(output: &[u8], now: i64) -> Result<Measurement, String> {
    let mut value: Map<String, Value> =
        serde_json::from_slice(output).map_err(|error| error.to_string())?;
    let mut labels = BTreeMap::from([("format".to_owned(), "choria".to_owned())]);
    for (key, value) in members(&mut value, "labels")? {
        let Value::String(text) = value else {
            return Err(format!("label {key:?} is not a text"));
        };
        labels.insert(key, text);
    }
    let mut metrics = BTreeMap::new();
    for (key, value) in members(&mut value, "metrics")? {
        let Some(number) = value.as_f64() else {
            return Err(format!("metric {key:?} is not a number"));
        };
        metrics.insert(key, number);
    }
    let time = match value.get("time") {
        None | Some(Value::Null) => now,
        Some(time) => match time.as_i64() {
            Some(0) => now,
            Some(time) => time,
            None => return Err("time is not a whole number of seconds".to_owned()),
        },
    };
    Ok(Measurement {
        labels,
        metrics,
        time,
    })
}

fn members(value: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, String> {
    match value.get_mut(name).map(Value::take) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(format!("{name} is not an object")),
    }
}

fn read_plugin(output: &str, now: i64) -> Measurement {
    let labels = BTreeMap::from([("format".to_owned(), "nagios".to_owned())]);
    let metrics = Output::parse(output)
        .measurements
        .into_iter()
        .filter_map(|it| Some((it.label.replace(' ', "_"), it.value?)))
        .collect();
    Measurement {
        labels,
        metrics,
        time: now,
    }
}
