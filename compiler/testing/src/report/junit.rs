//! Results as JUnit XML, which continuous integration reads.

use core::time::Duration;
use std::io;

use chorister_spec::Source;
use chorister_spec::render::{self, Color};
use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::{Report, Tested};
use crate::story::Story;

/// A suite for each file, in order. `sources` are the texts of the files, for the lines that are shown.
///
/// # Errors
///
/// None are known: writing into memory does not fail.
pub fn junit(report: &Report, sources: &[Source]) -> io::Result<String> {
    let mut files: Vec<&str> = Vec::new();
    for tested in &report.tested {
        if !files.contains(&&*tested.file) {
            files.push(&tested.file);
        }
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let all: Vec<_> = report.tested.iter().collect();
    let [tests, failures, time] = counts(&all);
    writer
        .create_element("testsuites")
        .with_attribute(("name", "choristerc test"))
        .with_attribute(("tests", tests.as_str()))
        .with_attribute(("failures", failures.as_str()))
        .with_attribute(("time", time.as_str()))
        .write_inner_content(|writer| {
            for file in files {
                let own: Vec<_> = report
                    .tested
                    .iter()
                    .filter(|it| &*it.file == file)
                    .collect();
                suite(writer, file, &own, sources)?;
            }
            Ok(())
        })?;
    let body = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n"
    ))
}

fn suite(
    writer: &mut Writer<Vec<u8>>,
    file: &str,
    tests: &[&Tested],
    sources: &[Source],
) -> io::Result<()> {
    let [count, failures, time] = counts(tests);
    writer
        .create_element("testsuite")
        .with_attribute(("name", printable(file).as_str()))
        .with_attribute(("tests", count.as_str()))
        .with_attribute(("failures", failures.as_str()))
        .with_attribute(("time", time.as_str()))
        .write_inner_content(|writer| {
            tests
                .iter()
                .try_for_each(|tested| case(writer, tested, sources))
        })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, tested: &Tested, sources: &[Source]) -> io::Result<()> {
    let line = tested.test.place.span.start.line.to_string();
    let [.., time] = counts(&[tested]);
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", printable(&tested.test.name).as_str()))
        .with_attribute(("classname", printable(tested.machine()).as_str()))
        .with_attribute(("file", printable(&tested.file).as_str()))
        .with_attribute(("line", line.as_str()))
        .with_attribute(("time", time.as_str()));
    if tested.run.passed() {
        element.write_empty()?;
        return Ok(());
    }
    let messages: Vec<_> = tested
        .run
        .failures
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    element.write_inner_content(|writer| {
        writer
            .create_element("failure")
            .with_attribute(("message", printable(&messages.join("; ")).as_str()))
            .write_text_content(BytesText::new(&printable(&details(tested, sources))))?;
        Ok(())
    })?;
    Ok(())
}

/// The time line, and what was expected.
fn details(tested: &Tested, sources: &[Source]) -> String {
    let lines = Story::of(tested).lines.into_iter().map(|line| {
        let at = line.at.map(chorister_lang::duration::brief);
        let mark = line.mark.map(|it| format!("  ← {it}")).unwrap_or_default();
        let machine = line.machine;
        format!(
            "{}\t{machine}\t{}{mark}\n",
            at.unwrap_or_default(),
            line.text
        )
    });
    let timeline: String = lines.collect();
    let findings = render::text(&tested.diagnostics(), sources, Color::Never);
    format!("{timeline}\n{findings}")
}

/// How many tests, how many failures, and how many seconds, as text.
fn counts(tests: &[&Tested]) -> [String; 3] {
    let failures = tests.iter().filter(|it| !it.run.passed()).count();
    let time: Duration = tests.iter().map(|it| it.run.took).sum();
    [
        tests.len().to_string(),
        failures.to_string(),
        format!("{:.6}", time.as_secs_f64()),
    ]
}

/// The text without what XML 1.0 cannot hold.
fn printable(text: &str) -> String {
    let allowed = |it: &char| !it.is_control() || matches!(it, '\t' | '\n');
    text.chars()
        .filter(allowed)
        .filter(|it| !matches!(it, '\u{fffe}' | '\u{ffff}'))
        .collect()
}
