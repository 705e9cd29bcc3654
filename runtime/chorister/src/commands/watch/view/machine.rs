//! One machine: its picture with the present state, and how it got there.

use chorister_diagram::{Drawing, Room, draw};
use chorister_engine::{MachineStatus, WatcherStatus};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::{below, column, corner, fitted, notice, put, shifted, width};
use crate::commands::portrait::{is_recent, marks, moves};
use crate::commands::time::length;
use crate::commands::watch::app::App;
use crate::commands::watch::theme::Theme;

/// Columns of what stands beside a picture.
const SIDE: u16 = 46;

pub(super) fn render(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some(machine) = app.machine() else {
        return;
    };
    let area = shifted(area, 1);
    heading(machine, app.now, area, buffer, theme);
    let body = below(area, 3);
    let Some(diagram) = app.diagrams.get(&machine.name) else {
        return notice("drawing", body, buffer, theme);
    };
    let marks = marks(diagram, machine, app.now);
    let picture = |area: Rect| {
        let room = Room {
            width: usize::from(area.width),
            height: usize::from(area.height),
            charset: app.charset,
        };
        draw(diagram, &marks, room)
    };
    let steps = lately(machine, app.now, theme);
    let watchers = watchers(machine, app.now, theme);
    let drawing = picture(body);
    if drawing.width() + usize::from(SIDE) + 2 <= usize::from(body.width) {
        let columns = [Constraint::Min(0), Constraint::Length(SIDE)];
        let [left, right] = Layout::horizontal(columns).areas(body);
        place(&drawing, app.scroll, left, buffer, theme);
        // Where there is not enough room for both, each has half of it.
        let left_over = right.height.saturating_sub(rows_of(&watchers) + 1);
        let rows = rows_of(&steps).min(left_over.max(right.height / 2));
        let upper = Rect {
            height: rows.min(right.height),
            ..right
        };
        column(&steps, upper, buffer);
        column(&watchers, below(right, rows + 1), buffer);
        return;
    }
    let wanted = rows_of(&steps).max(rows_of(&watchers)) + 1;
    let drawn = u16::try_from(drawing.lines.len()).unwrap_or(u16::MAX);
    let spare = body.height.saturating_sub(drawn);
    let height = wanted.min(spare.max(body.height / 3));
    let rows = [Constraint::Min(0), Constraint::Length(height)];
    let [top, bottom] = Layout::vertical(rows).areas(body);
    // What stands below may leave less height than there was.
    place(&picture(top), app.scroll, top, buffer, theme);
    let columns = [
        Constraint::Fill(1),
        Constraint::Length(2),
        Constraint::Fill(1),
    ];
    let [left, _, right] = Layout::horizontal(columns).areas(below(bottom, 1));
    column(&steps, left, buffer);
    column(&watchers, right, buffer);
}

fn heading(machine: &MachineStatus, now: i64, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let dwell = length(now.saturating_sub(machine.since));
    let first = Line::from(vec![
        Span::styled(machine.name.clone(), theme.strong()),
        Span::styled(format!(" {} is ", machine.version), theme.faint()),
        Span::styled(machine.state.clone(), theme.current()),
        Span::raw(format!(" for {dwell}")),
    ]);
    put(buffer, area, &first);

    let mut second = Line::styled("offers ", theme.faint());
    if machine.available_transitions.is_empty() {
        second.push_span(Span::raw("nothing "));
    }
    for name in &machine.available_transitions {
        second.push_span(Span::styled(format!("{name} "), theme.name()));
    }
    for (count, what) in [
        (machine.stale, "stale"),
        (machine.refused, "refused"),
        (machine.delayed, "delayed"),
    ] {
        if count > 0 {
            let dot = theme.pick("·", "-");
            let text = format!("{dot} {count} {what} ");
            second.push_span(Span::styled(text, theme.faint()));
        }
    }
    put(buffer, below(area, 1), &second);
}

/// Puts a picture into the middle of an area, moved so that the present state is seen.
fn place(drawing: &Drawing, scroll: (i32, i32), area: Rect, buffer: &mut Buffer, theme: Theme) {
    let focus = drawing.focus.unwrap_or_default();
    let (rows, columns) = (usize::from(area.height), usize::from(area.width));
    let (height, width) = (drawing.lines.len(), drawing.width());
    let top = first(height, rows, focus.top + focus.height / 2, scroll.0);
    let left = first(width, columns, focus.left + focus.width / 2, scroll.1);
    let margin = u16::try_from(columns.saturating_sub(width) / 2).unwrap_or(0);
    let lines = drawing.lines.iter().skip(top);
    for (row, line) in shifted(area, margin).rows().zip(lines) {
        let spans = line.spans.iter();
        let spans = spans.map(|it| Span::styled(it.text.as_str(), theme.ink(it.ink)));
        put(buffer, row, &cut(spans.collect(), left));
    }
    corner(top > 0, top + rows < height, area, buffer, theme);
}

/// The first of `all` that is shown where there is only `room`, and `wanted` should be in its middle.
fn first(all: usize, room: usize, wanted: usize, scroll: i32) -> usize {
    let last = all.saturating_sub(room);
    let start = wanted.saturating_sub(room / 2).min(last);
    let by = usize::try_from(scroll.unsigned_abs()).unwrap_or(usize::MAX);
    if scroll < 0 {
        start.saturating_sub(by)
    } else {
        start.saturating_add(by).min(last)
    }
}

/// The line without its first columns.
fn cut(line: Line<'_>, columns: usize) -> Line<'_> {
    let mut hidden = 0;
    let mut rest = Line::default();
    for span in line.spans {
        let is_hidden = |it: &char| {
            let is_hidden = hidden < columns;
            hidden += Span::raw(it.to_string()).width();
            is_hidden
        };
        let text: String = span.content.chars().skip_while(is_hidden).collect();
        rest.push_span(Span::styled(text, span.style));
    }
    rest
}

/// The last transitions, the newest first.
fn lately(machine: &MachineStatus, now: i64, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("LATELY", theme.faint())];
    for step in moves(machine).rev() {
        let style = if is_recent(&step, now) {
            theme.recent()
        } else {
            theme.name()
        };
        let age = length(now.saturating_sub(step.at));
        let arrow = theme.pick("→", ">");
        let mut line = Line::from(vec![
            Span::styled(format!("{age:>7} ago  "), theme.faint()),
            Span::styled(step.transition.to_owned(), style),
            Span::raw(format!(" {arrow} {}", step.to)),
        ]);
        if let (Some(from), Some(stayed)) = (step.from, step.stayed) {
            let text = format!(", after {} in {from}", length(stayed));
            line.push_span(Span::styled(text, theme.faint()));
        }
        lines.push(line);
    }
    if machine.last_transitions.is_empty() {
        let age = length(now.saturating_sub(machine.since));
        let text = format!("  nothing in the last {age}");
        lines.push(Line::styled(text, theme.faint()));
    }
    lines
}

fn watchers(machine: &MachineStatus, now: i64, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled("WATCHERS", theme.faint())];
    let names = machine.watchers.iter();
    let names = names.map(|it| usize::from(width(&Line::raw(&*it.name))));
    let name = names.max().unwrap_or(0).clamp(4, 16);
    for watcher in &machine.watchers {
        let style = match watcher.outcome.as_str() {
            "error" | "failed_when" => theme.bad(),
            "unknown" | "skipped" => theme.faint(),
            _ => theme.plain(),
        };
        lines.push(Line::from(vec![
            Span::raw(format!("  {}  ", fitted(&watcher.name, name))),
            Span::styled(fitted(&watcher.outcome, 12), style),
            Span::styled(format!("  {}", when(watcher, now)), theme.faint()),
        ]));
    }
    lines
}

fn when(watcher: &WatcherStatus, now: i64) -> String {
    match (watcher.running, watcher.next_run, watcher.last_run) {
        _ if watcher.waiting => "waits".to_owned(),
        (true, _, _) => "runs now".to_owned(),
        (_, Some(next), _) => format!("in {}", length(next.saturating_sub(now))),
        (_, None, Some(last)) => format!("{} ago", length(now.saturating_sub(last))),
        (_, None, None) => String::new(),
    }
}

fn rows_of(lines: &[Line<'_>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}
