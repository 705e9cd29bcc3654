//! The list of machines.

use chorister_engine::MachineStatus;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{below, corner, fitted, notice, put, width};
use crate::commands::portrait::{has_just_moved, moves, pulse};
use crate::commands::time::length;
use crate::commands::watch::app::App;
use crate::commands::watch::theme::Theme;

/// The pulse of a machine: so many spans of so many seconds.
const BEATS: usize = 16;
const BEAT: i64 = 15;

/// Widest columns of names and states.
const NAME: usize = 30;
const STATE: usize = 18;

/// The last transition is not worth a narrower column.
const LAST: usize = 8;

/// The columns of the list.
struct Columns {
    name: usize,
    state: usize,
    has_pulse: bool,
    /// What is left for the last transition.
    last: usize,
}

pub(super) fn render(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let machines: Vec<&MachineStatus> = app.shown().collect();
    if machines.is_empty() {
        let text = if app.filter.is_empty() {
            "this node runs no machine".to_owned()
        } else {
            format!("no machine or state matches {}", app.filter)
        };
        return notice(&text, area, buffer, theme);
    }
    let columns = Columns::of(&machines, usize::from(area.width));
    put(buffer, area, &columns.heading(theme));

    let list = below(area, 1);
    let height = usize::from(list.height);
    let place = app.place().unwrap_or(0);
    let last = machines.len().saturating_sub(height);
    let first = place.saturating_sub(height / 2).min(last);
    for (row, (at, machine)) in list.rows().zip(machines.iter().enumerate().skip(first)) {
        let is_chosen = at == place;
        put(
            buffer,
            row,
            &columns.line(machine, app.now, is_chosen, theme),
        );
        if is_chosen {
            buffer.set_style(row, theme.chosen());
        }
    }
    corner(first > 0, first < last, list, buffer, theme);
}

impl Columns {
    fn of(machines: &[&MachineStatus], room: usize) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = &str>| {
            let widths = texts.map(|it| usize::from(width(&Line::raw(it))));
            widths.max().unwrap_or(0)
        };
        let name = widest(&mut machines.iter().map(|it| it.name.as_str())).clamp(7, NAME);
        let state = widest(&mut machines.iter().map(|it| it.state.as_str())).clamp(8, STATE);
        // The mark, the time, and the space between columns.
        let fixed = state + 13;
        let name = name.min(room.saturating_sub(fixed + 1)).max(7);
        let left = room.saturating_sub(fixed + name + BEATS + 5);
        Self {
            name,
            state,
            has_pulse: room > fixed + name + BEATS + 3,
            last: if left < LAST { 0 } else { left },
        }
    }

    fn heading(&self, theme: Theme) -> Line<'static> {
        let (name, state) = (fitted("MACHINE", self.name), fitted("STATE", self.state));
        let pulse = if self.has_pulse {
            "  LAST 4 MINUTES"
        } else {
            ""
        };
        let last = if self.last > 0 { "    BY" } else { "" };
        let text = format!("   {name}  {state}  {:>6}{pulse}{last}", "FOR");
        Line::styled(text, theme.faint())
    }

    fn line(
        &self,
        machine: &MachineStatus,
        now: i64,
        is_chosen: bool,
        theme: Theme,
    ) -> Line<'static> {
        let is_new = has_just_moved(machine, now);
        let (mark, style) = if is_new {
            (theme.pick("◆", "*"), theme.recent())
        } else {
            (theme.pick("●", "o"), theme.current())
        };
        // Faint text cannot be read on the bar of what is chosen.
        let faint = if is_chosen {
            theme.plain()
        } else {
            theme.faint()
        };
        let dwell = length(now.saturating_sub(machine.since));
        let mut line = Line::from(vec![
            Span::styled(format!(" {mark} "), style),
            Span::styled(fitted(&machine.name, self.name), theme.strong()),
            Span::raw("  "),
            Span::styled(fitted(&machine.state, self.state), style),
            Span::styled(format!("  {dwell:>6}  "), theme.plain()),
        ]);
        if self.has_pulse {
            for count in pulse(machine, now, BEATS, BEAT) {
                let style = if count == 0 { faint } else { theme.name() };
                line.push_span(Span::styled(theme.bar(count), style));
            }
            if self.last > 0 {
                let last = moves(machine).next_back().map_or("", |it| it.transition);
                line.push_span(Span::styled(
                    format!("  {}", fitted(last, self.last)),
                    faint,
                ));
            }
        }
        line
    }
}
