//! The JSON Schema of `machine.yaml`, for editors and documentation.
//!
//! The model's types say what a file looks like; what depends on a watcher's `type` is put together here.
//! A schema has no warnings, so keys of settings that nothing reads are left to `choristerc check`.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{
    Archive, CcmManifest, Exec, Expression as ExpressionSettings, File, ForeignState, Gossip,
    HttpSwitch, Kind, Kv, Machine, Metric, Nagios, Plugins, Schedule, Timer, Watcher,
};

/// The schema of a machine.
#[must_use]
pub fn machine_schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .into_generator()
        .into_root_schema_for::<Machine>();
    schema.insert("title".to_owned(), "Chorister machine".into());
    // Lists may be left out where nothing requires them.
    for level in ["", "/$defs/Transition"] {
        if let Some(level) = schema.pointer_mut(level).and_then(Value::as_object_mut) {
            level.insert("additionalProperties".to_owned(), false.into());
        }
    }
    for level in ["Transition", "Declaration", "Registration"] {
        let required = schema.pointer_mut(&format!("/$defs/{level}/required"));
        if let Some(required) = required.and_then(Value::as_array_mut) {
            let optional = ["subscribe", "facts", "data", "annotations"];
            required.retain(|key| !optional.iter().any(|it| key == it));
        }
    }
    schema
}

/// A key that is left out is not there; `null` means nothing to our formats.
pub(crate) fn without_null(schema: &mut Schema) {
    if let Some(types) = schema.get_mut("type").and_then(|it| it.as_array_mut()) {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(values) = schema.get_mut("enum").and_then(|it| it.as_array_mut()) {
        values.retain(|it| !it.is_null());
    }
    if let Some(choices) = schema.get_mut("anyOf").and_then(|it| it.as_array_mut()) {
        choices.retain(|it| it.get("type").is_none_or(|it| it != "null"));
        if let [only] = choices.as_slice() {
            let only = only.as_object().cloned().unwrap_or_default();
            schema.remove("anyOf");
            for (key, value) in only {
                schema.insert(key, value);
            }
        }
    }
}

impl JsonSchema for Watcher {
    fn schema_name() -> Cow<'static, str> {
        "Watcher".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<&str> = Kind::ALL.map(Kind::as_str).into();
        let by_kind: Vec<Value> = Kind::ALL.map(|kind| settings_of(kind, generator)).into();
        let foreign = generator.subschema_for::<Vec<ForeignState>>();
        let interval = generator.subschema_for::<Interval>();
        json_schema!({
            "description": "What observes or acts in some states of a machine, and fires transitions.",
            "type": "object",
            "required": ["name", "type"],
            "additionalProperties": false,
            "properties": {
                "name": {
                    "description": "The name of the watcher, unique in the machine.",
                    "type": "string",
                    "minLength": 1,
                },
                "description": {"description": "What it is for.", "type": "string"},
                "type": {"description": "What sort of watcher it is.", "enum": kinds},
                "state_match": {
                    "description": "The states in which it is active; every state if there are none.",
                    "type": "array",
                    "items": {"type": "string"},
                },
                "foreign_state_required": foreign,
                "success_transition": {
                    "description": "The transition that it fires when it succeeds.",
                    "type": "string",
                },
                "fail_transition": {
                    "description": "The transition that it fires when it fails.",
                    "type": "string",
                },
                "interval": interval,
                "announce_interval": {
                    "description": "The time between two publications of its state, in every state of the machine; a minute at least.",
                    "allOf": [interval],
                },
                "properties": {"description": "The settings of its type.", "type": "object"},
            },
            "allOf": by_kind,
        })
    }
}

/// What follows from the `type` of a watcher.
fn settings_of(kind: Kind, generator: &mut SchemaGenerator) -> Value {
    let settings = match kind {
        Kind::Archive => generator.subschema_for::<Archive>(),
        Kind::CcmManifest => generator.subschema_for::<CcmManifest>(),
        Kind::Exec => generator.subschema_for::<Exec>(),
        Kind::Expression => generator.subschema_for::<ExpressionSettings>(),
        Kind::File => generator.subschema_for::<File>(),
        Kind::Gossip => generator.subschema_for::<Gossip>(),
        Kind::HttpSwitch => generator.subschema_for::<HttpSwitch>(),
        Kind::Kv => generator.subschema_for::<Kv>(),
        Kind::Metric => generator.subschema_for::<Metric>(),
        Kind::Nagios => generator.subschema_for::<Nagios>(),
        Kind::Plugins => generator.subschema_for::<Plugins>(),
        Kind::Schedule => generator.subschema_for::<Schedule>(),
        Kind::Timer => generator.subschema_for::<Timer>(),
    };
    let mut properties = Map::from_iter([("properties".to_owned(), settings.to_value())]);
    // A timer knows its end only, and says so with `fail_transition`.
    if kind == Kind::Timer {
        properties.insert("success_transition".to_owned(), json!(false));
    }
    // Without settings these can do nothing.
    let required: &[&str] = match kind {
        Kind::HttpSwitch => &[],
        _ => &["properties"],
    };
    json!({
        "if": {"properties": {"type": {"const": kind.as_str()}}, "required": ["type"]},
        "then": {"properties": properties, "required": required},
    })
}

/// Declares the schema of a value that is written as text, or is free of form.
macro_rules! values {
    ($($(#[$meta:meta])* $name:ident = $schema:tt;)*) => {
        $(
            $(#[$meta])*
            pub(super) struct $name;

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            }
        )*
    };
}

values! {
    /// Anything at all.
    Anything = {};
    /// Five fields; more than this is for the checker.
    Cron = {
        "type": "string",
        "pattern": r"^\s*\S+(\s+\S+){4}\s*$",
        "examples": ["0 8 * * mon-fri", "*/10 * * * *"],
    };
    /// A formula.
    Expression = {"type": "string", "minLength": 1};
    /// A duration in the dialect of `properties`.
    GoDuration = {
        "type": "string",
        "pattern": r"^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$",
        "examples": ["10s", "1m30s", "500ms"],
    };
    /// A duration in the dialect of `interval`.
    Interval = {
        "description": "The time between two runs.",
        "type": "string",
        "pattern": r"^\s*([+-]?\d+(\.\d*)?[wWdDMyY]|[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)\s*$",
        "examples": ["30s", "5m", "1d", "2w"],
    };
    /// Permissions.
    Mode = {"type": "string", "pattern": r"^0?[0-7]{3,4}$", "examples": ["0644", "0755"]};
    /// Keys and texts.
    Pairs = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}};
    /// A text in which `{{ … }}` is expanded.
    Template = {"type": "string"};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_the_keys_that_authors_may_write() {
        let schema = machine_schema();
        for (name, keys) in [
            ("Archive", Archive::KEYS),
            ("CcmManifest", CcmManifest::KEYS),
            ("Exec", Exec::KEYS),
            ("Expression", ExpressionSettings::KEYS),
            ("File", File::KEYS),
            ("Gossip", Gossip::KEYS),
            ("HttpSwitch", HttpSwitch::KEYS),
            ("Kv", Kv::KEYS),
            ("Metric", Metric::KEYS),
            ("Nagios", Nagios::KEYS),
            ("Plugins", Plugins::KEYS),
            ("Schedule", Schedule::KEYS),
            ("Timer", Timer::KEYS),
        ] {
            let properties = schema
                .pointer(&format!("/$defs/{name}/properties"))
                .and_then(Value::as_object)
                .unwrap_or_else(|| panic!("{name}"));
            let mut found: Vec<&str> = properties.keys().map(String::as_str).collect();
            let mut expect = keys.to_vec();
            found.sort_unstable();
            expect.sort_unstable();
            assert_eq!(found, expect, "{name}");
        }
    }
}
