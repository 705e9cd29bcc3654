//! What tests share.

use std::path::PathBuf;

/// A file of the shared vectors; `None`, and a line saying so, where there are none.
pub(crate) fn vector(path: &str) -> Option<Vec<u8>> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let folder = set.clone().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = folder.join("vectors").join(path);
    let required = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    if !path.exists() && !required {
        println!("not run: {} is not here", path.display());
        return None;
    }
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
