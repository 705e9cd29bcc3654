//! The JSON Schema of a check file, for editors and documentation.
//!
//! The types here say what a file looks like and are never read into; a test holds them against the keys that are.
//! What a check may set below `with` depends on the classes of its distribution.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};

/// The schema of a check file.
#[must_use]
pub fn schema() -> Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12()
        .with(|it| it.inline_subschemas = true)
        .with_transform(schemars::transform::RecursiveTransform(
            crate::model::schema::without_null,
        ));
    settings
        .into_generator()
        .into_root_schema_for::<CheckFileForm>()
}

/// Checks of compiled classes, as configuration tools write them.
#[derive(JsonSchema)]
#[schemars(title = "Chorister check file", deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct CheckFileForm {
    /// The schema that an editor uses.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// What the checks are about.
    description: Option<String>,
    /// Checks by their names, each unique on a node.
    checks: BTreeMap<String, CheckForm>,
}

/// One check.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct CheckForm {
    /// The class that is compiled in.
    class: String,
    /// Values of the parameters of the class.
    with: Option<BTreeMap<String, serde_json::Value>>,
    /// Time between two runs, such as `1m`; that of the class if nothing is said.
    interval: Option<String>,
    /// How long a run may take, such as `10s`; that of the class if nothing is said.
    timeout: Option<String>,
    /// Free text for those who show the check, beside that of the class; an empty text takes one of the class away.
    annotations: Option<BTreeMap<String, String>>,
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = schema();
        keys::FILE.assert_schema(&schema, "");
        keys::CHECK.assert_schema(&schema, "/properties/checks/additionalProperties");
    }
}
