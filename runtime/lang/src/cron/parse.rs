//! From text to fields.

use core::ops::Range;

use super::{Cron, Field};
use crate::suggest::closest;
use crate::{SyntaxError, Text};

/// What one of the five fields is about.
struct Kind {
    /// What a value is called.
    name: &'static str,
    /// The same with its article.
    one: &'static str,
    /// What the values are.
    help: &'static str,
    least: u8,
    greatest: u8,
    /// Names of the values, from the least one on.
    names: &'static [&'static str],
}

const MINUTE: Kind = Kind {
    name: "minute",
    one: "a minute",
    help: "minutes are 0 to 59",
    least: 0,
    greatest: 59,
    names: &[],
};

const HOUR: Kind = Kind {
    name: "hour",
    one: "an hour",
    help: "hours are 0 to 23",
    least: 0,
    greatest: 23,
    names: &[],
};

const DAY: Kind = Kind {
    name: "day",
    one: "a day",
    help: "days of the month are 1 to 31",
    least: 1,
    greatest: 31,
    names: &[],
};

const MONTH: Kind = Kind {
    name: "month",
    one: "a month",
    help: "months are 1 to 12, or jan to dec",
    least: 1,
    greatest: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};

const WEEKDAY: Kind = Kind {
    name: "weekday",
    one: "a weekday",
    help: "weekdays are 0 (Sunday) to 6, or sun to sat",
    least: 0,
    greatest: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

const FIELDS: &str = "write minute, hour, day of month, month and day of week, such as `0 8 * * *`";

pub(super) fn cron(source: &str) -> Result<Cron, SyntaxError> {
    let words = words(source);
    let whole = match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.start..last.end,
        _ => 0..source.len(),
    };
    if let Some(first) = words.first() {
        refuse_prefix(source, first.clone(), whole.clone())?;
    }
    let [minute, hour, day, month, weekday] = words.as_slice() else {
        let help = match words.len() {
            6 | 7 => format!("there are no fields for seconds and years: {FIELDS}"),
            _ => FIELDS.to_owned(),
        };
        let message = format!("expected 5 fields, found {}", words.len());
        return Err(SyntaxError::new(whole, message).with_help(help));
    };
    let read = |span: &Range<usize>, kind| field(source, span.clone(), kind);
    Ok(Cron {
        source: Text::Owned(source.to_owned()),
        minute: read(minute, &MINUTE)?,
        hour: read(hour, &HOUR)?,
        day_of_month: read(day, &DAY)?,
        month: read(month, &MONTH)?,
        day_of_week: read(weekday, &WEEKDAY)?,
    })
}

/// Says what to write instead of the forms that other programs put before or instead of the fields.
fn refuse_prefix(
    source: &str,
    first: Range<usize>,
    whole: Range<usize>,
) -> Result<(), SyntaxError> {
    let word = at(source, &first);
    if let Some(name) = word.strip_prefix('@') {
        let help = match name.to_lowercase().as_str() {
            "yearly" | "annually" => "write `0 0 1 1 *`",
            "monthly" => "write `0 0 1 * *`",
            "weekly" => "write `0 0 * * 0`",
            "daily" | "midnight" => "write `0 0 * * *`",
            "hourly" => "write `0 * * * *`",
            "every" => "write a step, such as `*/5 * * * *` for every five minutes",
            _ => FIELDS,
        };
        let error = SyntaxError::new(whole, format!("`{word}` is not supported"));
        return Err(error.with_help(help));
    }
    if word.starts_with("TZ=") || word.starts_with("CRON_TZ=") {
        let error = SyntaxError::new(first, "the time zone is not part of the expression");
        return Err(error.with_help("name it as the `timezone` of the watcher"));
    }
    Ok(())
}

fn field(source: &str, span: Range<usize>, kind: &Kind) -> Result<Field, SyntaxError> {
    let mut field = Field::of(&[]);
    for item in pieces(source, &span, ',') {
        let read = self::item(source, &item, kind)?;
        field.values |= read.values;
        field.star |= read.star;
    }
    let is_complete = (kind.least..=kind.greatest).all(|value| field.contains(value));
    Ok(if field.star && is_complete {
        Field::ANY
    } else {
        field
    })
}

/// One item of a list: `*`, `N` or `N-M`, perhaps with a step.
fn item(source: &str, span: &Range<usize>, kind: &Kind) -> Result<Field, SyntaxError> {
    let text = at(source, span);
    if text.is_empty() {
        let error = SyntaxError::new(span.clone(), format!("{} is missing", kind.one));
        return Err(error.with_help("remove the comma that is too many"));
    }
    let mut parts = pieces(source, span, '/');
    let range = parts.next().unwrap_or(span.clone());
    let step = match (parts.next(), parts.next()) {
        (None, _) => None,
        (Some(step), None) => Some(self::step(source, &step)?),
        (Some(_), Some(_)) => {
            let error = SyntaxError::new(span.clone(), format!("`{text}` has two steps"));
            return Err(error.with_help("write one, as in `*/5`"));
        }
    };
    let star = matches!(at(source, &range), "*" | "?");
    let (first, last) = if star {
        (kind.least, kind.greatest)
    } else {
        let (first, last) = ends(source, &range, kind)?;
        // `N/step` goes on to the end of the field.
        (
            first,
            last.unwrap_or(if step.is_some() { kind.greatest } else { first }),
        )
    };
    let mut field = Field { values: 0, star };
    for value in (first..=last).step_by(step.unwrap_or(1)) {
        field.values |= 1 << value;
    }
    Ok(field)
}

/// The first value of a range, and the last one if it is written.
fn ends(source: &str, span: &Range<usize>, kind: &Kind) -> Result<(u8, Option<u8>), SyntaxError> {
    let mut parts = pieces(source, span, '-');
    let first = parts.next().unwrap_or(span.clone());
    let (last, more) = (parts.next(), parts.next());
    if more.is_some() {
        let message = format!("`{}` has too many hyphens", at(source, span));
        return Err(SyntaxError::new(span.clone(), message).with_help("write a range as in `1-5`"));
    }
    let first = value(source, &first, kind)?;
    let Some(last) = last else {
        return Ok((first, None));
    };
    let last = value(source, &last, kind)?;
    if first > last {
        let text = at(source, span);
        let (low, high) = text.split_once('-').unwrap_or_default();
        let Kind {
            least, greatest, ..
        } = kind;
        let around = match (first == *greatest, last == *least) {
            (true, true) => format!("{low},{high}"),
            (true, false) => format!("{low},{least}-{high}"),
            (false, true) => format!("{low}-{greatest},{high}"),
            (false, false) => format!("{low}-{greatest},{least}-{high}"),
        };
        let error = SyntaxError::new(span.clone(), format!("`{text}` ends before it begins"));
        return Err(error.with_help(format!("write `{around}` to go round the end")));
    }
    Ok((first, Some(last)))
}

fn value(source: &str, span: &Range<usize>, kind: &Kind) -> Result<u8, SyntaxError> {
    let text = at(source, span);
    let lowercase = text.to_lowercase();
    if let Some(position) = kind.names.iter().position(|&name| name == lowercase) {
        return Ok(kind
            .least
            .saturating_add(u8::try_from(position).unwrap_or(u8::MAX)));
    }
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        let error = SyntaxError::new(span.clone(), format!("`{text}` is not {}", kind.one));
        let beginning: String = lowercase.chars().take(3).collect();
        let meant = kind.names.iter().find(|&&name| name == beginning).copied();
        let meant = meant.or_else(|| closest(text, kind.names.iter().copied()));
        return Err(match meant {
            Some(name) => error.with_help(format!("did you mean `{name}`?")),
            None => error.with_help(kind.help),
        });
    }
    let value = text.trim_start_matches('0').parse::<u8>().ok().or_else(|| {
        // The number is 0 if nothing but zeros was there.
        text.bytes().all(|it| it == b'0').then_some(0)
    });
    value
        .filter(|value| (kind.least..=kind.greatest).contains(value))
        .ok_or_else(|| {
            let message = format!("{} {text} is out of range", kind.name);
            SyntaxError::new(span.clone(), message).with_help(kind.help)
        })
}

fn step(source: &str, span: &Range<usize>) -> Result<usize, SyntaxError> {
    let text = at(source, span);
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        let error = SyntaxError::new(span.clone(), format!("`{text}` is not a step"));
        return Err(error.with_help("a step is a number, as in `*/5`"));
    }
    // A step that is too large for the type is larger than any field as well.
    match text.parse().unwrap_or(usize::MAX) {
        0 => {
            let error = SyntaxError::new(span.clone(), "a step of 0 goes nowhere");
            Err(error.with_help("leave the step out for every value"))
        }
        step => Ok(step),
    }
}

fn words(source: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut inside = false;
    for (start, character) in source.char_indices() {
        let is_space = character.is_whitespace();
        match words.last_mut() {
            Some(word) if inside && !is_space => word.end = start + character.len_utf8(),
            _ if !is_space => words.push(start..start + character.len_utf8()),
            _ => {}
        }
        inside = !is_space;
    }
    words
}

/// The parts of `source[span]` between separators.
fn pieces(
    source: &str,
    span: &Range<usize>,
    separator: char,
) -> impl Iterator<Item = Range<usize>> {
    let mut start = span.start;
    at(source, span).split(separator).map(move |piece| {
        let piece = start..start + piece.len();
        start = piece.end + separator.len_utf8();
        piece
    })
}

fn at<'a>(source: &'a str, span: &Range<usize>) -> &'a str {
    source.get(span.clone()).unwrap_or_default()
}
