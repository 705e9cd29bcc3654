//! Tests: one table per subject. What tables expect was compared with expr-lang 1.17; where this language
//! differs on purpose, the test says so.

mod checking;
mod constants;
mod evaluation;
mod functions;
mod hosts;
mod properties;
mod reading;

use serde_json::{Value, json};

use super::{Environment, Program, Scope};

/// What tables evaluate in.
fn world() -> Value {
    json!({
        "data": {
            "n": 5, "f": 1.5, "s": "hello", "t": true, "nul": null, "uni": "héllo", "big": 1234567.5,
            "list": [3, 1, 2], "strs": ["b", "a", "c"], "mixed": [1, "a", null, 2.5],
            "empty": [], "nested": [[1, 2], [3, [4]]],
            "m": {"a": 1, "b": {"c": "deep"}},
            "objs": [
                {"name": "x", "v": 1, "tags": ["p"]}, {"name": "y", "v": 2, "tags": []}, {"name": "x", "v": 3}
            ],
        },
        "facts": {
            "os": {"family": "Debian", "release": {"major": "12"}},
            "memory": {"bytes": 8_000_000_000_u64}, "nics": ["eth0", "lo"], "a.b": 1,
        },
        "identity": "node1.example.net",
    })
}

/// The environment of a watcher, with any result.
fn names() -> Environment {
    Environment {
        expects_bool: false,
        ..Environment::watcher()
    }
}

/// Compiles and evaluates: JSON, `error: …` of the evaluation, or `refused: …` of the compiler.
fn outcome(source: &str, world: &Value) -> String {
    let program = match Program::compile(source, &names()) {
        Ok(program) => program,
        Err(errors) => {
            let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
            return format!("refused: {}", messages.join("; "));
        }
    };
    let scope = Scope {
        data: world["data"].as_object().unwrap(),
        facts: &world["facts"],
        identity: world["identity"].as_str().unwrap(),
    };
    match program.evaluate(&scope) {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    let world = world();
    let wrong: Vec<_> = table
        .iter()
        .map(|(source, expected)| (source, expected, outcome(source, &world)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(source, expected, found)| {
            format!("{source}\n  expected {expected}\n     found {found}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
