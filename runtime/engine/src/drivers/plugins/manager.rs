//! The machines that fetch others.

use core::time::Duration;

use chorister_bundle::plugins::Plugin;
use chorister_lang::duration::format_go;
use serde_json::Value;

use super::place::Place;

/// The file of checksums in every plugin's archive.
const SUMS: &str = "SHA256SUMS";

/// The shortest time between two looks of an `archive` watcher.
const LEAST: Duration = Duration::from_secs(10);

/// How long a download may take at most.
const LONGEST: Duration = Duration::from_secs(60);

/// By what the managers of a keeper are known: their first line.
pub(super) fn mark(keeper: &str) -> String {
    format!(
        "# Kept by {}: what is changed here is overwritten.\n",
        quoted(keeper)
    )
}

/// The specification of the machine that fetches a plugin.
// Compat: go-choria aagent/watchers/pluginswatcher: its name, version and states. Texts are quoted here, so that none
// of them can be more than a text.
pub(super) fn text(plugin: &Plugin, place: &Place<'_>, every: Duration) -> String {
    let every = every.max(LEAST);
    let name = format!("{}_{}", place.prefix, plugin.name);
    let optional = [
        ("username", &plugin.username),
        ("password", &plugin.password),
        ("governor", &plugin.governor),
    ];
    let optional = optional.into_iter().filter_map(|(key, text)| {
        let text = text.as_deref().filter(|it| !it.is_empty())?;
        Some(format!("      {key}: {}\n", quoted(text)))
    });
    format!(
        "{mark}\
name: {name}
version: 1.0.0
initial_state: MANAGE
transitions:
  - {{name: enter_maintenance, from: [MANAGE], destination: MAINTENANCE}}
  - {{name: resume, from: [MAINTENANCE], destination: MANAGE}}
watchers:
  - name: download
    type: archive
    state_match: [MANAGE]
    interval: {interval}
    properties:
      source: {source}
      checksum: {checksum}
      creates: {creates}
      target: {target}
      verify: {SUMS}
      verify_checksum: {sum}
      timeout: {timeout}
{optional}",
        mark = place.mark,
        name = quoted(&name),
        interval = format_go(every),
        source = quoted(&plugin.source),
        checksum = quoted(&plugin.checksum),
        creates = quoted(&plugin.name),
        target = quoted(&place.target.to_string_lossy()),
        sum = quoted(&plugin.verify_checksum),
        timeout = format_go(LONGEST.min(every / 2)),
        optional = optional.collect::<String>(),
    )
}

/// A text as YAML reads it back, whatever is in it: as in JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
