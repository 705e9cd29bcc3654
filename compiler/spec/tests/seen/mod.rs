//! What authors see of a family of codes: a golden for each, and pages whose examples are what they say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chorister_spec::render::{self, Color};
use chorister_spec::{Code, Diagnostic, Source};

/// Where specs lie whose diagnostics are kept beside them, as texts.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/diagnostics")
}

/// The name of a case.
pub(crate) fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

/// The codes that a test is about.
pub(crate) fn codes(is_ours: impl Fn(Code) -> bool) -> impl Iterator<Item = Code> {
    let all = Code::ALL.iter().copied();
    all.filter(move |it| is_ours(*it))
}

/// Diagnostics as they are printed where there is no colour.
pub(crate) fn text(found: &[Diagnostic], sources: &[Source]) -> String {
    let mut text = render::text(found, sources, Color::Never);
    if let Some(summary) = render::summary(found) {
        text.push_str(&summary);
        text.push('\n');
    }
    text
}

/// Holds each case whose name begins so against the text beside it, and each of the codes has to be in one of them.
///
/// `BLESS=1` writes what is printed now.
pub(crate) fn goldens(
    prefixes: &[&str],
    codes: impl Iterator<Item = Code>,
    printed: impl Fn(&Path) -> String,
) {
    let bless = std::env::var_os("BLESS").is_some();
    let mut shown = String::new();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let case = entry.unwrap().path();
        let name = name(&case);
        let is_ours = prefixes.iter().any(|it| name.starts_with(it));
        if !is_ours || name.ends_with(".txt") {
            continue;
        }
        let golden = case.with_extension("txt");
        let printed = printed(&case);
        if bless {
            fs::write(&golden, &printed).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != printed {
            wrong.push(format!("--- {name}\n{printed}"));
        }
        shown.push_str(&printed);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<_> = codes.filter(|it| !shown.contains(it.as_str())).collect();
    assert!(missing.is_empty(), "no golden shows {missing:?}");
}

/// The first example of a page is such a mistake, and the second is none at all.
pub(crate) fn examples<F>(
    codes: impl Iterator<Item = Code>,
    language: &str,
    found: impl Fn(Code, &str) -> F,
) where
    F: IntoIterator<Item = Diagnostic>,
{
    let fence = format!("```{language}\n");
    let mut wrong = Vec::new();
    for code in codes {
        let examples = code.page().split(fence.as_str()).skip(1);
        let mut examples = examples.filter_map(|it| it.split("```").next());
        let mut found = || -> BTreeSet<Code> {
            let found = found(code, examples.next().unwrap());
            found.into_iter().map(|it| it.code).collect()
        };
        let (bad, good) = (found(), found());
        if !bad.contains(&code) || !good.is_empty() {
            wrong.push(format!("{code}: {bad:?}, corrected {good:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
