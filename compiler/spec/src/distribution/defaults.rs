//! Compiled-in configuration: `defaults` of a distribution is a `chorister.yaml`.

use chorister_settings::value::HIDDEN;
use chorister_settings::{Layer, resolve};
use chorister_yaml::{Node, Span};

use crate::config;
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::form::Reader;

/// The settings by their names with dots between levels, and their values as compact JSON.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Vec<(String, String)> {
    let layer = Layer::tree(node);
    let given: Vec<(String, Span)> = layer.settings().collect();
    let resolved = resolve(vec![layer], None);
    for finding in resolved.findings {
        let severity = config::severity(&finding);
        let found = Finding::new(
            config::code(finding.mistake),
            below(path, &finding.key),
            finding.message,
        );
        let found = found.severity(severity).at(Part::Span(finding.span));
        reader.findings.add(found.maybe_help(finding.help));
    }
    let mut settings: Vec<(String, String)> = Vec::new();
    for (name, span) in given {
        let Some(setting) = resolved.settings.setting(&name) else {
            continue;
        };
        let path = below(path, &name);
        let value = setting.value.json().to_string();
        if setting.key.is_secret() || value.contains(HIDDEN) {
            let message = format!("`{path}` would be readable in the binary");
            let finding = Finding::new(Code::SettingSecret, path, message).at(Part::Span(span));
            let variable = setting.key.variable().unwrap_or_default();
            reader.findings.add(finding.help(format!(
                "set it in the node's own configuration, or by the variable {variable}"
            )));
            continue;
        }
        if !setting.key.row.used {
            let message = format!("`{path}` has no effect yet: nothing in this release reads it");
            let finding = Finding::new(Code::NotEnforced, path, message)
                .severity(Severity::Warning)
                .at(Part::Span(span));
            reader.findings.add(finding);
        }
        settings.retain(|it| it.0 != name);
        settings.push((name, value));
    }
    settings
}

/// The place of a setting.
fn below(path: &Path, name: &str) -> Path {
    let parts = name.split('.').filter(|it| !it.is_empty());
    parts.fold(path.clone(), |path, part| path.join(part.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chorister_settings::KEYS;

    use super::super::keys::DEFAULTS;

    #[test]
    fn the_groups_of_settings_are_known() {
        let groups: BTreeSet<&str> = KEYS
            .iter()
            .filter_map(|it| it.name.split('.').next())
            .chain(["plugin"])
            .collect();
        assert_eq!(BTreeSet::from_iter(DEFAULTS.keys.iter().copied()), groups);
    }
}
