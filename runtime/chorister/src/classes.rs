//! The classes that configuration management has given to a node.

use std::fs::File;
use std::io;
use std::path::Path;

use chorister_yaml::Limits;

/// The classes in a file, one on each line, in the order of the alphabet.
///
/// # Errors
///
/// The file cannot be read, or is too large.
pub(crate) fn read(file: &Path) -> io::Result<Vec<String>> {
    let bytes = Limits::SPEC.read(File::open(file)?)?;
    let text = String::from_utf8_lossy(&bytes);
    let classes = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let mut classes: Vec<String> = classes.map(str::to_owned).collect();
    classes.sort_unstable();
    Ok(classes)
}
