//! `goss_validate`: whether the node is as a goss file says.

use core::num::NonZeroUsize;
use std::collections::BTreeMap;
use std::sync::Arc;

use chorister_ddl::{Data, Failure, Host, RequestContext};
use chorister_goss::output::{Format, Options as Printing, render};
use chorister_goss::{Files, Kind, Report, Suite, Vars};
use chorister_std::scout::{GossValidateInput, GossValidateOutput};
use chorister_validate::{Disk, Options, Source, environment, load};
use serde::Deserialize;
use serde_json::Value;

/// How many resources are looked at at the same time.
const AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9);

/// What the rules that somebody sends are called.
const SENT: &str = "rules.yaml";

/// Kinds of resources that are not looked at, where the file is one of the node, and where it comes from elsewhere.
const DENIED_LOCAL: &str = "plugin.scout.goss.denied_local_resources";
const DENIED_REMOTE: &str = "plugin.scout.goss.denied_remote_resources";

/// Evaluates a goss file, of the node or sent along. Tests that fail are no failure.
pub(super) async fn validate(
    cx: &RequestContext,
    input: GossValidateInput,
) -> Result<GossValidateOutput, Failure> {
    let refuse = |why: String| Failure::aborted(why).with(&nothing());
    let order = order(input).map_err(|why| refuse(why.to_owned()))?;
    let denied = denied(&*cx.host, order.is_remote).map_err(refuse)?;
    let could_not = |reason: String| refuse(format!("Could not validate: {reason}"));
    let suite = tokio::task::spawn_blocking(move || order.suite()).await;
    let suite = suite
        .map_err(|error| error.to_string())
        .flatten()
        .map_err(could_not)?;
    let options = Options {
        concurrency: AT_ONCE,
        denied,
        packages: None,
    };
    let report = chorister_validate::validate(Arc::new(suite), options).await;
    told(&report).map_err(|error| refuse(format!("Could not parse goss results: {error}")))
}

/// What is to be evaluated.
struct Order {
    source: Source,
    vars: Option<Given>,
    /// Whether any of it was sent along.
    is_remote: bool,
}

/// Variables.
enum Given {
    File(String),
    Text(String),
}

fn order(input: GossValidateInput) -> Result<Order, &'static str> {
    let mut is_remote = input.yaml_rules.is_some() || input.yaml_vars.is_some();
    let source = match (input.file, input.yaml_rules) {
        (None, None) => return Err("One of rules or file is required"),
        (Some(_), Some(_)) => return Err("Only one of rules or file can be supplied"),
        (Some(file), None) => Source::Path(String::from(file).into()),
        (None, Some(rules)) => {
            is_remote = true;
            Source::Embedded(vec![(SENT.into(), String::from(rules).into())])
        }
    };
    let vars = match (input.vars, input.yaml_vars) {
        (None, None) => None,
        (Some(_), Some(_)) => return Err("Only one of yaml_vars or vars can be supplied"),
        (Some(file), None) => Some(Given::File(file.into())),
        (None, Some(text)) => Some(Given::Text(text.into())),
    };
    Ok(Order {
        source,
        vars,
        is_remote,
    })
}

/// The kinds that are not looked at.
fn denied(host: &dyn Host, is_remote: bool) -> Result<Vec<Kind>, String> {
    let setting = if is_remote {
        DENIED_REMOTE
    } else {
        DENIED_LOCAL
    };
    let names = host.setting(setting).map(|it| it.value);
    let names = names.as_ref().and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    // What cannot be kept from being looked at must not be.
    let kind = |name: &str| {
        let kind = Kind::ALL.into_iter().find(|it| it.key() == name);
        kind.ok_or_else(|| format!("Could not validate: {setting} has no kind of resources {name}"))
    };
    names.map(kind).collect()
}

impl Order {
    /// Reads it. Templates that are sent along do not see the environment of the node.
    fn suite(self) -> Result<Suite, String> {
        let seen = match self.is_remote {
            true => BTreeMap::new(),
            false => environment(),
        };
        let mut vars = Vars::new(seen);
        let text = match self.vars {
            None => None,
            Some(Given::Text(text)) => Some(text.into_bytes()),
            Some(Given::File(path)) => Some(Disk.read(&path)?),
        };
        if let Some(text) = text {
            vars.merge(&text).map_err(|error| error.reason)?;
        }
        load(&self.source, &vars)
    }
}

fn nothing() -> GossValidateOutput {
    GossValidateOutput {
        tests: Some(0),
        failures: Some(0),
        success: Some(0),
        skipped: Some(0),
        runtime: Some(0.0),
        summary: Some(String::new()),
        results: Some(Vec::new()),
    }
}

fn told(report: &Report) -> Result<GossValidateOutput, serde_json::Error> {
    #[derive(Deserialize)]
    struct Printed {
        results: Vec<Data>,
        #[serde(rename = "summary-line")]
        summary: String,
    }
    let text = render(report, Format::Structured, Printing::default());
    let mut printed: Printed = serde_json::from_str(&text)?;
    for result in &mut printed.results {
        // Compat: go-choria providers/agent/mcorpc/golang/scout: false for whatever passed, too; `result` tells.
        result.insert("successful".to_owned(), false.into());
    }
    let summary = report.summary();
    let number = |count: usize| i64::try_from(count).ok();
    let passed = summary
        .count
        .saturating_sub(summary.failed + summary.skipped);
    Ok(GossValidateOutput {
        tests: number(summary.count),
        failures: number(summary.failed),
        success: number(passed),
        skipped: number(summary.skipped),
        runtime: Some(summary.duration.as_secs_f64()),
        summary: Some(printed.summary),
        results: Some(printed.results),
    })
}
