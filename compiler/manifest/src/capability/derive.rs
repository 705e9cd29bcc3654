//! From the watchers of a machine to what it needs.

use chorister_ir::{self as ir, Probe, WatcherKind};
use chorister_lang::template::{Node, Template};

use super::collect::Collected;
use super::command::CommandLine;
use super::{Capabilities, Cause, Unknown, Why};
use crate::Script;

/// What a machine needs whose directory holds these scripts.
pub(crate) fn of(machine: &ir::Machine, scripts: &[Script]) -> Capabilities {
    let mut found = Collected::default();
    for watcher in machine.watchers.iter() {
        let by = |why| Cause {
            machine: machine.name.clone().into_owned(),
            watcher: watcher.name.clone().into_owned(),
            why,
        };
        match &watcher.kind {
            WatcherKind::Exec(it) => command(&it.command, scripts, by, &mut found),
            WatcherKind::Metric(it) => {
                command(&it.command, scripts, by, &mut found);
                if let Some(graphite) = &it.graphite {
                    let server = format!("{}:{}", known(&graphite.host), known(&graphite.port));
                    found.connect.add(server, by(Why::Graphite));
                }
                if it.http {
                    found.listen.add("http".to_owned(), by(Why::Http));
                }
            }
            WatcherKind::File(it) => {
                let path = it.path.clone().into_owned();
                if it.content.is_some() {
                    found.write.add(path, by(Why::ManagedFile));
                } else {
                    found.read.add(path, by(Why::WatchedFile));
                }
            }
            WatcherKind::Archive(it) => {
                let target = it.target.clone().into_owned();
                found.write.add(target, by(Why::ArchiveTarget));
                found
                    .connect
                    .add(server(&known(&it.source)), by(Why::ArchiveSource));
            }
            WatcherKind::Nagios(it) => match &it.probe {
                Probe::Plugin(plugin) => command(plugin, scripts, by, &mut found),
                Probe::Goss(path) => {
                    let path = path.clone().into_owned();
                    found.read.add(path, by(Why::GossFile));
                }
                Probe::Check | Probe::Heartbeat | Probe::NodeStatus(_) => {}
            },
            WatcherKind::HttpSwitch(_) => found.listen.add("http".to_owned(), by(Why::Http)),
            // Over the node's connection to its network, which its settings say.
            WatcherKind::Kv(_) | WatcherKind::Gossip(_) => {}
            // Where from, the list says, and machines fetch that are not the distribution's own.
            WatcherKind::Plugins(it) => {
                if let Some(directory) = &it.directory {
                    let directory = directory.clone().into_owned();
                    found.write.add(directory, by(Why::PluginsDirectory));
                }
            }
            WatcherKind::Schedule(_) | WatcherKind::Timer(_) | WatcherKind::Expression(_) => {}
        }
    }
    found.into()
}

fn command(
    template: &Template,
    scripts: &[Script],
    by: impl Fn(Why) -> Cause,
    found: &mut Collected,
) {
    let line = CommandLine::of(&template.source, &constant(template), template.is_literal());
    let script = scripts.iter().find(|it| it.path == line.file());
    for program in script.map(|it| it.programs.as_slice()).unwrap_or_default() {
        found.exec.add(program.clone(), by(Why::Interpreter));
    }
    let what = if line.is_known {
        format!("what `{}` does by itself", line.program)
    } else {
        "which program a template makes of the command".to_owned()
    };
    found.exec.add(line.program, by(Why::Command));
    found.unknown.insert(Unknown {
        what,
        paths: line.paths,
        by: by(Why::Command),
    });
}

/// What is known of a template's text: all of it, or what stands before the first action, and `*`.
fn known(template: &Template) -> String {
    let constant = constant(template);
    if template.is_literal() {
        constant
    } else {
        constant + "*"
    }
}

/// The text before the first action of a template.
fn constant(template: &Template) -> String {
    match template.nodes.first() {
        None => template.source.clone().into_owned(),
        Some(Node::Text(text)) => text.clone().into_owned(),
        Some(_) => String::new(),
    }
}

/// The server of a URL as `HOST:PORT`, with `*` for what is not known.
fn server(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "*:*".to_owned();
    };
    let default = if scheme.eq_ignore_ascii_case("http") {
        "80"
    } else {
        "443"
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // The colons of an IPv6 address stand in brackets.
    let port = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.contains(']'));
    match port {
        Some((host, port)) => format!("{}:{port}", host.to_ascii_lowercase()),
        None if host.ends_with('*') => format!("{}:*", host.to_ascii_lowercase()),
        None => format!("{}:{default}", host.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_urls() {
        let check = |url: &str, expect: &str| assert_eq!(server(url), expect, "{url}");
        check("https://Example.net/a.tgz", "example.net:443");
        check("http://example.net", "example.net:80");
        check("https://u:p@example.net:8443/x?y", "example.net:8443");
        check("https://[::1]/x", "[::1]:443");
        check("https://[::1]:81/x", "[::1]:81");
        check("https://example.net/*", "example.net:443");
        check("https://repo.*", "repo.*:*");
        check("https://example.net:80*", "example.net:80*");
        check("*", "*:*");
    }

    #[test]
    fn a_template_is_known_up_to_its_first_action() {
        let check = |source: &str, expect: &str| {
            assert_eq!(known(&Template::parse(source).unwrap()), expect, "{source}");
        };
        check("plain", "plain");
        check("a-{{ lookup \"facts.b\" \"\" }}-c", "a-*");
        check("{{ lookup \"facts.b\" \"\" }}", "*");
    }
}
