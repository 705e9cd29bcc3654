//! What an agent says of itself.

use core::time::Duration;

use chorister_ir::Text;
use chorister_ir::ddl::{Metadata, Provider};
use chorister_yaml::{Kind, Node, Resolved};

use super::Checked;
use super::fields::{Cx, Fields};
use super::keys::METADATA;
use crate::diagnostic::{Code, Finding, Path, Severity};
use crate::outline::{Mark, Named};
use crate::text::{quoted, similar};

/// Least timeout that the schema of DDLs allows, in seconds.
const LEAST: i128 = 2;

/// Reads `metadata`.
pub(super) fn read(cx: &mut Cx<'_>, file: &Fields<'_>, checked: &mut Checked) -> Metadata {
    let mut read = Metadata::DEFAULT;
    let Some(node) = file.get("metadata") else {
        let help = "say what the agent is called, its `version` and its `timeout`";
        cx.missing(file, "metadata", Severity::Error, help);
        return read;
    };
    let Some(fields) = cx.fields(node, &METADATA, METADATA.name, file.at("metadata")) else {
        return read;
    };
    match fields.get("name") {
        Some(node) => {
            let path = fields.at("name");
            checked.name = name(cx, node, &path);
            read.name = Text::Owned(
                checked
                    .name
                    .as_ref()
                    .map_or(String::new(), |it| it.text.clone()),
            );
        }
        None => cx.missing(
            &fields,
            "name",
            Severity::Error,
            "add `name`, such as `name: disk`",
        ),
    }
    match fields.get("version") {
        Some(node) => read.version = version(cx, node, &fields.at("version")),
        None => cx.missing(&fields, "version", Severity::Error, "add `version: 1.0.0`"),
    }
    match fields.get("timeout") {
        Some(node) => read.timeout = timeout(cx, node, &fields.at("timeout")),
        None => {
            let help = "say how many seconds an action may take, such as `timeout: 10`";
            cx.missing(&fields, "timeout", Severity::Error, help);
        }
    }
    read.description = Text::Owned(cx.prose(&fields, "description"));
    read.author = Text::Owned(cx.prose(&fields, "author"));
    read.license = Text::Owned(cx.prose(&fields, "license"));
    read.url = Text::Owned(cx.prose(&fields, "url"));
    if let Some(node) = fields.get("provider") {
        read.provider = provider(cx, node, &fields.at("provider"));
    }
    if let Some(node) = fields.get("service") {
        read.service = cx
            .reader
            .truth(node, &fields.at("service"))
            .unwrap_or(false);
    }
    read
}

fn name(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Option<Named> {
    let text = cx.reader.text(node, path)?;
    if !is_name(&text) {
        // The name is a part of subjects, where dots and wildcards would mean something.
        let message = format!("`{text}` cannot name an agent");
        let finding = Finding::new(Code::InvalidName, path.clone(), message);
        cx.add(finding.help("an agent's name has small letters, digits and `_`"));
    }
    Some(Named {
        text,
        place: Mark {
            span: node.span,
            path: path.to_string(),
        },
    })
}

/// Whether the schema of DDLs takes a text for a name.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

/// One to three numbers with dots between them; the last may be `*`.
fn version(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Text {
    let Some(text) = cx.reader.text(node, path) else {
        return Text::Borrowed("");
    };
    let parts: Vec<&str> = text.split('.').collect();
    let number = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let fits = parts.len() <= 3
        && parts.iter().rev().skip(1).all(number)
        && parts.last().is_some_and(|it| number(it) || *it == "*");
    if !fits {
        let message = format!("`{text}` is not a version");
        let help = "a version is MAJOR.MINOR.PATCH, such as `1.4.0`, without anything behind it";
        cx.add(Finding::new(Code::InvalidVersion, path.clone(), message).help(help));
    }
    Text::Owned(text)
}

fn timeout(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Duration {
    let seconds = match node.as_scalar().map(|it| it.resolve()) {
        Some(Resolved::Int(seconds)) => seconds,
        _ => {
            let text = node.text().unwrap_or_default();
            let finding = Finding::new(
                Code::WrongType,
                path.clone(),
                format!(
                    "`{path}` is {}; it has to be a number of seconds",
                    shown(node)
                ),
            );
            let meant = chorister_lang::duration::parse_interval(text).ok();
            let meant = meant.map(|it| it / 1_000_000_000).filter(|it| *it > 0);
            cx.add(finding.maybe_help(meant.map(|it| format!("write `{it}`"))));
            return Duration::ZERO;
        }
    };
    let range = |severity, message: String| {
        let finding = Finding::new(Code::DdlTimeout, path.clone(), message);
        finding
            .severity(severity)
            .help(format!("write `{LEAST}` or more"))
    };
    if seconds < 1 {
        let message = format!("`{path}` is {seconds}: no node starts such an agent");
        cx.add(range(Severity::Error, message));
    } else if seconds < LEAST {
        let severity = cx.ignored();
        let message = format!("`{path}` is {seconds}, and the schema of DDLs asks for {LEAST}");
        cx.add(range(severity, message));
    }
    match u32::try_from(seconds) {
        Ok(seconds) => Duration::from_secs(seconds.into()),
        Err(_) if seconds < 1 => Duration::ZERO,
        Err(_) => {
            let message = format!("`{path}` is {seconds}, which is longer than a request lives");
            cx.add(Finding::new(Code::DdlTimeout, path.clone(), message));
            Duration::ZERO
        }
    }
}

/// A value as messages show it.
fn shown(node: &Node) -> String {
    match node.text() {
        Some(text) if node.kind() != Kind::Null => format!("`{text}`"),
        _ => node.kind().to_string(),
    }
}

fn provider(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Option<Provider> {
    let text = cx.string(node, path).filter(|it| !it.is_empty())?;
    let found = Provider::ALL.into_iter().find(|(it, _)| *it == text);
    if found.is_none() {
        let names = Provider::ALL.map(|(name, _)| name);
        let help = match similar(&text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("providers are {}", quoted(names)),
        };
        let message = format!("there is no provider `{text}`: nobody would host the agent");
        cx.add(Finding::new(Code::UnknownChoice, path.clone(), message).help(help));
    }
    found.map(|(_, provider)| provider)
}
