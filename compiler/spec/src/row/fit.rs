//! Rows held against their classes.

use chorister_classes::{Kind, Problem, Row as Written};
use chorister_ir::CheckClass;

use super::Row;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::Reader;

/// Where the class of a row is among these names; nothing after a report.
pub(crate) fn class_of<'n>(
    reader: &mut Reader<'_>,
    row: &Row,
    mut names: impl Iterator<Item = Option<&'n str>> + Clone,
) -> Option<usize> {
    let class = &row.class.as_ref()?.text;
    let known = names.clone().flatten();
    let found = names.position(|it| it == Some(class));
    if found.is_none() {
        let path = row.path.join("class");
        let message = format!("there is no check class `{class}`");
        reader.no_such(Code::UnknownClass, path, message, class, known);
    }
    found
}

/// What `fill` makes of a row and its class; nothing after a report of what does not fit.
pub(crate) fn fit<T>(
    reader: &mut Reader<'_>,
    row: &Row,
    class: &CheckClass,
    fill: impl FnOnce(&CheckClass, &Written) -> Result<T, Vec<Problem>>,
) -> Option<T> {
    let written = Written {
        name: row.name.text.clone(),
        with: row.with.clone(),
        settings: row.settings.clone(),
    };
    match fill(class, &written) {
        Ok(filled) => Some(filled),
        Err(problems) => {
            for problem in problems {
                refuse(reader, row, problem);
            }
            None
        }
    }
}

/// Says what is wrong with a value: at the value, or at the name of the check where there is none.
fn refuse(reader: &mut Reader<'_>, row: &Row, problem: Problem) {
    let code = Code::parse(problem.kind.code()).unwrap_or(Code::WrongType);
    let (place, part): (Path, Part) = match problem.parameter {
        None if problem.kind == Kind::Flapping => (row.path.join("flapping"), Part::Key),
        None => (row.path.clone(), Part::Span(row.name.place.span)),
        Some(name) => {
            let value = row.path.join("with").join(name);
            match problem.item {
                _ if problem.kind.is_about_the_name() => (value, Part::Key),
                Some(item) => (value.join(item), Part::Value),
                None => (value, Part::Value),
            }
        }
    };
    let finding = Finding::new(code, place, problem.message).at(part);
    reader.findings.add(finding.maybe_help(problem.help));
}
