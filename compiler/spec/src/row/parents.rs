//! What checks depend on: whether it exists, and whether it leads back to them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Row;
use crate::diagnostic::{Code, Diagnostic};
use crate::form::Reader;
use crate::outline::Named;
use crate::text::quoted;

/// Reports the names that a check depends on and that are not among these.
pub(crate) fn parents<'n>(
    reader: &mut Reader<'_>,
    row: &Row,
    known: impl Iterator<Item = &'n str> + Clone,
) {
    let name = row.name.text.as_str();
    for (at, parent) in row.depends_on.iter().enumerate() {
        // That one leads back to itself is said of circles.
        if parent.text == name || known.clone().any(|it| it == parent.text) {
            continue;
        }
        let message = format!("`{name}` depends on `{}`, which is not here", parent.text);
        let place = row.path.join("depends_on").join(at);
        let known = known.clone().filter(|it| *it != name);
        reader.no_such(Code::NoSuchParent, place, message, &parent.text, known);
    }
}

/// Reports checks of these files that depend on each other in a circle, each circle once.
pub(crate) fn circles<'r>(
    rows: impl IntoIterator<Item = (&'r Arc<str>, &'r Row)>,
) -> Vec<Diagnostic> {
    let rows: Vec<_> = rows.into_iter().collect();
    let mut places = HashMap::new();
    for (at, (_, row)) in rows.iter().enumerate() {
        places.entry(row.name.text.as_str()).or_insert(at);
    }
    let mut search = Search {
        rows: &rows,
        places: &places,
        done: HashSet::new(),
        found: Vec::new(),
    };
    for at in 0..rows.len() {
        search.from(at);
    }
    search.found
}

/// A walk along `depends_on`, deep first.
struct Search<'a, 'r> {
    rows: &'a [(&'r Arc<str>, &'r Row)],
    /// The row of each name.
    places: &'a HashMap<&'r str, usize>,
    /// Rows from which everything was seen.
    done: HashSet<usize>,
    found: Vec<Diagnostic>,
}

impl<'r> Search<'_, 'r> {
    fn from(&mut self, start: usize) {
        // The way to where the walk is: rows, and how many of what each depends on were followed.
        let mut way = vec![(start, 0)];
        while let Some((at, next)) = way.last_mut() {
            let (at, parent) = (*at, self.parent(*at, *next));
            *next += 1;
            match parent {
                _ if self.done.contains(&at) => drop(way.pop()),
                None => {
                    self.done.insert(at);
                    way.pop();
                }
                Some((to, named)) => {
                    match to.map(|to| (to, way.iter().position(|it| it.0 == to))) {
                        Some((_, Some(begin))) => {
                            let circle = way.iter().skip(begin).map(|it| it.0).collect::<Vec<_>>();
                            self.report(at, named, &circle);
                        }
                        Some((to, None)) => way.push((to, 0)),
                        None => {}
                    }
                }
            }
        }
    }

    /// The name at this place of what a row depends on, and the row of that name, if there is one.
    fn parent(&self, row: usize, at: usize) -> Option<(Option<usize>, &'r Named)> {
        let named = self.rows.get(row)?.1.depends_on.get(at)?;
        Some((self.places.get(named.text.as_str()).copied(), named))
    }

    fn report(&mut self, row: usize, parent: &Named, circle: &[usize]) {
        let Some((file, _)) = self.rows.get(row) else {
            return;
        };
        let names = circle.iter().filter_map(|it| self.rows.get(*it));
        let names: Vec<&str> = names.map(|(_, row)| row.name.text.as_str()).collect();
        let (message, help) = match names.as_slice() {
            [own] => (
                format!("`{own}` depends on itself"),
                "it does not wait for itself: leave the name out",
            ),
            names => (
                format!("{} depend on each other", quoted(names.iter().copied())),
                "none of them waits for another one of them: leave a name out",
            ),
        };
        self.found.push(Diagnostic {
            code: Code::DependencyCircle,
            severity: Code::DependencyCircle.severity(),
            message,
            help: Some(help.to_owned()),
            file: Arc::clone(file),
            span: parent.place.span,
            path: parent.place.path.clone(),
            labels: Vec::new(),
            notes: Vec::new(),
        });
    }
}
