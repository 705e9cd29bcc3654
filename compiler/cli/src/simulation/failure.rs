//! A run that does not meet a requirement, for people.

use chorister_sim::{Entry, Expectation, Rows, Setup, Shrunk, Sink, Trial, Unscripted, Verdict};

use super::test::Writer;
use super::text;
use crate::console::Styles;

/// Which requirement was not met, and what was seen instead.
pub(crate) fn headline(
    wanted: &str,
    verdict: &Verdict,
    seed: Option<u64>,
    styles: &Styles,
) -> String {
    let (bad, faint) = (styles.error, styles.faint);
    let why = &verdict.why;
    let seed = seed.map(|seed| format!(" {faint}(seed {seed}){faint:#}"));
    format!(
        "{bad}✗ {wanted}{bad:#}: {why}{}\n",
        seed.unwrap_or_default()
    )
}

/// The shortest run that fails: its time line, and a test that does the same.
pub(crate) fn shortest(
    writer: &Writer<'_>,
    shrunk: &Shrunk,
    steps_before: usize,
    expectation: &Expectation,
    styles: &Styles,
) -> String {
    let faint = styles.faint;
    let steps = match shrunk.script.len() {
        0 => "it takes nothing unusual".to_owned(),
        1 => format!("1 step of {steps_before} is enough"),
        count => format!("{count} steps of {steps_before} are enough"),
    };
    let more = match shrunk.exhausted {
        true => "",
        false => ", or fewer",
    };
    let why = &shrunk.verdict.why;
    let mut said = format!("{faint}{steps}{more}:{faint:#} {why}\n\n");
    let rows = rows(writer.setup, shrunk);
    said.push_str(&text::rows(&rows, shrunk.until, styles));
    said.push_str(&format!("\n{faint}The same as a test:{faint:#}\n\n"));
    // A name is easier to read without what only YAML needs.
    let name = writer.expectation(expectation).replace(['{', '}'], "");
    let seed = writer.setup.seed;
    let name = format!("{name} (seed {seed})");
    said.push_str(&writer.block(&name, &shrunk.script, expectation, shrunk.until));
    said
}

fn rows(setup: &Setup, shrunk: &Shrunk) -> Vec<chorister_sim::Row> {
    let mut rows = Rows::new(setup);
    let trial = Trial {
        setup,
        script: &shrunk.script,
        unscripted: Unscripted::Nothing,
        expectations: &[],
        until: shrunk.until,
        record: false,
        hasty: false,
    };
    trial.run(&mut |entry: Entry| rows.take(entry));
    rows.finish()
}
