//! Action policies, each with the groups of its folder.

use std::path::Path;

use anyhow::Result;
use chorister_spec::policy;

use super::Report;
use crate::inputs::{self, Input};
use crate::kind::Kind;

/// What the file of groups is called.
const GROUPS: &str = "groups";

/// Reports what is wrong with policies and files of groups.
pub(super) fn check(inputs: &[Input], report: &mut Report) -> Result<()> {
    for input in inputs.iter().filter(|it| it.kind == Kind::Policy) {
        let source = match inputs::read(&input.path)? {
            Ok(source) => source,
            Err(refused) => {
                let (source, diagnostic) = *refused;
                report.sources.push(source);
                report.diagnostics.push(diagnostic);
                continue;
            }
        };
        let found = if are_groups(&input.path) {
            policy::check_groups(&source)
        } else {
            let beside = input.path.with_file_name(GROUPS);
            let groups = beside
                .is_file()
                .then(|| inputs::read(&beside))
                .transpose()?;
            // What is no text has its own finding when it is checked itself.
            policy::check(&source, groups.and_then(Result::ok).as_ref())
        };
        report.diagnostics.extend(found);
        report.sources.push(source);
    }
    Ok(())
}

/// Whether a file says by its name that it has groups and no rules.
fn are_groups(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == GROUPS || name.ends_with("-groups") || name.ends_with(".groups")
}
