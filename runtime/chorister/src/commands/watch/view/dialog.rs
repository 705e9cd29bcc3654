//! What stands above everything else until it is answered.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{column, put, shifted, width};
use crate::commands::time::length;
use crate::commands::watch::app::{App, Dialog};
use crate::commands::watch::checks::{Field, Form};
use crate::commands::watch::theme::Theme;

const KEYS: [(&str, &str); 18] = [
    ("tab", "checks, or machines"),
    ("up, down, j, k", "choose, or move what is shown"),
    ("page up, page down", "the same, faster"),
    ("left, right", "move the picture to the side"),
    ("enter", "open it"),
    ("esc", "go back, or show all again"),
    ("n, N", "next and previous one"),
    ("/", "only what contains a text"),
    ("f", "run the check now"),
    ("m", "put the check into maintenance"),
    ("r", "end the maintenance of the check"),
    ("s", "sort checks in another order"),
    ("a", "only checks that want attention, or all"),
    ("d", "draw the machine of the check"),
    ("t", "fire a transition of the machine"),
    ("p", "what is wrong with the node"),
    ("?", "this help"),
    ("q", "quit; the node goes on"),
];

pub(super) fn render(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let (title, lines) = match &app.dialog {
        None => return,
        Some(Dialog::Help) => ("Keys", help(theme)),
        Some(Dialog::Problems) => ("Problems", problems(app, theme)),
        Some(Dialog::Fire {
            machine,
            choices,
            at,
            is_sure: false,
        }) => ("Fire a transition", choose(machine, choices, *at, theme)),
        Some(Dialog::Fire {
            machine,
            choices,
            at,
            is_sure: true,
        }) => {
            let transition = choices.get(*at).map_or("", String::as_str);
            ("Are you sure?", confirm(machine, transition, theme))
        }
        Some(Dialog::Maintain(form)) => ("Maintenance", maintain(form, theme)),
    };
    let columns = lines.iter().map(width).max().unwrap_or(0).max(24);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let columns = columns.saturating_add(6).min(area.width);
    let rows = rows.saturating_add(4).min(area.height);
    let place = Rect {
        x: area.x + (area.width - columns) / 2,
        y: area.y + (area.height - rows) / 3,
        width: columns,
        height: rows,
    };
    frame(title, place, buffer, theme);
    let inner = Rect {
        x: place.x + 3.min(place.width),
        y: place.y + 2.min(place.height),
        width: place.width.saturating_sub(6),
        height: place.height.saturating_sub(4),
    };
    column(&lines, inner, buffer);
}

/// Clears a place and draws a box around it.
fn frame(title: &str, place: Rect, buffer: &mut Buffer, theme: Theme) {
    let inside = usize::from(place.width.saturating_sub(2));
    for (at, row) in place.rows().enumerate() {
        let (left, middle, right) = if at == 0 {
            (
                theme.pick("╭", "+"),
                theme.pick("─", "-"),
                theme.pick("╮", "+"),
            )
        } else if at + 1 == usize::from(place.height) {
            (
                theme.pick("╰", "+"),
                theme.pick("─", "-"),
                theme.pick("╯", "+"),
            )
        } else {
            (theme.pick("│", "|"), " ", theme.pick("│", "|"))
        };
        let line = format!("{left}{}{right}", middle.repeat(inside));
        buffer.set_style(row, Style::reset());
        put(buffer, row, &Line::styled(line, theme.name()));
    }
    let title = Line::styled(format!(" {title} "), theme.strong());
    put(buffer, shifted(place, 2), &title);
}

fn help(theme: Theme) -> Vec<Line<'static>> {
    let row = |key: &str, style: Style, meaning: &'static str| {
        Line::from(vec![
            Span::styled(format!("{key:<20}"), style),
            Span::raw(meaning),
        ])
    };
    let keys = KEYS.iter();
    let mut lines: Vec<_> = keys
        .map(|(key, meaning)| row(key, theme.name(), meaning))
        .collect();
    lines.push(Line::default());
    lines.extend([
        row(
            theme.pick("▸", ">"),
            theme.strong(),
            "the machine starts here",
        ),
        row(theme.pick("┏━┓", "#=#"), theme.current(), "it is here"),
        row(
            theme.pick("━━▶", "==>"),
            theme.recent(),
            "taken a moment ago",
        ),
        row(
            theme.pick("┄┄▶", "::>"),
            theme.faint(),
            "fired by people and programs only",
        ),
    ]);
    lines
}

fn problems(app: &App, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for problem in app.node.iter().flat_map(|it| &it.problems) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        let age = length(app.now.saturating_sub(problem.since));
        lines.push(Line::from(vec![
            Span::styled(problem.subject.clone(), theme.bad()),
            Span::styled(format!("  {}, for {age}", problem.source), theme.faint()),
        ]));
        lines.extend(problem.text.lines().map(|it| Line::raw(it.to_owned())));
    }
    if lines.is_empty() {
        lines.push(Line::raw("nothing is wrong with the node"));
    }
    lines
}

fn choose(machine: &str, choices: &[String], at: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![
        Line::styled(format!("of {machine}"), theme.faint()),
        Line::default(),
    ];
    for (nth, choice) in choices.iter().enumerate() {
        let style = if nth == at {
            theme.chosen()
        } else {
            theme.plain()
        };
        lines.push(Line::styled(format!(" {choice} "), style));
    }
    lines.push(Line::default());
    lines.push(Line::styled("enter chooses, esc goes back", theme.faint()));
    lines
}

fn maintain(form: &Form, theme: Theme) -> Vec<Line<'static>> {
    let field = |name: &str, text: &str, is_typed: bool| {
        let mut line = Line::from(vec![
            Span::styled(format!("{name:<8}"), theme.faint()),
            Span::raw(text.to_owned()),
        ]);
        if is_typed {
            line.push_span(Span::styled(" ", theme.chosen()));
        }
        line
    };
    let mut lines = vec![
        Line::styled(format!("of {}", form.check), theme.faint()),
        Line::default(),
        field("why", &form.reason, form.field == Field::Reason),
        field("for", &form.length, form.field == Field::Length),
        Line::default(),
    ];
    lines.push(match &form.problem {
        Some(problem) => Line::styled(problem.clone(), theme.bad()),
        None => Line::styled("as in 90s, 1h30m or 2d; nothing for no end", theme.faint()),
    });
    lines.push(Line::styled("enter goes on, esc goes back", theme.faint()));
    lines
}

fn confirm(machine: &str, transition: &str, theme: Theme) -> Vec<Line<'static>> {
    vec![
        Line::from(vec![
            Span::raw("Fire "),
            Span::styled(transition.to_owned(), theme.recent()),
            Span::raw(format!(" of {machine}?")),
        ]),
        Line::default(),
        Line::styled("y fires it, any other key goes back", theme.faint()),
    ]
}
