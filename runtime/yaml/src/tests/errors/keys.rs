//! Templates, keys, aliases and documents.

use super::check_yaml as check;

/// Templates without quotes.
#[test]
fn templates_are_explained() {
    check(
        "command: {{ lookup 'facts.x' 1 }} --foo\n",
        &[
            "1:10-1:40 a template has to be quoted here",
            "  help: put the whole value in single quotes: `'{{ … }}'`",
        ],
    );
    check(
        "a: {{ x }}\n",
        &[
            "1:4-1:11 a template has to be quoted here",
            "  help: put the whole value in single quotes: `'{{ … }}'`",
        ],
    );
    check(
        "a: [ {{ x }} ]\n",
        &[
            "1:6-1:13 a template has to be quoted here",
            "  help: put the whole value in single quotes: `'{{ … }}'`",
        ],
    );
    check(
        "a: {{x}}/b\n",
        &[
            "1:4-1:11 a template has to be quoted here",
            "  help: put the whole value in single quotes: `'{{ … }}'`",
        ],
    );
    check(
        "{{ range . }}\na: 1\n{{ end }}\n",
        &[
            "1:1-1:14 a line that is a template is not YAML",
            "  help: expand the templates of the file first, or quote the text that begins here",
        ],
    );
}

/// Keys that are given twice, or are none.
#[test]
fn keys_are_explained() {
    check(
        "version: 1\nname: x\n\"version\": 2\nversion: 3\n",
        &[
            "3:1-3:10 `version` is already given on line 1",
            "  help: remove one of the two",
            "  1:1-1:8 first given here",
            "4:1-4:8 `version` is already given on line 1",
            "  help: remove one of the two",
            "  1:1-1:8 first given here",
        ],
    );
    // A list item without its dash gives all its keys again: that is one mistake.
    check(
        "- name: a\n  from: b\n  to: c\n  name: d\n  from: e\n  to: f\n",
        &[
            "4:3-4:7 `name` is already given on line 1",
            "  help: put `- ` before it if a list item begins here, or remove it",
            "  1:3-1:7 first given here",
        ],
    );
    check(
        "- name: a\n  type: b\n  of: c\n  to: d\n  type: e\n  by: f\n  to: g\n",
        &[
            "5:3-5:7 `type` is already given on line 2",
            "  help: put `- ` before it if a list item begins here, or remove it",
            "  2:3-2:7 first given here",
        ],
    );
    check(
        "? [1]\n: x\n",
        &[
            "1:3-1:6 a list cannot be a key",
            "  help: put it in quotes if it is text",
        ],
    );
    check(
        "{a: 1}: 2\n",
        &[
            "1:1-1:7 a mapping cannot be a key",
            "  help: put it in quotes if it is text",
        ],
    );
    check(": x\n", &["1:2-1:2 a key is missing before the colon"]);
    check(
        "a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n",
        &[
            "4:7-4:9 `x` is merged in here but already given on line 3",
            "  help: put `<<` first: the keys after it replace what it brings",
            "  3:3-3:4 already given here",
        ],
    );
    check(
        "a: {<<: {x: 1}, <<: {y: 1}}\n",
        &[
            "1:17-1:19 `<<` is already given on line 1",
            "  help: merge several mappings with a list: `<<: [*a, *b]`",
            "  1:5-1:7 first given here",
        ],
    );
    check(
        "a: {<<: [1]}\n",
        &[
            "1:10-1:11 `<<` merges mappings, and this is none",
            "  help: give an alias of a mapping, or a list of them",
        ],
    );
    check(
        "x: &x [1, 2]\na: {<<: *x}\n",
        &[
            "2:9-2:11 `<<` merges mappings, and this is none",
            "  help: give an alias of a mapping, or a list of them",
        ],
    );
    check(
        "a: {<<: ~}\n",
        &[
            "1:9-1:10 `<<` merges mappings, and this is none",
            "  help: give an alias of a mapping, or a list of them",
        ],
    );
}

/// Aliases of nothing, or of what they are in.
#[test]
fn aliases_are_explained() {
    check(
        "a: *b\nc: *d\n",
        &[
            "1:4-1:6 alias `*b` has no anchor",
            "  help: mark the value that it stands for with `&b`, further up; quote the text if it is none",
            "2:4-2:6 alias `*d` has no anchor",
            "  help: mark the value that it stands for with `&d`, further up; quote the text if it is none",
        ],
    );
    check(
        "a: &x [1, *x]\n",
        &[
            "1:11-1:13 an alias within the value that it stands for",
            "  1:7-1:7 the value begins here",
        ],
    );
    check(
        "a: *x\nb: &x 1\n",
        &[
            "1:4-1:6 alias `*x` has no anchor",
            "  help: mark the value that it stands for with `&x`, further up; quote the text if it is none",
        ],
    );
}

/// More than one document.
#[test]
fn documents_are_explained() {
    check(
        "a: 1\n---\nb: [\n",
        &[
            "2:1-2:4 a second document begins here",
            "  help: put it into a file of its own; one file holds one document",
        ],
    );
    // Nothing behind a `---` is no document.
    check("a: 1\n---\n", &[]);
    check("a: 1\n---\n# the end\n...\n", &[]);
    check(
        "a: 1\n...\nb: 2\n",
        &[
            "3:1-3:1 a second document begins here",
            "  help: put it into a file of its own; one file holds one document",
        ],
    );
}
