//! Which keys a mapping of one of our own formats has.

use chorister_lang::suggest;
use chorister_yaml::Entry;

use crate::diagnostic::{Code, Finding, Findings, Part, Path, Severity};

/// A kind of mapping and its keys.
#[derive(Debug)]
pub(crate) struct Level {
    /// As messages call it: "a distribution", "`loaded`".
    pub(crate) name: &'static str,
    /// The keys it may have.
    pub(crate) keys: &'static [&'static str],
    /// The levels among which a misplaced key is looked for.
    pub(crate) family: &'static Family,
}

#[cfg(all(test, feature = "schema"))]
impl Level {
    /// Holds the object at a place of a schema against the keys that are read.
    #[track_caller]
    pub(crate) fn assert_schema(&self, schema: &schemars::Schema, at: &str) {
        let properties = schema
            .pointer(&format!("{at}/properties"))
            .and_then(serde_json::Value::as_object)
            .unwrap_or_else(|| panic!("{at} {schema:#?}"));
        let mut found: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut expect = self.keys.to_vec();
        found.sort_unstable();
        expect.sort_unstable();
        assert_eq!(found, expect, "{at}");
    }
}

/// The levels of a format, the file itself first.
#[derive(Debug)]
pub(crate) struct Family(pub(crate) &'static [&'static Level]);

/// Reports the keys that a level does not have.
pub(super) fn refuse_unknown(
    entries: &[Entry],
    path: &Path,
    level: &Level,
    findings: &mut Findings,
) {
    for entry in entries
        .iter()
        .filter(|it| !level.keys.contains(&it.key.text.as_str()))
    {
        findings.add(unknown(&entry.key.text, path, level));
    }
}

fn unknown(key: &str, path: &Path, level: &Level) -> Finding {
    let place = path.join(key.to_owned());
    let known = level.keys.iter().copied().filter(|it| !it.starts_with('$'));
    let here = level.name;
    let message = format!("{here} has no key `{key}`");
    let finding = Finding::new(Code::UnknownKey, place.clone(), message)
        .severity(Severity::Error)
        .at(Part::Key);
    if let Some(meant) = suggest::closest(key, known.clone()) {
        return finding.help(format!("did you mean `{meant}`?"));
    }
    let levels = level.family.0;
    if let Some(at) = levels.iter().position(|it| it.keys.contains(&key)) {
        let home = match levels.get(at) {
            Some(home) if at > 0 => format!("in {}", home.name),
            _ => "at the top level".to_owned(),
        };
        let message = format!("`{key}` does not belong in {here}");
        return Finding::new(Code::MisplacedKey, place, message)
            .at(Part::Key)
            .help(format!("move it: `{key}` stands {home}"));
    }
    let list: Vec<_> = known.map(|it| format!("`{it}`")).collect();
    finding.help(format!("known keys are {}", list.join(", ")))
}
