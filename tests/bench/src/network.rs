//! A node of a network: what its answers cost, what it keeps, how quickly it is back, and how a fleet of them answers.

mod answers;
mod asking;
mod fleet;
mod resident;
mod site;

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::figure::Figure;

/// All figures; `release` is where `cargo build --release` put the binaries.
pub(crate) fn figures(release: &Path) -> Result<Vec<Figure>> {
    let mut figures = answers::figures()?;
    let chorister = release.join("chorister");
    ensure!(
        chorister.exists(),
        "{} is missing: run `cargo build --release` first",
        chorister.display()
    );
    figures.extend(resident::figures(&chorister)?);
    figures.extend(fleet::figures(&chorister)?);
    Ok(figures)
}

/// What a process of its own does on behalf of a figure.
pub(crate) fn measure(what: &str, rest: &[String]) -> Result<()> {
    match what {
        "answers" => answers::measure(rest),
        "echoes" => fleet::measure(rest),
        other => bail!("nobody measures {other}"),
    }
}
