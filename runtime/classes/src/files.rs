//! Check files held against their classes.

use std::sync::Arc;

use chorister_fsm::Check;
use chorister_ir::CheckClass;
use chorister_spec::check_file::{At, CheckFile, Checked};
use chorister_spec::{Code, Source};

use crate::{Kind, Problem, Row, resolve};

/// A check that can run, and its class.
#[derive(Clone, Debug)]
pub struct Ready<'c> {
    /// What it is an instance of.
    pub class: &'c CheckClass,
    /// The check.
    pub check: Arc<Check>,
}

/// What came of a file.
#[derive(Debug)]
pub struct Resolved<'c> {
    /// What was read, and everything that is wrong with it.
    pub file: Checked,
    /// For each check of the file what can run; nothing for one with a mistake.
    pub checks: Vec<Option<Ready<'c>>>,
}

/// Checks a file against the classes of a distribution.
#[must_use]
pub fn read<'c>(source: &Source, classes: &[&'c CheckClass]) -> Resolved<'c> {
    let mut file = CheckFile::read(source);
    let mut checks = Vec::with_capacity(file.checks().len());
    for at in 0..file.checks().len() {
        let ready = check(&mut file, at, classes);
        checks.push(ready.filter(|_| file.checks().get(at).is_some_and(|it| it.is_good)));
    }
    Resolved {
        file: file.finish(),
        checks,
    }
}

/// One check of a file, by its index; nothing after a report.
fn check<'c>(file: &mut CheckFile, at: usize, classes: &[&'c CheckClass]) -> Option<Ready<'c>> {
    let written = file.checks().get(at)?;
    if written.class.is_empty() {
        return None;
    }
    let Some(class) = classes.iter().find(|it| it.name == written.class) else {
        file.no_class(at, classes.iter().map(|it| it.name.as_ref()));
        return None;
    };
    let row = Row {
        name: written.name.text.clone(),
        with: written.with.clone(),
        interval: written.interval,
        timeout: written.timeout,
        annotations: written.annotations.clone(),
        ..Row::default()
    };
    match resolve(class, &row) {
        Ok(check) => Some(Ready {
            class,
            check: Arc::new(check),
        }),
        Err(problems) => {
            for problem in problems {
                refuse(file, at, problem);
            }
            None
        }
    }
}

fn refuse(file: &mut CheckFile, check: usize, problem: Problem) {
    let at = match (&problem.parameter, problem.kind) {
        (None, _) => At::Name,
        (Some(_), Kind::Missing) => At::With,
        (Some(name), Kind::Unknown) => At::Parameter(name),
        (Some(name), _) => At::Value(name, problem.item),
    };
    let code = Code::parse(problem.kind.code()).unwrap_or(Code::WrongType);
    file.refuse(
        check,
        at,
        code,
        problem.message.clone(),
        problem.help.clone(),
    );
}
