//! Judging what was found, and saying it as plugins do.

use chorister_lang::nagios::{Measurement, Range, Status};

use crate::Finding;

/// What a check calls itself in its text, and what stands between that and the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Title(pub(crate) &'static str, pub(crate) &'static str);

/// What a check has to say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) status: Status,
    pub(crate) text: String,
    pub(crate) measurements: Vec<Measurement>,
}

/// What is too much, and what is far too much.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Limits {
    pub(crate) warn: Option<Range>,
    pub(crate) crit: Option<Range>,
}

// === impl Report ===

impl Report {
    pub(crate) fn new(status: Status, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            measurements: Vec::new(),
        }
    }

    /// The same with something that was measured.
    pub(crate) fn with(mut self, measurement: Measurement) -> Self {
        self.measurements.push(measurement);
        self
    }

    pub(crate) fn finding(self, Title(title, separator): Title) -> Finding {
        // A bar would begin the performance data.
        let text = self.text.replace('|', "¦");
        let mut text = format!("{title} {}{separator}{text}", self.status);
        for (measurement, mark) in self
            .measurements
            .iter()
            .zip("|".chars().chain(core::iter::repeat(' ')))
        {
            text.push(mark);
            text.push_str(&measurement.to_string());
        }
        Finding {
            status: self.status,
            text,
        }
    }
}

// === impl Limits ===

impl Limits {
    pub(crate) fn judge(&self, value: f64) -> Status {
        let alerts = |range: Option<Range>| range.is_some_and(|it| it.alerts(value));
        if alerts(self.crit) {
            Status::Critical
        } else if alerts(self.warn) {
            Status::Warning
        } else {
            Status::Ok
        }
    }

    /// The same limits in another unit.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        self.map(|it| it.scaled(factor))
    }

    /// The same limits of what is left of a whole.
    pub(crate) fn mirrored(&self, whole: f64) -> Self {
        self.map(|it| Range {
            start: whole - it.end,
            end: whole - it.start,
            inside: it.inside,
        })
    }

    /// The same limits in whole numbers, cut off as plugins do.
    pub(crate) fn rounded(&self) -> Self {
        self.map(|it| Range {
            start: it.start.trunc(),
            end: it.end.trunc(),
            inside: it.inside,
        })
    }

    fn map(&self, change: impl Fn(Range) -> Range) -> Self {
        Self {
            warn: self.warn.map(&change),
            crit: self.crit.map(&change),
        }
    }

    /// A value with these limits.
    pub(crate) fn of(&self, measurement: Measurement) -> Measurement {
        measurement.judged_by(self.warn, self.crit)
    }
}

/// The worst of some.
pub(crate) fn worst(statuses: impl IntoIterator<Item = Status>) -> Status {
    let worst = statuses.into_iter().max_by_key(|it| it.severity());
    worst.unwrap_or(Status::Ok)
}

/// A number as it is printed: with at most six decimals.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_with_its_data() {
        let report = Report::new(Status::Warning, "a|b")
            .with(Measurement::new("x", 1.0, "s"))
            .with(Measurement::new("y z", 2.5, ""));
        let finding = report.finding(Title("TEST", " - "));
        assert_eq!(finding.text, "TEST WARNING - a¦b|x=1s 'y z'=2.5");
        assert_eq!(finding.status, Status::Warning);
        assert_eq!(
            Report::new(Status::Ok, "").finding(Title("T", ": ")).text,
            "T OK: "
        );
    }

    #[test]
    fn critical_is_looked_at_first() {
        let limits = Limits {
            warn: Some(Range::up_to(10.0)),
            crit: Some(Range::from(5.0)),
        };
        assert_eq!(limits.judge(4.0), Status::Critical);
        assert_eq!(limits.judge(7.0), Status::Ok);
        assert_eq!(limits.judge(11.0), Status::Warning);
        assert_eq!(Limits::default().judge(f64::NAN), Status::Ok);
    }

    #[test]
    fn what_is_critical_outweighs_what_is_unknown() {
        assert_eq!(
            worst([Status::Ok, Status::Critical, Status::Unknown]),
            Status::Critical
        );
        assert_eq!(worst([]), Status::Ok);
    }
}
