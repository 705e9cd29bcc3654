//! The one list in an author's `Cargo.toml` that follows from `distribution.yaml`: the features of `chorister`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use chorister_spec::{Code, Diagnostic, Severity, Source};
use chorister_yaml::{Position, Span};
use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, TableLike, Value};

/// Names of features that follow from a distribution; an author may add others, which are left alone.
const DERIVED: [&str; 7] = [
    "watch-",
    "role-",
    "agent-",
    "check-",
    "machine-loader",
    "external-agents",
    "sandbox",
];

/// Most bytes of a manifest that are read.
const MAX_BYTES: u64 = 1 << 20;

/// A `Cargo.toml` that depends on `chorister`.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) path: PathBuf,
    text: String,
    /// The features that it lists.
    pub(crate) features: Vec<String>,
    /// Where they stand, or else the dependency.
    place: Range<usize>,
}

/// How the features of a manifest differ from those that are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) missing: Vec<String>,
    pub(crate) superfluous: Vec<String>,
}

// === impl Manifest ===

impl Manifest {
    /// The nearest manifest above a spec, if it depends on `chorister`.
    pub(crate) fn above(spec: &Path) -> Result<Option<Self>> {
        let spec = std::path::absolute(spec)?;
        let Some(path) = spec
            .ancestors()
            .skip(1)
            .map(|it| it.join("Cargo.toml"))
            .find(|it| it.is_file())
        else {
            return Ok(None);
        };
        let here = std::env::current_dir().unwrap_or_default();
        let path = path
            .strip_prefix(&here)
            .map_or(path.clone(), Path::to_owned);
        let context = || format!("cannot read {}", path.display());
        let text = read(&path).with_context(context)?;
        Self::parse(path.clone(), text).with_context(context)
    }

    fn parse(path: PathBuf, text: String) -> Result<Option<Self>> {
        let document = Document::parse(text.as_str())?;
        let dependencies = document.get("dependencies").and_then(Item::as_table_like);
        let Some(item) = dependencies.and_then(dependency) else {
            return Ok(None);
        };
        let listed = item.get("features");
        let features = listed
            .and_then(Item::as_array)
            .map(texts)
            .unwrap_or_default();
        let place = listed
            .and_then(Item::span)
            .or_else(|| item.span())
            .unwrap_or(0..0);
        Ok(Some(Self {
            path,
            features,
            place,
            text,
        }))
    }

    /// How the list differs from what is needed.
    pub(crate) fn difference(&self, needed: &BTreeSet<&'static str>) -> Difference {
        let has = |name: &str| self.features.iter().any(|it| it == name);
        Difference {
            missing: needed
                .iter()
                .filter(|it| !has(it))
                .map(|it| (*it).to_owned())
                .collect(),
            superfluous: self
                .features
                .iter()
                .filter(|it| is_derived(it) && !needed.contains(it.as_str()))
                .cloned()
                .collect(),
        }
    }

    /// The text with the list as it is needed; everything else stays as it is.
    pub(crate) fn rewritten(&self, needed: &BTreeSet<&'static str>) -> Result<String> {
        let own = self
            .features
            .iter()
            .filter(|it| !is_derived(it))
            .map(String::as_str);
        let features: Vec<&str> = needed.iter().copied().chain(own).collect();
        let mut document: DocumentMut = self.text.parse()?;
        let dependencies = document
            .get_mut("dependencies")
            .and_then(Item::as_table_like_mut);
        let Some(item) = dependencies.and_then(dependency_mut) else {
            bail!("{} does not depend on chorister", self.path.display());
        };
        set_features(item, &features)?;
        Ok(document.to_string())
    }

    /// What is wrong with the list, as a finding in the manifest.
    pub(crate) fn finding(
        &self,
        difference: &Difference,
        spec: &str,
    ) -> Option<(Source, Diagnostic)> {
        let source = Source::new(self.path.display().to_string(), self.text.as_str());
        let (severity, message) = if !difference.missing.is_empty() {
            let names = quoted(&difference.missing);
            let plural = if difference.missing.len() == 1 {
                "feature"
            } else {
                "features"
            };
            (
                Severity::Error,
                format!("`{spec}` needs the {plural} {names} of `chorister`"),
            )
        } else if !difference.superfluous.is_empty() {
            let names = quoted(&difference.superfluous);
            let (plural, is) = if difference.superfluous.len() == 1 {
                ("feature", "is")
            } else {
                ("features", "are")
            };
            (
                Severity::Warning,
                format!("the {plural} {names} of `chorister` {is} not needed by `{spec}`"),
            )
        } else {
            return None;
        };
        let before = |at: usize| Position::START.after(self.text.get(..at).unwrap_or_default());
        let diagnostic = Diagnostic {
            code: Code::StaleFeatures,
            severity,
            message,
            help: Some("run `choristerc sync`, which rewrites this one list".to_owned()),
            file: Arc::clone(&source.path),
            span: Span::new(before(self.place.start), before(self.place.end)),
            path: "dependencies.chorister.features".to_owned(),
            labels: Vec::new(),
            notes: Vec::new(),
        };
        Some((source, diagnostic))
    }
}

// === impl Difference ===

impl Difference {
    pub(crate) fn is_none(&self) -> bool {
        self.missing.is_empty() && self.superfluous.is_empty()
    }
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("larger than {MAX_BYTES} bytes"),
        ));
    }
    fs::read_to_string(path)
}

fn is_derived(feature: &str) -> bool {
    DERIVED.iter().any(|it| feature.starts_with(it))
}

/// Whether an entry is the facade, under whatever name.
fn is_facade(name: &str, item: &Item) -> bool {
    match item.get("package").and_then(Item::as_str) {
        Some(package) => package == "chorister",
        None => name == "chorister",
    }
}

fn dependency(table: &dyn TableLike) -> Option<&Item> {
    table
        .iter()
        .find(|(name, item)| is_facade(name, item))
        .map(|(_, item)| item)
}

fn dependency_mut(table: &mut dyn TableLike) -> Option<&mut Item> {
    let name = table
        .iter()
        .find(|(name, item)| is_facade(name, item))
        .map(|(name, _)| name.to_owned())?;
    table.get_mut(&name)
}

fn texts(array: &Array) -> Vec<String> {
    array
        .iter()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect()
}

fn set_features(dependency: &mut Item, features: &[&str]) -> Result<()> {
    if let Some(version) = dependency.as_str().map(str::to_owned) {
        let mut table = InlineTable::new();
        table.insert("version", version.into());
        *dependency = Item::Value(Value::InlineTable(table));
    }
    let Some(table) = dependency.as_table_like_mut() else {
        bail!("the dependency on chorister is neither a version nor a table");
    };
    match table.get_mut("features").and_then(Item::as_array_mut) {
        Some(array) => fill(array, features),
        None => {
            table.insert(
                "features",
                Item::Value(features.iter().copied().collect::<Array>().into()),
            );
        }
    }
    Ok(())
}

/// Replaces the items of a list, which keeps being on one line or one line an item.
fn fill(array: &mut Array, features: &[&str]) {
    let first = array
        .get(0)
        .and_then(|it| it.decor().prefix())
        .and_then(|it| it.as_str());
    let each = first.filter(|it| it.contains('\n')).map(str::to_owned);
    array.clear();
    for feature in features {
        match &each {
            Some(prefix) => array.push_formatted(Value::from(*feature).decorated(prefix, "")),
            None => array.push(*feature),
        }
    }
    if each.is_none() {
        array.set_trailing("");
        array.set_trailing_comma(false);
    }
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|it| format!("`{it}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Option<Manifest> {
        Manifest::parse(PathBuf::from("Cargo.toml"), text.to_owned()).unwrap()
    }

    fn check(text: &str, needed: &[&'static str], expect: &str) {
        let needed = needed.iter().copied().collect();
        let text = manifest(text).unwrap().rewritten(&needed).unwrap();
        assert_eq!(text, expect);
        assert!(
            manifest(&text).unwrap().difference(&needed).is_none(),
            "a second run changes nothing"
        );
    }

    #[test]
    fn only_the_list_is_rewritten() {
        check(
            "# mine\n[dependencies]\nchorister = { version = \"0.1\", features = [ \"watch-file\" ] } # why\nx = \"1\"\n",
            &["machine-loader", "watch-exec"],
            "# mine\n[dependencies]\nchorister = { version = \"0.1\", features = [\"machine-loader\", \"watch-exec\"] } # why\nx = \"1\"\n",
        );
    }

    #[test]
    fn a_list_on_several_lines_stays_so() {
        check(
            "[dependencies.chorister]\npath = \"x\"\nfeatures = [\n    \"watch-file\",\n]\n",
            &["watch-exec", "watch-file"],
            "[dependencies.chorister]\npath = \"x\"\nfeatures = [\n    \"watch-exec\",\n    \"watch-file\",\n]\n",
        );
    }

    #[test]
    fn a_list_is_added_where_there_is_none() {
        check(
            "[dependencies]\nchorister = \"0.1\"\n",
            &["watch-exec"],
            "[dependencies]\nchorister = { version = \"0.1\", features = [\"watch-exec\"] }\n",
        );
    }

    #[test]
    fn features_of_the_author_stay() {
        check(
            "[dependencies]\nagent = { package = \"chorister\", version = \"0.1\", features = [\"macros\"] }\n",
            &["watch-exec"],
            "[dependencies]\nagent = { package = \"chorister\", version = \"0.1\", features = [\"watch-exec\", \"macros\"] }\n",
        );
    }

    #[test]
    fn other_manifests_are_left_alone() {
        assert!(manifest("[workspace]\nmembers = []\n").is_none());
        assert!(manifest("[dependencies]\nserde = \"1\"\n").is_none());
    }

    #[test]
    fn a_stale_list_is_a_finding_at_its_place() {
        let manifest =
            manifest("[dependencies]\nchorister = { path = \"x\", features = [] }\n").unwrap();
        let difference = manifest.difference(&BTreeSet::from(["watch-exec"]));
        let (_, finding) = manifest
            .finding(&difference, "specs/distribution.yaml")
            .unwrap();
        assert_eq!(
            finding.message,
            "`specs/distribution.yaml` needs the feature `watch-exec` of `chorister`"
        );
        assert_eq!(
            (finding.span.start.line, finding.span.start.column),
            (2, 38)
        );
    }
}
