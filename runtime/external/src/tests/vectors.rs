//! What go-choria told a program, and what it answered to wrong values, held against ours.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

/// A file of the shared vectors, where there are any.
fn shared(name: &str) -> Option<String> {
    let set = std::env::var_os("CHORISTER_SHARED");
    let is_wanted = set.is_some() || std::env::var_os("CI").is_some_and(|it| it == "true");
    let root = set.map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("vectors/cli").join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            assert!(!is_wanted, "{}: {error}", path.display());
            println!("not run: there is no {}", path.display());
            None
        }
    }
}

/// A site with the agent of the vectors, which keeps what it is told in `told` and answers nothing.
async fn site() -> Option<Site> {
    let ddl = shared("echo-ddl.json")?;
    let mut site = Site::start("").await;
    site.write("echo.json", &ddl);
    let told = site.home.path().join("told");
    fs::create_dir(&told).unwrap();
    site.program(
        "echo",
        &format!(
            "t={}; cp $1 $t/request; env > $t/env; printf '%s\\n' \"$0\" \"$@\" > $t/args; echo '{{}}' > $2",
            told.display()
        ),
    );
    assert_eq!(site.look().await, ["echo 1.0.0"]);
    Some(site)
}

#[tokio::test]
async fn programs_are_told_what_the_vectors_say() {
    let Some(site) = site().await else { return };
    let Some(vectors) = shared("external-agent.json") else {
        return;
    };
    let vectors: Value = serde_json::from_str(&vectors).unwrap();
    let [activation, request] = &vectors.as_array().unwrap()[..] else {
        panic!("two vectors");
    };
    let ours = serde_json::to_value(document::Activation::new("echo")).unwrap();
    assert_eq!(ours, activation["request_file"]);

    let expect = &request["request_file"];
    let text = |key: &str| expect[key].as_str().unwrap().to_owned();
    let mut cx = context();
    cx.request_id = text("requestid");
    cx.sender = text("senderid");
    cx.caller = text("callerid");
    cx.collective = text("collective");
    cx.time = expect["msgtime"].as_i64().unwrap();
    cx.ttl = expect["ttl"].as_u64().unwrap();
    let data = serde_json::from_value(expect["data"].clone()).unwrap();
    site.call("echo", "ping", &cx, data).await.unwrap();
    let told = |name: &str| fs::read_to_string(site.home.path().join("told").join(name)).unwrap();
    // In the same order, too.
    assert_eq!(told("request"), expect.to_string());
    let args = told("args");
    let args: Vec<&str> = args.lines().collect();
    let theirs: Vec<&str> = request["argv"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!((args.len(), args[3]), (theirs.len(), theirs[3]));
    for (ours, theirs) in args.iter().zip(&theirs).skip(1).take(2) {
        let name = |it: &str| {
            it.rsplit('/')
                .next()
                .unwrap()
                .trim_end_matches(char::is_alphanumeric)
                .len()
        };
        assert_eq!(name(ours), name(theirs), "{ours} {theirs}");
    }
    let of_shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    let environment = told("env");
    let pairs = environment.lines().filter_map(|it| it.split_once('='));
    let names: BTreeSet<&str> = pairs
        .clone()
        .map(|(name, _)| name)
        .filter(|it| !of_shell.contains(it))
        .collect();
    let expect = request["environment"].as_object().unwrap();
    assert_eq!(names, expect.keys().map(String::as_str).collect());
    for (name, value) in pairs {
        if name == "CHORIA_EXTERNAL_PROTOCOL" {
            assert_eq!(expect[name], value);
        }
    }
}

#[tokio::test]
async fn wrong_values_are_refused_as_the_vectors_say() {
    let Some(site) = site().await else { return };
    let Some(vectors) = shared("validation-errors.tsv") else {
        return;
    };
    let mut seen = 0;
    for line in vectors.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [words, _, expect] = columns[..] else {
            panic!("three columns: {line}");
        };
        let values = words.split_whitespace().filter_map(|it| it.split_once('='));
        let data = values
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let answer = match site.call("echo", "ping", &context(), data).await {
            Ok(_) => "0 OK".to_owned(),
            Err(failure) => format!("{} {failure}", failure.code as u8),
        };
        assert_eq!(answer, expect, "{words}");
        seen += 1;
    }
    assert!(seen > 10);
}
