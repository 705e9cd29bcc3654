//! `NAME config`: each setting with its value, and where that comes from.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use chorister_settings::{Finding, Origin, Setting, Settings, key};
use serde_json::{Value, json};

use super::ask::Style;
use super::{Failure, print};
use crate::Distribution;
use crate::args;
use crate::config::{self, Config, Sources};

pub(super) fn run(distribution: &Distribution, arguments: args::Config) -> Result<(), Failure> {
    let sources = Sources {
        file: arguments.file.config,
        client: arguments.client,
        ..Sources::default()
    };
    let config = config::read(distribution, sources).map_err(Failure::Impossible)?;
    match &arguments.explain {
        Some(name) => explain(&config.settings, name, arguments.json)?,
        None if arguments.json => print(format_args!("{:#}\n", report(&config, arguments.set)))?,
        None => print(text(&config, arguments.set))?,
    }
    // What was asked for is on standard output; what is wrong beside it.
    let asked = arguments.explain.as_deref().map(key::find);
    let is_asked = |finding: &&Finding| match &asked {
        Some(asked) => {
            key::find(&finding.key).map(|it| it.name) == asked.as_ref().map(|it| it.name.clone())
        }
        None => true,
    };
    for finding in config.findings.iter().filter(is_asked) {
        let _ = writeln!(io::stderr(), "{}: {finding}", distribution.name);
    }
    match arguments.file.strict && !config.findings.is_empty() {
        true => Err(Failure::Silent),
        false => Ok(()),
    }
}

fn shown(settings: &Settings, set: bool) -> Vec<Setting> {
    let mut shown = settings.all();
    shown.retain(|it| !set || it.origin != Origin::Default);
    shown
}

fn text(config: &Config, set: bool) -> String {
    let mut text = String::new();
    match config.files.as_slice() {
        [] => text.push_str("There is no configuration file.\n\n"),
        files => {
            for file in files {
                let _ = writeln!(text, "{}", file.display());
            }
            text.push('\n');
        }
    }
    let rows: Vec<[String; 3]> = shown(&config.settings, set)
        .into_iter()
        .map(|it| [it.name, it.value.to_string(), it.origin.to_string()])
        .chain(config.settings.unknown().map(|key| {
            // What the key of a plugin holds may be a secret.
            let whose = match key.starts_with("plugin.") {
                true => "for a plugin",
                false => "not a setting",
            };
            [key.to_owned(), "(set)".to_owned(), whose.to_owned()]
        }))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|it| it.chars().count())
            .max()
            .unwrap_or_default()
            .min(48)
    };
    let (names, values) = (width(0), width(1));
    for [name, value, origin] in &rows {
        let is_default = origin == "default";
        let padded = format!("{value:values$}");
        let (value, origin) = match is_default {
            true => (padded, Style::Faint.paint(origin)),
            false => (Style::Name.paint(&padded), origin.clone()),
        };
        let _ = writeln!(text, "{name:names$}  {value}  {origin}");
    }
    text
}

fn report(config: &Config, set: bool) -> Value {
    let settings: Vec<Value> = shown(&config.settings, set).into_iter().map(row).collect();
    let findings: Vec<Value> = config
        .findings
        .iter()
        .map(|it| {
            json!({
                "file": &*it.file, "line": it.span.start.line, "column": it.span.start.column,
                "key": it.key, "message": it.message, "help": it.help,
            })
        })
        .collect();
    json!({
        "files": config.files,
        "settings": settings,
        "plugin_keys": config.settings.unknown().collect::<Vec<_>>(),
        "findings": findings,
    })
}

fn row(setting: Setting) -> Value {
    let row = &setting.key.row;
    json!({
        "name": setting.name,
        "value": setting.value.json(),
        "origin": setting.origin.to_string(),
        "default": row.default,
        "upstream": setting.key.upstream,
        "environment": variables(setting.key),
        "type": row.kind.to_string(),
        "description": row.doc,
        "readers": row.readers.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "in_use": row.used,
    })
}

/// Everything about one setting.
fn explain(settings: &Settings, name: &str, as_json: bool) -> Result<(), Failure> {
    let Some(setting) = settings.setting(name) else {
        return Err(Failure::Impossible(match key::find(name) {
            Some(found) => format!("nothing is set for `{}`", found.name),
            None if settings.raw(name).is_some() => {
                format!("`{name}` is a key for a plugin: only the plugin knows what it means")
            }
            None => match key::similar(name) {
                Some(meant) => format!("there is no setting `{name}`; did you mean `{meant}`?"),
                None => format!("there is no setting `{name}`"),
            },
        }));
    };
    if as_json {
        return print(format_args!("{:#}\n", row(setting)));
    }
    let row = &setting.key.row;
    let readers: Vec<&str> = row.readers.iter().map(|it| it.as_str()).collect();
    let mut text = format!("{}: {}\n\n", Style::Name.paint(&setting.name), row.doc);
    let mut line = |what: &str, value: &str| {
        let _ = writeln!(text, "  {what:18}  {value}");
    };
    line("value", &setting.value.to_string());
    line("from", &setting.origin.to_string());
    line("has to be", &row.kind.to_string());
    line("default", row.default.unwrap_or("-"));
    if let Some(upstream) = &setting.key.upstream {
        line("in server.conf", upstream);
    }
    line("in the environment", &variables(setting.key).join(", "));
    line("read by", &readers.join(", "));
    if !row.used {
        text.push_str("\nIt is read and checked. Nothing in this release acts on it yet.\n");
    }
    print(text)
}

fn variables(key: &key::Key) -> Vec<String> {
    let theirs = key.row.environment.map(str::to_owned);
    theirs.into_iter().chain(key.variable()).collect()
}
