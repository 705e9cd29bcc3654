//! A watcher in its machine, as its checks see it.

use core::time::Duration;

use chorister_yaml::Node;

use super::Graph;
use crate::decode::{Cx, Level};
use crate::diagnostic::{Part, Path, at};
use crate::machine::Options;
use crate::model::{Kind, Machine, Watcher};
use crate::text::brief;

/// A watcher in its machine.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// The watcher.
    pub(crate) watcher: &'a Watcher,
    /// Its type.
    pub(crate) kind: Kind,
    /// Its place in the list.
    pub(crate) index: usize,
    /// The machine.
    pub(crate) machine: &'a Machine,
    /// The states and edges of the machine.
    pub(crate) graph: &'a Graph<'a>,
    /// How the machine is judged.
    pub(crate) options: Options,
    /// The states that it names, in the order of the graph; none where it is active in every state.
    pub(crate) named: Vec<usize>,
    /// Whether all states that it names exist or could be guessed.
    pub(crate) certain: bool,
    root: &'a Node,
}

impl<'a> Scene<'a> {
    /// The watcher of this index; none where its type is not known.
    pub(crate) fn of(
        machine: &'a Machine,
        graph: &'a Graph<'a>,
        root: &'a Node,
        index: usize,
        options: Options,
        cx: &Cx,
    ) -> Option<Self> {
        let watcher = machine.watchers.get(index)?;
        let kind = watcher.kind?;
        let mut certain = true;
        let mut named = Vec::new();
        for name in &watcher.state_match {
            let state = name.as_deref().and_then(|name| {
                graph
                    .find(name)
                    .or_else(|| graph.find(cx.guesses.similar(name, graph.states.iter().copied())?))
            });
            certain &= state.is_some();
            named.extend(state);
        }
        named.sort_unstable();
        named.dedup();
        Some(Self {
            watcher,
            kind,
            index,
            machine,
            graph,
            options,
            named,
            certain,
            root,
        })
    }

    /// The watcher, for a message.
    pub(crate) fn title(&self) -> String {
        match &self.watcher.name {
            Some(name) if !name.is_empty() => format!("watcher `{name}`"),
            _ => format!("`watchers[{}]`", self.index),
        }
    }

    /// The place of the watcher.
    pub(crate) fn place(&self) -> Path {
        at!["watchers", self.index]
    }

    /// The place of one of its keys.
    pub(crate) fn key(&self, key: &'static str) -> Path {
        at!["watchers", self.index, key]
    }

    /// The place of one of its properties.
    pub(crate) fn property(&self, key: &'static str) -> Path {
        at!["watchers", self.index, "properties", key]
    }

    /// The place at which properties are missing, and the part of it to point at.
    pub(crate) fn properties(&self) -> (Path, Part) {
        match self.node().and_then(|it| it.get("properties")) {
            Some(node) if node.is_null() => (self.key("properties"), Part::Key),
            Some(_) => (self.key("properties"), Part::Start),
            None => (self.place(), Part::Start),
        }
    }

    /// Whether the watcher has this key with a value, readable or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.value(self.node(), Level::Watcher, key).is_some()
    }

    /// Whether the watcher has this key, and nothing or an empty list for a value.
    pub(crate) fn is_blank(&self, key: &str) -> bool {
        let value = self.node().and_then(|it| it.get(key));
        value.is_some_and(|it| it.is_null() || it.as_sequence().is_some_and(<[_]>::is_empty))
    }

    /// The value of a property, as it is written.
    pub(crate) fn written(&self, key: &str) -> Option<&'a Node> {
        let properties = self.value(self.node(), Level::Watcher, "properties");
        self.value(properties, Level::Properties(self.kind), key)
    }

    /// A duration as the author wrote it, for a message; `key` is one of the watcher or of its properties.
    pub(crate) fn spelt(&self, key: &str, duration: Duration) -> String {
        let own = || self.value(self.node(), Level::Watcher, key);
        let text = self.written(key).or_else(own).and_then(Node::text);
        text.map_or_else(|| brief(duration), |it| it.trim().to_owned())
    }

    /// Whether the property is there with a value, readable or not.
    pub(crate) fn has_property(&self, key: &str) -> bool {
        self.written(key).is_some()
    }

    /// The one of two properties that comes later in the file.
    pub(crate) fn later(&self, one: &'static str, other: &'static str) -> &'static str {
        let start = |key| self.written(key).map(|it| it.span.start.offset);
        if start(one) > start(other) {
            one
        } else {
            other
        }
    }

    /// Whether it is active in every state.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.watcher.state_match.is_empty()
    }

    /// Whether it is active in a state.
    pub(crate) fn is_active(&self, state: usize) -> bool {
        self.is_everywhere() || self.named.binary_search(&state).is_ok()
    }

    /// Whether it is active in a state that can be entered.
    pub(crate) fn lives(&self) -> bool {
        self.is_everywhere() || self.lived().next().is_some()
    }

    /// The states that it names that can be entered.
    pub(crate) fn lived(&self) -> impl Iterator<Item = usize> + '_ {
        self.named
            .iter()
            .copied()
            .filter(|it| self.graph.is_reachable(*it))
    }

    fn value(&self, node: Option<&'a Node>, level: Level, key: &str) -> Option<&'a Node> {
        let entry = level.entry(node?.entries(), key, self.options.lenient)?;
        // Compat: go-choria: an empty text is a setting that is not there.
        Some(&entry.value).filter(|it| !it.is_null() && it.text() != Some(""))
    }

    fn node(&self) -> Option<&'a Node> {
        self.value(Some(self.root), Level::Machine, "watchers")?
            .items()
            .get(self.index)
    }
}
