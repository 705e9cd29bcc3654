//! `log_pattern`: what was written to a log since the last look.

mod cursor;

use std::io;
use std::path::{Path, PathBuf};

use chorister_lang::nagios::{Measurement, Range};
use chorister_system::aside::aside;
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Bound, Pattern, Verdict};
use crate::report::{Limits, Report, Title};
use crate::request::{Request, unknown};

use cursor::{Cursor, News};

/// Counts the lines that a pattern is found in, of those that were appended since the last run.
///
/// What was there before the first run does not count. A log that was rotated is read to its end under its new
/// name in the same folder, then the new one from its beginning; one that was cut off is read from its beginning.
/// A line counts once it is complete. A run reads 16 MiB at most, the next goes on from there.
///
/// A result is about the lines since the run before, so it should count at once: a class for this check wants no
/// further attempts.
pub const LOG_PATTERN: NativeCheck = NativeCheck {
    name: "log_pattern",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move { request.answer(Title("LOG", " - "), look(&request)).await })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    path: PathBuf,
    pattern: Pattern,
    exclude: Option<Pattern>,
    warn: Option<Bound>,
    crit: Option<Bound>,
    #[serde(default = "bad")]
    missing: Verdict,
}

const fn bad() -> Verdict {
    Verdict::Critical
}

/// What the new lines are.
#[derive(Debug, Default)]
struct Count {
    lines: usize,
    matches: usize,
    /// The last line that counts.
    last: Option<String>,
}

/// How many characters of a line are shown.
const SHOWN: usize = 200;

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let limits = Limits {
        warn: parameters.warn.map(|it| it.0),
        crit: Some(parameters.crit.map_or(Range::up_to(0.0), |it| it.0)),
    };
    let (path, missing) = (parameters.path.clone(), parameters.missing);
    let memory = request.folder.join("log_pattern.json");
    let found = aside(&path, request.timeout, move || read(&parameters, &memory));
    match found.await.and_then(|it| it) {
        Ok((count, news)) => Ok(judge(&path, &count, &news, &limits)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Report::new(
            missing.into(),
            format!("File not found - {}", path.display()),
        )),
        Err(error) => Err(unknown(format_args!("{}: {error}", path.display()))),
    }
}

/// Counts what is new, and remembers how far it came.
fn read(parameters: &Parameters, memory: &Path) -> io::Result<(Count, News)> {
    let before = Cursor::remembered(memory, &parameters.path);
    let mut count = Count::default();
    let (cursor, news) = Cursor::advance(before.as_ref(), &parameters.path, |line| {
        count.add(parameters, &String::from_utf8_lossy(line));
    })?;
    if before.as_ref() != Some(&cursor) {
        cursor.remember(memory)?;
    }
    Ok((count, news))
}

fn judge(path: &Path, count: &Count, news: &News, limits: &Limits) -> Report {
    let shown = path.display();
    let matches = count.matches as f64;
    let lines = if count.lines == 1 { "line" } else { "lines" };
    let mut text = match news {
        News::First => format!("{shown} is watched from now on"),
        _ => format!(
            "{} of {} new {lines} in {shown}",
            count.matches, count.lines
        ),
    };
    if let Some(last) = &count.last {
        text.push_str(&format!(", last: {last}"));
    }
    match news {
        News::Behind(bytes) => {
            text.push_str(&format!(" ({bytes} bytes are left for the next run)"));
        }
        News::Lost => text.push_str(" (the log was replaced, what it held at the end is lost)"),
        News::First | News::All => {}
    }
    Report::new(limits.judge(matches), text)
        .with(
            limits
                .of(Measurement::new("matches", matches, ""))
                .at_least(0.0),
        )
        .with(Measurement::new("lines", count.lines as f64, "").at_least(0.0))
}

// === impl Count ===

impl Count {
    fn add(&mut self, parameters: &Parameters, line: &str) {
        self.lines += 1;
        let excluded = |it: &Pattern| it.0.is_match(line);
        if parameters.pattern.0.is_match(line) && !parameters.exclude.as_ref().is_some_and(excluded)
        {
            self.matches += 1;
            let shown = line.chars().take(SHOWN);
            self.last = Some(
                shown
                    .map(|it| if it.is_control() { ' ' } else { it })
                    .collect(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use chorister_lang::nagios::Status;

    use super::*;
    use crate::tests::{Probe, check_in};

    /// A folder with a log that is watched already.
    struct Scene(tempfile::TempDir);

    impl Scene {
        fn new() -> Self {
            let scene = Self(tempfile::tempdir().unwrap());
            scene.append("error: an old one\n");
            scene.look("").is(Status::Ok).says("is watched from now on");
            scene
        }

        fn log(&self) -> PathBuf {
            self.0.path().join("app.log")
        }

        fn append(&self, text: &str) {
            let log = OpenOptions::new()
                .append(true)
                .create(true)
                .open(self.log());
            log.unwrap().write_all(text.as_bytes()).unwrap();
        }

        fn look(&self, more: &str) -> Probe {
            let path = self.log();
            let parameters = format!(r#"{{"path": {path:?}, "pattern": "(?i)error"{more}}}"#);
            check_in(&self.0.path().join("state"), LOG_PATTERN, &parameters)
        }
    }

    #[test]
    fn only_what_is_new_counts_and_only_once() {
        let scene = Scene::new();
        scene.look("").is(Status::Ok).says("0 of 0 new lines");
        scene.append("fine\nERROR: |disk\t1\nfine\n");
        scene
            .look("")
            .is(Status::Critical)
            .says("1 of 3 new lines")
            .says("last: ERROR: ¦disk 1|matches=1;;0;0 lines=3;;;0");
        scene.look("").is(Status::Ok).says("matches=0");
    }

    #[test]
    fn a_line_counts_when_it_is_complete() {
        let scene = Scene::new();
        scene.append("err");
        scene.look("").is(Status::Ok).says("lines=0");
        scene.append("or\n");
        scene.look("").is(Status::Critical).says("lines=1");
    }

    #[test]
    fn thresholds_and_exclusions_hold() {
        let scene = Scene::new();
        scene.append("error 1\nerror 2 (ignore me)\nerror 3\n");
        let more = r#", "exclude": "ignore", "warn": 1, "crit": 5"#;
        scene.look(more).is(Status::Warning).says("matches=2;1;5;0");
    }

    #[test]
    fn a_rotated_log_is_read_to_its_end() {
        let scene = Scene::new();
        scene.append("error before\n");
        fs::rename(scene.log(), scene.log().with_extension("log.1")).unwrap();
        scene.append("error after\n");
        scene.look("").is(Status::Critical).says("2 of 2 new lines");
        scene.look("").is(Status::Ok);
    }

    #[test]
    fn a_log_that_was_replaced_is_read_from_its_beginning() {
        let scene = Scene::new();
        fs::remove_file(scene.log()).unwrap();
        scene.append("error in the new one\n");
        scene.look("").is(Status::Critical).says("1 of 1 new line");
    }

    #[test]
    fn a_log_that_was_cut_off_is_read_from_its_beginning() {
        let scene = Scene::new();
        fs::write(scene.log(), "error\n").unwrap();
        scene.look("").is(Status::Critical).says("1 of 1 new line");
        // It grows beyond where we were: its beginning is another.
        fs::write(scene.log(), "something else and error\nerror\n").unwrap();
        scene.look("").is(Status::Critical).says("2 of 2 new lines");
    }

    #[test]
    fn what_is_not_there_or_no_file_is_said() {
        let scene = Scene::new();
        fs::remove_file(scene.log()).unwrap();
        scene.look("").is(Status::Critical).says("File not found");
        scene.look(r#", "missing": "ok""#).is(Status::Ok);
        fs::create_dir(scene.log()).unwrap();
        scene.look("").is(Status::Unknown).says("not a file");
    }

    #[test]
    fn a_memory_that_cannot_be_read_is_begun_again() {
        let scene = Scene::new();
        for entry in fs::read_dir(scene.0.path().join("state")).unwrap() {
            fs::write(entry.unwrap().path(), "{").unwrap();
        }
        scene.append("error\n");
        scene.look("").is(Status::Ok).says("is watched from now on");
    }

    #[test]
    fn too_much_at_once_is_left_for_the_next_run() {
        let scene = Scene::new();
        let line = format!("{}\n", "x".repeat(1023));
        scene.append(&line.repeat(20 << 10));
        scene.append("error\n");
        scene
            .look("")
            .is(Status::Ok)
            .says("are left for the next run");
        scene
            .look("")
            .is(Status::Critical)
            .says("1 of 4097 new lines");
    }
}
