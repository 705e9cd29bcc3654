//! Which paths an expression reads, and which of them are known to be there.

use super::syntax::{Kind, Node, Span};
use super::tree::Operator;
use super::{Read, Root};

/// A path that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Where it starts.
    pub(super) root: Root,
    /// The names; the first of [`Root::GetFact`] is the argument of `get_fact`.
    pub(super) names: Vec<String>,
    /// Whether reading it fails when a part is absent.
    pub(super) nil_unsafe: bool,
}

/// The paths read so far, and those that are not nil where the checker is.
#[derive(Debug, Default)]
pub(super) struct Flow {
    reads: Vec<Read>,
    known: Vec<Path>,
}

/// What was known at some point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize);

impl Path {
    /// The whole of what a root is.
    pub(super) fn new(root: Root) -> Self {
        Self {
            root,
            names: Vec::new(),
            nil_unsafe: false,
        }
    }

    /// The fact at a gjson path.
    pub(super) fn fact(path: &str) -> Self {
        Self {
            root: Root::GetFact,
            names: vec![path.to_owned()],
            nil_unsafe: false,
        }
    }

    fn join(&self, name: &str) -> Self {
        let mut path = self.clone();
        path.names.push(name.to_owned());
        path
    }

    /// The names with dots between them, as gjson reads them.
    fn text(&self) -> String {
        let mut text = String::new();
        for (at, name) in self.names.iter().enumerate() {
            if at > 0 {
                text.push('.');
            }
            if at == 0 && self.root == Root::GetFact {
                text.push_str(name);
            } else {
                text.push_str(&name.replace('\\', r"\\").replace('.', r"\."));
            }
        }
        text
    }
}

impl Flow {
    /// All reads, in the order of the text.
    pub(super) fn into_reads(mut self) -> Vec<Read> {
        self.reads
            .sort_by_key(|read| (read.span.start, read.span.end));
        self.reads
    }

    /// The path of a member. `.` fails when what is before it is nil; nothing makes the data or the facts as
    /// a whole nil, and what is known to be there is not.
    pub(super) fn member(&self, base: &Path, name: &str, optional: bool) -> Path {
        let mut path = base.join(name);
        path.nil_unsafe |= !(optional || base.names.is_empty() || self.is_known(base));
        path
    }

    /// Notes that a path is read.
    pub(super) fn read(&mut self, path: Path, span: Span) {
        if path.nil_unsafe {
            // Whoever comes here later knows that this did not fail; one warning is enough.
            let mut base = path.clone();
            base.names.pop();
            self.known.push(base);
        }
        let Path {
            root, nil_unsafe, ..
        } = path;
        self.reads.push(Read {
            root,
            path: path.text(),
            span,
            nil_unsafe,
        });
    }

    /// What is known now.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.known.len())
    }

    /// Adds what is known when a condition came out true, or false.
    pub(super) fn assume(&mut self, known: Vec<Path>) {
        self.known.extend(known);
    }

    /// Forgets what became known since.
    pub(super) fn forget(&mut self, mark: Mark) {
        self.known.truncate(mark.0);
    }

    fn is_known(&self, path: &Path) -> bool {
        self.known
            .iter()
            .any(|it| it.root == path.root && it.names.starts_with(&path.names))
    }
}

/// The paths that are not nil when a condition came out as it did.
pub(super) fn present(
    condition: &Node,
    outcome: bool,
    path_of: &dyn Fn(&Node) -> Option<Path>,
) -> Vec<Path> {
    let both = |a: &Node, b: &Node| {
        let mut paths = present(a, outcome, path_of);
        paths.extend(present(b, outcome, path_of));
        paths
    };
    let paths = |nodes: &[&Node]| {
        nodes
            .iter()
            .filter_map(|node| path_of(node))
            .collect::<Vec<_>>()
    };
    match &condition.kind {
        Kind::Not(inner) => present(inner, !outcome, path_of),
        Kind::Binary(Operator::And, a, b) if outcome => both(a, b),
        Kind::Binary(Operator::Or, a, b) if !outcome => both(a, b),
        Kind::Binary(Operator::Equal, a, b) => compared(a, b, outcome, &paths),
        Kind::Binary(Operator::NotEqual, a, b) => compared(a, b, !outcome, &paths),
        Kind::Binary(Operator::In, key, map) if outcome => {
            let mut known = paths(&[map.as_ref()]);
            if let (Kind::Str(key), Some(map)) = (&key.kind, known.first()) {
                known.push(map.join(key));
            }
            known
        }
        // These fail when an operand is nil; they had an outcome, so none was.
        Kind::Binary(
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
            a,
            b,
        ) => paths(&[a.as_ref(), b.as_ref()]),
        // These are false when an operand is nil.
        Kind::Binary(
            Operator::Matches | Operator::Contains | Operator::StartsWith | Operator::EndsWith,
            a,
            b,
        ) if outcome => paths(&[a.as_ref(), b.as_ref()]),
        _ if outcome => paths(&[condition]),
        _ => Vec::new(),
    }
}

/// What is known when two values are equal, or are not.
fn compared(a: &Node, b: &Node, equal: bool, paths: &dyn Fn(&[&Node]) -> Vec<Path>) -> Vec<Path> {
    let is_nil = |node: &Node| matches!(node.kind, Kind::Nil);
    let is_literal = |node: &Node| {
        matches!(
            node.kind,
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Str(_)
        )
    };
    match (a, b) {
        (path, other) | (other, path) if is_nil(other) && !equal || is_literal(other) && equal => {
            paths(&[path])
        }
        _ => Vec::new(),
    }
}
