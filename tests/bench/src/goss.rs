//! Goss files: ours beside the real goss on the same file, and a matcher alone.

use std::fmt::Write;
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use chorister_goss::matcher::{Found, Matcher, Source, Stream};
use chorister_goss::{Kind, Value, Vars, load};
use chorister_validate::Disk;

use crate::figure::{Budget, Figure, Unit, time};

/// Files, each with what is expected of it.
const FILES: usize = 200;

/// Lines of the text that is searched.
const LINES: usize = 100_000;

/// A goss file and how it is rendered.
struct Given {
    file: PathBuf,
    vars: Option<PathBuf>,
}

/// `validate` by the release binary `scout` and by the real goss on the same files: whole processes, in turns.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the figures learns what is missing"
)]
pub(crate) fn validate(target: &Path) -> Result<Vec<Figure>> {
    let scout = target.join("scout");
    ensure!(
        scout.exists(),
        "{} is missing: run `cargo build --release` first",
        scout.display()
    );
    let goss = chorister_peers::goss().context("the real goss cannot be had")?;
    let folder = tempfile::tempdir()?;
    let put = |name: &str, text: &str| -> Result<Vec<Given>> {
        let file = folder.path().join(name);
        std::fs::write(&file, text)?;
        Ok(vec![Given { file, vars: None }])
    };
    let one = put("one.yaml", "matching: {a: {content: 1, matches: 1}}\n")?;
    let many = put("goss.yaml", &written(folder.path())?)?;
    let published = published()?;
    let mut figures = vec![
        beside("`scout validate`, one value".into(), &one, &scout, &goss)?,
        beside(
            format!("`scout validate`, {FILES} files, processes, ports and values"),
            &many,
            &scout,
            &goss,
        )?,
    ];
    if published.is_empty() {
        eprintln!("not measured, shared data is absent: published goss files");
    } else {
        let count = published.len();
        let what = format!("`scout validate`, {count} published files one after the other");
        figures.push(beside(what, &published, &scout, &goss)?);
    }
    Ok(figures)
}

/// The time that all of these files take, and what it is with the real goss.
fn beside(what: String, given: &[Given], scout: &Path, goss: &Path) -> Result<Figure> {
    let commands = |program: &Path, prefix: &[&str], suffix: &[&str]| -> Vec<Command> {
        let command = |it: &Given| {
            let mut command = Command::new(program);
            command.args(prefix).arg(&it.file);
            if let Some(vars) = &it.vars {
                command.arg("--vars").arg(vars);
            }
            command.args(suffix).args(["--format", "silent"]);
            command.current_dir(it.file.parent().unwrap_or(Path::new(".")));
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        given.iter().map(command).collect()
    };
    let mut ours = commands(scout, &["validate"], &[]);
    let mut theirs = commands(goss, &["--gossfile"], &["validate"]);
    for (one, other) in ours.iter_mut().zip(&mut theirs) {
        let codes = (one.status()?.code(), other.status()?.code());
        ensure!(codes.0 == codes.1, "{one:?} comes to {codes:?}");
    }
    let run = |commands: &mut [Command]| {
        time(1, 5, || {
            for command in commands.iter_mut() {
                let _ = command.status();
            }
        })
    };
    // In turns, so that whatever else the computer does meets both.
    let mut times: Vec<(f64, f64)> = (0..11)
        .map(|_| (run(&mut ours), run(&mut theirs)))
        .collect();
    times.sort_unstable_by(|one, two| (one.0 / one.1).total_cmp(&(two.0 / two.1)));
    let (value, floor) = times[times.len() / 2];
    Ok(Figure {
        what,
        value,
        unit: Unit::Seconds,
        floor: Some((floor, "goss 0.4.9 on the same file")),
        budget: Some(Budget::Ratio(1.0)),
    })
}

/// Files of the shared corpus that have a verdict on any machine, without what waits for others: networks and commands.
fn published() -> Result<Vec<Given>> {
    let shared = std::env::var_os("CHORISTER_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let corpus = shared.join("corpus/gossfiles");
    let Ok(index) = std::fs::read_to_string(corpus.join("INDEX.tsv")) else {
        return Ok(Vec::new());
    };
    let waits = |kind: Kind| {
        matches!(
            kind,
            Kind::Addr | Kind::Command | Kind::Dns | Kind::Http | Kind::Service
        )
    };
    let mut given = Vec::new();
    for line in index.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, .., rendered, verdict] = cells.as_slice() else {
            continue;
        };
        if !verdict.starts_with("accepted") || rendered.contains("--vars-inline") {
            continue;
        }
        let file = corpus.join(file);
        let folder = file.parent().unwrap_or(&corpus);
        let mut words = rendered.split(' ').skip_while(|it| *it != "--vars");
        let vars = words.nth(1).map(|it| folder.join(it));
        let mut values = Vars::new(chorister_validate::environment());
        if let Some(vars) = &vars {
            values.merge(&std::fs::read(vars)?)?;
        }
        let path = file.to_str().context("a path is text")?;
        let resources = load(path, &values, &Disk).map(|it| it.suite.resources);
        if resources.is_ok_and(|it| !it.iter().any(|it| waits(it.kind))) {
            given.push(Given { file, vars });
        }
    }
    Ok(given)
}

/// A pattern list over a long text, and the rest of a matcher, alone.
pub(crate) fn matchers() -> Result<Vec<Figure>> {
    let text = (0..LINES).fold(String::new(), |mut text, line| {
        let _ = writeln!(
            text,
            "{line:06} the quick brown fox jumps over the lazy dog"
        );
        text
    });
    let lines = time(7, 1, || {
        let reader = BufReader::new(Cursor::new(text.as_bytes()));
        std::hint::black_box(reader.split(b'\n').map_while(Result::ok).count());
    });
    let search = |patterns: &[&str]| -> Result<f64> {
        let written = Value::List(patterns.iter().map(|it| (*it).into()).collect());
        let matcher = Matcher::parse_stream(&written)?;
        let mut passed = true;
        let taken = time(7, 1, || {
            let reader = Box::new(Cursor::new(text.as_bytes()));
            let source = Source::File;
            let verdict = matcher.check(Found::Stream(Stream { source, reader }));
            passed &= verdict.passed;
        });
        ensure!(passed, "{patterns:?} are not found");
        Ok(taken)
    };
    let each = |taken: f64| taken / LINES as f64;
    let floor = Some((each(lines), "reading the lines"));
    let small = Matcher::parse(&Value::Map(vec![("gt".to_owned(), Value::Int(5))]))?;
    let value = time(7, 10_000, || {
        std::hint::black_box(small.check(Found::Value("6.5".into())));
    });
    let number = time(7, 10_000, || {
        std::hint::black_box("6.5".parse::<f64>().is_ok_and(|it| it > 5.0));
    });
    Ok(vec![
        Figure {
            what: "a plain pattern, each line".into(),
            value: each(search(&["!absent"])?),
            unit: Unit::Seconds,
            floor,
            budget: None,
        },
        Figure {
            what: "a regular expression, each line".into(),
            value: each(search(&["!/absent$/"])?),
            unit: Unit::Seconds,
            floor,
            budget: None,
        },
        Figure {
            what: "a number against a matcher".into(),
            value,
            unit: Unit::Seconds,
            floor: Some((number, "reading the number and comparing it")),
            budget: None,
        },
    ])
}

/// A goss file that passes, and the files that it is about.
fn written(folder: &Path) -> Result<String> {
    let mut text = String::from("file:\n");
    for index in 0..FILES {
        let path = folder.join(format!("{index}.conf"));
        std::fs::write(
            &path,
            format!("# settings\nport = {index}\nlisten on all\n"),
        )?;
        let path = path.display();
        let _ = write!(
            text,
            "  {path}:\n    exists: true\n    filetype: file\n    size: {{gt: 10}}\n    contents: ['/^port = [0-9]+$/', listen, '!absent']\n"
        );
    }
    for (kind, property) in [("process", "running"), ("port", "listening")] {
        let _ = writeln!(text, "{kind}:");
        for index in 0..50 {
            // Nothing runs under these names, and nothing listens there.
            let name = match kind {
                "port" => format!("tcp:{}", index + 1),
                _ => format!("absent-{index}"),
            };
            let _ = writeln!(text, "  \"{name}\": {{{property}: false}}");
        }
    }
    text.push_str("matching:\n");
    for index in 0..100 {
        let _ = writeln!(
            text,
            "  v{index}: {{content: '{{\"a\": [1, {index}]}}', matches: {{gjson: {{a.1: {{le: {index}}}}}}}}}"
        );
    }
    Ok(text)
}
