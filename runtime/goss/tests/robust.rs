//! Whatever a file holds, reading it ends, soon and without a panic.

#![allow(clippy::unwrap_used, missing_docs)]

use chorister_goss::{Files, Mistake, Vars, check, load};
use proptest::prelude::*;

/// One text under every name, and a folder that holds it several times.
struct Everywhere(Vec<u8>);

impl Files for Everywhere {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.clone())
    }

    fn names(&self, _directory: &str) -> Vec<String> {
        ["a.yaml", "b.yaml", "c.yaml"].map(str::to_owned).to_vec()
    }

    fn exists(&self, _path: &str) -> bool {
        true
    }
}

fn read(text: &[u8]) {
    for path in ["goss.yaml", "goss.json"] {
        let files = Everywhere(text.to_owned());
        let loaded = load(path, &Vars::default(), &files);
        let checked = check(path, &Vars::default(), &files);
        assert_eq!(
            loaded.is_err(),
            checked
                .findings
                .iter()
                .any(|it| it.refusal.is_some() && it.severity == chorister_goss::Severity::Error)
        );
        for finding in &checked.findings {
            let file = &checked.files[finding.file];
            assert!(finding.span.range().end <= file.text.len(), "{finding:?}");
        }
    }
}

/// Pieces of goss files, put together at random.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "file:\n",
        "gossfile:\n",
        "matching:\n",
        "  a:\n",
        "  '*.yaml': {}\n",
        "    exists: true\n",
        "    contents: [/x/, '!y', '/', 5]\n",
        "    mode: 0644\n",
        "    timeout: 1\n",
        "    matches: ",
        "{and: [{not: {gt: 1}}, {}]}",
        "{gjson: {a: {equal: 1}}}",
        "\n",
        "*a",
        "&a ",
        "<<: ",
        "{{ range until 3 }}",
        "{{ . }}",
        "{{ end }}",
        "{{ .Vars.x }}",
        "- ",
        "\t",
        ": ",
        "é",
        "2024-01-01",
        "{",
        "]",
        "\"",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read(text in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&text);
    }

    #[test]
    fn any_pieces_are_read(text in pieces()) {
        read(text.as_bytes());
    }
}

#[test]
fn files_that_include_one_another_end() {
    // Each of three files includes all three: what is open already is not read again.
    let text = b"gossfile: {'*.yaml': {}}\nprocess: {init: {running: true}}\n";
    let checked = check("goss.yaml", &Vars::default(), &Everywhere(text.to_vec()));
    assert!(
        checked
            .findings
            .iter()
            .any(|it| it.mistake == Mistake::Include)
    );
    assert!(checked.files.len() < 100, "{}", checked.files.len());
}
