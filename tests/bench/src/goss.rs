//! Goss files: ours beside the real goss on the same file, and a matcher alone.

use std::fmt::Write;
use std::io::{BufRead, BufReader, Cursor};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use chorister_goss::Value;
use chorister_goss::matcher::{Found, Matcher, Source, Stream};

use crate::figure::{Budget, Figure, Unit, time};

/// Files, each with what is expected of it.
const FILES: usize = 200;

/// Lines of the text that is searched.
const LINES: usize = 100_000;

/// `validate` of one file by the release binary `scout` and by the real goss, in turns.
pub(crate) fn validate(target: &Path) -> Result<Figure> {
    let scout = target.join("scout");
    ensure!(
        scout.exists(),
        "{} is missing: run `cargo build --release` first",
        scout.display()
    );
    let goss = chorister_peers::goss().context("the real goss cannot be had")?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("goss.yaml");
    std::fs::write(&file, written(folder.path())?)?;
    let mut ours = Command::new(&scout);
    ours.arg("validate").arg(&file);
    let mut theirs = Command::new(goss);
    theirs.arg("--gossfile").arg(&file).arg("validate");
    for command in [&mut ours, &mut theirs] {
        command.args(["--format", "silent"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        ensure!(command.status()?.success(), "{command:?} does not pass");
    }
    let run = |command: &mut Command| {
        time(1, 5, || {
            let _ = command.status();
        })
    };
    // In turns, so that whatever else the computer does meets both.
    let mut times: Vec<(f64, f64)> = (0..11)
        .map(|_| (run(&mut ours), run(&mut theirs)))
        .collect();
    times.sort_unstable_by(|one, two| (one.0 / one.1).total_cmp(&(two.0 / two.1)));
    let (value, floor) = times[times.len() / 2];
    Ok(Figure {
        what: format!("`scout validate`, {FILES} files, processes, ports and values"),
        value,
        unit: Unit::Seconds,
        floor: Some((floor, "goss 0.4.9 on the same file")),
        budget: Some(Budget::Ratio(1.0)),
    })
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
