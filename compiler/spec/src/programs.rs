//! Findings that need the files beside a machine. Whoever reads files says what lies there.

use crate::diagnostic::{Code, Diagnostic};
use crate::outline::Outline;
use crate::text::similar;

/// A file beside a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its path relative to the machine's directory, with `/` between folders.
    pub path: String,
    /// Whether its owner may execute it.
    pub executable: bool,
}

/// Checks that the programs which a machine runs from its own directory are among the files there.
#[must_use]
pub fn check(outline: &Outline, files: &[Beside]) -> Vec<Diagnostic> {
    let findings = outline.programs.iter().filter_map(|it| {
        let path = it.text.trim_start_matches("./");
        let (message, help) = match files.iter().find(|file| file.path == path) {
            Some(file) if file.executable => return None,
            Some(_) => (format!("`{}` is not executable", it.text), format!("run `chmod +x {path}` beside the machine")),
            None => {
                let paths = files.iter().filter(|file| file.executable).map(|file| file.path.as_str());
                let help = match similar(path, paths) {
                    Some(close) => format!("did you mean `./{close}`?"),
                    None => "put it there, or name a program by its whole path; until then each run fails".to_owned(),
                };
                (format!("`{}` is not in the directory of the machine", it.text), help)
            }
        };
        Some(Diagnostic {
            code: Code::CommandFile,
            severity: Code::CommandFile.severity(),
            message,
            help: Some(help),
            file: outline.file.clone(),
            span: it.place.span,
            path: it.place.path.clone(),
            labels: Vec::new(),
            notes: Vec::new(),
        })
    });
    findings.collect()
}
