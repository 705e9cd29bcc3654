//! The JSON Schema of a check, wherever it stands, and of what classes and checks say alike.
//!
//! The types here say what is written and are never read into; tests of the files that hold them compare keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// The schema of a format that this type is the form of, with or without definitions of its own.
pub(crate) fn of<Form: JsonSchema>(inline: bool) -> Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12()
        .with(|it| it.inline_subschemas = inline)
        .with_transform(schemars::transform::RecursiveTransform(
            crate::model::schema::without_null,
        ));
    settings.into_generator().into_root_schema_for::<Form>()
}

/// What every check may set for itself, as the properties of a JSON Schema: all but its class and values.
#[must_use]
pub fn settings() -> Map<String, Value> {
    let mut schema = of::<RowForm>(true);
    let properties = schema.get_mut("properties").map(Value::take);
    let mut properties = match properties {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    properties.retain(|key, _| !matches!(key.as_str(), "class" | "with"));
    properties
}

/// A check that is an instance of a class; what it does not say is as in its class.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) struct RowForm {
    /// The class that is compiled in.
    class: String,
    /// Values of the class's parameters.
    with: Option<BTreeMap<String, Value>>,
    /// Time between two runs, such as `1m`.
    interval: Option<Time>,
    /// How long a run may take, such as `10s`.
    timeout: Option<Time>,
    /// How a result that differs is confirmed before it counts.
    retry: Option<RetryForm>,
    /// When it changes too often to be believed.
    flapping: Option<FlappingForm>,
    /// When it runs.
    active: Option<ActiveForm>,
    /// Checks and machines: while one of them is CRITICAL, this one is skipped.
    depends_on: Option<NamesForm>,
    /// Whether the remediation of the class runs.
    remediate: Option<bool>,
    /// Free text for those who show the check, beside that of the class; an empty text takes one of the class away.
    annotations: Option<BTreeMap<String, String>>,
    /// What is published of it.
    publish: Option<PublishForm>,
}

/// How a result that differs is confirmed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) struct RetryForm {
    /// How many results in a row it takes; that of the class if a check does not say, `1` if a class does not.
    #[schemars(range(min = 1, max = 1000))]
    attempts: Option<u32>,
    /// Time between two runs meanwhile; that of the class if a check does not say.
    interval: Option<Time>,
}

/// When a check flaps.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) struct FlappingForm {
    /// How many results are looked at; that of the class if a check does not say, `20` if a class does not.
    #[schemars(range(min = 3, max = 1000))]
    window: Option<u16>,
    /// The share of changes from which on it flaps; that of the class if a check does not say, `50%` if a class does
    /// not.
    high: Option<Share>,
    /// The share below which it does no longer; that of the class if a check does not say, `25%` if a class does not.
    low: Option<Share>,
}

/// When a check runs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) struct ActiveForm {
    /// The minutes in which it runs, as cron has them.
    schedule: String,
    /// IANA name of the time zone, such as `Europe/Malta`; that of the node if nothing is said.
    timezone: Option<String>,
}

/// Checks and machines: while one of them is CRITICAL, this one is skipped.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) enum NamesForm {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A part of a command.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) enum WordForm {
    /// One word.
    Word(String),
    /// A number as a word.
    Number(f64),
    /// Words that are left out together where one mentions something without a value.
    Words(Vec<String>),
}

/// What is published of a check.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) enum PublishForm {
    /// Which results are published.
    Policy(PolicyName),
    /// The same, and a time after which one is whatever it is.
    Both(PolicyAndSummary),
}

/// Which results are published, and how often one is anyway.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) struct PolicyAndSummary {
    /// Which results are published; those of the class if a check does not say.
    policy: Option<PolicyName>,
    /// Time after which a result is published whatever it is; that of the class if a check does not say.
    summary: Option<Time>,
}

/// Which results of a check are published.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "the type is a form")]
pub(crate) enum PolicyName {
    /// Every one.
    All,
    /// One that differs from the one before.
    Changes,
    /// One that is not OK, and the first that is again.
    Failing,
}

/// A time with a unit, such as `90s` or `2d`.
pub(crate) struct Time;

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": TIME})
    }
}

/// A share of a whole, such as `50%`.
pub(crate) struct Share;

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 100},
                {"type": "string", "pattern": SHARE},
            ],
        })
    }
}

/// Times, as text.
pub const TIME: &str = r"^\s*((\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+|\d+(\.\d+)?[wWdDMyY])\s*$";

/// Shares of a whole, as text.
pub const SHARE: &str = r"^\s*\d+(\.\d+)?\s*%?\s*$";
