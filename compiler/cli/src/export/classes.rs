//! Pages about check classes, in Markdown.

use anyhow::Result;
use chorister_ir::{CheckClass, ClassRun, Parameter, Part, Word};
use chorister_lang::duration::brief;
use serde_json::{Value, json};

use super::{Files, Subject, words};
use crate::docs::{code, text};
use crate::templates::template;

/// A page for each class, and one that lists them.
pub(super) fn files(of: &Subject<'_>) -> Result<Files> {
    let mut files = Files::new();
    let classes = of.classes.iter().map(|it| class(it, of.source));
    let classes: Vec<Value> = classes.collect();
    let index = template!("docs/classes.md").render(&json!({
        "source": of.source,
        "name": of.name,
        "folder": of.folder,
        "classes": &classes,
        "first": classes.first(),
    }))?;
    files.insert("README.md".to_owned(), index);
    for (class, data) in of.classes.iter().zip(classes) {
        let page = template!("docs/class.md").render(&data)?;
        files.insert(format!("{}.md", class.name), page);
    }
    Ok(files)
}

/// The page about a class that comes from `source`.
///
/// # Errors
/// The template is broken.
pub(crate) fn page(of: &CheckClass, source: &str) -> Result<String> {
    template!("docs/class.md").render(&class(of, source))
}

fn class(of: &CheckClass, source: &str) -> Value {
    let defaults = &of.defaults;
    let example = of.parameters.iter().filter(|it| it.is_required());
    let example: Vec<String> = example
        .map(|it| format!("{}: {}", it.name, words::example(&it.kind)))
        .collect();
    json!({
        "source": source,
        "class": of.name,
        "description": text(&words::summary(of)),
        "runs": runs(&of.run, of),
        "parameters": of.parameters.iter().map(|it| parameter(it, of)).collect::<Vec<_>>(),
        "example": example.join(", "),
        "settings": settings(of),
        "remediation": defaults.remediate.as_ref().map(|it| json!({
            "command": code(&command(&it.command, of)),
            "states": it.states.iter().map(|it| code(it)).collect::<Vec<_>>().join(", "),
            "interval": brief(it.interval),
            "attempts": it.attempts.map_or_else(|| "any number of".to_owned(), |it| it.to_string()),
        })),
    })
}

fn parameter(of: &Parameter, class: &CheckClass) -> Value {
    let other = |id| class.parameter(id).map(|it| it.name.to_string());
    let mut limits = vec![words::limits(&of.kind)];
    limits.extend(
        of.greater_than
            .and_then(other)
            .map(|it| format!("greater than {it}")),
    );
    limits.extend(
        of.less_than
            .and_then(other)
            .map(|it| format!("less than {it}")),
    );
    limits.retain(|it| !it.is_empty());
    json!({
        "name": code(&of.name),
        "kind": of.kind.name(),
        "limits": text(&limits.join(", ")),
        "default": match words::default(of) {
            Some(default) => code(&default),
            None if of.optional => String::new(),
            None => "has to be set".to_owned(),
        },
        "about": text(&words::meaning(of)),
    })
}

fn runs(of: &ClassRun, class: &CheckClass) -> String {
    match of {
        ClassRun::Plugin(plugin) => format!("Runs {}.", code(&command(&plugin.arguments, class))),
        ClassRun::Goss(_) => "Evaluates a goss file that is part of the program.".to_owned(),
        ClassRun::Native(name) => {
            format!("Needs no plugin: {} is part of the program.", code(name))
        }
    }
}

/// A command line as it stands in the specification.
fn command(of: &[chorister_ir::Argument], class: &CheckClass) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Parameter(id) => {
            let name = class.parameter(*id).map_or("", |it| it.name.as_ref());
            format!("{{{{{name}}}}}")
        }
    };
    let word = |Word(parts): &Word| parts.iter().map(part).collect::<String>();
    let words = of.iter().flat_map(|it| it.0.iter());
    words.map(word).collect::<Vec<_>>().join(" ")
}

/// What a check of the class does that says nothing of its own.
fn settings(of: &CheckClass) -> Vec<Value> {
    let defaults = &of.defaults;
    let mut rows = vec![
        ("interval", brief(defaults.interval)),
        ("timeout", brief(defaults.timeout)),
    ];
    let retry = defaults.retry;
    if retry.attempts > 1 {
        let every = retry.interval.map(|it| format!(", {} apart", brief(it)));
        let every = every.unwrap_or_default();
        rows.push((
            "retry",
            format!("{} results in a row{every}", retry.attempts),
        ));
    }
    if let Some(it) = defaults.flapping {
        let text = format!(
            "from {}% of {} results, until {}%",
            it.high, it.window, it.low
        );
        rows.push(("flapping", text));
    }
    if let Some(it) = &defaults.active {
        let zone = it.timezone.as_deref().map(|it| format!(" in {it}"));
        rows.push((
            "active",
            format!("{}{}", it.schedule, zone.unwrap_or_default()),
        ));
    }
    if !defaults.depends_on.is_empty() {
        rows.push(("depends_on", defaults.depends_on.join(", ")));
    }
    for pair in defaults.annotations.iter() {
        rows.push(("annotations", format!("{}: {}", pair.key, pair.value)));
    }
    let row = |(key, value): (&str, String)| json!({"key": code(key), "value": text(&value)});
    rows.into_iter().map(row).collect()
}
