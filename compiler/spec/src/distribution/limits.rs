//! What a distribution promises and presets: `loaded`, `defaults`, `budget`, `tests`.

use chorister_yaml::{Entry as Pair, Kind, Node, Resolved};

use super::decode::mark;
use super::keys::{BUDGET, DEFAULTS, LOADED, PROVISIONING};
use super::reader::Reader;
use super::{Budget, BudgetPlaces};
use crate::diagnostic::{Code, Finding, Part, Path, Severity};

/// Where machines are loaded from, if they are.
pub(super) fn loaded(
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
    later: Severity,
) -> Option<String> {
    let mut machines = None;
    for Pair { key, value, .. } in reader.mapping(node, path, &LOADED) {
        let path = path.join(key.text.clone());
        let Some(directory) = reader.text(value, &path).filter(|it| it != "none") else {
            continue;
        };
        if key.text == "machines" {
            if directory.starts_with('/') {
                machines = Some(directory);
            } else {
                let message = format!("`{directory}` is not an absolute path");
                let help = "write the directory from `/` on, or `none`";
                reader
                    .findings
                    .add(Finding::new(Code::Directory, path, message).help(help));
            }
        } else if LOADED.keys.contains(&key.text.as_str()) {
            let message = format!(
                "this release does not load {} yet",
                key.text.replace('_', " ")
            );
            let finding = Finding::new(Code::NotBuilt, path.clone(), message)
                .at(Part::Key)
                .severity(later)
                .help(format!("write `{}: none`", key.text));
            reader.findings.add(finding);
        }
    }
    machines
}

/// Compiled-in configuration as pairs.
pub(super) fn defaults(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for Pair { key, value, .. } in reader.mapping(node, path, &DEFAULTS) {
        let below = path.join(key.text.clone());
        match key.text.as_str() {
            "collectives" | "brokers" => {
                let texts = reader.texts(value, &below);
                settings.push((key.text.clone(), json(&texts)));
            }
            "provisioning" => settings.extend(provisioning(reader, value, &below)),
            _ => {}
        }
    }
    if !settings.is_empty() {
        not_enforced(
            reader,
            path,
            "have no effect yet: this release has no network",
        );
    }
    settings
}

fn provisioning(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for Pair { key, value, .. } in reader.mapping(node, path, &PROVISIONING) {
        let below = path.join(key.text.clone());
        let value = match key.text.as_str() {
            "enabled" => reader.truth(value, &below).map(|it| it.to_string()),
            "urls" => Some(json(&reader.texts(value, &below))),
            "srv_domain" | "token_file" => reader.text(value, &below).map(|it| json(&it)),
            _ => None,
        };
        settings.extend(value.map(|it| (format!("provisioning.{}", key.text), it)));
    }
    settings
}

/// A list of texts or a text as compact JSON.
fn json(value: &(impl Clone + Into<serde_json::Value>)) -> String {
    value.clone().into().to_string()
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

/// The shape of `tests`.
pub(super) fn tests(reader: &mut Reader<'_>, node: &Node, path: &Path) {
    let items = reader.list(node, path);
    let listed = !items.is_empty();
    for (item, path) in items {
        // A test may also be written in place; what is in it is the business of whoever runs it.
        let is_text = matches!(
            item.as_scalar().map(|it| it.resolve()),
            Some(Resolved::Str(_))
        );
        if !is_text && item.kind() != Kind::Mapping {
            reader.wrong_type(item, &path, "a path or a test");
        }
    }
    if listed {
        not_enforced(reader, path, "are not run yet");
    }
}

fn not_enforced(reader: &mut Reader<'_>, path: &Path, how: &str) {
    reader.findings.add(
        Finding::new(Code::NotEnforced, path.clone(), format!("`{path}` {how}")).at(Part::Key),
    );
}
