//! Results as text: the formats of `goss validate`.
//!
//! Every format is a pure function of a [`Report`]; times and durations are those of its results.

mod document;
mod human;
mod junit;
mod nagios;
mod paint;
mod prometheus;
mod rspec;
mod tap;

#[cfg(test)]
mod tests;

use crate::{Report, TestResult};

use paint::Paint;

/// A format of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Every result on a line of its own, then as [`Format::Rspecish`].
    Documentation,
    /// One JSON document with sorted keys.
    Json,
    /// JUnit's XML.
    Junit,
    /// One line for a monitoring system, with performance data.
    Nagios,
    /// Counters in the text format of Prometheus.
    Prometheus,
    /// A character for each result, then what failed or was skipped.
    #[default]
    Rspecish,
    /// Nothing; the exit code says it all.
    Silent,
    /// One JSON document as go-choria reads it.
    Structured,
    /// The Test Anything Protocol.
    Tap,
}

/// What formats are asked for beyond the results; each format takes what it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Resources by kind and id, bytewise.
    pub sort: bool,
    /// JSON on many lines.
    pub pretty: bool,
    /// More of the same: failures below the line of `nagios`, resources as labels of `prometheus`.
    pub verbose: bool,
    /// Performance data after the line of `nagios`.
    pub perfdata: bool,
    /// Failures without the value as it was before transforms.
    pub exclude_raw: bool,
    /// Colours of a terminal, in formats for people.
    pub color: bool,
}

/// Writes a report.
#[must_use]
pub fn render(report: &Report, format: Format, options: Options) -> String {
    let view = View::of(report, format, options);
    match format {
        Format::Documentation => rspec::documentation(&view),
        Format::Json => document::json(&view),
        Format::Junit => junit::render(&view),
        Format::Nagios => nagios::render(&view),
        Format::Prometheus => prometheus::render(&view),
        Format::Rspecish => rspec::rspecish(&view),
        Format::Silent => String::new(),
        Format::Structured => document::structured(&view),
        Format::Tap => tap::render(&view),
    }
}

/// A report as a format sees it.
struct View<'a> {
    report: &'a Report,
    groups: Vec<&'a [TestResult]>,
    options: Options,
    paint: Paint,
}

// === impl Format ===

impl Format {
    /// All formats, by name.
    pub const ALL: [Self; 9] = [
        Self::Documentation,
        Self::Json,
        Self::Junit,
        Self::Nagios,
        Self::Prometheus,
        Self::Rspecish,
        Self::Silent,
        Self::Structured,
        Self::Tap,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Documentation => "documentation",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Nagios => "nagios",
            Self::Prometheus => "prometheus",
            Self::Rspecish => "rspecish",
            Self::Silent => "silent",
            Self::Structured => "structured",
            Self::Tap => "tap",
        }
    }

    /// What a process that printed the report exits with: 0 if nothing failed, else 2 for [`Format::Nagios`] and 1 for
    /// all others.
    #[must_use]
    pub fn exit_code(self, report: &Report) -> u8 {
        match (report.passed(), self) {
            (true, _) => 0,
            (false, Self::Nagios) => 2,
            (false, _) => 1,
        }
    }
}

// === impl Options ===

impl Options {
    /// The names of all options but colours.
    pub const NAMES: [&'static str; 5] = ["exclude_raw", "perfdata", "pretty", "sort", "verbose"];

    /// Turns the option of this name on; false where there is none.
    #[must_use]
    pub fn enable(&mut self, name: &str) -> bool {
        let option = match name {
            "exclude_raw" => &mut self.exclude_raw,
            "perfdata" => &mut self.perfdata,
            "pretty" => &mut self.pretty,
            "sort" => &mut self.sort,
            "verbose" => &mut self.verbose,
            _ => return false,
        };
        *option = true;
        true
    }
}

// === impl View ===

impl<'a> View<'a> {
    fn of(report: &'a Report, format: Format, options: Options) -> Self {
        let mut groups: Vec<_> = report.groups().iter().map(Vec::as_slice).collect();
        // Compat: goss outputs/nagios.go: these two know no order.
        if options.sort && !matches!(format, Format::Nagios | Format::Prometheus) {
            sort(&mut groups);
        }
        Self {
            report,
            groups,
            options,
            paint: Paint::new(options.color),
        }
    }

    fn results(&self) -> impl Iterator<Item = &'a TestResult> {
        self.groups.iter().copied().flatten()
    }

    /// A result for people, on many lines.
    fn long(&self, result: &TestResult) -> String {
        human::result(result, human::Shape::Long, &self.options)
    }

    /// A result for people, on one line.
    fn compact(&self, result: &TestResult) -> String {
        human::result(result, human::Shape::Compact, &self.options)
    }
}

/// Orders resources by the name of their kind and their id.
fn sort(groups: &mut [&[TestResult]]) {
    groups.sort_by_cached_key(|group| group.first().map(TestResult::sort_key));
}
