//! JSON Schemas of both parts of a bundle.
//!
//! The types here say what a file looks like and are never read into; a test holds them against what is written.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};

/// The schema of a signed bundle.
#[must_use]
pub fn envelope_schema() -> Schema {
    root::<EnvelopeFile>()
}

/// The schema of a manifest, which authors may write by hand.
#[must_use]
pub fn manifest_schema() -> Schema {
    root::<ManifestFile>()
}

fn root<T: JsonSchema>() -> Schema {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// A signed bundle of check files: a DSSE envelope around a manifest.
#[derive(JsonSchema)]
#[schemars(title = "Chorister bundle", rename_all = "camelCase")]
#[expect(dead_code, reason = "the type is a form")]
struct EnvelopeFile {
    /// What the payload is.
    #[schemars(regex(pattern = r"^application/vnd\.chorister\.bundle\.v1\+json$"))]
    payload_type: String,
    /// The exact bytes of the manifest, in base64.
    payload: String,
    /// Signatures over `DSSEv1`, the type and the payload; one by a key that counts is enough.
    signatures: Vec<SignatureForm>,
}

/// One signature.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the type is a form")]
struct SignatureForm {
    /// A hint whose it is: the public key, as 64 hexadecimal digits.
    #[schemars(default)]
    keyid: String,
    /// The ed25519 signature, in base64.
    sig: String,
}

/// What a bundle holds, before it is signed.
#[derive(JsonSchema)]
#[schemars(title = "Chorister bundle manifest", deny_unknown_fields)]
#[expect(dead_code, reason = "the type is a form")]
struct ManifestFile {
    /// Which bundle it is. A node follows one.
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9_.-]*$"), length(max = 128))]
    name: String,
    /// Grows with each change.
    #[schemars(range(min = 0))]
    version: u64,
    /// After this time the bundle is not accepted any more: RFC 3339, such as `2027-06-30T00:00:00Z`.
    #[schemars(extend("format" = "date-time"))]
    not_after: String,
    /// Texts of check files by their names.
    files: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_have_the_keys_that_are_read() {
        let keys = |schema: Schema| {
            let found = schema
                .pointer("/properties")
                .and_then(|it| it.as_object())
                .cloned();
            found
                .unwrap_or_default()
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(
            keys(envelope_schema()),
            ["payloadType", "payload", "signatures"]
        );
        assert_eq!(
            keys(manifest_schema()),
            ["name", "version", "not_after", "files"]
        );
    }
}
