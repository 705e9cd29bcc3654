//! What a distribution may do at most: `capabilities`.

use chorister_lang::glob;
use chorister_yaml::{Entry as Pair, Key, Node, Span};

use super::keys::CAPABILITIES;
use crate::diagnostic::{Code, Finding, Path};
use crate::form::Reader;
use crate::outline::{Mark, Named};

/// What a distribution may do. A kind of which nothing is said grants what the machines need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether the running node is held to it, where its operating system can.
    pub enforce: bool,
    /// Programs: absolute paths, with `*` and `?` in their last part, or names that are searched in `PATH`.
    pub exec: Option<Grants>,
    /// Absolute paths of what is read; a directory stands for everything below it.
    pub read: Option<Grants>,
    /// Absolute paths of what is written, and read too; a directory stands for everything below it.
    pub write: Option<Grants>,
    /// Where connections go: `HOST`, `HOST:PORT`, `*.DOMAIN`, `*:PORT`, `*`, or `broker`.
    pub connect: Option<Grants>,
    /// Where the key stands.
    pub place: Mark,
}

/// What is granted of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// Where the key stands.
    pub place: Mark,
    /// The grants.
    pub items: Vec<Named>,
}

pub(super) fn read(reader: &mut Reader<'_>, key: &Key, node: &Node, path: &Path) -> Capabilities {
    let mut read = Capabilities {
        enforce: false,
        exec: None,
        read: None,
        write: None,
        connect: None,
        place: mark(key.span, path),
    };
    for Pair { key, value, .. } in reader.mapping(node, path, &CAPABILITIES) {
        let below = path.join(key.text.clone());
        match key.text.as_str() {
            "enforce" => read.enforce = reader.truth(value, &below).unwrap_or(false),
            "exec" => read.exec = Some(grants(reader, key, value, &below, program)),
            "read" => read.read = Some(grants(reader, key, value, &below, file)),
            "write" => read.write = Some(grants(reader, key, value, &below, file)),
            "connect" => read.connect = Some(grants(reader, key, value, &below, server)),
            _ => {}
        }
    }
    read
}

/// Why a grant means nothing, and what to write instead.
type Refusal = (&'static str, String);

/// The grants of a list; one that cannot be read is reported and left out.
fn grants(
    reader: &mut Reader<'_>,
    key: &Key,
    node: &Node,
    path: &Path,
    judge: fn(&str) -> Result<(), Refusal>,
) -> Grants {
    let mut items = Vec::new();
    for (item, path) in reader.list(node, path) {
        let Some(text) = reader.text(item, &path) else {
            continue;
        };
        if let Err((why, help)) = judge(&text) {
            let message = format!("`{text}` {why}");
            let finding = Finding::new(Code::CapabilityForm, path, message).help(help);
            reader.findings.add(finding);
            continue;
        }
        let place = mark(item.span, &path);
        items.push(Named { text, place });
    }
    Grants {
        place: mark(key.span, path),
        items,
    }
}

fn mark(span: Span, path: &Path) -> Mark {
    Mark {
        span,
        path: path.to_string(),
    }
}

fn program(text: &str) -> Result<(), Refusal> {
    if !text.contains('/') {
        return Ok(());
    }
    absolute(text)?;
    match text.rsplit_once('/') {
        Some((folder, _)) if glob::is_pattern(folder) => Err((
            "has a wildcard before its last part",
            "list the folders one by one, each as in `/usr/lib/nagios/plugins/*`".to_owned(),
        )),
        Some((folder, "")) => Err((
            "is a folder, not a program",
            format!("write `{folder}/*` for every program in it"),
        )),
        _ => Ok(()),
    }
}

fn file(text: &str) -> Result<(), Refusal> {
    absolute(text)?;
    if !glob::is_pattern(text) {
        return Ok(());
    }
    let at = text.find(['*', '?']).unwrap_or_default();
    let known = text.get(..at).unwrap_or_default();
    let folder = known.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if folder.is_empty() { "/" } else { folder };
    Err((
        "has a wildcard",
        format!("name the directory: `{folder}` stands for everything below it"),
    ))
}

fn absolute(text: &str) -> Result<(), Refusal> {
    let help = || {
        "write it from `/` on: nobody can say in which directory the binary is started".to_owned()
    };
    if !text.starts_with('/') {
        return Err(("is not an absolute path", help()));
    }
    if text.split('/').any(|it| it == "..") || text.contains('\0') {
        return Err(("leads back through `..`", help()));
    }
    Ok(())
}

fn server(text: &str) -> Result<(), Refusal> {
    let help = || "write `HOST:PORT`, `HOST`, `*.DOMAIN` or `*:PORT`".to_owned();
    if text.contains("://") {
        let server = text.split("://").nth(1).unwrap_or_default();
        let server = server.split('/').next().unwrap_or_default();
        return Err(("is a URL, not a server", format!("write `{server}`")));
    }
    if text.contains(['/', '?', ' ', '@']) {
        return Err(("is not a server", help()));
    }
    let port = text.rsplit_once(':').filter(|(host, port)| {
        !port.contains(']') && (host.starts_with('[') || !host.contains(':'))
    });
    let wild = |host: &str| host.strip_prefix("*.").unwrap_or(host).contains('*') && host != "*";
    match port {
        Some((_, port)) if port != "*" && port.parse::<u16>().is_err() => {
            Err(("has no port between 1 and 65535", help()))
        }
        Some((host, _)) if host.is_empty() || wild(host) => Err(("is not a server", help())),
        None if wild(text) => Err(("is not a server", help())),
        _ => Ok(()),
    }
}
