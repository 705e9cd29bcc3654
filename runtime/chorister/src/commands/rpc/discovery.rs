//! Which nodes are meant, and how they are found.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use chorister_client::flat_file::{self, Format};
use chorister_client::{Client, ClientError, Discovery, Inventory, Targets};
use chorister_proto::filter::{Compound, DataFunction, FactFilter, Functions, Semantics, Words};
use chorister_proto::{Filter, filter};
use serde_json::Value;

use super::super::Failure;
use super::session::Session;
use crate::{Distribution, args};

/// How much is read of a list of nodes, in bytes.
const MOST: u64 = 256 << 20;

/// The data plugins that every node has, and whether they are asked about something.
const PLUGINS: [(&str, bool); 4] = [
    ("choria", false),
    ("config_item", true),
    ("machine_state", true),
    ("scout", true),
];

/// How nodes are found.
pub(super) struct Search {
    /// What people call that.
    pub(super) method: &'static str,
    /// How they are asked whether they are there.
    pub(super) discovery: Discovery,
    /// The only nodes that may be meant, where somebody said so.
    pub(super) among: Option<Vec<String>>,
}

impl Search {
    /// Reads what the command line and the configuration say.
    pub(super) fn new(
        distribution: &Distribution,
        session: &Session,
        nodes: &args::Nodes,
        how: &args::Discovery,
    ) -> Result<Self, Failure> {
        let filter = filter(distribution, nodes)?;
        let settings = &session.settings.client.discovery;
        let mut discovery = Discovery::new(filter.clone());
        if let Some(timeout) = how.discovery_timeout {
            discovery = discovery.timeout(timeout);
        }
        if how.discovery_window || settings.broadcast.windowed_timeout {
            discovery = discovery.window(Discovery::WINDOW);
        }
        let over = |method, among| Self {
            method,
            discovery: discovery.clone(),
            among,
        };
        let options = Options::new(&settings.options, &how.options)?;
        if let Some(file) = &how.file {
            return Ok(over("flatfile", Some(listed(file, &options)?)));
        }
        let wanted = how.method.as_deref();
        // Who names all nodes needs no others, and standard input may be what a loop of a shell reads.
        let all_named =
            !nodes.identities.is_empty() && nodes.identities.iter().all(|it| !it.starts_with('/'));
        if wanted.is_none()
            && !all_named
            && let Some(names) = piped()?
        {
            return Ok(over("flatfile", Some(names)));
        }
        match wanted.unwrap_or(settings.method.as_str()) {
            "file" | "flatfile" => {
                let file = options.file("file")?;
                Ok(over("flatfile", Some(listed(&file, &options)?)))
            }
            "inventory" => {
                let source = settings.inventory_source.clone();
                let file = match options.get("file") {
                    Some(file) => PathBuf::from(file),
                    None => source.ok_or_else(|| no_option("inventory", "file"))?,
                };
                let names = inventory(&file, &filter, session.collective())?;
                Ok(Self {
                    method: "inventory",
                    discovery: Discovery::default(),
                    among: Some(names),
                })
            }
            "mc" => Ok(over("mc", None)),
            "broadcast" => Ok(over("broadcast", None)),
            // Only nodes themselves can say that.
            _ if !filter.compound.is_empty() => Ok(over("broadcast", None)),
            other => Err(Failure::Impossible(format!(
                "nodes cannot be found by the method `{other}`; there are mc, file and inventory"
            ))),
        }
    }

    /// Nodes that fit a filter, found as the configuration says about asking all of them.
    pub(super) fn everywhere(
        distribution: &Distribution,
        nodes: &args::Nodes,
    ) -> Result<Discovery, Failure> {
        filter(distribution, nodes).map(Discovery::new)
    }

    /// The nodes, of those that were named only those that fit.
    pub(super) async fn targets(&self, client: &Client) -> Result<Targets, ClientError> {
        let Some(among) = &self.among else {
            return Ok(Targets::Discovered(self.discovery.clone()));
        };
        let asked = self.discovery.filter();
        let identities = Filter {
            identities: asked.identities.clone(),
            ..Filter::default()
        };
        let matcher = identities.compile(Semantics::default(), &Functions::default());
        let mut fitting = among.clone();
        fitting.retain(|it| identities.is_empty() || matcher.matches(&named(it)));
        if *asked != identities {
            // What only nodes know of themselves.
            let there = self.discovery.nodes(client, |_| ()).await?;
            let there: BTreeSet<String> = there.into_iter().collect();
            fitting.retain(|it| there.contains(it));
        }
        Ok(Targets::Nodes(fitting))
    }
}

/// A node of which only the name is known.
const fn named(identity: &str) -> filter::Node<'_> {
    filter::Node {
        identity,
        agents: &[],
        classes: &[],
        facts: &Value::Null,
        data: None,
    }
}

/// The filter that the command line describes. What is wrong with it is told before anybody is asked.
fn filter(distribution: &Distribution, nodes: &args::Nodes) -> Result<Filter, Failure> {
    let facts = nodes.facts.iter().map(|it| FactFilter::parse(it));
    let facts = facts
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Impossible(error.to_string()))?;
    let mut filter = Filter {
        facts,
        classes: nodes.classes.clone(),
        agents: nodes.agents.clone(),
        identities: nodes.identities.clone(),
        compound: nodes.select.iter().map(|it| Compound::new(it)).collect(),
    };
    for words in &nodes.with {
        Words::parse(words).add_to(&mut filter);
    }
    let own = distribution.data.iter();
    let own = own.map(|it| (it.ddl.metadata.name.as_ref(), it.ddl.takes_query()));
    let plugins = PLUGINS.into_iter().chain(own);
    let plugins = plugins.map(|(name, takes_query)| DataFunction {
        name: name.to_owned(),
        takes_query,
    });
    let plugins: Vec<_> = plugins.collect();
    let matcher = filter.compile(Semantics::default(), &Functions::new(&plugins));
    for fault in matcher.faults() {
        let text = fault.to_string();
        if !text.contains("unknown function") {
            return Err(Failure::Impossible(text));
        }
        // Nodes may have data plugins that nobody here knows.
        let _ = writeln!(io::stderr(), "{}: {text}", distribution.name);
    }
    Ok(filter)
}

/// What a method is told.
struct Options(Vec<(String, String)>);

impl Options {
    /// Those of the command line before those of the configuration.
    fn new(configured: &[String], given: &[String]) -> Result<Self, Failure> {
        let parts = given.iter().chain(configured);
        let pair = |text: &String| {
            let (name, value) = text.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        let options = parts.map(|it| {
            pair(it).ok_or_else(|| {
                Failure::Impossible(format!("`{it}` is no option: write NAME=VALUE"))
            })
        });
        options.collect::<Result<_, _>>().map(Self)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    fn file(&self, name: &str) -> Result<PathBuf, Failure> {
        let found = self.get(name).map(PathBuf::from);
        found.ok_or_else(|| no_option("file", name))
    }
}

fn no_option(method: &str, name: &str) -> Failure {
    Failure::Impossible(format!(
        "the method `{method}` has to be told --do {name}=…"
    ))
}

/// The names in a file.
fn listed(path: &Path, options: &Options) -> Result<Vec<String>, Failure> {
    let wrong = |error: String| Failure::Impossible(format!("{}: {error}", path.display()));
    let text = match path.to_str() {
        Some("-") => text(io::stdin()),
        _ => File::open(path).and_then(text),
    };
    let text = text.map_err(|error| wrong(error.to_string()))?;
    let format = match options.get("format") {
        Some(format) => format
            .parse()
            .map_err(|it: flat_file::FlatFileError| wrong(it.to_string()))?,
        None if is_object(&text) => Format::Results,
        None => Format::of_file(&path.to_string_lossy()),
    };
    flat_file::parse(&text, format, options.get("filter")).map_err(|it| wrong(it.to_string()))
}

/// The nodes of an earlier request, where its output is standard input.
fn piped() -> Result<Option<Vec<String>>, Failure> {
    let kind = fs::metadata("/dev/stdin").map(|it| it.file_type());
    if !kind.is_ok_and(|it| it.is_fifo() || it.is_file()) {
        return Ok(None);
    }
    let wrong = |error: String| Failure::Impossible(format!("standard input: {error}"));
    let text = text(io::stdin()).map_err(|error| wrong(error.to_string()))?;
    if !is_object(&text) {
        return Ok(None);
    }
    let names = flat_file::parse(&text, Format::Results, None);
    names.map(Some).map_err(|it| wrong(it.to_string()))
}

fn is_object(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('{') && text.ends_with('}')
}

fn text(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

/// The nodes of an inventory that fit a filter.
fn inventory(path: &Path, filter: &Filter, collective: &str) -> Result<Vec<String>, Failure> {
    let wrong = |error: String| Failure::Impossible(format!("{}: {error}", path.display()));
    let text = File::open(path).and_then(text);
    let text = text.map_err(|error| wrong(error.to_string()))?;
    let format = chorister_yaml::Format::of_file(&path.to_string_lossy());
    let inventory = Inventory::parse(&text, format).map_err(|it| wrong(it.to_string()))?;
    inventory
        .nodes(filter, collective)
        .map_err(|it| wrong(it.to_string()))
}
