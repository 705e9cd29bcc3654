//! The documents about distributions and their machines, as files that link to each other.

use std::collections::BTreeMap;

use anyhow::Result;
use chorister_compiler::Output;
use chorister_compiler::explore::{Facts, explore};
use chorister_ir::CheckClass;
use chorister_spec::distribution::{Distribution, Origin};
use chorister_spec::model::Machine;
use chorister_spec::{Checked, Options, Source};
use serde_json::{Value, json};

use crate::docs::{self, Subject};
use crate::export;
use crate::templates::template;

/// Everything that is documented.
#[derive(Debug, Default)]
pub(crate) struct Handbook {
    distributions: Vec<Chapter>,
    /// Machines by the paths of their pages.
    machines: BTreeMap<String, Entry>,
    /// Check classes by the paths of their pages, with where they come from.
    classes: BTreeMap<String, (CheckClass, String)>,
}

/// A distribution.
#[derive(Debug)]
struct Chapter {
    of: Distribution,
    /// The pages of its machines.
    machines: Vec<String>,
    /// The pages of its check classes.
    classes: Vec<String>,
    /// What it is estimated to use.
    estimate: Option<String>,
}

#[derive(Debug)]
struct Entry {
    source: Source,
    machine: Machine,
    /// What exploration says of it, together with the others of its distribution.
    facts: Option<Facts>,
    binaries: Vec<String>,
}

impl Handbook {
    /// Adds a distribution with its machines.
    pub(crate) fn add(&mut self, output: &Output) {
        let Some(distribution) = &output.distribution else {
            return;
        };
        // The first text is that of the distribution itself.
        let entries = distribution
            .machines
            .iter()
            .zip(output.sources.iter().skip(1));
        let checked: Vec<Checked> = entries
            .clone()
            .map(|(entry, source)| {
                let options = Options {
                    lenient: entry.lenient,
                    build: true,
                };
                chorister_spec::machine::check(source, &options)
            })
            .collect();
        let facts = explore(&checked.iter().collect::<Vec<_>>()).facts;
        let mut pages = Vec::new();
        for (((entry, source), checked), facts) in entries.zip(checked).zip(facts) {
            let Some(machine) = checked.model else {
                continue;
            };
            let folder = folder(&entry.origin, distribution);
            let page = format!(
                "{folder}/{}.md",
                file_name(machine.name.as_deref().unwrap_or_default())
            );
            let known = self.machines.entry(page.clone()).or_insert_with(|| Entry {
                source: source.clone(),
                machine,
                facts,
                binaries: Vec::new(),
            });
            known.binaries.push(distribution.name.clone());
            pages.push(page);
        }
        let mut classes = Vec::new();
        for (entry, class) in distribution.classes.iter().zip(&output.classes) {
            let folder = folder(&entry.origin, distribution);
            let page = format!("{folder}/checks/{}.md", file_name(&class.name));
            let known = self.classes.entry(page.clone());
            known.or_insert_with(|| (class.clone(), entry.origin.to_string()));
            classes.push(page);
        }
        self.distributions.push(Chapter {
            of: distribution.clone(),
            machines: pages,
            classes,
            estimate: output.estimate.as_ref().map(ToString::to_string),
        });
    }

    /// All pages by their paths; `schemas` are names and files, which lie in the folder `prefix`.
    pub(crate) fn pages(
        &self,
        prefix: &str,
        schemas: &[(&str, String)],
    ) -> Result<BTreeMap<String, String>> {
        let mut pages = BTreeMap::new();
        for (path, entry) in &self.machines {
            let subject = Subject {
                source: &entry.source,
                machine: &entry.machine,
                facts: entry.facts.as_ref(),
                binaries: &entry.binaries,
            };
            pages.insert(path.clone(), docs::machine(&subject)?);
        }
        for (path, (class, origin)) in &self.classes {
            pages.insert(path.clone(), export::class_page(class, origin)?);
        }
        let distributions: Vec<Value> = self
            .distributions
            .iter()
            .map(|it| self.distribution(it))
            .collect();
        let schemas: Vec<Value> = schemas
            .iter()
            .map(|(name, file)| json!({"name": name, "path": format!("{prefix}{file}")}))
            .collect();
        let index = template!("docs/index.md")
            .render(&json!({"distributions": distributions, "schemas": schemas}))?;
        pages.insert("README.md".to_owned(), index);
        Ok(pages)
    }

    fn distribution(&self, chapter: &Chapter) -> Value {
        let of = &chapter.of;
        let classes = chapter.classes.iter();
        let classes: Vec<Value> = classes
            .filter_map(|page| Some((page, &self.classes.get(page)?.0)))
            .map(|(page, class)| {
                json!({
                    "name": docs::text(&class.name),
                    "path": page,
                    "description": docs::text(&class.description),
                })
            })
            .collect();
        let machines: Vec<Value> = chapter
            .machines
            .iter()
            .filter_map(|page| Some((page, self.machines.get(page)?)))
            .map(|(page, entry)| {
                let machine = &entry.machine;
                json!({
                    "name": docs::text(machine.name.as_deref().unwrap_or_default()),
                    "path": page,
                    "description": docs::text(machine.description.as_deref().unwrap_or_default()),
                    "states": docs::states(machine),
                })
            })
            .collect();
        json!({
            "name": of.name,
            "version": of.version,
            "description": docs::sentence(&of.description),
            "machines": machines,
            "classes": classes,
            "estimate": chapter.estimate,
            "loads": of.loaded_machines.as_deref().map(docs::code).unwrap_or_default(),
            "checks": of.loaded_checks.as_deref().map(docs::code).unwrap_or_default(),
        })
    }
}

/// The folder of the pages about what comes from here.
fn folder<'d>(origin: &Origin, distribution: &'d Distribution) -> &'d str {
    match origin {
        Origin::Standard(_) => "std",
        Origin::File(_) => distribution.name.as_str(),
    }
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|it| {
            if it.is_alphanumeric() || matches!(it, '-' | '_') {
                it
            } else {
                '_'
            }
        })
        .collect()
}
