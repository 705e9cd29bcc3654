//! The door for overrides: values that replace those in the commands of checks, and the variables of goss files.
//!
//! ```text
//! file = { CHECK: { NAME: VALUE … } … }
//! ```

use std::sync::Arc;

use chorister_yaml::{Entry as Pair, Limits, Span};

use crate::diagnostic::{Code, Diagnostic, Finding, Findings, Part, Severity, at};
use crate::machine::reading;
use crate::source::Source;

/// The JSON Schema of a file of overrides.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Chorister overrides",
        "description": "Values for checks, in the place of those in their commands, and the variables of goss files.",
        "type": "object",
        "additionalProperties": {
            "description": "The values of the check of this name; a goss file sees it as `.Vars`.",
            "type": "object"
        }
    })
}

/// Checks a file of overrides.
#[must_use]
pub fn check(source: &Source) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    let parsed = chorister_yaml::parse(source.text.as_bytes(), source.format, &Limits::SPEC);
    let is_torn = !parsed.errors.is_empty();
    for error in parsed.errors {
        findings.add(reading(error));
    }
    let Some(root) = parsed.root else {
        if !is_torn {
            let message = "the file holds nothing: overrides are expected";
            let finding = Finding::new(Code::Empty, at![], message).at(Part::Span(Span::default()));
            findings.add(finding.help("write `{}` for no overrides"));
        }
        return findings.locate(&source.path, None);
    };
    match root.as_mapping() {
        Some(entries) => entries.iter().for_each(|it| entry(it, &mut findings)),
        None => {
            let finding = Finding::new(
                Code::Overrides,
                at![],
                "overrides are a mapping of checks to their values",
            );
            findings.add(finding.help("write `mail_queue: {warn: 15}`"));
        }
    }
    findings.locate(&Arc::clone(&source.path), Some(&root))
}

fn entry(Pair { key, value, .. }: &Pair, findings: &mut Findings) {
    let path = at![key.text.clone()];
    let Some(values) = value.as_mapping() else {
        let message = format!(
            "`{path}` is {}, and no check finds a value there",
            value.kind()
        );
        let finding = Finding::new(Code::Overrides, path, message)
            // Upstream hands all of the file to goss, where a value may stand anywhere.
            .severity(Severity::Warning)
            .help(format!(
                "write `{0}: {{warn: …}}` for the values of the check `{0}`; goss files alone read it as `.Vars.{0}`",
                key.text
            ));
        findings.add(finding);
        return;
    };
    // Compat: go-choria aagent/machine/machine.go: overrides are looked up by a path.
    for Pair { key, .. } in values.iter().filter(|it| it.key.text.contains('.')) {
        let message = format!(
            "`{}` holds a dot, which ends a name in the path of a value",
            key.text
        );
        let finding = Finding::new(Code::OverrideName, path.join(key.text.clone()), message)
            .at(Part::Key)
            .help(format!(
                "write `_` for it, or ask for `{}` in the command of the check",
                key.text.replace('.', "\\.")
            ));
        findings.add(finding);
    }
}
