//! The Test Anything Protocol.

use crate::Outcome;

use super::View;

pub(super) fn render(view: &View<'_>) -> String {
    let mut text = format!("1..{}\n", view.results().count());
    for (index, result) in view.results().enumerate() {
        let (verdict, skip) = match result.outcome {
            Outcome::Pass => ("ok", ""),
            Outcome::Fail => ("not ok", ""),
            Outcome::Skip => ("ok", "# SKIP "),
        };
        let line = view.paint.outcome(result.outcome, &view.compact(result));
        text.push_str(&format!("{verdict} {} - {skip}{line}\n", index + 1));
    }
    text
}
