//! What is on the screen: the dashboard as cells, from its value alone.

mod check;
mod checks;
mod dialog;
mod machine;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::app::{App, Screen};
use super::theme::Theme;
use crate::commands::time::length;

/// From this width on a machine stands beside the list.
const BESIDE: u16 = 116;

/// Columns of the list there.
const LIST: u16 = 54;

/// Draws the dashboard.
pub(crate) fn render(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let rows = [
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ];
    let [header, body, footer] = Layout::vertical(rows).areas(area);
    render_header(app, header, buffer, theme);
    if app.node.is_none() {
        let text = app.lost.as_deref().unwrap_or("asking the node how it is");
        notice(text, body, buffer, theme);
    } else if app.screen == Screen::Machine {
        machine::render(app, body, buffer, theme);
    } else if app.screen == Screen::Check {
        check::render(app, body, buffer, theme);
    } else if body.width >= BESIDE {
        let columns = [
            Constraint::Length(list_width(app, body.width)),
            Constraint::Length(1),
            Constraint::Min(0),
        ];
        let [list, rule, detail] = Layout::horizontal(columns).areas(body);
        render_list(app, list, buffer, theme);
        for y in rule.rows() {
            put(
                buffer,
                y,
                &Span::styled(theme.pick("│", "|"), theme.faint()).into(),
            );
        }
        match app.shows_checks() {
            true => check::render(app, detail, buffer, theme),
            false => machine::render(app, detail, buffer, theme),
        }
    } else {
        render_list(app, body, buffer, theme);
    }
    render_footer(app, footer, buffer, theme);
    dialog::render(app, area, buffer, theme);
}

fn render_list(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    match app.shows_checks() {
        true => checks::render(app, area, buffer, theme),
        false => table::render(app, area, buffer, theme),
    }
}

/// Columns of a list that something stands beside.
fn list_width(app: &App, all: u16) -> u16 {
    match app.shows_checks() {
        // What checks say is worth more room than what is known of one.
        true => all / 5 * 3,
        false => LIST,
    }
}

fn render_header(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let dot = theme.pick(" · ", " - ");
    let mut left = Line::default();
    if let Some(node) = &app.node {
        left.push_span(Span::styled(format!(" {}", node.name), theme.strong()));
        let facts = [
            format!(" {} on {}", node.version, node.identity),
            format!("up {}", length(app.now.saturating_sub(node.started))),
            format!("{} machines", node.machines),
            format!("{} transitions", node.counts.transitions),
        ];
        left.push_span(Span::styled(facts.join(dot), theme.faint()));
        if !node.problems.is_empty() {
            let count = node.problems.len();
            let text = format!("{count} problem{}", if count == 1 { "" } else { "s" });
            left.push_span(Span::styled(dot, theme.faint()));
            left.push_span(Span::styled(text, theme.bad()));
        }
    }
    let right = match &app.lost {
        Some(_) => Span::styled(theme.pick(" ○ no answer ", " no answer "), theme.bad()),
        None => Span::styled(theme.pick(" ● live ", " live "), theme.current()),
    };
    put(buffer, area, &left);
    put_right(buffer, area, &right.into());
}

fn render_footer(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    if app.is_filtering {
        let cursor = Span::styled(" ", theme.chosen());
        let text = Span::raw(format!(" /{}", app.filter));
        return put(buffer, area, &Line::from(vec![text, cursor]));
    }
    if let Some(message) = &app.message {
        let style = if message.is_bad {
            theme.bad()
        } else {
            theme.current()
        };
        return put(
            buffer,
            area,
            &Span::styled(format!(" {}", message.text), style).into(),
        );
    }
    let arrows = theme.pick("↑↓", "j/k");
    let keys: &[(&str, &str)] = match app.screen {
        Screen::Machines => &[
            (arrows, "choose"),
            ("enter", "open"),
            ("/", "filter"),
            ("t", "fire"),
            ("p", "problems"),
            ("tab", "checks"),
            ("?", "help"),
            ("q", "quit"),
        ],
        Screen::Checks => &[
            (arrows, "choose"),
            ("enter", "open"),
            ("/", "filter"),
            ("f", "force"),
            ("m", "maintenance"),
            ("r", "resume"),
            ("s", "sort"),
            ("a", "only failing"),
            ("tab", "machines"),
            ("?", "help"),
            ("q", "quit"),
        ],
        Screen::Check => &[
            (arrows, "move"),
            ("n", "next check"),
            ("f", "force"),
            ("m", "maintenance"),
            ("r", "resume"),
            ("d", "diagram"),
            ("esc", "back"),
            ("?", "help"),
            ("q", "quit"),
        ],
        Screen::Machine => &[
            (arrows, "move"),
            ("n", "next machine"),
            ("t", "fire a transition"),
            ("esc", "back"),
            ("?", "help"),
            ("q", "quit"),
        ],
    };
    put(buffer, area, &key_line(keys, area.width, theme));
}

/// What keys do, as far as there is room; the last two are always told.
fn key_line(keys: &[(&str, &str)], room: u16, theme: Theme) -> Line<'static> {
    let told = |(key, meaning): &(&str, &str)| {
        [
            Span::styled(format!(" {key} "), theme.strong()),
            Span::styled(format!("{meaning} "), theme.faint()),
        ]
    };
    let (first, last) = keys.split_at(keys.len().saturating_sub(2));
    let last: Vec<_> = last.iter().flat_map(told).collect();
    let reserved: usize = last.iter().map(Span::width).sum();
    let mut line = Line::default();
    for key in first {
        let key = told(key);
        let width: usize = key.iter().map(Span::width).sum();
        if line.width() + width + reserved > usize::from(room) {
            break;
        }
        line.extend(key);
    }
    line.extend(last);
    line
}

/// A sentence in the middle of an area.
fn notice(text: &str, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let [_, middle, _] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Fill(2),
    ])
    .areas(area);
    let line = Line::styled(text.to_owned(), theme.faint());
    let left = middle.width.saturating_sub(width(&line)) / 2;
    put(buffer, shifted(middle, left), &line);
}

/// Writes a line into the first row of an area.
fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    if !area.intersection(buffer.area).is_empty() {
        buffer.set_line(area.x, area.y, line, area.width);
    }
}

/// Writes a line so that it ends where the area does.
fn put_right(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    put(
        buffer,
        shifted(area, area.width.saturating_sub(width(line))),
        line,
    );
}

fn width(line: &Line<'_>) -> u16 {
    u16::try_from(line.width()).unwrap_or(u16::MAX)
}

/// The area without so many columns on its left.
fn shifted(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect {
        x: area.x + columns,
        width: area.width - columns,
        ..area
    }
}

/// The area without so many rows at its top.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// Writes lines one below the other.
fn column(lines: &[Line<'_>], area: Rect, buffer: &mut Buffer) {
    for (row, line) in area.rows().zip(lines) {
        put(buffer, row, line);
    }
}

/// Says at the right side of an area that there is more above or below.
fn corner(above: bool, under: bool, area: Rect, buffer: &mut Buffer, theme: Theme) {
    if area.is_empty() {
        return;
    }
    for (is_cut, y, mark) in [
        (above, area.y, theme.pick("↑", "^")),
        (under, area.bottom() - 1, theme.pick("↓", "v")),
    ] {
        if is_cut {
            let place = Rect::new(area.right() - 1, y, 1, 1);
            put(buffer, place, &Line::styled(mark, theme.strong()));
        }
    }
}

/// The text in exactly so many columns.
fn fitted(text: &str, columns: usize) -> String {
    let wide = |text: &str| usize::from(width(&Line::raw(text)));
    let mut fitted = text.to_owned();
    if wide(&fitted) > columns {
        while !fitted.is_empty() && wide(&fitted) + 1 > columns {
            fitted.pop();
        }
        fitted.push('…');
    }
    let pad = columns.saturating_sub(wide(&fitted));
    fitted.extend(std::iter::repeat_n(' ', pad));
    fitted
}
