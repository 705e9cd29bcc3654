//! `printf`, with the verbs of Go's `fmt` and what it prints for those that do not fit.
//!
//! Numbers are formatted by [`Numbers`]. Not supported are binary and hexadecimal forms of numbers with a fraction.

use core::fmt::{self, Write};

use serde_json::Value;

use super::escape::quoted;
use super::print::{self, Sink, float, sorted, with_exponent};
use super::value::integer;

/// The greatest width and precision; greater ones are ignored.
const MAX_WIDTH: usize = 1_000_000;

/// How numbers are formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As people write them; a whole number fits the verbs of integers and of floating-point numbers alike.
    Plain,
    /// As Go does: `1e+06`, and an integer is no floating-point number.
    Go,
}

/// Formats arguments.
pub(super) fn printf(
    format: &str,
    arguments: &[&Value],
    numbers: Numbers,
) -> Result<String, fmt::Error> {
    let mut formatter = Formatter {
        sink: Sink::default(),
        numbers,
        arguments,
        next: 0,
        reordered: false,
    };
    let mut rest = format;
    while let Some((text, behind)) = rest.split_once('%') {
        formatter.sink.write_str(text)?;
        rest = formatter.verb(behind)?;
    }
    formatter.sink.write_str(rest)?;
    formatter.extra()?;
    Ok(formatter.sink.into_text())
}

struct Formatter<'v> {
    sink: Sink,
    numbers: Numbers,
    arguments: &'v [&'v Value],
    /// The argument for the next verb.
    next: usize,
    /// Whether an argument was chosen by number, so that others may be left over.
    reordered: bool,
}

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
struct Flags {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

// === impl Formatter ===

impl<'v> Formatter<'v> {
    /// Formats the verb at the beginning of `rest`, and returns what is behind it.
    fn verb<'s>(&mut self, rest: &'s str) -> Result<&'s str, fmt::Error> {
        let mut flags = Flags::default();
        let mut characters = rest.chars();
        while let Some(flag) = characters.clone().next() {
            match flag {
                '-' => flags.minus = true,
                '+' => flags.plus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => break,
            }
            characters.next();
        }
        let mut rest = characters.as_str();
        let mut chosen = self.choose(&mut rest);
        if let Some(behind) = rest.strip_prefix('*') {
            rest = behind;
            match self.take().map(|it| self.whole(it)) {
                Some(Some(width)) if width.unsigned_abs() <= MAX_WIDTH as u128 => {
                    flags.minus |= width < 0;
                    flags.zero &= width >= 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                _ => self.sink.write_str("%!(BADWIDTH)")?,
            }
        } else {
            flags.width = digits(&mut rest);
        }
        if let Some(behind) = rest.strip_prefix('.') {
            rest = behind;
            chosen &= self.choose(&mut rest);
            if let Some(behind) = rest.strip_prefix('*') {
                rest = behind;
                match self.take().map(|it| self.whole(it)) {
                    Some(Some(precision @ 0..)) if precision <= MAX_WIDTH as i128 => {
                        flags.precision = usize::try_from(precision).ok();
                    }
                    Some(Some(..0)) => {}
                    _ => self.sink.write_str("%!(BADPREC)")?,
                }
            } else {
                flags.precision = Some(digits(&mut rest).unwrap_or(0));
            }
        }
        chosen &= self.choose(&mut rest);
        let mut characters = rest.chars();
        let Some(verb) = characters.next() else {
            self.sink.write_str("%!(NOVERB)")?;
            return Ok("");
        };
        if verb == '%' {
            self.sink.write_char('%')?;
        } else if !chosen {
            write!(self.sink, "%!{verb}(BADINDEX)")?;
        } else {
            // `%+v` is about structures, which there are none of here.
            flags.plus &= verb != 'v';
            match self.take() {
                Some(value) => self.top(value, verb, flags)?,
                None => write!(self.sink, "%!{verb}(MISSING)")?,
            }
        }
        Ok(characters.as_str())
    }

    /// Reads `[n]`, which chooses an argument; false if there is none of that number.
    fn choose(&mut self, rest: &mut &str) -> bool {
        let Some(behind) = rest.strip_prefix('[') else {
            return true;
        };
        self.reordered = true;
        let Some((number, behind)) = behind.split_once(']') else {
            *rest = behind;
            return false;
        };
        *rest = behind;
        match number.parse::<usize>() {
            Ok(number) if (1..=self.arguments.len()).contains(&number) => {
                self.next = number - 1;
                true
            }
            _ => false,
        }
    }

    /// The whole number that a value is.
    fn whole(&self, value: &Value) -> Option<i128> {
        match self.numbers {
            Numbers::Go if value.is_f64() => None,
            _ => integer(value),
        }
    }

    fn take(&mut self) -> Option<&'v Value> {
        let value: &Value = self.arguments.get(self.next)?;
        self.next += 1;
        Some(value)
    }

    /// Lists the arguments that no verb has asked for.
    fn extra(&mut self) -> fmt::Result {
        let extra = self.arguments.get(self.next..).unwrap_or_default();
        if self.reordered || extra.is_empty() {
            return Ok(());
        }
        self.sink.write_str("%!(EXTRA ")?;
        for (at, value) in extra.iter().enumerate() {
            if at > 0 {
                self.sink.write_str(", ")?;
            }
            if !value.is_null() {
                write!(self.sink, "{}=", self.type_name(value))?;
            }
            print::plain(&mut self.sink, value)?;
        }
        self.sink.write_char(')')
    }

    /// An argument itself, where nothing fits fewer verbs than inside a list.
    fn top(&mut self, value: &Value, verb: char, flags: Flags) -> fmt::Result {
        match (value, verb) {
            (Value::Null, 'v' | 'T') => self.padded("<nil>", flags),
            (Value::Null, _) => write!(self.sink, "%!{verb}(<nil>)"),
            (value, 'T') => self.text(self.type_name(value), 's', flags),
            _ => self.value(value, verb, flags),
        }
    }

    fn value(&mut self, value: &Value, verb: char, flags: Flags) -> fmt::Result {
        let in_go = flags.sharp && verb == 'v';
        match value {
            Value::Null if in_go => self.sink.write_str("interface {}(nil)"),
            Value::Null => self.sink.write_str("<nil>"),
            Value::Bool(truth) => match verb {
                't' | 'v' => self.padded(if *truth { "true" } else { "false" }, flags),
                _ => self.misfit(value, verb, flags),
            },
            Value::Number(_) => self.number(value, verb, flags),
            Value::String(text) => self.text(text, verb, flags),
            Value::Array(items) => {
                self.sink
                    .write_str(if in_go { "[]interface {}{" } else { "[" })?;
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.sink.write_str(if in_go { ", " } else { " " })?;
                    }
                    self.value(item, verb, flags)?;
                }
                self.sink.write_char(if in_go { '}' } else { ']' })
            }
            Value::Object(fields) => {
                let open = if in_go {
                    "map[string]interface {}{"
                } else {
                    "map["
                };
                self.sink.write_str(open)?;
                for (at, (key, value)) in sorted(fields).into_iter().enumerate() {
                    if at > 0 {
                        self.sink.write_str(if in_go { ", " } else { " " })?;
                    }
                    self.text(key, verb, flags)?;
                    self.sink.write_char(':')?;
                    self.value(value, verb, flags)?;
                }
                self.sink.write_char(if in_go { '}' } else { ']' })
            }
        }
    }

    fn text(&mut self, text: &str, verb: char, flags: Flags) -> fmt::Result {
        let cut = |text: &str| match flags.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        };
        match verb {
            'v' if flags.sharp => self.padded(&quoted(text, '"', false), flags),
            's' | 'v' => self.padded(&cut(text), flags),
            'q' => {
                let text = cut(text);
                let is_raw = |it: char| it == '\t' || (!it.is_control() && it != '`');
                if flags.sharp && text.chars().all(is_raw) {
                    self.padded(&format!("`{text}`"), flags)
                } else {
                    self.padded(&quoted(&text, '"', flags.plus), flags)
                }
            }
            'x' | 'X' => {
                let bytes = text.as_bytes();
                let bytes = bytes
                    .get(..flags.precision.unwrap_or(bytes.len()))
                    .unwrap_or(bytes);
                let prefix = if flags.sharp { "0x" } else { "" };
                let mut shown = String::new();
                for (at, byte) in bytes.iter().enumerate() {
                    if at > 0 && flags.space {
                        shown.push(' ');
                    }
                    if at == 0 || flags.space {
                        shown.push_str(prefix);
                    }
                    write!(shown, "{byte:02x}")?;
                }
                self.padded(&cased(shown, verb), flags)
            }
            _ => self.misfit(&Value::from(text), verb, flags),
        }
    }

    fn number(&mut self, value: &Value, verb: char, flags: Flags) -> fmt::Result {
        let whole = self.whole(value);
        let real = value.as_f64().unwrap_or_default();
        let in_go = self.numbers == Numbers::Go;
        match (verb, whole) {
            ('v', Some(whole)) if !value.is_f64() => self.integer(whole, 'd', flags),
            ('v', _) if in_go => self.real(general(real, flags.precision), flags),
            ('f' | 'F' | 'e' | 'E' | 'g' | 'G', Some(_)) if in_go => {
                self.misfit(value, verb, flags)
            }
            ('v', _) if flags.precision.is_none() => self.real(float(real), flags),
            ('v', _) => self.real(general(real, flags.precision), flags),
            ('d' | 'b' | 'o' | 'O' | 'x' | 'X', Some(whole)) => self.integer(whole, verb, flags),
            ('c', Some(whole)) => self.padded(&character(whole).to_string(), flags),
            ('q', Some(whole)) => {
                let shown = quoted(&character(whole).to_string(), '\'', flags.plus);
                self.padded(&shown, flags)
            }
            ('U', Some(whole)) => {
                // Negative numbers show the bits that they are stored as.
                let whole = i64::try_from(whole).unwrap_or_default().cast_unsigned();
                let flags = Flags {
                    zero: false,
                    ..flags
                };
                let mut shown = format!("U+{whole:04X}");
                if flags.sharp {
                    write!(shown, " '{}'", character(whole.into()))?;
                }
                self.padded(&shown, flags)
            }
            ('f' | 'F', _) => {
                let precision = flags.precision.unwrap_or(6);
                self.real(format!("{real:.precision$}"), flags)
            }
            ('e' | 'E', _) => {
                let precision = flags.precision.unwrap_or(6);
                self.real(
                    cased(with_exponent(&format!("{real:.precision$e}")), verb),
                    flags,
                )
            }
            ('g' | 'G', _) => self.real(cased(general(real, flags.precision), verb), flags),
            _ => self.misfit(value, verb, flags),
        }
    }

    fn integer(&mut self, value: i128, verb: char, flags: Flags) -> fmt::Result {
        if value == 0 && flags.precision == Some(0) {
            return self.padded(
                "",
                Flags {
                    zero: false,
                    ..flags
                },
            );
        }
        let magnitude = value.unsigned_abs();
        let digits = match verb {
            'b' => format!("{magnitude:b}"),
            'o' | 'O' => format!("{magnitude:o}"),
            'x' | 'X' => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        let sign = sign(value < 0, flags);
        let least = match (flags.precision, flags.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => width - sign.len().min(width),
            _ => 0,
        };
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        let digits = format!("{zeros}{digits}");
        let prefix = match verb {
            'O' => "0o",
            'x' | 'X' if flags.sharp => "0x",
            'b' if flags.sharp => "0b",
            'o' if flags.sharp && !digits.starts_with('0') => "0",
            _ => "",
        };
        let shown = cased(format!("{sign}{prefix}{digits}"), verb);
        self.padded(
            &shown,
            Flags {
                zero: false,
                ..flags
            },
        )
    }

    /// A number that is formatted but for its sign and width.
    fn real(&mut self, shown: String, flags: Flags) -> fmt::Result {
        let (negative, digits) = match shown.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, shown.as_str()),
        };
        let sign = sign(negative, flags);
        let width = flags.width.unwrap_or(0);
        if flags.zero && !flags.minus && width > sign.len() + digits.len() {
            self.sink.write_str(sign)?;
            self.sink.repeat('0', width - sign.len() - digits.len())?;
            return self.sink.write_str(digits);
        }
        self.padded(
            &format!("{sign}{digits}"),
            Flags {
                zero: false,
                ..flags
            },
        )
    }

    fn padded(&mut self, text: &str, flags: Flags) -> fmt::Result {
        let missing = flags
            .width
            .unwrap_or(0)
            .saturating_sub(text.chars().count());
        if flags.minus {
            self.sink.write_str(text)?;
            return self.sink.repeat(' ', missing);
        }
        self.sink
            .repeat(if flags.zero { '0' } else { ' ' }, missing)?;
        self.sink.write_str(text)
    }

    fn type_name(&self, value: &Value) -> &'static str {
        match value {
            Value::Null => "<nil>",
            Value::Bool(_) => "bool",
            Value::Number(_) if self.whole(value).is_some() => "int",
            Value::Number(_) => "float64",
            Value::String(_) => "string",
            Value::Array(_) => "[]interface {}",
            Value::Object(_) => "map[string]interface {}",
        }
    }

    /// What Go prints for a value that the verb is not for.
    fn misfit(&mut self, value: &Value, verb: char, flags: Flags) -> fmt::Result {
        write!(self.sink, "%!{verb}({}=", self.type_name(value))?;
        let flags = Flags {
            sharp: false,
            ..flags
        };
        self.value(value, 'v', flags)?;
        self.sink.write_char(')')
    }
}

/// Reads a width or a precision.
fn digits(rest: &mut &str) -> Option<usize> {
    let length = rest
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    digits.parse().ok().filter(|&number| number <= MAX_WIDTH)
}

fn sign(negative: bool, flags: Flags) -> &'static str {
    match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

/// A verb in capitals prints in capitals.
fn cased(text: String, verb: char) -> String {
    if verb.is_ascii_uppercase() && verb != 'O' {
        text.to_ascii_uppercase()
    } else {
        text
    }
}

fn character(code: i128) -> char {
    u32::try_from(code)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `%g`: with an exponent if it is small or if there are not enough digits.
pub(super) fn general(value: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|it| it.max(1));
    let scientific = match precision {
        Some(precision) => format!("{value:.*e}", precision - 1),
        None => format!("{value:e}"),
    };
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    let count = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let limit = match precision {
        None => 6,
        Some(precision) => {
            let places = usize::try_from(exponent + 1).unwrap_or(0);
            if precision > count && count >= places {
                count
            } else {
                precision
            }
        }
    };
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= limit {
        return with_exponent(&format!("{mantissa}e{exponent}"));
    }
    let decimals = i32::try_from(count).unwrap_or(i32::MAX) - exponent - 1;
    format!("{value:.*}", usize::try_from(decimals).unwrap_or(0))
}
