//! Results as text.

use core::fmt::Write as _;
use core::time::Duration;

use anstyle::{AnsiColor, Style};
use chorister_lang::duration::brief;
use chorister_spec::Source;
use chorister_spec::render::{self, Color};

use super::{Report, Tested};
use crate::coverage::Covered;
use crate::story::{Line, Story};

/// How much is said of what no test has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The first few names.
    #[default]
    Brief,
    /// All names.
    Full,
}

/// Names that are shown of what is missing where not all are.
const FEW: usize = 3;

/// Everything: each test, and the summary.
#[must_use]
pub fn text(report: &Report, sources: &[Source], detail: Detail, color: Color) -> String {
    let mut out = tests(report, sources, color);
    out.push_str(&summary(report, detail, color));
    out
}

/// A line for each test, and for one that failed its time line and what was expected.
#[must_use]
pub fn tests(report: &Report, sources: &[Source], color: Color) -> String {
    several(report.tested.iter(), sources, color)
}

/// The same for the tests that failed; nothing of those that passed.
#[must_use]
pub fn failures(report: &Report, sources: &[Source], color: Color) -> String {
    let failed = report.tested.iter().filter(|it| !it.run.passed());
    several(failed, sources, color)
}

fn several<'a>(
    tested: impl Iterator<Item = &'a Tested>,
    sources: &[Source],
    color: Color,
) -> String {
    let styles = Styles::new(color);
    let mut out = String::new();
    for tested in tested {
        let (mark, style) = match tested.run.passed() {
            true => ("✓", styles.good),
            false => ("✗", styles.bad),
        };
        let faint = styles.faint;
        let _ = writeln!(
            out,
            "{style}{mark}{style:#} {} {faint}({}) {}{faint:#}",
            tested.test.name,
            tested.machine(),
            millis(tested.run.took),
        );
        if !tested.run.passed() {
            let story = Story::of(tested);
            if !story.lines.is_empty() {
                out.push('\n');
                columns(&story, &styles, &mut out);
            }
            out.push('\n');
            out.push_str(&render::text(&tested.diagnostics(), sources, color));
        }
    }
    out
}

/// The time line, in columns.
fn columns(story: &Story, styles: &Styles, out: &mut String) {
    let time = |it: &Line| it.at.map(brief).unwrap_or_default();
    let widest = |width: &dyn Fn(&Line) -> usize| story.lines.iter().map(width).max().unwrap_or(0);
    let times = widest(&|it| time(it).len());
    let names = widest(&|it| it.machine.len());
    // Only lines that a mark follows have to be of one width.
    let texts = story.lines.iter().filter(|it| it.mark.is_some());
    let texts = texts.map(|it| it.text.chars().count()).max().unwrap_or(0);
    for line in &story.lines {
        let (faint, bad) = (styles.faint, styles.bad);
        let mut shown = format!("    {faint}{:>times$}{faint:#}  ", time(line));
        if names > 0 {
            let _ = write!(shown, "{:<names$}  ", line.machine);
        }
        let step = if line.is_step && line.at.is_some() {
            "▸ "
        } else {
            ""
        };
        let width = texts.saturating_sub(step.chars().count());
        match &line.mark {
            Some(mark) => {
                let _ = write!(shown, "{step}{:<width$}  {bad}← {mark}{bad:#}", line.text);
            }
            None => shown.push_str(&format!("{step}{}", line.text)),
        }
        out.push_str(shown.trim_end());
        out.push('\n');
    }
}

/// What the tests have seen of each machine, and how many passed.
#[must_use]
pub fn summary(report: &Report, detail: Detail, color: Color) -> String {
    let styles = Styles::new(color);
    let mut out = String::new();
    if report.tested.is_empty() {
        let why = match report.filtered {
            0 => "there are no tests here".to_owned(),
            1 => "no test was asked for, of 1".to_owned(),
            count => format!("no test was asked for, of {count}"),
        };
        return format!("{why}\n");
    }
    out.push('\n');
    let names = report.coverage.iter().map(|it| it.0.machine.name.len());
    let width = names.max().unwrap_or(0);
    for (subject, coverage) in &report.coverage {
        let machine = &subject.machine;
        let all = [
            ("states", coverage.states(machine)),
            ("transitions", coverage.transitions(machine)),
            ("watchers", coverage.watchers(machine)),
        ];
        let counts = all.iter().map(|(what, it)| {
            let style = match it.is_full() {
                true => styles.good,
                false => styles.warn,
            };
            format!("{what} {style}{}/{}{style:#}", it.seen, it.of)
        });
        let counts: Vec<_> = counts.collect();
        let _ = writeln!(out, "{:<width$}  {}", machine.name, counts.join(", "));
        for (what, covered) in all.iter().filter(|it| !it.1.is_full()) {
            let faint = styles.faint;
            let missing = missing(what, covered, detail);
            let _ = writeln!(out, "{:width$}  {faint}{missing}{faint:#}", "");
        }
    }
    let failed = report.failed();
    let passed = report.tested.len() - failed;
    let mut counts = Vec::new();
    let mut count = |number: usize, word: &str, style: Style| {
        if number > 0 {
            counts.push(format!("{style}{number} {word}{style:#}"));
        }
    };
    count(passed, "passed", styles.good);
    count(failed, "failed", styles.bad);
    count(report.skipped, "not run", styles.warn);
    count(report.filtered, "not asked for", styles.faint);
    let took: Duration = report.tested.iter().map(|it| it.run.took).sum();
    let _ = writeln!(out, "\ntests: {}, in {}", counts.join(", "), millis(took));
    out
}

fn missing(what: &str, covered: &Covered, detail: Detail) -> String {
    let never = match what {
        "states" => "never entered",
        "transitions" => "never taken",
        _ => "never ran",
    };
    let most = match detail {
        Detail::Brief => FEW,
        Detail::Full => usize::MAX,
    };
    let shown: Vec<_> = covered
        .missing
        .iter()
        .take(most)
        .map(String::as_str)
        .collect();
    match covered.missing.len() - shown.len() {
        0 => format!("{never}: {}", shown.join(", ")),
        more => format!("{never}: {} and {more} more", shown.join(", ")),
    }
}

/// A time as people read it: tests take milliseconds.
fn millis(time: Duration) -> String {
    match time.as_millis() {
        0 => "< 1 ms".to_owned(),
        millis => format!("{millis} ms"),
    }
}

struct Styles {
    good: Style,
    bad: Style,
    warn: Style,
    faint: Style,
}

impl Styles {
    fn new(color: Color) -> Self {
        let style = |style: Style| match color {
            Color::Always => style,
            Color::Never => Style::new(),
        };
        Self {
            good: style(AnsiColor::Green.on_default()),
            bad: style(AnsiColor::BrightRed.on_default().bold()),
            warn: style(AnsiColor::Yellow.on_default()),
            faint: style(Style::new().dimmed()),
        }
    }
}
