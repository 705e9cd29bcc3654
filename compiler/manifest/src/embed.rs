//! Manifests as JSON, and as a part of a binary.

use crate::{FORMAT, Manifest, ReadError};

/// Most bytes of a manifest; more machines than anybody has need less.
pub const MAX_LENGTH: usize = 64 << 20;

/// What a manifest begins with.
const MARK: &str = "{\"chorister_manifest\":";

/// Pretty-printed, with the mark on the first line as it is looked for.
pub(crate) fn write(manifest: &Manifest) -> String {
    // A structure of texts, numbers and lists always has a JSON form.
    let pretty = serde_json::to_string_pretty(manifest).unwrap_or_default();
    let rest = pretty
        .split_once(',')
        .map(|(_, rest)| rest)
        .unwrap_or_default();
    format!("{MARK}{},{rest}\n", manifest.chorister_manifest)
}

pub(crate) fn read(text: &[u8]) -> Result<Manifest, ReadError> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter();
    accepted(
        values
            .next()
            .unwrap_or_else(|| serde_json::from_slice(text))?,
    )
}

/// The first manifest in a binary that can be read.
pub(crate) fn find(bytes: &[u8]) -> Option<Manifest> {
    let mark = MARK.as_bytes();
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|it| it == mark) {
        rest = rest.get(at..)?;
        let head = rest.get(..rest.len().min(MAX_LENGTH)).unwrap_or(rest);
        // The value ends where its last bracket closes; what follows is another part of the binary.
        if let Ok(manifest) = read(head) {
            return Some(manifest);
        }
        rest = rest.get(mark.len()..)?;
    }
    None
}

fn accepted(manifest: Manifest) -> Result<Manifest, ReadError> {
    match manifest.chorister_manifest {
        FORMAT => Ok(manifest),
        other => Err(ReadError::Newer(other)),
    }
}
