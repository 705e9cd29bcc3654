//! Our own format: `chorister.yaml`, nested as the structs of settings are.

use std::sync::Arc;

use chorister_lang::suggest;
use chorister_yaml::{Entry as Pair, Format, Node, Parsed};

use crate::LIMITS;
use crate::finding::{Finding, Mistake};
use crate::given::Given;
use crate::key::{self, KEYS};
use crate::layer::{self, Entry, Layer};
use crate::record::Origin;

/// The key below which the keys of plugins stand.
const PLUGIN: &str = "plugin";

/// Reads a file.
pub(crate) fn layer(file: Arc<str>, text: &[u8]) -> Layer {
    let mut layer = Layer::default();
    let Parsed { root, errors } = chorister_yaml::parse(text, Format::of_file(&file), &LIMITS);
    for error in errors {
        layer.findings.push(Finding {
            mistake: Mistake::Text(error.kind),
            file: Arc::clone(&file),
            span: error.span,
            key: String::new(),
            message: error.message,
            help: error.help,
            guard: Some(file.to_string()),
        });
    }
    if let Some(root) = root {
        let mut of_tree = of_tree(file, &root);
        layer.entries = of_tree.entries;
        layer.findings.append(&mut of_tree.findings);
    }
    layer
}

/// Reads a tree.
pub(crate) fn of_tree(file: Arc<str>, root: &Node) -> Layer {
    let mut layer = Layer::default();
    if root.as_mapping().is_none() && !root.is_null() {
        let message = format!("settings are {}; they have to be a mapping", root.kind());
        let help = "write `KEY: VALUE`, such as `identity: web1.example.net`";
        wrong(&file, root, "", message, Some(help.to_owned()), &mut layer);
    }
    let origin = |node: &Node| Origin::File {
        path: Arc::clone(&file),
        line: node.span.start.line,
    };
    collect(root, &file, &origin, &mut layer);
    layer
}

/// The tree of a text that we wrote ourselves; nothing where we did so badly.
pub(crate) fn tree(json: &str) -> Node {
    chorister_yaml::parse(json, Format::Json, &LIMITS)
        .root
        .unwrap_or(Node {
            span: chorister_yaml::Span::default(),
            alias_of: None,
            value: chorister_yaml::Value::Mapping(Vec::new()),
        })
}

/// Adds the settings of a tree to a layer.
pub(crate) fn collect(
    root: &Node,
    file: &Arc<str>,
    origin: &dyn Fn(&Node) -> Origin,
    layer: &mut Layer,
) {
    let mut walk = Walk {
        file,
        origin,
        layer,
    };
    walk.mapping(root, "");
}

struct Walk<'w> {
    file: &'w Arc<str>,
    origin: &'w dyn Fn(&Node) -> Origin,
    layer: &'w mut Layer,
}

impl Walk<'_> {
    fn mapping(&mut self, node: &Node, below: &str) {
        for Pair { key, value, .. } in node.entries() {
            if below.is_empty() && key.text.starts_with('$') {
                continue;
            }
            let name = join(below, &key.text);
            if let Some(found) = key::native(&name) {
                self.value(value, name, Some(found));
            } else if name == PLUGIN || is_group(&name) {
                self.group(value, &name);
            } else {
                let finding = unknown(self.file, key.span, &key.text, below);
                self.layer.findings.push(finding);
            }
        }
    }

    fn group(&mut self, node: &Node, name: &str) {
        if node.as_mapping().is_none() && !node.is_null() {
            let message = format!("`{name}` is {}; it has to be a mapping", node.kind());
            let keys: Vec<String> = siblings(name).map(|it| format!("`{it}`")).collect();
            let help = format!("below it stand {}", keys.join(", "));
            wrong(self.file, node, name, message, Some(help), self.layer);
        } else if name == PLUGIN {
            self.plugin(node, name);
        } else {
            self.mapping(node, name);
        }
    }

    /// Keys of plugins, with dots or levels between their parts.
    fn plugin(&mut self, node: &Node, below: &str) {
        for Pair { key, value, .. } in node.entries() {
            let name = join(below, &key.text);
            if value.as_mapping().is_some() {
                self.plugin(value, &name);
            } else {
                let found = key::upstream(&name);
                if found.is_none() {
                    let unknown = layer::unknown(self.file, &name, key.span);
                    self.layer.findings.extend(unknown);
                }
                self.value(value, name, found);
            }
        }
    }

    fn value(&mut self, node: &Node, key: String, of: Option<key::Match>) {
        let Some(given) = Given::node(node) else {
            if !node.is_null() {
                let wanted = match &of {
                    Some(of) => of.key.row.kind.to_string(),
                    None => "a text, a number or a list of such".to_owned(),
                };
                let message = format!("`{key}` is {}; it has to be {wanted}", node.kind());
                wrong(self.file, node, &key, message, None, self.layer);
            }
            return;
        };
        self.layer.entries.push(Entry {
            key,
            of,
            given,
            origin: (self.origin)(node),
            file: Arc::clone(self.file),
        });
    }
}

fn join(below: &str, key: &str) -> String {
    match below {
        "" => key.to_owned(),
        _ => format!("{below}.{key}"),
    }
}

/// Whether settings stand below this name.
fn is_group(name: &str) -> bool {
    siblings(name).next().is_some()
}

/// The names directly below a group, each once.
fn siblings(group: &str) -> impl Iterator<Item = &'static str> {
    let parts: Vec<&str> = group.split('.').filter(|it| !it.is_empty()).collect();
    let mut last = None;
    KEYS.iter().filter_map(move |key| {
        let mut known = key.name.split('.');
        for part in &parts {
            let known = known.next()?;
            if known != *part && known != "*" {
                return None;
            }
        }
        let next = known.next()?;
        (last.replace(next) != Some(next)).then_some(next)
    })
}

fn wrong(
    file: &Arc<str>,
    node: &Node,
    key: &str,
    message: String,
    help: Option<String>,
    layer: &mut Layer,
) {
    layer.findings.push(Finding {
        mistake: Mistake::Value,
        file: Arc::clone(file),
        span: node.span,
        key: key.to_owned(),
        message,
        help,
        guard: match key {
            "" => Some(file.to_string()),
            _ => key::guard(key),
        },
    });
}

fn unknown(file: &Arc<str>, span: chorister_yaml::Span, key: &str, below: &str) -> Finding {
    let name = join(below, key);
    let (help, meant) = if let Some(meant) = suggest::closest(key, siblings(below)) {
        (format!("did you mean `{meant}`?"), join(below, meant))
    } else if let Some(found) = key::upstream(&name) {
        let shown = found.name.replace('.', ": ");
        (format!("here it is `{shown}`"), found.name)
    } else if let Some(other) = elsewhere(key) {
        let shown = other.replace('.', ": ");
        (format!("move it: `{shown}` stands there"), other.to_owned())
    } else {
        let known: Vec<String> = siblings(below).map(|it| format!("`{it}`")).collect();
        (format!("there are {}", known.join(", ")), below.to_owned())
    };
    let message = match below {
        "" => format!("there is no setting `{key}`"),
        _ => format!("there is no setting `{key}` in `{below}`"),
    };
    Finding {
        mistake: Mistake::Misspelt,
        file: Arc::clone(file),
        span,
        key: name,
        message,
        help: Some(help),
        guard: key::guard(&meant),
    }
}

/// The only key of this name on another level.
fn elsewhere(name: &str) -> Option<&'static str> {
    let mut same = KEYS.iter().filter(|it| it.row.name == name);
    let found = same.next()?;
    same.next().is_none().then_some(&found.name)
}
