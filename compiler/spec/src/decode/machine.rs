//! Reading the machine and its transitions.

use chorister_lang::expr::{Environment, Type};
use chorister_lang::suggest;
use chorister_yaml::Node;

use super::reader::describe;
use super::{Cx, Level, Reader, watcher};
use crate::diagnostic::{Code, Finding, Part, Path, at};
use crate::model::{Declaration, Declared, Machine, Subscription, Transition};

/// Upper bound of `splay_start`, in seconds.
const MAX_SPLAY: u64 = u32::MAX as u64;

pub(super) fn read(root: &Node, cx: &mut Cx) -> Machine {
    let mut reader = Reader::new(
        root,
        Level::Machine,
        "the machine".to_owned(),
        Path::default(),
        cx,
    );
    if root.as_mapping().is_none() {
        return Machine::default();
    }
    let first = first_watcher(root);
    if let Some((at, name)) = &first {
        let message = "`watchers` is missing in the machine";
        let finding = Finding::new(Code::MissingKey, Path::default(), message)
            .at(Part::Start)
            .help(format!(
                "put `watchers:` before {name}, which is no transition"
            ))
            .label(
                at!["transitions", *at],
                Part::Start,
                "this is the first watcher",
            );
        reader.cx.findings.add(finding);
        reader.excuse_key("watchers");
    }
    reader.require();
    let mut machine = Machine {
        schema: reader.text("$schema"),
        name: reader.text("name"),
        description: reader.text("description"),
        version: reader.text("version"),
        initial_state: reader.text("initial_state"),
        splay_start: reader.number("splay_start", MAX_SPLAY),
        declare: declaration(&mut reader),
        tests: reader.value("tests").map(|_| ()),
        ..Machine::default()
    };
    if let Some(declare) = &machine.declare {
        reader.cx.environment = environment(declare);
    }
    let before = reader.cx.findings.errors();
    let read = if first.is_some() { either } else { transition };
    machine.transitions = reader.mappings("transitions", "transitions", read);
    let unread = machine.transitions.is_empty() || machine.initial_state.is_none();
    reader.cx.torn |= unread || reader.cx.findings.errors() > before;
    machine.watchers = reader.mappings("watchers", "watchers", watcher::read);
    machine
}

impl<'a> Reader<'a, '_> {
    /// A list of mappings, each read by `read`.
    pub(super) fn mappings<T>(
        &mut self,
        key: &'static str,
        of: &str,
        read: fn(&'a Node, Path, &mut Cx) -> T,
    ) -> Vec<T> {
        let Some(node) = self.value(key) else {
            return Vec::new();
        };
        let path = self.at(key);
        let Some(items) = node.as_sequence() else {
            let message = format!(
                "a list of {of} is expected for `{key}` of {}, found {}",
                self.owner,
                describe(node)
            );
            let help = node
                .as_mapping()
                .map(|_| "begin each entry of the list with `- `");
            let finding = Finding::new(Code::WrongType, path, message);
            self.cx
                .findings
                .add(finding.maybe_help(help.map(str::to_owned)));
            return Vec::new();
        };
        if items.is_empty() && matches!(key, "transitions" | "watchers") {
            let message = format!("`{key}` of {} must not be empty", self.owner);
            self.cx
                .findings
                .add(Finding::new(Code::EmptyValue, path.clone(), message));
        }
        items
            .iter()
            .enumerate()
            .map(|(at, item)| read(item, path.join(at), self.cx))
            .collect()
    }
}

/// The first watcher among the transitions, where the key of the watchers is missing.
fn first_watcher(root: &Node) -> Option<(usize, String)> {
    if root.get("watchers").is_some() {
        return None;
    }
    let items = root.get("transitions")?.items();
    let at = items.iter().position(is_watcher)?;
    let name = items.get(at)?.get("name").and_then(Node::text);
    let name = name.map_or("it".to_owned(), |it| format!("`{it}`"));
    Some((at, name))
}

fn is_watcher(node: &Node) -> bool {
    let has = |key| node.get(key).is_some();
    has("type") && !has("from") && !has("destination")
}

/// A transition, or a watcher that stands among them.
fn either(node: &Node, path: Path, cx: &mut Cx) -> Transition {
    if !is_watcher(node) {
        return transition(node, path, cx);
    }
    watcher::read(node, path, cx);
    Transition::default()
}

fn transition(node: &Node, path: Path, cx: &mut Cx) -> Transition {
    let owner = super::owner("transition", node, &path);
    let mut reader = Reader::new(node, Level::Transition, owner, path, cx);
    if node.as_mapping().is_none() {
        return Transition::default();
    }
    reader.require();
    if reader
        .value("from")
        .and_then(Node::as_sequence)
        .is_some_and(<[_]>::is_empty)
    {
        let message = format!("`from` of {} is empty, so it can never fire", reader.owner);
        let finding = Finding::new(Code::EmptyValue, reader.at("from"), message);
        reader
            .cx
            .findings
            .add(finding.help("name the states in which it is offered"));
    }
    Transition {
        name: reader.text("name"),
        from: reader.list("from", "states"),
        destination: reader.text("destination"),
        description: reader.text("description"),
        subscribe: reader.mappings("subscribe", "subscriptions", subscription),
    }
}

fn subscription(node: &Node, path: Path, cx: &mut Cx) -> Subscription {
    let mut reader = Reader::new(
        node,
        Level::Subscription,
        "a subscription".to_owned(),
        path,
        cx,
    );
    if node.as_mapping().is_none() {
        return Subscription::default();
    }
    reader.require();
    Subscription {
        machine_name: reader.text("machine_name"),
        event: reader.text("event"),
    }
}

fn declaration(machine: &mut Reader<'_, '_>) -> Option<Declaration> {
    let node = machine.value("declare")?;
    let path = machine.at("declare");
    let mut reader = Reader::new(
        node,
        Level::Declaration,
        "`declare`".to_owned(),
        path,
        machine.cx,
    );
    Some(Declaration {
        facts: declared(&mut reader, "facts"),
        data: declared(&mut reader, "data"),
    })
}

fn declared(reader: &mut Reader<'_, '_>, key: &'static str) -> Vec<(String, Declared)> {
    let pairs = reader.pairs(key);
    let names = Declared::ALL.map(|(name, _)| name);
    let mut declared = Vec::with_capacity(pairs.len());
    for (path, name) in pairs {
        match Declared::ALL.into_iter().find(|(it, _)| *it == name) {
            Some((_, kind)) => declared.push((path, kind)),
            None => {
                let message = format!("`{name}` is not a type");
                let help = match suggest::closest(&name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "the types are {}",
                        names.map(|it| format!("`{it}`")).join(", ")
                    ),
                };
                let finding = Finding::new(Code::Declaration, reader.at(key).join(path), message);
                reader.cx.findings.add(finding.help(help));
            }
        }
    }
    declared
}

/// The names that expressions may use, with the types that are declared.
fn environment(declare: &Declaration) -> Environment {
    let mut environment = Environment::watcher();
    for (name, paths) in [("data", &declare.data), ("facts", &declare.facts)] {
        let mut root = Type::map();
        for (path, kind) in paths {
            insert(&mut root, path.split('.'), kind_of(*kind));
        }
        environment.variables.insert(name.to_owned(), root);
    }
    environment
}

fn insert<'a>(map: &mut Type, mut path: impl Iterator<Item = &'a str>, kind: Type) {
    let Type::Map(fields) = map else { return };
    let Some(name) = path.next() else { return };
    let mut rest = path.peekable();
    if rest.peek().is_none() {
        fields.insert(name.to_owned(), kind);
        return;
    }
    let inner = fields.entry(name.to_owned()).or_insert_with(Type::map);
    insert(inner, &mut rest as &mut dyn Iterator<Item = &'a str>, kind);
}

fn kind_of(declared: Declared) -> Type {
    match declared {
        Declared::String => Type::String,
        Declared::Integer => Type::Int,
        Declared::Float => Type::Float,
        Declared::Boolean => Type::Bool,
        Declared::List => Type::List(Box::new(Type::Any)),
        Declared::Map => Type::map(),
        Declared::Any => Type::Any,
    }
}
