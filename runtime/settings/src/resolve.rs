//! From layers to settings.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chorister_yaml::Span;

use crate::finding::{Finding, Mistake};
use crate::given::Given;
use crate::key::{self, Group};
use crate::layer::{Entry, Layer};
use crate::record::Origin;
use crate::rules;
use crate::settings::Settings;
use crate::value::{Kind, Mismatch, SecurityProvider};

/// The collective of a network whose security is `choria`, where nobody says.
const CHORIA: &str = "choria";

/// The setting that has to fit to `collectives`.
const MAIN: &str = "main_collective";

/// Settings, and what is wrong with what they were made from.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The settings: what is wrong has its default, or what a lower layer says.
    pub settings: Settings,
    /// All findings, layer by layer, and in each in the order of the file.
    pub findings: Vec<Finding>,
}

/// Puts layers above each other, the first one lowest. `home` is what `~` stands for in paths.
#[must_use]
pub fn resolve(layers: Vec<Layer>, home: Option<&Path>) -> Resolved {
    let mut resolved = Resolved::default();
    // Where the main collective was given, for what does not fit to it.
    let mut main = None;
    for layer in layers {
        let mut findings = layer.findings;
        resolved.settings.record.mistaken(&findings);
        // What a layer has said so far, for keys whose lines add up.
        let mut said: HashMap<String, Given> = HashMap::new();
        for entry in layer.entries {
            if entry.of.as_ref().is_some_and(|it| it.name == MAIN) {
                main = Some((Arc::clone(&entry.file), entry.given.span));
            }
            if let Some(finding) = set(&mut resolved.settings, entry, home, &mut said) {
                resolved.settings.record.mistaken([&finding]);
                findings.push(finding);
            }
        }
        findings.sort_by_key(|it| it.span.start);
        resolved.findings.append(&mut findings);
    }
    resolved
        .findings
        .extend(complete(&mut resolved.settings, main));
    resolved
}

/// Sets what an entry says; what is wrong with it, if something is.
fn set(
    settings: &mut Settings,
    mut entry: Entry,
    home: Option<&Path>,
    said: &mut HashMap<String, Given>,
) -> Option<Finding> {
    let raw = match &entry.of {
        Some(of) => star(&of.name, &of.key.name, of.key.upstream.as_deref()),
        None => Some(entry.key.clone()),
    };
    if let Some(raw) = raw {
        settings.record.raw.insert(raw, entry.given.line());
    }
    let of = entry.of.as_ref()?;
    let kind = of.key.row.kind;
    if kind == Kind::Paths {
        let before = said.remove(&of.name);
        if let Some(mut before) = before {
            before.followed_by(entry.given, ':');
            entry.given = before;
        }
        said.insert(of.name.clone(), entry.given.clone());
    }
    if let (Kind::Path | Kind::Paths, Some(home)) = (kind, home.and_then(Path::to_str)) {
        entry.given = entry.given.at_home(home);
    }
    if let Some(mismatch) = rules::objection(&of.name, &entry.given) {
        return Some(finding(&entry, mismatch, kind));
    }
    match settings.set(&of.name, &entry.given) {
        Ok(_) => {
            settings.record.right(&of.name, entry.origin);
            None
        }
        Err(mismatch) => Some(finding(&entry, mismatch, kind)),
    }
}

/// The name that go-choria has for a name of ours.
fn star(name: &str, ours: &str, upstream: Option<&str>) -> Option<String> {
    let Some((before, after)) = ours.split_once('*') else {
        return upstream.map(str::to_owned);
    };
    let star = name.strip_prefix(before)?.strip_suffix(after)?;
    Some(upstream?.replacen('*', star, 1))
}

fn finding(entry: &Entry, mismatch: Mismatch, kind: Kind) -> Finding {
    let found = match kind {
        Kind::Secret => "not one text",
        _ => mismatch.found.as_str(),
    };
    Finding {
        mistake: Mistake::Value,
        file: entry.file.clone(),
        span: mismatch.span.unwrap_or(entry.given.span),
        key: entry.key.clone(),
        message: format!(
            "`{}` is {found}; it has to be {}",
            entry.key, mismatch.wanted
        ),
        help: mismatch.help,
        guard: entry.of.as_ref().and_then(|it| key::guard(&it.name)),
    }
}

/// What follows from other values where nobody said it, and what does not fit together.
fn complete(settings: &mut Settings, main_at: Option<(Arc<str>, Span)>) -> Option<Finding> {
    if settings.security.provider == SecurityProvider::Choria
        && *settings.origin("collectives") == Origin::Default
    {
        settings.collectives = vec![CHORIA.to_owned()];
        settings.found("collectives", "default of security.provider choria");
    }
    let Some(main) = &settings.main_collective else {
        settings.main_collective = settings.collectives.first().cloned();
        return None;
    };
    if settings.collectives.contains(main) {
        return None;
    }
    let (file, span) = main_at?;
    Some(Finding {
        mistake: Mistake::Conflict,
        file,
        span,
        key: MAIN.to_owned(),
        message: format!("`main_collective` is `{main}`, which is none of the `collectives`"),
        help: Some(format!("they are {}", settings.collectives.join(", "))),
        guard: None,
    })
}
