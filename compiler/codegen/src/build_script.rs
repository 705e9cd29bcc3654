//! The door for build scripts.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chorister_spec::render::{self, Color};
use chorister_spec::{Diagnostic, Severity};
use chorister_testing::Options;
use chorister_testing::report::failures;

use crate::files::{self, Disk};
use crate::generate::{Layout, Output, generate};

/// Compiles a distribution into `OUT_DIR`, where `chorister::distribution!()` finds it.
///
/// The whole of a build script is
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     chorister_compiler::compile("specs/distribution.yaml")
/// }
/// ```
///
/// The path is relative to the folder of the crate's `Cargo.toml`. Errors go to the standard error and fail the build;
/// then nothing is written. Warnings become warnings of cargo.
///
/// The tests of the distribution run, and one that fails fails the build. `CHORISTER_TESTS=off` leaves them out of one
/// build, `features: {run_tests: false}` in the file out of all.
#[must_use]
pub fn compile(distribution: &str) -> ExitCode {
    match try_compile(distribution) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the distribution was compiled; its findings have been shown.
fn try_compile(distribution: &str) -> io::Result<bool> {
    let [crate_dir, out_dir] = [folder("CARGO_MANIFEST_DIR")?, folder("OUT_DIR")?];
    let output =
        generate(&Disk::new(&crate_dir), distribution, &Layout::default()).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot read {distribution}: {error}"))
        });
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            // Cargo has to look again once the file is there.
            writeln!(io::stdout(), "cargo::rerun-if-changed={distribution}")?;
            return Err(error);
        }
    };
    report(&output, &mut io::stdout().lock(), &mut io::stderr().lock())?;
    if output.has_errors() || !test(&output, &mut io::stderr().lock())? {
        return Ok(false);
    }
    write(&output, &out_dir)?;
    Ok(true)
}

/// Whether the tests of a distribution pass, or are not to run.
///
/// # Errors
///
/// What writing the failures said.
pub fn test(output: &Output, author: &mut impl Write) -> io::Result<bool> {
    let is_off = env::var_os(SWITCH).is_some_and(|it| it == "off");
    let wanted = output.distribution.as_ref().is_some_and(|it| it.run_tests);
    if is_off || !wanted {
        return Ok(true);
    }
    let report = chorister_testing::run(&output.tests, &Options::default());
    if !report.has_failures() {
        return Ok(true);
    }
    let text = failures(&report, &output.sources, Color::Never);
    write!(author, "{text}")?;
    let tests = match report.tested.len() {
        1 => "the test of the distribution failed".to_owned(),
        all => format!(
            "{} of {all} tests of the distribution failed",
            report.failed()
        ),
    };
    writeln!(
        author,
        "error: {tests}; `choristerc test` runs them alone, and {SWITCH}=off builds without them"
    )?;
    Ok(false)
}

/// The variable that turns tests off.
const SWITCH: &str = "CHORISTER_TESTS";

fn folder(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
        io::Error::other(format!(
            "{variable} is not set: call this from a build script"
        ))
    })
}

/// Tells cargo and the author what came of it.
fn report(output: &Output, cargo: &mut impl Write, author: &mut impl Write) -> io::Result<()> {
    for input in &output.inputs {
        writeln!(cargo, "cargo::rerun-if-changed={input}")?;
    }
    if !output.tests.is_empty() {
        writeln!(cargo, "cargo::rerun-if-env-changed={SWITCH}")?;
    }
    if output.has_errors() {
        // All in their full form: cargo shows the standard error of a build script that failed as it is.
        let text = render::text(&output.diagnostics, &output.sources, Color::Never);
        write!(author, "{text}")?;
        return writeln!(
            author,
            "error: the distribution has {}",
            render::summary(&output.diagnostics).unwrap_or_default()
        );
    }
    for warning in output
        .diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Warning)
    {
        writeln!(cargo, "cargo::warning={}", line(warning))?;
    }
    Ok(())
}

/// A finding on one line, which is all that cargo passes on.
fn line(diagnostic: &Diagnostic) -> String {
    let Diagnostic {
        code,
        message,
        help,
        file,
        span,
        ..
    } = diagnostic;
    let help = help
        .as_ref()
        .map(|it| format!("; {it}"))
        .unwrap_or_default();
    let line = format!(
        "{file}:{}:{}: {message}{help} [{code}]",
        span.start.line, span.start.column
    );
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write(output: &Output, folder: &Path) -> io::Result<()> {
    for (path, text) in &output.files {
        let path = folder.join(path);
        files::write(&path, text).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("cannot write {}: {error}", path.display()),
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorister_spec::Source;

    /// What cargo and the author are told about a distribution.
    fn told(text: &str) -> (String, String) {
        let source = Source::new("specs/distribution.yaml", text);
        let options = chorister_spec::Options {
            build: true,
            ..Default::default()
        };
        let output = Output {
            diagnostics: chorister_spec::distribution::check(&source, &options).diagnostics,
            sources: vec![source],
            inputs: ["specs/distribution.yaml".to_owned()].into(),
            ..Output::default()
        };
        let (mut cargo, mut author) = (Vec::new(), Vec::new());
        report(&output, &mut cargo, &mut author).unwrap();
        (
            String::from_utf8(cargo).unwrap(),
            String::from_utf8(author).unwrap(),
        )
    }

    #[test]
    fn warnings_are_one_line_each() {
        let (cargo, author) = told("name: a\nversion: 1.0.0\n");
        assert_eq!(
            cargo,
            "cargo::rerun-if-changed=specs/distribution.yaml\n\
             cargo::warning=specs/distribution.yaml:1:1: this distribution has no machines and loads none; list some \
             under `machines:`, such as `std/heartbeat` [CH0809]\n"
        );
        assert_eq!(author, "");
    }

    #[test]
    fn errors_are_shown_with_their_lines() {
        let (cargo, author) = told("name: A\nversion: 1.0.0\nmachines: [std/load]\n");
        assert_eq!(cargo, "cargo::rerun-if-changed=specs/distribution.yaml\n");
        assert!(
            author.starts_with("error[CH0106]: `A` cannot name a binary\n"),
            "{author}"
        );
        assert!(author.contains("1 | name: A\n"), "{author}");
        assert!(
            author.ends_with("error: the distribution has 1 error\n"),
            "{author}"
        );
    }
}
