//! Tables in boxes.

use core::fmt;

use chorister_client::Response;
use chorister_ir::ddl::{Action, Output};
use chorister_proto::body::Status;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::json::data;
use crate::plain::{lines, plain};

/// Rows of cells below their heads, in a box. Cells may have several lines.
#[derive(Clone, Debug, Default)]
pub struct Table {
    title: Option<String>,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// How far the members of values are from their edge.
const INDENT: usize = 2;

/// The replies that say that it worked, with a column for each output.
#[must_use]
pub fn replies(action: &Action, responses: &[Response]) -> Table {
    let mut outputs: Vec<&Output> = action.outputs.iter().collect();
    outputs.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let heads = outputs.iter().map(|it| label(it));
    let mut table = Table::new(core::iter::once("Sender").chain(heads));
    let ok = responses.iter().filter(|it| it.reply.status == Status::Ok);
    for response in ok {
        let data = data(action, response);
        let cell = |output: &&Output| {
            let value = data.get(output.name.as_ref()).unwrap_or(&Value::Null);
            match value {
                Value::Null => String::new(),
                value => lines(value, INDENT),
            }
        };
        table.push(core::iter::once(response.sender.clone()).chain(outputs.iter().map(cell)));
    }
    table
}

/// What people see as the name of an output.
pub(crate) fn label(output: &Output) -> &str {
    match output.display_as.as_ref() {
        "" => &output.name,
        label => label,
    }
}

// === impl Table ===

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new<'a>(heads: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            title: None,
            heads: heads.into_iter().map(plain).collect(),
            rows: Vec::new(),
        }
    }

    /// The same with a line above the heads.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().map(|it| plain(&it)).collect());
    }

    /// How wide each column is.
    fn widths(&self) -> Vec<usize> {
        let widest = |cell: &String| cell.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        let mut widths: Vec<usize> = self.heads.iter().map(widest).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(widest(cell));
            }
        }
        let title = self.title.as_deref().map_or(0, UnicodeWidthStr::width);
        let inside = widths.iter().map(|it| it + 3).sum::<usize>();
        if let Some(last) = widths.last_mut() {
            *last += (title + 3).saturating_sub(inside);
        }
        widths
    }
}

/// One line of cells.
fn line(f: &mut fmt::Formatter<'_>, widths: &[usize], cells: &[&str]) -> fmt::Result {
    f.write_str("│")?;
    for (at, width) in widths.iter().enumerate() {
        let cell = cells.get(at).copied().unwrap_or_default();
        let margin = width.saturating_sub(cell.width());
        write!(f, " {cell}{:margin$} │", "")?;
    }
    f.write_str("\n")
}

/// A line between rows.
fn rule(
    f: &mut fmt::Formatter<'_>,
    widths: &[usize],
    [left, between, right]: [char; 3],
) -> fmt::Result {
    let parts: Vec<String> = widths.iter().map(|it| "─".repeat(it + 2)).collect();
    writeln!(f, "{left}{}{right}", parts.join(&between.to_string()))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        match &self.title {
            None => rule(f, &widths, ['╭', '┬', '╮'])?,
            Some(title) => {
                rule(f, &widths, ['╭', '─', '╮'])?;
                let inside = widths.iter().map(|it| it + 3).sum::<usize>();
                line(f, &[inside.saturating_sub(3)], &[title])?;
                rule(f, &widths, ['├', '┬', '┤'])?;
            }
        }
        let heads: Vec<&str> = self.heads.iter().map(String::as_str).collect();
        line(f, &widths, &heads)?;
        rule(f, &widths, ['├', '┼', '┤'])?;
        for row in &self.rows {
            let mut cells: Vec<_> = row.iter().map(|it| it.lines()).collect();
            let height = row.iter().map(|it| it.lines().count()).max().unwrap_or(1);
            for _ in 0..height.max(1) {
                let one: Vec<&str> = cells
                    .iter_mut()
                    .map(|it| it.next().unwrap_or_default())
                    .collect();
                line(f, &widths, &one)?;
            }
        }
        rule(f, &widths, ['╰', '┴', '╯'])
    }
}
