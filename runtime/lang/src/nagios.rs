//! The conventions of monitoring plugins: a status as an exit code, and a text with performance data.

pub mod perfdata;

mod measurement;
mod output;
mod range;
mod status;
#[cfg(test)]
mod vectors;

pub use measurement::Measurement;
pub use output::Output;
pub use perfdata::PerfData;
pub use range::{Range, Threshold};
pub use status::Status;

/// Reads a decimal number with an optional exponent; neither infinities nor what is not a number.
fn number(text: &str) -> Option<f64> {
    let is_part = |it: u8| it.is_ascii_digit() || b"+-.eE".contains(&it);
    let value = text.bytes().all(is_part).then(|| text.parse::<f64>())?;
    value.ok().filter(|it| it.is_finite())
}
