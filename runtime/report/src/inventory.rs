//! Everything about one node.

use core::fmt::Write as _;

use chorister_ddl::Data;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::columns::{columns, rows};
use crate::json::indented;
use crate::plain::{hanging, lines, plain, word};

/// What a node says of itself: the replies of `rpcutil` to `daemon_stats` and `inventory`.
#[derive(Clone, Debug, Default)]
pub struct Portrait {
    /// The node.
    pub identity: String,
    /// What it did so far.
    pub statistics: Data,
    /// What it is.
    pub inventory: Data,
}

/// What is told of a node's life: the name people see, and where it is in `statistics`.
const FIGURES: [(&str, &str); 7] = [
    ("Process ID", "pid"),
    ("Total Messages", "total"),
    ("Messages Passed Filters", "passed"),
    ("Messages Filtered", "filtered"),
    ("Expired Messages", "ttlexpired"),
    ("Replies Sent", "replies"),
    ("Events Published", "events"),
];

// === impl Portrait ===

impl Portrait {
    /// As text, perhaps with its facts.
    #[must_use]
    pub fn text(&self, with_facts: bool) -> String {
        let mut text = format!("Inventory for {}\n\n", plain(&self.identity));
        text.push_str("  Choria Server Statistics:\n\n");
        let mut line = |what: &str, value: &str| {
            let _ = writeln!(text, "{what:>27}: {}", plain(value));
        };
        let stats = |name: &str| self.statistics.get(name).map_or_else(String::new, word);
        line("Version", &stats("version"));
        line("Start Time", &self.started());
        line("Config File", &stats("configfile"));
        line("Collectives", &self.names("collectives").join(", "));
        let main = self.inventory.get("main_collective");
        line("Main Collective", &main.map_or_else(String::new, word));
        for (what, name) in FIGURES {
            line(what, &stats(name));
        }
        let mut names = |what: &str, list: &str| {
            let mut found = self.names(list);
            found.sort_unstable();
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            let _ = write!(text, "\n  {what}:\n\n{}", columns(&found));
        };
        names("Agents", "agents");
        names("Tagged Classes", "classes");
        let _ = write!(text, "\n  Autonomous Agents:\n\n{}", self.machines());
        if with_facts {
            let none = Value::Object(Data::new());
            let facts = self.inventory.get("facts").unwrap_or(&none);
            let _ = write!(text, "\n  Facts:\n\n    {}\n", hanging(&lines(facts, 2), 4));
        }
        text
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let object = json!({
            "identity": self.identity,
            "statistics": self.statistics,
            "inventory": self.inventory,
        });
        indented(&object, 2)
    }

    fn names(&self, list: &str) -> Vec<String> {
        let found = self.inventory.get(list).and_then(Value::as_array);
        let found = found.into_iter().flatten();
        found.map(|it| plain(&word(it))).collect()
    }

    fn started(&self) -> String {
        let second = self.statistics.get("starttime").and_then(Value::as_f64);
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
        let time = second.and_then(|it| Timestamp::from_second(it as i64).ok());
        time.map_or_else(String::new, |it| {
            it.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string()
        })
    }

    /// The machines of the node, one in a row.
    fn machines(&self) -> String {
        let found = self.inventory.get("machines").and_then(Value::as_array);
        let cells: Vec<String> = found
            .into_iter()
            .flatten()
            .flat_map(|machine| {
                ["name", "version", "state"]
                    .map(|it| plain(&machine.get(it).map_or_else(String::new, word)))
            })
            .collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        rows(&cells)
    }
}
