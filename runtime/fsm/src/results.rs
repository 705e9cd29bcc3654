//! The last results of a check, small enough that many thousands of checks can keep them.

use std::sync::Arc;

use chorister_lang::nagios::{PerfData, Status};
use jiff::Timestamp;

use crate::UnixNanos;
use crate::snapshot::timestamp;

/// How many results are remembered.
// Compat: go-choria aagent/watchers/nagioswatcher: events carry fifteen.
pub(crate) const HISTORY: usize = 15;

/// One result of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// When the run began.
    pub time: Timestamp,
    /// What it came to.
    pub status: Status,
    /// What was measured.
    pub measures: Measures,
}

/// Performance data. Results of one check share the labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    series: Arc<[Series]>,
    values: Arc<[f64]>,
}

#[derive(Clone, Debug, PartialEq)]
struct Series {
    label: Box<str>,
    unit: Box<str>,
}

/// The last [`HISTORY`] results, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    /// Those that measured other things than the last one; nearly always none.
    earlier: Vec<Stretch>,
    last: Stretch,
}

/// Results in a row that measured the same things.
#[derive(Clone, Debug, Default)]
struct Stretch {
    series: Arc<[Series]>,
    runs: Vec<(UnixNanos, Status)>,
    /// As many for each run as there are series.
    values: Vec<f64>,
}

// === impl Measures ===

impl Measures {
    /// These measurements, each with its label, unit and value.
    #[must_use]
    pub fn of<'a>(data: impl IntoIterator<Item = (&'a str, &'a str, f64)>) -> Self {
        let (mut series, mut values) = (Vec::new(), Vec::new());
        for (label, unit, value) in data {
            series.push(Series {
                label: label.into(),
                unit: unit.into(),
            });
            values.push(value);
        }
        Self {
            series: series.into(),
            values: values.into(),
        }
    }

    /// Label, unit and value of each measurement, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str, f64)> {
        let values = self.values.iter();
        let series = self.series.iter().zip(values);
        series.map(|(series, value)| (series.label.as_ref(), series.unit.as_ref(), *value))
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

// === impl Results ===

impl Results {
    /// Adds a result, and forgets the oldest where there are too many.
    pub(crate) fn push(&mut self, began: UnixNanos, status: Status, data: &[PerfData]) {
        let data = data.iter().map(|it| (it.label.as_str(), it.unit, it.value));
        self.add(began, status, data);
    }

    /// The same with the measurements of what is remembered.
    pub(crate) fn restore(
        &mut self,
        began: UnixNanos,
        status: Status,
        data: &[(String, String, f64)],
    ) {
        let data = data
            .iter()
            .map(|(label, unit, value)| (label.as_str(), unit.as_str(), *value));
        self.add(began, status, data);
    }

    fn add<'a>(
        &mut self,
        began: UnixNanos,
        status: Status,
        data: impl ExactSizeIterator<Item = (&'a str, &'a str, f64)> + Clone,
    ) {
        if self.len() >= HISTORY {
            self.drop_oldest();
        }
        if !self
            .last
            .measures(data.clone().map(|(label, unit, _)| (label, unit)))
        {
            let series = data.clone().map(|(label, unit, _)| Series {
                label: label.into(),
                unit: unit.into(),
            });
            let next = Stretch {
                series: series.collect(),
                ..Stretch::default()
            };
            let before = core::mem::replace(&mut self.last, next);
            if !before.runs.is_empty() {
                self.earlier.push(before);
            }
        }
        self.last.runs.push((began, status));
        self.last.values.extend(data.map(|(.., value)| value));
    }

    fn drop_oldest(&mut self) {
        match self.earlier.first_mut() {
            None => self.last.drop_oldest(),
            Some(first) => {
                first.drop_oldest();
                if first.runs.is_empty() {
                    self.earlier.remove(0);
                }
            }
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.stretches().map(|it| it.runs.len()).sum()
    }

    /// Each result, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Execution> {
        self.stretches().flat_map(Stretch::iter)
    }

    fn stretches(&self) -> impl Iterator<Item = &Stretch> {
        self.earlier.iter().chain([&self.last])
    }
}

// === impl Stretch ===

impl Stretch {
    /// Whether these, each a label and its unit, are what its results measured.
    fn measures<'a>(&self, data: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> bool {
        data.len() == self.series.len()
            && data
                .zip(self.series.iter())
                .all(|((label, unit), it)| label == it.label.as_ref() && unit == it.unit.as_ref())
    }

    fn drop_oldest(&mut self) {
        if !self.runs.is_empty() {
            self.runs.remove(0);
            self.values.drain(..self.series.len());
        }
    }

    fn iter(&self) -> impl Iterator<Item = Execution> {
        let width = self.series.len();
        self.runs
            .iter()
            .enumerate()
            .map(move |(at, (began, status))| {
                let values = self.values.get(at * width..(at + 1) * width);
                Execution {
                    time: timestamp(*began),
                    status: *status,
                    measures: Measures {
                        series: Arc::clone(&self.series),
                        values: values.unwrap_or_default().into(),
                    },
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a run may measure: none, one or two things, some with units.
    fn measured() -> impl Strategy<Value = Vec<(String, String, f64)>> {
        let one = |label: &'static str, unit: &'static str| {
            (-9.0..9.0).prop_map(move |value| (label.to_owned(), unit.to_owned(), value))
        };
        prop_oneof![
            Just(Vec::new()),
            one("a", "s").prop_map(|it| vec![it]),
            one("a", "B").prop_map(|it| vec![it]),
            (one("a", "s"), one("b", "")).prop_map(|(one, two)| vec![one, two]),
        ]
    }

    proptest! {
        #[test]
        fn the_last_results_are_as_they_were_given(
            given in prop::collection::vec((any::<i32>(), 0..4_i32, measured()), 0..50)
        ) {
            let mut results = Results::default();
            let mut model = Vec::new();
            for (began, code, data) in &given {
                let status = Status::of_code(*code).unwrap();
                results.restore(i64::from(*began), status, data);
                let data = data.iter().map(|(label, unit, value)| (label.as_str(), unit.as_str(), *value));
                model.push(Execution {
                    time: timestamp(i64::from(*began)),
                    status,
                    measures: Measures::of(data),
                });
            }
            let kept = model.split_off(model.len().saturating_sub(HISTORY));
            prop_assert_eq!(results.len(), kept.len());
            prop_assert_eq!(results.iter().collect::<Vec<_>>(), kept);
        }
    }
}
