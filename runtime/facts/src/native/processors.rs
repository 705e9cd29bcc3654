//! Processors.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Root;

/// What the kernel says of the processors.
pub(super) fn processors(root: &Root, hardware: &str) -> Value {
    let text = root.text("/proc/cpuinfo").unwrap_or_default();
    let fields = || {
        text.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim(), value.trim()))
        })
    };
    let all = |wanted: &'static str| fields().filter(move |it| it.0 == wanted).map(|it| it.1);
    let number = |wanted| all(wanted).next().and_then(|it| it.parse::<u64>().ok());
    let count = all("processor").count().max(1);
    let packages = all("physical id").collect::<BTreeSet<_>>().len().max(1);
    let mut facts = Map::new();
    let mut add = |name: &str, value: Value| facts.insert(name.to_owned(), value);
    add("count", count.into());
    add("physicalcount", packages.into());
    add("isa", hardware.into());
    let models: Vec<Value> = all("model name").map(Value::from).collect();
    if !models.is_empty() {
        add("models", models.into());
    }
    if let Some(cores) = number("cpu cores").filter(|it| *it > 0) {
        add("cores", cores.into());
        if let Some(siblings) = number("siblings") {
            add("threads", (siblings / cores).into());
        }
    }
    let hertz = root
        .text("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
        .and_then(|it| it.parse::<f64>().ok())
        .map(|kilohertz| kilohertz * 1e3)
        .or_else(|| Some(all("cpu MHz").next()?.parse::<f64>().ok()? * 1e6));
    if let Some(hertz) = hertz {
        add("speed", speed(hertz).into());
    }
    Value::Object(facts)
}

/// A clock rate, as `2.40 GHz`.
fn speed(hertz: f64) -> String {
    if hertz >= 1e9 {
        format!("{:.2} GHz", hertz / 1e9)
    } else {
        format!("{:.2} MHz", hertz / 1e6)
    }
}
