//! How often a fact has each value.

use core::cmp::Reverse;
use core::fmt::Write as _;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::json::indented;
use crate::plain::{plain, word};
use crate::table::Table;

/// How often a fact has each value, and on which nodes.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    nodes: BTreeMap<String, Vec<String>>,
}

/// How values are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listing {
    /// With the nodes that have them.
    pub nodes: bool,
    /// The most frequent first.
    pub reverse: bool,
}

// === impl Histogram ===

impl Histogram {
    /// Notes the value of a node.
    pub fn add(&mut self, node: &str, value: &Value) {
        let nodes = self.nodes.entry(word(value)).or_default();
        nodes.push(node.to_owned());
    }

    /// Values and their nodes, the rarest first.
    fn rows(&self, listing: Listing) -> Vec<(&String, &Vec<String>)> {
        let mut rows: Vec<_> = self.nodes.iter().collect();
        match listing.reverse {
            false => rows.sort_by_key(|(_, nodes)| nodes.len()),
            true => rows.sort_by_key(|(_, nodes)| Reverse(nodes.len())),
        }
        rows
    }

    /// As text.
    #[must_use]
    pub fn text(&self, fact: &str, listing: Listing) -> String {
        let mut text = format!("Report for fact: {}\n\n", plain(fact));
        let width = self.nodes.keys().map(|it| it.chars().count()).max();
        let width = width.unwrap_or_default();
        for (value, nodes) in self.rows(listing) {
            let times = nodes.len();
            let _ = writeln!(text, "  {:>width$} found {times} times", plain(value));
            if listing.nodes {
                for node in nodes {
                    let _ = writeln!(text, "      {}", plain(node));
                }
                text.push('\n');
            }
        }
        text
    }

    /// As a table.
    #[must_use]
    pub fn table(&self, listing: Listing) -> Table {
        let heads = ["Fact", "Matches", "Nodes"];
        let shown = if listing.nodes { 3 } else { 2 };
        let mut table = Table::new(heads.into_iter().take(shown));
        for (value, nodes) in self.rows(listing) {
            let cells = [value.clone(), nodes.len().to_string(), nodes.join("\n")];
            table.push(cells.into_iter().take(shown));
        }
        table
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let rows = self.nodes.iter();
        let object: serde_json::Map<_, _> = rows
            .map(|(value, nodes)| {
                let row = json!({ "count": nodes.len(), "identities": nodes });
                (value.clone(), row)
            })
            .collect();
        indented(&object, 2)
    }
}
