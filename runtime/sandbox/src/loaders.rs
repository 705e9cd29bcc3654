//! The dynamic loaders of this system, one of which starts each program that is not linked statically.

use std::path::PathBuf;

use chorister_lang::glob;

/// Where programs name their loader by its absolute path.
const FOLDERS: [&str; 2] = ["/lib", "/lib64"];

/// What loaders are called by the C libraries of Linux.
const NAMES: [&str; 4] = ["ld-linux*.so.*", "ld64.so.*", "ld-musl-*.so.1", "ld.so.1"];

pub(crate) fn loaders() -> Vec<PathBuf> {
    let entries = FOLDERS
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(Iterator::flatten);
    entries
        .filter(|it| {
            let name = it.file_name();
            let name = name.to_string_lossy();
            NAMES.iter().any(|pattern| glob::matches(pattern, &name))
        })
        .map(|it| it.path())
        .collect()
}
