//! Which facts a machine reads.

use chorister_ir::{Machine, Probe, Rumour, WatcherKind};
use chorister_lang::expr::{self, Environment, Program, Root};
use chorister_lang::template::Template;
use serde_json::{Map, Value};

/// Paths of facts; each the names from the outermost on, as far as they are plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads(Vec<Vec<Box<str>>>);

impl Reads {
    /// The facts that the templates and expressions of a machine name.
    pub(super) fn of(machine: &Machine) -> Self {
        let mut reads = Self::default();
        for watcher in &machine.watchers {
            match &watcher.kind {
                WatcherKind::Exec(exec) => {
                    reads.template(&exec.command);
                    exec.environment.iter().for_each(|it| reads.template(it));
                }
                WatcherKind::Metric(metric) => reads.template(&metric.command),
                WatcherKind::Expression(expression) => {
                    reads.program(expression.success_when.as_ref());
                    reads.program(expression.fail_when.as_ref());
                }
                WatcherKind::File(file) => {
                    if let Some(content) = &file.content {
                        for template in [
                            &content.contents,
                            &content.owner,
                            &content.group,
                            &content.mode,
                        ] {
                            reads.template(template);
                        }
                    }
                }
                WatcherKind::Archive(archive) => {
                    reads.template(&archive.source);
                    reads.template(&archive.checksum);
                }
                WatcherKind::Nagios(nagios) => {
                    if let Probe::Plugin(plugin) = &nagios.probe {
                        reads.template(plugin);
                    }
                }
                WatcherKind::Kv(kv) => {
                    reads.template(&kv.key);
                    let others = kv.store_key.iter().chain(&kv.trigger);
                    others.for_each(|it| reads.template(it));
                }
                WatcherKind::Gossip(gossip) => {
                    if let Rumour::Text { subject, payload } = &gossip.message {
                        reads.template(subject);
                        reads.template(payload);
                    }
                }
                // Which facts decide, a list says that comes later.
                WatcherKind::Schedule(_)
                | WatcherKind::Timer(_)
                | WatcherKind::HttpSwitch(_)
                | WatcherKind::Plugins(_) => {}
            }
        }
        reads.0.sort_unstable();
        reads.0.dedup();
        reads
    }

    /// Whether it reads none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These facts alone, as far as they are there.
    pub(super) fn select(&self, facts: &Value) -> Value {
        let mut selected = Value::Object(Map::new());
        for path in &self.0 {
            select(facts, path, &mut selected);
        }
        selected
    }

    fn template(&mut self, template: &Template) {
        for lookup in template.lookups() {
            if let Some(path) = lookup.path.strip_prefix("facts.") {
                self.path(path);
            } else if lookup.path == "facts" {
                self.path("");
            }
        }
    }

    fn program(&mut self, program: Option<&Program>) {
        let Some(program) = program else { return };
        let compiled = expr::compile(&program.source, &Environment::watcher());
        for read in compiled.map(|it| it.reads).unwrap_or_default() {
            if matches!(read.root, Root::Facts | Root::GetFact) {
                self.path(&read.path);
            }
        }
    }

    fn path(&mut self, path: &str) {
        let is_plain = |it: &&str| {
            !it.is_empty()
                && it
                    .chars()
                    .all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | ':'))
        };
        self.0.push(
            path.split('.')
                .take_while(is_plain)
                .map(Into::into)
                .collect(),
        );
    }
}

/// Copies what is under a path; a path that leads into a list, or ends, takes all of what is there.
fn select(from: &Value, path: &[Box<str>], into: &mut Value) {
    let (Some((name, rest)), Value::Object(members)) = (path.split_first(), from) else {
        *into = from.clone();
        return;
    };
    let (Some(member), Value::Object(selected)) = (members.get(&**name), &mut *into) else {
        return;
    };
    let empty = match member {
        Value::Object(_) if !rest.is_empty() => Value::Object(Map::new()),
        _ => Value::Null,
    };
    select(member, rest, selected.entry(&**name).or_insert(empty));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(paths: &[&str], expect: &Value) {
        let facts = json!({"os": {"family": "Debian", "name": "d"}, "list": [{"a": 1}], "n": 1});
        let mut reads = Reads::default();
        paths.iter().for_each(|it| reads.path(it));
        reads.0.sort_unstable();
        assert_eq!(reads.select(&facts), *expect, "{paths:?}");
    }

    #[test]
    fn only_what_is_read_is_selected() {
        check(&["os.family"], &json!({"os": {"family": "Debian"}}));
        check(
            &["os.family", "os.name"],
            &json!({"os": {"family": "Debian", "name": "d"}}),
        );
        check(
            &["os.family", "os"],
            &json!({"os": {"family": "Debian", "name": "d"}}),
        );
        check(
            &["list.#(a==1).a", "n"],
            &json!({"list": [{"a": 1}], "n": 1}),
        );
        check(&["list.0.a", "absent.x"], &json!({"list": [{"a": 1}]}));
        check(&[], &json!({}));
    }
}
