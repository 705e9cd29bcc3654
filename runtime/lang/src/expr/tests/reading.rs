//! Which paths are read, and which reads fail when something is absent.

use crate::expr::{Environment, Root, compile};

/// The reads of an expression: `data.x`, `facts.x`, `fact x`, with `!` when reading may fail.
fn reads(source: &str) -> String {
    let compiled = compile(
        source,
        &Environment {
            expects_bool: false,
            ..Environment::watcher()
        },
    );
    let reads = compiled
        .unwrap_or_else(|errors| panic!("{source}: {errors:?}"))
        .reads;
    let show = |read: &crate::expr::Read| {
        let root = match read.root {
            Root::Data => "data.",
            Root::Facts => "facts.",
            Root::GetFact => "fact ",
        };
        format!(
            "{root}{}{}",
            read.path,
            if read.nil_unsafe { "!" } else { "" }
        )
    };
    reads.iter().map(show).collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (source, expected) in table {
        assert_eq!(reads(source), *expected, "{source}");
    }
}

#[test]
fn reads_are_whole_paths() {
    check(&[
        ("data.x", "data.x"),
        ("data.x + facts.y", "data.x, facts.y"),
        (r#"data["x"]["y z"]"#, "data.x.y z!"),
        (r#"facts["a.b"]"#, r"facts.a\.b"),
        ("data[identity]", "data."),
        ("data.x[0]", "data.x"),
        ("data.x[data.y]", "data.x, data.y"),
        ("keys(data)", "data."),
        (r#"get_fact("os.family")"#, "fact os.family"),
        (r#"get_fact("os").family"#, "fact os.family!"),
        ("get_fact(data.path)", "fact , data.path"),
        ("map(data.list, .x.y)", "data.list"),
        ("let d = data.x; d == 1", "data.x, data.x"),
        ("let d = data.x; d.y == 1", "data.x, data.x.y!"),
    ]);
}

#[test]
fn spans_cover_the_path() {
    let source = "1 + data.x.y > facts.z";
    let reads = compile(source, &Environment::watcher()).unwrap().reads;
    let texts: Vec<_> = reads
        .iter()
        .map(|read| &source[read.span.clone()])
        .collect();
    assert_eq!(texts, ["data.x.y", "facts.z"]);
}

#[test]
fn members_of_what_may_be_absent_are_unsafe() {
    check(&[
        ("data.x.y", "data.x.y!"),
        ("data.x?.y", "data.x.y"),
        ("data.x?.y.z", "data.x.y.z!"),
        ("data.x?.y?.z", "data.x.y.z"),
        ("data.x.y ?? 1", "data.x.y!"),
        ("facts.os.family", "facts.os.family!"),
    ]);
}

#[test]
fn one_warning_for_one_path_is_enough() {
    check(&[
        ("data.x.y > 1 and data.x.y < 5", "data.x.y!, data.x.y"),
        ("data.x.y > 1 or data.x.z > 1", "data.x.y!, data.x.z"),
        (
            "data.t ? data.x.y : data.x.z",
            "data.t, data.x.y!, data.x.z!",
        ),
        (
            "any(data.l, # == data.x.y) or data.x.z",
            "data.l, data.x.y!, data.x.z!",
        ),
    ]);
}

#[test]
fn conditions_make_what_they_guard_safe() {
    check(&[
        ("data.x != nil and data.x.y > 1", "data.x, data.x.y"),
        ("nil != data.x and data.x.y > 1", "data.x, data.x.y"),
        ("data.x == nil or data.x.y > 1", "data.x, data.x.y"),
        ("not (data.x == nil) and data.x.y > 1", "data.x, data.x.y"),
        ("data.x == nil and data.x.y > 1", "data.x, data.x.y!"),
        ("data.x != nil or data.x.y > 1", "data.x, data.x.y!"),
        ("data.x != nil ? data.x.y : 1", "data.x, data.x.y"),
        ("data.x == nil ? 1 : data.x.y", "data.x, data.x.y"),
        (r#""x" in data and data.x.y > 1"#, "data., data.x.y"),
        (r#""x" in data and data.x.y.z > 1"#, "data., data.x.y.z!"),
        (
            "data.x?.y != nil and data.x.y.z > 1",
            "data.x.y, data.x.y.z",
        ),
        (
            "data.x != nil and data.z != nil and data.x.y > data.z.y",
            "data.x, data.z, data.x.y, data.z.y",
        ),
        (
            r#"get_fact("a") != nil and get_fact("a").b > 1"#,
            "fact a, fact a.b",
        ),
        (
            "data.x != nil and data.t; data.x.y",
            "data.x, data.t, data.x.y!",
        ),
        (
            "data.t and data.x != nil and data.x.y",
            "data.t, data.x, data.x.y",
        ),
    ]);
}
