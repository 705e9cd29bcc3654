//! Nodes and what is known of them from a file.

use chorister_proto::Filter;
use chorister_proto::filter::{Compound, FactFilter, Functions, Node, Semantics};
use chorister_yaml::{Format, Limits};
use serde::Deserialize;
use serde_json::Value;

/// Nodes and what is known of them, which filters can be held against without asking anybody.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    #[serde(default, rename = "$schema")]
    schema: Option<String>,
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(default)]
    nodes: Vec<Entry>,
}

/// A filter with a name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    #[serde(default)]
    filter: GroupFilter,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct GroupFilter {
    agents: Vec<String>,
    classes: Vec<String>,
    facts: Vec<String>,
    identities: Vec<String>,
    compound: String,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    collectives: Vec<String>,
    #[serde(default)]
    facts: Value,
    #[serde(default)]
    classes: Vec<String>,
    #[serde(default)]
    agents: Vec<String>,
}

/// Why an inventory cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// It cannot be read.
    #[error("{0}")]
    Syntax(String),
    /// It has no such group.
    #[error("there is no group `{0}` in the inventory")]
    NoGroup(String),
    /// A fact of a group is none.
    #[error("in the group `{group}`: {reason}")]
    Fact {
        /// The group.
        group: String,
        /// What is wrong.
        reason: String,
    },
    /// A group cannot be part of a larger filter.
    #[error("a group is a whole filter: use `group:{0}` alone or with one agent")]
    NotAlone(String),
}

/// What an identity begins with that is the name of a group.
const GROUP: &str = "group:";

// === impl Inventory ===

impl Inventory {
    /// Reads an inventory.
    ///
    /// # Errors
    /// It cannot be read, or says something that no inventory says.
    pub fn parse(text: &str, format: Format) -> Result<Self, InventoryError> {
        let parsed = chorister_yaml::parse(text, format, &Limits::LOADED);
        let root = parsed.into_result().map_err(|errors| {
            let empty = || "the inventory is empty".to_owned();
            InventoryError::Syntax(errors.first().map_or_else(empty, ToString::to_string))
        })?;
        chorister_yaml::from_node(&root).map_err(|error| InventoryError::Syntax(error.to_string()))
    }

    /// The nodes of a collective that a filter fits, in the order of the file. The identity `group:NAME` stands for the filter
    /// of that name.
    ///
    /// # Errors
    /// A group is used that is not there, cannot be read, or is not alone.
    pub fn nodes(&self, filter: &Filter, collective: &str) -> Result<Vec<String>, InventoryError> {
        let group = filter
            .identities
            .iter()
            .find_map(|it| it.strip_prefix(GROUP));
        let expanded = group.map(|name| self.group(name, filter)).transpose()?;
        let filter = expanded.as_ref().unwrap_or(filter);
        let matcher = filter.compile(Semantics::default(), &Functions::default());
        let fits = |entry: &&Entry| {
            entry.collectives.iter().any(|it| it == collective)
                && (filter.is_empty() || matcher.matches(&entry.node()))
        };
        let names = self.nodes.iter().filter(fits).map(|it| it.name.clone());
        Ok(names.collect())
    }

    /// The filter of a group, with the agent that is asked besides.
    fn group(&self, name: &str, asked: &Filter) -> Result<Filter, InventoryError> {
        let alone = asked.identities.len() == 1
            && asked.agents.len() <= 1
            && asked.classes.is_empty()
            && asked.facts.is_empty()
            && asked.compound.is_empty();
        if !alone {
            return Err(InventoryError::NotAlone(name.to_owned()));
        }
        let group = self.groups.iter().find(|it| it.name == name);
        let group = group.ok_or_else(|| InventoryError::NoGroup(name.to_owned()))?;
        let mut filter = group.filter()?;
        filter.agents.extend(asked.agents.iter().cloned());
        Ok(filter)
    }
}

// === impl Group ===

impl Group {
    fn filter(&self) -> Result<Filter, InventoryError> {
        let GroupFilter {
            agents,
            classes,
            facts,
            identities,
            compound,
        } = self.filter.clone();
        let facts = facts.iter().map(|it| FactFilter::parse(it));
        let facts = facts
            .collect::<Result<_, _>>()
            .map_err(|error| InventoryError::Fact {
                group: self.name.clone(),
                reason: error.to_string(),
            })?;
        let compound = (!compound.is_empty()).then(|| Compound::new(&compound));
        Ok(Filter {
            facts,
            classes,
            agents,
            identities,
            compound: compound.into_iter().collect(),
        })
    }
}

// === impl Entry ===

impl Entry {
    fn node(&self) -> Node<'_> {
        Node {
            identity: &self.name,
            agents: &self.agents,
            classes: &self.classes,
            facts: &self.facts,
            data: None,
        }
    }
}
