//! Paths.

use super::Function;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("base", 1, 1, |call| call.answer(base(call.text(0)?))),
    Function::pure("osBase", 1, 1, |call| call.answer(base(call.text(0)?))),
    Function::pure("dir", 1, 1, |call| call.answer(directory(call.text(0)?))),
    Function::pure("osDir", 1, 1, |call| call.answer(directory(call.text(0)?))),
    Function::pure("clean", 1, 1, |call| call.answer(clean(call.text(0)?))),
    Function::pure("osClean", 1, 1, |call| call.answer(clean(call.text(0)?))),
    Function::pure("ext", 1, 1, |call| call.answer(extension(call.text(0)?))),
    Function::pure("osExt", 1, 1, |call| call.answer(extension(call.text(0)?))),
    Function::pure("isAbs", 1, 1, |call| {
        Ok(call.text(0)?.starts_with('/').into())
    }),
    Function::pure("osIsAbs", 1, 1, |call| {
        Ok(call.text(0)?.starts_with('/').into())
    }),
];

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    match path.rsplit('/').next() {
        Some("") | None => "/",
        Some(name) => name,
    }
}

fn directory(path: &str) -> String {
    clean(
        path.rfind('/')
            .map_or("", |at| path.get(..=at).unwrap_or_default()),
    )
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rfind('.')
        .and_then(|at| name.get(at..))
        .unwrap_or_default()
}

/// The shortest path to the same place, as far as names tell.
pub(crate) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => {
                names.pop();
            }
            ".." if is_absolute => {}
            name => names.push(name),
        }
    }
    let joined = names.join("/");
    match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
