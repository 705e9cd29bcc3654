//! What people read of pings.

use core::time::Duration;

use chorister_ddl::plot;
use chorister_lang::duration::format_go;

use crate::plain::plain;
use crate::text::to_millisecond;

/// A node and how long its answer took.
#[must_use]
pub fn line(node: &str, took: Duration) -> String {
    format!("{:40} time={} ms\n", plain(node), took.as_millis())
}

/// How long answers took, all together. `overhead` is how long it took until nodes could be asked.
#[must_use]
pub fn statistics(times: &[Duration], overhead: Duration) -> String {
    let head = "\n\n---- ping statistics ----\n";
    let (Some(max), Some(min)) = (times.iter().max(), times.iter().min()) else {
        return head.to_owned();
    };
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    let average = times.iter().sum::<Duration>() / count;
    let show = |time: Duration| format_go(to_millisecond(time));
    format!(
        "{head}{} replies max: {} min: {} avg: {} overhead: {}\n",
        times.len(),
        show(*max),
        show(*min),
        show(average),
        show(overhead),
    )
}

/// How long each answer took, in milliseconds, as a curve in the order in which they came.
#[must_use]
pub fn graph(times: &[Duration]) -> String {
    let milliseconds: Vec<f64> = times.iter().map(|it| it.as_secs_f64() * 1e3).collect();
    plot(&milliseconds)
}
