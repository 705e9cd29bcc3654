//! The replies of many nodes, summed up.

mod chart;

use std::collections::BTreeMap;

use chorister_ir::ddl::{Action, Aggregate, Aggregation};
use chorister_lang::template::go;
use serde_json::{Number, Value};

use crate::{Data, value};

pub use chart::plot;

/// All sums that an action declares.
#[derive(Clone, Debug)]
pub struct Summaries(Vec<Summary>);

/// The sum over one output.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Name of the output.
    pub output: String,
    /// What people see as its name.
    pub title: String,
    aggregate: Aggregate,
    values: Values,
}

/// What was seen so far.
#[derive(Clone, Debug)]
enum Values {
    /// How often there was each value.
    Counted(BTreeMap<String, u64>),
    /// The total of all numbers, and how many there were.
    Totalled(f64, u64),
    /// All numbers in the order in which they came.
    Listed(Vec<f64>),
}

// === impl Summaries ===

impl Summaries {
    /// The sums that an action declares, over nothing; of several over one output the last counts.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        let mut all = BTreeMap::new();
        for aggregate in &action.aggregates {
            let Some(values) = Values::of(&aggregate.function) else {
                continue;
            };
            let output = aggregate.output.to_string();
            let title = action.output(&output).map(|it| it.display_as.to_string());
            let summary = Summary {
                title: title
                    .filter(|it| !it.is_empty())
                    .unwrap_or_else(|| output.clone()),
                output: output.clone(),
                aggregate: aggregate.clone(),
                values,
            };
            all.insert(output, summary);
        }
        Self(all.into_values().collect())
    }

    /// Takes in the values of a reply, of one that failed too.
    pub fn add(&mut self, data: &Data) {
        for summary in &mut self.0 {
            if let Some(value) = data.get(&summary.output) {
                summary.add(value);
            }
        }
    }

    /// Each sum, in the order of their outputs' names.
    pub fn iter(&self) -> impl Iterator<Item = &Summary> {
        self.0.iter()
    }

    /// All sums by their outputs, for machines.
    #[must_use]
    pub fn to_json(&self) -> Data {
        let sums = self.0.iter();
        sums.filter_map(|it| Some((it.output.clone(), it.to_json()?)))
            .collect()
    }
}

// === impl Summary ===

impl Summary {
    fn add(&mut self, value: &Value) {
        let text = match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        match &mut self.values {
            Values::Counted(counts) => *counts.entry(text).or_default() += 1,
            Values::Totalled(total, count) => {
                if let Some(number) = number(&text) {
                    *total += number;
                    *count += 1;
                }
            }
            Values::Listed(numbers) => numbers.extend(number(&text)),
        }
    }

    /// The lines that people read.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let format = self.aggregate.format.as_deref();
        match &self.values {
            Values::Counted(counts) => {
                let mut rows: Vec<_> = counts
                    .iter()
                    .map(|(value, count)| (self.label(value), *count))
                    .collect();
                rows.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
                let width = rows.iter().map(|it| it.0.chars().count()).max();
                let width = width.unwrap_or_default();
                let line = |(value, count): (String, u64)| match format {
                    Some(format) => printf(format, &[Value::from(value), Value::from(count)]),
                    None => format!("{value:>width$}: {count}"),
                };
                rows.into_iter().map(line).collect()
            }
            Values::Totalled(_, 0) => Vec::new(),
            Values::Totalled(total, count) => {
                let mean = mean(*total, *count);
                let average = Value::from(mean);
                // A whole number fits `%d`, which DDLs ask for where Choria prints a misfit.
                let shown = match whole(mean) {
                    Some(number) if format.is_some_and(|it| it.contains("%d")) => number,
                    _ => average,
                };
                vec![printf(format.unwrap_or("Average: %.3f"), &[shown])]
            }
            Values::Listed(numbers) => plot(numbers).lines().map(str::to_owned).collect(),
        }
    }

    /// The sum for machines; `None` where there is none.
    #[must_use]
    pub fn to_json(&self) -> Option<Value> {
        let mut object = Data::new();
        match &self.values {
            Values::Counted(counts) => {
                for (value, count) in counts {
                    object.insert(self.label(value), Value::from(*count));
                }
            }
            Values::Totalled(_, 0) => return None,
            Values::Totalled(total, count) => {
                let mean = mean(*total, *count);
                let mean = whole(mean).or_else(|| Some(Value::Number(Number::from_f64(mean)?)));
                object.insert("average".to_owned(), mean?);
            }
            Values::Listed(numbers) => {
                object.insert("chart".to_owned(), Value::from(plot(numbers)));
            }
        }
        Some(Value::Object(object))
    }

    /// The word for a value.
    fn label(&self, value: &str) -> String {
        let mut labels = self.aggregate.labels.iter();
        match labels.find(|it| it.key == value) {
            Some(pair) => pair.value.to_string(),
            None => value.to_owned(),
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|it: &f64| it.is_finite())
}

/// The mean of so many numbers.
#[allow(clippy::cast_precision_loss)]
fn mean(total: f64, count: u64) -> f64 {
    total / count as f64
}

fn whole(number: f64) -> Option<Value> {
    value::whole(&Number::from_f64(number)?).map(Value::from)
}

/// A line as Go prints it; the format itself where the line would be too long.
fn printf(format: &str, values: &[Value]) -> String {
    let values: Vec<&Value> = values.iter().collect();
    go::printf(format, &values).unwrap_or_else(|_| format.to_owned())
}

// === impl Values ===

impl Values {
    fn of(function: &Aggregation) -> Option<Self> {
        Some(match function {
            Aggregation::Summary | Aggregation::BooleanSummary => Self::Counted(BTreeMap::new()),
            Aggregation::Average => Self::Totalled(0.0, 0),
            Aggregation::Chart => Self::Listed(Vec::new()),
            Aggregation::Unknown(_) => return None,
        })
    }
}
