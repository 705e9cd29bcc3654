//! The JSON Schema of a check file, for editors and documentation.
//!
//! The types here say what a file looks like and are never read into; a test holds them against the keys that are.
//! What a check may set below `with` depends on the classes of its distribution.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};

use crate::row::{self, schema::RowForm};

/// The schema of a check file.
#[must_use]
pub fn schema() -> Schema {
    row::schema::of::<CheckFileForm>(true)
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
    checks: BTreeMap<String, RowForm>,
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
