//! What a distribution promises: `loaded`, `budget`, `tests`.

use chorister_yaml::{Entry as Pair, Kind, Node};

use super::decode::{is_relative, mark};
use super::keys::{BUDGET, BUNDLE, LOADED};
use super::{Budget, BudgetPlaces, Bundle, Loaded};
use crate::diagnostic::{Code, Finding, Path};
use crate::form::Reader;
use crate::outline::Named;

/// Where machines, check files and agents in other languages come from, if they do.
pub(super) fn loaded(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    for Pair { key, value, .. } in reader.mapping(node, path, &LOADED) {
        let path = path.join(key.text.clone());
        if key.text == "bundle" && value.as_mapping().is_some() {
            loaded.bundle = Some(bundle(reader, value, &path));
            continue;
        }
        let Some(directory) = reader.text(value, &path).filter(|it| it != "none") else {
            continue;
        };
        match key.text.as_str() {
            "machines" => loaded.machines = absolute(reader, directory, path),
            "checks" => loaded.checks = absolute(reader, directory, path),
            "external_agents" => loaded.external_agents = absolute(reader, directory, path),
            "bundle" => reader.wrong_type(value, &path, "a mapping with `key` and `source`"),
            _ => {}
        }
    }
    loaded
}

/// Whose signatures on a bundle of check files count, and where it comes from.
fn bundle(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Bundle {
    let mut bundle = Bundle::default();
    for Pair { key, value, .. } in reader.mapping(node, path, &BUNDLE) {
        let path = path.join(key.text.clone());
        match key.text.as_str() {
            "key" if value.as_sequence().is_some() => {
                for (item, path) in reader.list(value, &path) {
                    bundle.keys.extend(public_key(reader, item, &path));
                }
            }
            "key" => bundle.keys.extend(public_key(reader, value, &path)),
            "source" => bundle.source = source(reader, value, &path),
            _ => {}
        }
    }
    bundle
}

fn public_key(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<String> {
    let key = reader.text_or_number(node, path)?;
    if key.len() == 64 && key.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Some(key);
    }
    let message = format!("`{path}` is not a public key");
    let finding = Finding::new(Code::Checksum, path.clone(), message)
        .help("write the 64 hexadecimal digits that `choristerc bundle keygen` printed, in quotes");
    reader.findings.add(finding);
    None
}

fn source(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<String> {
    let source = reader.text(node, path)?;
    let is_key = || {
        let name = source.strip_prefix("kv:")?.split_once('/');
        name.filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
    };
    if source.starts_with("https://") || source.starts_with('/') || is_key().is_some() {
        return Some(source);
    }
    let message = format!("`{source}` is neither a file nor an HTTPS URL, nor a key of a bucket");
    let finding = Finding::new(Code::InvalidUrl, path.clone(), message)
        .help("write the file from `/` on, a URL that begins with `https://`, or `kv:BUCKET/KEY`");
    reader.findings.add(finding);
    None
}

fn absolute(reader: &mut Reader<'_>, directory: String, path: Path) -> Option<String> {
    if directory.starts_with('/') {
        return Some(directory);
    }
    let message = format!("`{directory}` is not an absolute path");
    let help = "write the directory from `/` on, or `none`";
    reader
        .findings
        .add(Finding::new(Code::Directory, path, message).help(help));
    None
}

/// What the binary is expected to use.
pub(super) fn budget(reader: &mut Reader<'_>, node: &Node, path: &Path) -> (Budget, BudgetPlaces) {
    let mut budget = Budget::default();
    let mut places = BudgetPlaces::default();
    for Pair { key, value, .. } in reader.mapping(node, path, &BUDGET) {
        let below = path.join(key.text.clone());
        match key.text.as_str() {
            "rss" => {
                budget.rss = reader.size(value, &below);
                places.rss = Some(mark(value, &below));
            }
            "events_per_second" => {
                budget.events_per_second = reader.count(value, &below);
                places.events_per_second = Some(mark(value, &below));
            }
            "forks_per_second" => {
                budget.forks_per_second = reader.count(value, &below);
                places.forks_per_second = Some(mark(value, &below));
            }
            _ => {}
        }
    }
    (budget, places)
}

/// The files of tests that are listed, which may have `*` in their names. Tests that stand here are read by
/// [`crate::scenario`], since they need the machines.
pub(super) fn tests(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<Named> {
    let mut files = Vec::new();
    for (item, path) in reader.list(node, path) {
        if item.as_mapping().is_some() {
            continue;
        }
        if item.kind() != Kind::Str {
            reader.wrong_type(item, &path, "a path or a test");
            continue;
        }
        let Some(text) = reader.text(item, &path) else {
            continue;
        };
        if is_relative(&text) {
            let place = mark(item, &path);
            files.push(Named { text, place });
        } else {
            let message = format!("`{text}` is not a path relative to this file");
            let finding = Finding::new(Code::TestFile, path, message);
            reader
                .findings
                .add(finding.help(
                    "write it with `/` between folders, relative to the folder of this file",
                ));
        }
    }
    files
}
