//! The list of checks, below how many there are.

use chorister_engine::{CheckStatus, MachineStatus, Standing};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{below, corner, fitted, notice, put, put_right, width};
use crate::commands::time::length;
use crate::commands::watch::app::App;
use crate::commands::watch::theme::Theme;

/// Widest column of names.
const NAME: usize = 32;

/// The column of what is shown, as wide as its widest word.
const STATUS: usize = 11;

/// How many results are shown.
const RESULTS: usize = 15;

/// What a check printed is not worth a narrower column.
const OUTPUT: usize = 12;

/// The columns of the list.
struct Columns {
    name: usize,
    has_history: bool,
    /// What is left for flags and output.
    text: usize,
}

pub(super) fn render(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    render_counts(app, area, buffer, theme);
    let area = below(area, 1);
    let checks: Vec<_> = app
        .shown()
        .filter_map(|it| Some((it, it.check.as_deref()?)))
        .collect();
    if checks.is_empty() {
        let text = match (app.counts().all, app.only_failing) {
            (0, _) => "this node has no checks".to_owned(),
            (_, true) if app.filter.is_empty() => "nothing wants attention".to_owned(),
            _ => format!("no check matches {}", app.filter),
        };
        return notice(&text, area, buffer, theme);
    }
    let columns = Columns::of(&checks, usize::from(area.width));
    put(buffer, area, &columns.heading(theme));
    let list = below(area, 1);
    let height = usize::from(list.height);
    let place = app.place().unwrap_or(0);
    let last = checks.len().saturating_sub(height);
    let first = place.saturating_sub(height / 2).min(last);
    for (row, (at, (machine, check))) in list.rows().zip(checks.iter().enumerate().skip(first)) {
        let is_chosen = at == place;
        let line = columns.line(machine, check, app.now, is_chosen, theme);
        put(buffer, row, &line);
        if is_chosen {
            buffer.set_style(row, theme.chosen());
        }
    }
    corner(first > 0, first < last, list, buffer, theme);
}

/// How many checks there are, the worst first.
fn render_counts(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let counts = app.counts();
    let mut line = Line::styled(format!(" {} checks", counts.all), theme.strong());
    let mut standings: Vec<_> = Standing::ALL.into_iter().zip(counts.standings).collect();
    standings.sort_by_key(|it| core::cmp::Reverse(it.0.severity()));
    for (standing, count) in standings.into_iter().filter(|it| it.1 > 0) {
        let text = format!("  {count} {}", standing.as_str());
        line.push_span(Span::styled(text, theme.standing(standing)));
    }
    for (count, what) in [(counts.stale, "stale"), (counts.flapping, "flapping")] {
        if count > 0 {
            line.push_span(Span::styled(format!("  {count} {what}"), theme.recent()));
        }
    }
    put(buffer, area, &line);
    let only = if app.only_failing {
        "only failing, "
    } else {
        ""
    };
    let order = Line::styled(format!("  {only}{} ", app.sort.as_str()), theme.faint());
    if width(&line) + width(&order) <= area.width {
        put_right(buffer, area, &order);
    }
}

impl Columns {
    fn of(checks: &[(&MachineStatus, &CheckStatus)], room: usize) -> Self {
        let widths = checks
            .iter()
            .map(|it| usize::from(width(&Line::raw(it.0.name.as_str()))));
        let name = widths.max().unwrap_or(0).clamp(5, NAME);
        // The mark, the time, and the space between columns.
        let fixed = STATUS + 13;
        let name = name.min(room.saturating_sub(fixed + 1)).max(5);
        let left = room.saturating_sub(fixed + name);
        let has_history = left > RESULTS + 2;
        let taken = if has_history { RESULTS + 2 } else { 0 };
        let text = left.saturating_sub(taken + 2);
        Self {
            name,
            has_history,
            text: if text < OUTPUT { 0 } else { text },
        }
    }

    fn heading(&self, theme: Theme) -> Line<'static> {
        let (name, status) = (fitted("CHECK", self.name), fitted("STATUS", STATUS));
        let mut text = format!("   {name}  {status}  {:>6}", "FOR");
        if self.has_history {
            text.push_str("  ");
            text.push_str(&fitted("LAST RESULTS", RESULTS));
        }
        if self.text > 0 {
            text.push_str("  OUTPUT");
        }
        Line::styled(text, theme.faint())
    }

    fn line(
        &self,
        machine: &MachineStatus,
        check: &CheckStatus,
        now: i64,
        is_chosen: bool,
        theme: Theme,
    ) -> Line<'static> {
        let style = theme.standing(check.status);
        let dwell = length(now.saturating_sub(machine.since));
        let mut line = Line::from(vec![
            Span::styled(format!(" {} ", theme.mark(check.status)), style),
            Span::styled(fitted(&machine.name, self.name), theme.strong()),
            Span::raw("  "),
            Span::styled(fitted(check.status.as_str(), STATUS), style),
            Span::styled(format!("  {dwell:>6}"), theme.plain()),
        ]);
        if self.has_history {
            line.push_span(Span::raw("  "));
            for span in history(check, theme) {
                line.push_span(span);
            }
        }
        if self.text > 0 {
            let flags = flags(check, now).join(", ");
            let flags = if flags.is_empty() {
                flags
            } else {
                format!("{flags}  ")
            };
            let cut = flags.chars().take(self.text).collect::<String>();
            let rest = self.text.saturating_sub(cut.chars().count());
            // Faint text cannot be read on the bar of what is chosen.
            let faint = if is_chosen {
                theme.plain()
            } else {
                theme.faint()
            };
            line.push_span(Span::styled(format!("  {cut}"), theme.recent()));
            line.push_span(Span::styled(fitted(check.summary(), rest), faint));
        }
        line
    }
}

/// The last results of a check, the newest last, in as many columns as there can be.
pub(super) fn history(check: &CheckStatus, theme: Theme) -> Vec<Span<'static>> {
    let missing = RESULTS.saturating_sub(check.history.len());
    let skipped = check.history.len().saturating_sub(RESULTS);
    let results = check.history.iter().skip(skipped);
    core::iter::once(Span::raw(" ".repeat(missing)))
        .chain(results.map(|it| Span::styled(theme.result(it.status), theme.standing(it.status))))
        .collect()
}

/// What else has to be known of a check, in a word each.
pub(super) fn flags(check: &CheckStatus, now: i64) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some(until) = check.maintenance.as_ref().and_then(|it| it.until) {
        flags.push(format!("{} left", length(until.saturating_sub(now))));
    }
    if check.last_check.is_none() && check.maintenance.is_none() {
        flags.push("has not run yet".to_owned());
    }
    if let Some((attempt, of)) = check.attempt {
        flags.push(format!("try {attempt}/{of}"));
    }
    if check.is_stale(now) {
        flags.push("stale".to_owned());
    }
    if check.flapping {
        flags.push("flapping".to_owned());
    }
    if check.skipped.is_some() {
        flags.push("skipped".to_owned());
    }
    flags
}
