//! `cargo verify`: everything that a change has to pass, cheap steps first.
//!
//! The one test command of this project. Each step is an ordinary cargo command that can be run by itself.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// A step: what it proves, and the cargo command that proves it.
struct Step {
    title: &'static str,
    arguments: &'static [&'static str],
    /// A component that some installations of Rust lack.
    needs: Option<&'static str>,
}

const STEPS: &[Step] = &[
    Step {
        title: "programs of others that tests need are there",
        arguments: &["run", "--quiet", "--package", "chorister-peers"],
        needs: None,
    },
    Step {
        title: "sources are formatted",
        arguments: &["fmt", "--all", "--check"],
        needs: Some("fmt"),
    },
    Step {
        title: "generated/ is fresh",
        arguments: &["codegen", "--check"],
        needs: None,
    },
    Step {
        title: "no lint is broken",
        arguments: &[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        needs: Some("clippy"),
    },
    Step {
        title: "tests pass",
        arguments: &["test", "--workspace"],
        needs: None,
    },
    Step {
        title: "distributions build for release",
        arguments: &["build", "--release"],
        needs: None,
    },
    Step {
        title: "release binaries keep their budgets",
        arguments: &[
            "run",
            "--quiet",
            "--package",
            "chorister-tests",
            "--bin",
            "sizes",
        ],
        needs: None,
    },
];

fn main() -> ExitCode {
    match verify() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn verify() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("tests/ is below the top")?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let run = |arguments: &[&str]| {
        Command::new(&cargo)
            .args(arguments)
            .current_dir(root)
            .status()
    };
    for (at, step) in STEPS.iter().enumerate() {
        if let Some(component) = step.needs
            && !Command::new(&cargo)
                .args([component, "--version"])
                .output()?
                .status
                .success()
        {
            say(&format!(
                "[{}/{}] cargo {component} is not installed: not tested that {}",
                at + 1,
                STEPS.len(),
                step.title
            ));
            continue;
        }
        say(&format!(
            "[{}/{}] {}: cargo {}",
            at + 1,
            STEPS.len(),
            step.title,
            step.arguments.join(" ")
        ));
        let start = Instant::now();
        let status = run(step.arguments)
            .with_context(|| format!("cargo {} does not start", step.arguments[0]))?;
        if !status.success() {
            bail!("`cargo {}` failed", step.arguments.join(" "));
        }
        say(&format!("      done in {} s", start.elapsed().as_secs()));
    }
    say("everything passed");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "progress for the person who waits")]
fn say(text: &str) {
    eprintln!("{text}");
}
