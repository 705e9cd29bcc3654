//! `file_age`: how old a file is, and how large.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chorister_lang::nagios::{Measurement, Range, Status};
use chorister_system::aside::aside;
use serde::Deserialize;

use crate::NativeCheck;
use crate::parameter::{Size, Span, Verdict};
use crate::report::{Limits, Report, Title, worst};
use crate::request::{Request, unknown};

/// Judges when a file was changed, and its size.
pub const FILE_AGE: NativeCheck = NativeCheck {
    name: "file_age",
    run: |request| {
        let request = Request::from(request);
        Box::pin(async move {
            request
                .answer(Title("FILE_AGE", ": "), look(&request))
                .await
        })
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    path: PathBuf,
    warn: Option<Span>,
    crit: Option<Span>,
    size_warn: Option<Size>,
    size_crit: Option<Size>,
    #[serde(default = "bad")]
    missing: Verdict,
}

const fn bad() -> Verdict {
    Verdict::Critical
}

const WARN: Span = Span(Duration::from_mins(4));
const CRIT: Span = Span(Duration::from_mins(10));

async fn look(request: &Request) -> Result<Report, Report> {
    let parameters: Parameters = request.parameters()?;
    let path = parameters.path.clone();
    let found = aside(&parameters.path, request.timeout, move || {
        let metadata = fs::metadata(path)?;
        Ok((metadata.modified()?, metadata.len()))
    });
    let shown = parameters.path.display();
    match found.await.and_then(|it| it) {
        // A file from the future is a new one.
        Ok((changed, size)) => {
            let age = request.now.duration_since(changed).unwrap_or_default();
            Ok(judge(&parameters, age, size))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Report::new(
            parameters.missing.into(),
            format!("File not found - {shown}"),
        )),
        Err(error) => Err(unknown(format_args!("{shown}: {error}"))),
    }
}

fn judge(parameters: &Parameters, age: Duration, size: u64) -> Report {
    let up_to = |span: Span| Some(Range::up_to(span.0.as_secs_f64()));
    let from = |size: Option<Size>| size.map(|it| Range::from(it.0 as f64));
    let ages = Limits {
        warn: up_to(parameters.warn.unwrap_or(WARN)),
        crit: up_to(parameters.crit.unwrap_or(CRIT)),
    };
    let sizes = Limits {
        warn: from(parameters.size_warn),
        crit: from(parameters.size_crit),
    };
    let seconds = age.as_secs();
    let status: Status = worst([ages.judge(seconds as f64), sizes.judge(size as f64)]);
    let text = format!(
        "{} is {seconds} seconds old and {size} bytes",
        parameters.path.display()
    );
    Report::new(status, text)
        .with(
            ages.of(Measurement::new("age", seconds as f64, "s"))
                .at_least(0.0),
        )
        .with(
            sizes
                .of(Measurement::new("size", size as f64, "B"))
                .at_least(0.0),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{check, request};

    const OLD: Duration = Duration::from_mins(5);

    /// What is said about a file of five bytes that was changed five minutes ago.
    fn about_old(more: &str) -> Report {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "12345").unwrap();
        let path = file.path().display();
        let parameters = format!(r#"{{"path": "{path}"{more}}}"#);
        let mut request = Request::from(request(file.path(), &parameters));
        file.as_file().set_modified(request.now).unwrap();
        request.now += OLD;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(look(&request)).unwrap()
    }

    #[test]
    fn old_files_and_small_ones_are_bad() {
        let status = |more| about_old(more).status;
        assert_eq!(status(""), Status::Warning);
        assert_eq!(status(r#", "warn": "5m""#), Status::Ok);
        assert_eq!(status(r#", "crit": "299s""#), Status::Critical);
        assert_eq!(status(r#", "warn": "1h", "size_warn": 6"#), Status::Warning);
        assert_eq!(status(r#", "warn": "1h", "size_crit": 5"#), Status::Ok);
    }

    #[test]
    fn it_says_what_people_know() {
        let text = about_old(r#", "size_warn": 6"#)
            .finding(Title("FILE_AGE", ": "))
            .text;
        assert!(text.starts_with("FILE_AGE WARNING: /"), "{text}");
        assert!(
            text.ends_with(" is 300 seconds old and 5 bytes|age=300s;240;600;0 size=5B;6:;;0"),
            "{text}"
        );
    }

    #[test]
    fn a_missing_file_is_what_one_says_it_is() {
        let missing = r#"{"path": "/nowhere/at-all""#;
        check(FILE_AGE, &format!("{missing}}}"))
            .is(Status::Critical)
            .says("File not found - /nowhere/at-all");
        check(FILE_AGE, &format!(r#"{missing}, "missing": "ok"}}"#)).is(Status::Ok);
        check(FILE_AGE, r#"{"path": "/etc/passwd/x"}"#).is(Status::Unknown);
        check(FILE_AGE, "{}")
            .is(Status::Unknown)
            .says("missing field `path`");
    }
}
