//! What a file says to this node.

use std::path::Path;
use std::sync::Arc;

use chorister_ir::{CheckClass, ParameterKind};
use chorister_spec::check_file::{CheckFile, Ready};
use chorister_spec::render::{self, Color};
use chorister_spec::{Diagnostic, Source};
use serde_json::Value;

use super::folder::Content;
use super::ledger::Reading;

/// A check that can run.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) ready: Ready<'static>,
    /// What its file says of it.
    pub(super) written: Value,
}

/// Holds a file against the classes of this distribution.
pub(super) fn judge(
    shown: &Path,
    content: Content,
    classes: &[&'static CheckClass],
) -> Reading<Good> {
    let shown: Arc<str> = shown.to_string_lossy().into();
    let unreadable = |problem: String| Reading {
        shown: Arc::clone(&shown),
        checks: None,
        problem: Some(problem),
    };
    let bytes = match content {
        Content::Bytes(bytes) => bytes,
        Content::Refused(reason) => return unreadable(reason),
    };
    let source = match Source::from_bytes(Arc::clone(&shown), bytes) {
        Ok(source) => source,
        Err(diagnostic) => return unreadable(text(&[*diagnostic], &[])),
    };
    let mut file = CheckFile::read(&source);
    // Who wrote a secret where everybody can read it must not find it in logs and events as well.
    let has_secrets = file.checks().iter().any(|row| {
        let name = row.class.as_ref().map(|it| it.text.as_str());
        let class = classes.iter().find(|it| name == Some(&it.name));
        class.is_some_and(|it| {
            it.parameters
                .iter()
                .any(|it| it.kind == ParameterKind::Secret)
        })
    });
    let sources = if has_secrets {
        Vec::new()
    } else {
        vec![source]
    };
    let written = file.written();
    let good = file.resolve(classes).into_iter().zip(written);
    let good = good.map(|(ready, written)| {
        let ready = ready?;
        Some(Good { ready, written })
    });
    let checked = file.finish();
    let found = &checked.diagnostics;
    Reading {
        shown,
        problem: (!found.is_empty()).then(|| text(found, &sources)),
        checks: checked
            .checks
            .map(|rows| rows.into_iter().zip(good).collect()),
    }
}

fn text(findings: &[Diagnostic], sources: &[Source]) -> String {
    render::text(findings, sources, Color::Never)
        .trim_end()
        .to_owned()
}
