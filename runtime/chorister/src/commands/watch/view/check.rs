//! One check, with everything that is known of it.

use chorister_engine::{CheckStatus, MachineStatus};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::checks::{flags, history};
use super::{below, fitted, put, shifted};
use crate::commands::time::length;
use crate::commands::watch::app::App;
use crate::commands::watch::theme::Theme;

/// The column of names.
const NAME: usize = 12;

pub(super) fn render(app: &App, area: Rect, buffer: &mut Buffer, theme: Theme) {
    let Some((machine, check)) = app.check() else {
        return;
    };
    let area = shifted(area, 1);
    put(buffer, area, &heading(machine, check, app.now, theme));
    let body = below(area, 2);
    let scroll = u16::try_from(app.scroll.0.max(0)).unwrap_or(u16::MAX);
    Paragraph::new(paragraphs(check, app.now, theme))
        .wrap(Wrap { trim: false })
        .scroll((scroll, 0))
        .render(body, buffer);
}

fn heading(machine: &MachineStatus, check: &CheckStatus, now: i64, theme: Theme) -> Line<'static> {
    let dwell = length(now.saturating_sub(machine.since));
    let mut line = Line::from(vec![
        Span::styled(machine.name.clone(), theme.strong()),
        Span::raw("  "),
        Span::styled(check.status.as_str(), theme.standing(check.status)),
        Span::styled(format!(" for {dwell}"), theme.faint()),
    ]);
    for flag in flags(check, now) {
        line.push_span(Span::styled(format!("  {flag}"), theme.recent()));
    }
    line
}

fn paragraphs(check: &CheckStatus, now: i64, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = times(check, now, theme);
    if let Some(maintenance) = &check.maintenance {
        lines.push(Line::default());
        lines.push(title("MAINTENANCE", theme));
        let since = length(now.saturating_sub(maintenance.since));
        let end = match maintenance.until {
            Some(until) => format!("ends in {}", length(until.saturating_sub(now))),
            None => "has no end".to_owned(),
        };
        lines.push(pair("since", &format!("{since} ago, {end}"), theme));
        lines.push(pair("owner", &maintenance.owner, theme));
        lines.push(pair("reason", &maintenance.reason, theme));
    }
    lines.push(Line::default());
    lines.push(title("OUTPUT", theme));
    let output = check.output.lines();
    lines.extend(output.map(|it| Line::raw(format!("  {it}"))));
    if check.output.is_empty() {
        lines.push(Line::styled("  nothing yet", theme.faint()));
    }
    lines.push(Line::default());
    lines.extend(results(check, theme));
    if !check.perfdata.is_empty() {
        lines.push(Line::default());
        lines.push(title("MEASURED", theme));
        for measure in &check.perfdata {
            let value = format!("{}{}", measure.value, measure.unit);
            lines.push(pair(&measure.label, &value, theme));
        }
    }
    if !check.annotations.is_empty() {
        lines.push(Line::default());
        lines.push(title("ANNOTATIONS", theme));
        let annotations = check.annotations.iter();
        lines.extend(annotations.map(|(key, value)| pair(key, value, theme)));
    }
    lines
}

fn times(check: &CheckStatus, now: i64, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(class) = &check.class {
        lines.push(pair("class", class, theme));
    }
    lines.push(pair("runs", &check.plugin, theme));
    let last = match check.last_check {
        Some(at) => format!(
            "{} ago, took {:.3} s",
            length(now.saturating_sub(at)),
            check.runtime
        ),
        None => "never".to_owned(),
    };
    lines.push(pair("last check", &last, theme));
    if let Some(at) = check.next_check {
        let left = length(at.saturating_sub(now));
        lines.push(pair("next check", &format!("in {left}"), theme));
    }
    if let Some(at) = check.valid_until {
        let text = match check.is_stale(now) {
            true => format!("until {} ago", length(now.saturating_sub(at))),
            false => format!("for {}", length(at.saturating_sub(now))),
        };
        lines.push(pair("valid", &text, theme));
    }
    if let Some((attempt, of)) = check.attempt {
        let text = format!("{attempt} of {of}; it does not count yet");
        lines.push(pair("attempt", &text, theme));
    }
    if let Some(reason) = &check.skipped {
        lines.push(pair("skipped", reason, theme));
    }
    lines
}

/// The last results, and the first thing that was measured in each.
fn results(check: &CheckStatus, theme: Theme) -> Vec<Line<'static>> {
    let name = |name: &str| Span::styled(format!("  {}", fitted(name, NAME)), theme.faint());
    let mut line = Line::from(name("result"));
    for span in history(check, theme) {
        line.push_span(span);
    }
    let mut lines = vec![title("LAST RESULTS", theme), line];
    let values: Vec<f64> = check.history.iter().filter_map(|it| it.value).collect();
    let Some((least, most)) = bounds(&values) else {
        return lines;
    };
    let label = check
        .perfdata
        .first()
        .map_or("value", |it| it.label.as_str());
    let mut line = Line::from(name(label));
    let missing = 15_usize.saturating_sub(check.history.len());
    line.push_span(Span::raw(" ".repeat(missing)));
    for result in &check.history {
        let bar = result.value.map_or(" ", |it| {
            let share = if most > least {
                (it - least) / (most - least)
            } else {
                0.0
            };
            theme.level(share)
        });
        line.push_span(Span::styled(bar, theme.name()));
    }
    let range = format!("  {} to {}", short(least), short(most));
    line.push_span(Span::styled(range, theme.faint()));
    lines.push(line);
    lines
}

/// The least and the greatest of some numbers.
fn bounds(values: &[f64]) -> Option<(f64, f64)> {
    let finite = values.iter().copied().filter(|it| it.is_finite());
    finite.fold(None, |bounds, it| match bounds {
        None => Some((it, it)),
        Some((least, most)) => Some((it.min(least), it.max(most))),
    })
}

/// A number in a few digits.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn title(text: &'static str, theme: Theme) -> Line<'static> {
    Line::styled(text, theme.faint())
}

fn pair(name: &str, value: &str, theme: Theme) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("  {}", fitted(name, NAME)), theme.faint()),
        Span::raw(format!(" {value}")),
    ])
}
