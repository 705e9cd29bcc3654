//! The door for configurations: what [`chorister_settings`] finds, as diagnostics.

use std::path::Path;
use std::sync::Arc;

use chorister_settings::{Finding, Layer, Mistake, places, resolve};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::machine::code_of;
use crate::source::Source;

/// The JSON Schema of `chorister.yaml`.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> schemars::Schema {
    chorister_settings::schema()
}

/// Checks a configuration: our own, or one of go-choria's, which may be a file of `plugin.d`.
#[must_use]
pub fn check(source: &Source) -> Vec<Diagnostic> {
    let path = Path::new(&*source.path);
    let layer = if places::is_native(path) {
        Layer::native(&source.path, source.text.as_bytes())
    } else {
        let folder = path.parent().and_then(Path::file_name);
        let is_plugin = folder.is_some_and(|it| it == places::PLUGIN_FOLDER);
        let below = places::plugin(path).filter(|_| is_plugin);
        Layer::conf(&source.path, &source.text, below)
    };
    let findings = resolve(vec![layer], None).findings;
    findings
        .into_iter()
        .map(|it| diagnostic(it, &source.path))
        .collect()
}

fn diagnostic(finding: Finding, file: &Arc<str>) -> Diagnostic {
    Diagnostic {
        code: code(finding.mistake),
        severity: severity(&finding),
        message: finding.message,
        help: finding.help,
        file: Arc::clone(file),
        span: finding.span,
        path: finding.key,
        labels: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn severity(finding: &Finding) -> Severity {
    match finding.is_error() {
        true => Severity::Error,
        false => Severity::Warning,
    }
}

pub(crate) fn code(mistake: Mistake) -> Code {
    match mistake {
        Mistake::Text(kind) => code_of(kind),
        Mistake::Line => Code::SettingLine,
        Mistake::UnknownKey | Mistake::Misspelt => Code::SettingUnknown,
        Mistake::Repeated => Code::SettingRepeated,
        Mistake::Conflict => Code::SettingConflict,
        _ => Code::SettingValue,
    }
}
