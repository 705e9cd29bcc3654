//! The check classes of a distribution, and the checks that are compiled in.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use chorister_fsm::Check;
use chorister_ir::{CheckClass, ClassRun};
use chorister_manifest::Machine;
use chorister_spec::diagnostic::Label;
use chorister_spec::distribution::{Fitted, Sort};
use chorister_spec::{Code, Diagnostic, Named, Source, class};

use crate::capabilities::at;
use crate::emit::ClassProvenance;
use crate::files::Files;
use crate::{goss, standard};

/// The standard classes by what they run: they say which parameters each builtin check takes.
static BUILTINS: LazyLock<Vec<CheckClass>> = LazyLock::new(|| {
    let classes = standard::CLASSES.iter();
    let classes = classes.map(|(name, text)| Source::new(standard::file(Sort::Class, name), *text));
    classes.filter_map(|it| class::check(&it).class).collect()
});

/// Checks a class with what lies outside of its file: the goss file that it runs, and the builtin check.
#[must_use]
pub fn check_class(files: &dyn Files, source: &Source) -> class::Checked {
    let mut checked = class::check(source);
    let findings = match checked.class.as_ref().map(|it| &it.run) {
        Some(ClassRun::Goss(_)) => goss::embed(files, &mut checked),
        Some(ClassRun::Native(_)) => builtin(&checked),
        _ => Vec::new(),
    };
    if !findings.is_empty() {
        checked.refuse(findings);
    }
    checked
}

/// Holds the parameters of a class against those of the builtin check that it runs.
fn builtin(checked: &class::Checked) -> Vec<Diagnostic> {
    let (Some(class), Some(runs)) = (&checked.class, &checked.runs) else {
        return Vec::new();
    };
    let file = &checked.machine.outline.file;
    let name = |it: &CheckClass| match &it.run {
        ClassRun::Native(name) => name.clone().into_owned(),
        _ => String::new(),
    };
    let Some(known) = BUILTINS.iter().find(|it| it.run == class.run) else {
        let names: Vec<_> = BUILTINS.iter().map(name).collect();
        let near = chorister_lang::suggest::closest(&runs.text, names.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("builtin checks are {}", names.join(", ")),
        };
        let message = format!("there is no builtin check `{}`", runs.text);
        return vec![at(Code::Builtin, file, &runs.place, message, help)];
    };
    let places = checked.parameters.iter();
    let wrong = class
        .parameters
        .iter()
        .zip(places)
        .filter_map(|(own, place)| {
            let help = || {
                let names: Vec<_> = known.parameters.iter().map(|it| it.name.as_ref()).collect();
                format!("it takes {}", names.join(", "))
            };
            let (message, help) = match known.parameter_named(&own.name) {
                None => (
                    format!("`{}` takes no parameter `{}`", runs.text, own.name),
                    help(),
                ),
                Some((_, theirs)) if theirs.kind.name() != own.kind.name() => {
                    let (own, theirs) = (&own.kind.name(), theirs.kind.name());
                    let message = format!(
                        "`{}` takes `{}` as {theirs}, not as {own}",
                        runs.text, place.text
                    );
                    (message, format!("write `type: {theirs}`"))
                }
                Some(_) => return None,
            };
            Some(at(
                Code::BuiltinParameter,
                file,
                &place.place,
                message,
                help,
            ))
        });
    wrong.collect()
}

/// Reports classes of one name, and checks that are called like a machine.
pub(crate) fn together(
    classes: &[class::Checked],
    checks: &[Fitted],
    root: &Arc<str>,
    machines: &[&str],
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut first: HashMap<&str, (&Arc<str>, &Named)> = HashMap::new();
    for class in classes {
        let Some(name) = &class.name else { continue };
        let file = &class.machine.outline.file;
        let Some((owner, earlier)) = first.get(name.text.as_str()) else {
            first.insert(&name.text, (file, name));
            continue;
        };
        let message = format!("two check classes are called `{}`", name.text);
        let help = "checks find their class by its name: give one of them another".to_owned();
        let mut finding = at(Code::DuplicateClass, file, &name.place, message, help);
        finding.labels.push(Label {
            file: (*owner != file).then(|| Arc::clone(owner)),
            span: earlier.place.span,
            text: "first used here".to_owned(),
        });
        findings.push(finding);
    }
    for check in checks
        .iter()
        .filter(|it| machines.contains(&it.name.text.as_str()))
    {
        let message = format!("a machine is called `{}` too", check.name.text);
        let help = "a check is a machine of its own name: give one of them another".to_owned();
        findings.push(at(
            Code::DuplicateInstance,
            root,
            &check.name.place,
            message,
            help,
        ));
    }
    findings
}

/// The checks of a distribution as machines of its manifest, and the classes of those that come at run time.
pub(crate) fn machines(classes: &[class::Checked], checks: &[Fitted], loads: bool) -> Vec<Machine> {
    let compiled = checks.iter().filter_map(|it| {
        let class = classes.get(it.class)?.class.as_ref()?;
        let check = chorister_classes::fitted(class, &it.name.text, &it.with, &it.settings);
        Some(machine_of(class, &check))
    });
    let mut machines: Vec<_> = compiled.collect();
    if loads {
        let classes = classes.iter().filter_map(|it| it.class.as_ref());
        machines.extend(classes.map(example));
    }
    machines
}

/// What the checks of a class are, as far as it is known without the values that each gives.
#[must_use]
pub fn class_manifest(checked: &class::Checked) -> Option<Machine> {
    checked.class.as_ref().map(example)
}

fn example(class: &CheckClass) -> Machine {
    machine_of(class, &chorister_classes::example(class))
}

fn machine_of(class: &CheckClass, check: &Check) -> Machine {
    let portrait = chorister_classes::portrait(class, check);
    Machine::of(&portrait, &[]).with(chorister_classes::values(class, check))
}

/// The names of classes, and how often a check runs that says nothing else.
pub(crate) fn intervals<'a>(
    classes: impl IntoIterator<Item = &'a class::Checked>,
) -> Vec<(String, Duration)> {
    let classes = classes.into_iter().filter_map(|it| it.class.as_ref());
    classes
        .map(|it| (it.name.clone().into_owned(), it.defaults.interval))
        .collect()
}

/// The names of checks, and how often each runs.
pub(crate) fn timetable(classes: &[class::Checked], checks: &[Fitted]) -> Vec<(String, Duration)> {
    let rows = checks.iter().filter_map(|it| {
        let class = classes.get(it.class)?.class.as_ref()?;
        let interval = it.settings.interval.unwrap_or(class.defaults.interval);
        Some((it.name.text.clone(), interval))
    });
    rows.collect()
}

/// What generated code says of where a class comes from.
pub(crate) fn provenance(source: &Source, checked: &class::Checked) -> ClassProvenance {
    let lines = checked
        .parameters
        .iter()
        .map(|it| it.place.span.start.line as usize);
    ClassProvenance {
        path: source.path.to_string(),
        parameter_lines: lines.collect(),
    }
}
