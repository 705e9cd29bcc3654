//! Putting everything on the grid.

use super::grid::{Charset, DOWN, Grid, UP};
use super::plan::{Plan, StateBox, Thing, Wiring, Words};
use super::rows::{Rows, Way};
use crate::drawing::{Area, Drawing};

pub(super) fn paint(plan: &Plan, rows: &Rows, charset: Charset) -> Drawing {
    let mut grid = Grid::default();
    let mut focus = None;
    for (thing, area) in plan.things.iter().zip(&rows.nodes) {
        if let (Thing::Block, Some(block)) = (thing, &plan.block) {
            block.draw(&mut grid, *area, charset);
        }
    }
    for (at, state) in plan.states.iter().enumerate() {
        let area = place(plan, rows, at);
        draw_state(&mut grid, state, area, charset);
        if state.is_current {
            focus = Some(area);
        }
    }
    for (line, way) in plan.lines.iter().zip(&rows.ways) {
        draw_label(&mut grid, line, way);
    }
    // What is pointed out is drawn last, over the others.
    let mut lines: Vec<_> = plan.lines.iter().zip(&rows.ways).collect();
    lines.sort_by_key(|it| it.0.pen.ink);
    for (line, way) in lines {
        draw_line(&mut grid, plan, rows, line, way, charset);
    }
    Drawing {
        lines: grid.lines(charset),
        focus,
    }
}

/// The place of a state.
fn place(plan: &Plan, rows: &Rows, state: usize) -> Area {
    let node = plan.node_of.get(state).and_then(|it| rows.nodes.get(*it));
    let node = node.copied().unwrap_or_default();
    let block = plan.block.as_ref();
    block.and_then(|it| it.place(state, node)).unwrap_or(node)
}

fn draw_state(grid: &mut Grid, state: &StateBox, area: Area, charset: Charset) {
    grid.frame(area, state.pen);
    for (nth, words) in state.rows.iter().enumerate() {
        let width: usize = words.iter().map(Words::width).sum();
        let mut column = area.left + (area.width - width.min(area.width)) / 2;
        for it in words {
            grid.text(area.top + 1 + nth, column, &it.text, it.ink);
            column += it.width();
        }
    }
    let beside = area.left + area.width;
    let shown = state.loops.len().min(area.height);
    let first = area.top + (area.height - shown) / 2;
    for (nth, words) in state.loops.iter().take(shown).enumerate() {
        let mut text = format!("{} {}", charset.again(), words.text);
        if nth + 1 == shown && state.loops.len() > shown {
            text = format!("{text} +{}", state.loops.len() - shown);
        }
        grid.text(first + nth, beside, &text, words.ink);
    }
}

fn draw_label(grid: &mut Grid, line: &Wiring, way: &Way) {
    let (middle, first) = way.label;
    for (nth, words) in line.label.iter().enumerate() {
        let left = middle.saturating_sub(words.width() / 2);
        grid.text(first + nth, left, &words.text, words.ink);
    }
}

fn draw_line(
    grid: &mut Grid,
    plan: &Plan,
    rows: &Rows,
    line: &Wiring,
    way: &Way,
    charset: Charset,
) {
    let pen = line.pen;
    let (Some(first), Some(last)) = (way.falls.first(), way.falls.last()) else {
        return;
    };
    let (upper, lower) = if way.is_up {
        (Some(line.to_state), line.from_state)
    } else {
        (line.from_state, Some(line.to_state))
    };
    // A line that ends at a state of a group goes on behind the frame.
    let top = upper.map(|it| place(plan, rows, it));
    let top = top.map_or(first.1.start, |it| it.top + it.height);
    let bottom = lower.map(|it| place(plan, rows, it).top);
    let bottom = bottom.unwrap_or(last.1.end);
    let (head, tail) = if way.is_up {
        ((top, first.0), (bottom, last.0, UP))
    } else {
        (
            (bottom.saturating_sub(1), last.0),
            (top.saturating_sub(1), first.0, DOWN),
        )
    };
    let arrow = if way.is_up {
        charset.up()
    } else {
        charset.down()
    };
    grid.text(head.0, head.1, arrow, pen.ink);
    grid.wire(tail.0, tail.1, tail.2, pen);
    grid.vertical(top..first.1.start, first.0, pen);
    for (column, rows) in &way.falls {
        grid.vertical(rows.clone(), *column, pen);
    }
    grid.vertical(last.1.end..bottom, last.0, pen);
    for (row, from, to) in &way.runs {
        grid.horizontal(*row, *from, *to, pen);
        grid.wire(*row, *from, UP, pen);
        grid.wire(*row, *to, DOWN, pen);
    }
}
