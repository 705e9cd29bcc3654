//! The layers that a configuration is made of.

use std::collections::HashMap;
use std::sync::Arc;

use chorister_lang::suggest;
use chorister_yaml::{Node, Span};

use crate::conf;
use crate::finding::{Finding, Mistake};
use crate::given::Given;
use crate::key::{self, KEYS, Match};
use crate::native;
use crate::record::Origin;
use crate::value::Kind;

/// Values from one place, in their order. Later ones replace earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    pub(crate) entries: Vec<Entry>,
    pub(crate) findings: Vec<Finding>,
}

/// A value, and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key as its author wrote it.
    pub(crate) key: String,
    /// What that is in the table; `None` for the key of a plugin.
    pub(crate) of: Option<Match>,
    pub(crate) given: Given,
    pub(crate) origin: Origin,
    /// What it was read from, for messages.
    pub(crate) file: Arc<str>,
}

/// Keys that begin so are ours, and others are of plugins that we do not know.
const OURS: [&str; 9] = [
    "plugin.actionpolicy.",
    "plugin.choria.",
    "plugin.login.",
    "plugin.machines.",
    "plugin.nats.",
    "plugin.regopolicy.",
    "plugin.rpcaudit.",
    "plugin.scout.",
    "plugin.security.",
];

/// Keys of MCollective that are like others of ours, and that nobody meant to be those.
const BEFORE_US: [&str; 2] = ["rpcauditprovider", "securityprovider"];

/// But these are as their authors like.
const FREE: &str = "plugin.choria.adapter.";

// === impl Layer ===

impl Layer {
    /// A file of go-choria's format.
    ///
    /// The keys of a file `NAME.cfg` or `NAME.conf` of `plugin.d` stand below `plugin.NAME`, which is `below` then.
    #[must_use]
    pub fn conf(path: &str, text: &str, below: Option<&str>) -> Self {
        let file: Arc<str> = path.into();
        let (lines, mut findings) = conf::lines(&file, text);
        let whole = |key: &str| match below {
            Some(name) => format!("plugin.{name}.{key}"),
            None => key.to_owned(),
        };
        for finding in findings.iter_mut().filter(|it| it.guard.is_none()) {
            finding.guard = key::guard(&whole(&finding.key));
        }
        let mut layer = Self {
            findings,
            ..Self::default()
        };
        let mut seen: HashMap<String, u32> = HashMap::new();
        for line in lines {
            let key = whole(line.key);
            let found = key::upstream(&key).or_else(|| {
                // What go-choria has no name for is called as in our own format.
                key::native(&key).filter(|it| it.key.upstream.is_none())
            });
            let adds_up = found
                .as_ref()
                .is_none_or(|it| it.key.row.kind == Kind::Paths);
            if let Some(before) = seen.insert(key.clone(), line.key_span.start.line)
                && !adds_up
            {
                layer.findings.push(Finding {
                    mistake: Mistake::Repeated,
                    file: Arc::clone(&file),
                    span: line.key_span,
                    key: key.clone(),
                    message: format!("`{key}` is set again, and line {before} has no effect"),
                    help: Some("leave one of them out".to_owned()),
                    guard: None,
                });
            }
            if found.is_none() {
                layer.findings.extend(unknown(&file, &key, line.key_span));
            }
            layer.entries.push(Entry {
                of: found,
                given: Given::at(line.value, line.value_span),
                origin: Origin::File {
                    path: Arc::clone(&file),
                    line: line.key_span.start.line,
                },
                file: Arc::clone(&file),
                key,
            });
        }
        layer
    }

    /// A file of our own format: `chorister.yaml`, or the same as JSON by the name of the file.
    #[must_use]
    pub fn native(path: &str, text: &[u8]) -> Self {
        native::layer(path.into(), text)
    }

    /// What a distribution has compiled in: names of `chorister.yaml` with values as JSON.
    #[must_use]
    pub fn compiled<'d>(defaults: impl IntoIterator<Item = (&'d str, &'d str)>) -> Self {
        let mut layer = Self::default();
        for (name, json) in defaults {
            let tree = native::tree(&format!("{{{name:?}: {json}}}"));
            let file: Arc<str> = "compiled in".into();
            native::collect(&tree, &file, &|_| Origin::Compiled, &mut layer);
        }
        layer
    }

    /// Settings that stand within another file, as the tree that was read of them.
    #[must_use]
    pub fn tree(root: &Node) -> Self {
        native::of_tree("".into(), root)
    }

    /// The settings that it has values for, whether they are right or not: their names in `chorister.yaml`, and where
    /// the values stand.
    pub fn settings(&self) -> impl Iterator<Item = (String, Span)> {
        let known = self
            .entries
            .iter()
            .filter_map(|it| Some((it.of.as_ref()?, it)));
        known.map(|(of, it)| (of.name.clone(), it.given.span))
    }

    /// The environment, as far as a variable is one of a key.
    ///
    /// go-choria reads most of its variables only where a file has their key. Here each counts always, and every key
    /// has a variable: `CHORISTER_` and its name in capitals.
    #[must_use]
    pub fn environment(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let mut layer = Self::default();
        for key in KEYS.iter() {
            let variables = [key.row.environment.map(str::to_owned), key.variable()];
            for variable in variables.into_iter().flatten() {
                if let Some(text) = lookup(&variable).filter(|it| !it.is_empty()) {
                    layer.set(
                        key,
                        text,
                        variable.as_str().into(),
                        Origin::Environment(variable),
                    );
                }
            }
        }
        layer
    }

    /// The same, with what is said of variables that are like those of keys and set nothing.
    #[must_use]
    pub fn beside(mut self, variables: impl IntoIterator<Item = String>) -> Self {
        let known: Vec<(String, &str)> = KEYS
            .iter()
            .filter_map(|it| Some((it.variable()?, it.name.as_str())))
            .collect();
        for variable in variables {
            let is_known = known.iter().any(|(it, _)| *it == variable);
            if is_known || !variable.starts_with("CHORISTER_") {
                continue;
            }
            let names = known.iter().map(|(it, _)| it.as_str());
            let Some(meant) = suggest::closest(&variable, names) else {
                continue;
            };
            let key = known.iter().find(|(it, _)| it == meant);
            self.findings.push(Finding {
                mistake: Mistake::Misspelt,
                file: "environment".into(),
                span: Span::default(),
                message: format!("there is no setting `{variable}`"),
                help: Some(format!("did you mean `{meant}`?")),
                guard: key.and_then(|(_, name)| key::guard(name)),
                key: variable,
            });
        }
        self
    }

    /// Options of the command line: names of `chorister.yaml`, values, and what the options are called.
    #[must_use]
    pub fn arguments(
        options: impl IntoIterator<Item = (&'static str, String, &'static str)>,
    ) -> Self {
        let mut layer = Self::default();
        for (name, text, flag) in options {
            if let Some(found) = key::native(name) {
                layer.set(found.key, text, flag.into(), Origin::Argument(flag));
            }
        }
        layer
    }

    /// What is wrong with it by itself.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn set(&mut self, key: &'static key::Key, text: String, file: Arc<str>, origin: Origin) {
        self.entries.push(Entry {
            key: key.name.clone(),
            of: key::native(&key.name),
            given: Given::text(text),
            origin,
            file,
        });
    }
}

/// What is said of a key that the table does not have, if anything.
pub(crate) fn unknown(file: &Arc<str>, key: &str, span: Span) -> Option<Finding> {
    let is_plugin = key.starts_with("plugin.");
    let is_ours = OURS.iter().any(|it| key.starts_with(it)) && !key.starts_with(FREE);
    let meant = key::similar_upstream(key).filter(|_| !BEFORE_US.contains(&key));
    if meant.is_none() && is_plugin && !is_ours {
        return None;
    }
    let mut finding = Finding {
        mistake: Mistake::UnknownKey,
        file: Arc::clone(file),
        span,
        key: key.to_owned(),
        message: format!("there is no setting `{key}`"),
        help: Some("nothing reads it; leave it out".to_owned()),
        guard: None,
    };
    if let Some(meant) = meant {
        finding.mistake = Mistake::Misspelt;
        finding.help = Some(format!("did you mean `{meant}`?"));
        // What other plugins call alike is theirs.
        if is_ours || !is_plugin {
            finding.guard = key::guard(meant);
        }
    }
    Some(finding)
}
