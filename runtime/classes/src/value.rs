//! Values of parameters: the right type, inside the limits.

use core::fmt::Debug;
use core::time::Duration;

use chorister_ir::{List, Literal, Parameter, ParameterKind, SecretSource, Text};
use chorister_lang::duration::{brief, parse_interval};
use chorister_lang::nagios::Threshold;
use chorister_lang::size::parse_size;
use serde_json::Value;

use crate::pattern;
use crate::problem::{Kind, Problem};

/// Most characters of a text that says nothing of its own.
const LONGEST: u32 = 4096;

/// Most items of a list that says nothing of its own.
const MOST_ITEMS: u32 = 256;

/// Reads the value of a parameter.
///
/// Times are written as intervals are, such as `90s` or `2d`; sizes as a number of bytes or with a unit, such as
/// `8MiB`; percents as a number or with `%`; a secret as `{file: PATH}` or `{environment: NAME}`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn value(parameter: &Parameter, value: &Value) -> Result<Literal, Problem> {
    Reading { parameter, value }
        .read()
        .map_err(|problem| problem.of(&parameter.name))
}

struct Reading<'a> {
    parameter: &'a Parameter,
    value: &'a Value,
}

impl<'a> Reading<'a> {
    fn read(&self) -> Result<Literal, Problem> {
        let Self { parameter, value } = *self;
        match &parameter.kind {
            ParameterKind::String {
                pattern,
                values,
                max_length,
            } => {
                let text = self.text(value)?;
                check_text(text, max_length.unwrap_or(LONGEST))?;
                check_among(text, pattern.as_deref(), values)?;
                Ok(Literal::Text(Text::Owned(text.to_owned())))
            }
            ParameterKind::Integer { minimum, maximum } => {
                let number = value.as_i64().ok_or_else(|| self.wrong("a whole number"))?;
                check_range(number, *minimum, *maximum, ToString::to_string)?;
                Ok(Literal::Integer(number))
            }
            ParameterKind::Float { minimum, maximum } => {
                let number = value.as_f64().ok_or_else(|| self.wrong("a number"))?;
                check_range(number, *minimum, *maximum, ToString::to_string)?;
                Ok(Literal::Float(number))
            }
            ParameterKind::Boolean => {
                let truth = value.as_bool();
                Ok(Literal::Boolean(
                    truth.ok_or_else(|| self.wrong("`true` or `false`"))?,
                ))
            }
            ParameterKind::Duration { minimum, maximum } => {
                let duration = self.duration()?;
                check_range(duration, *minimum, *maximum, |it| brief(*it))?;
                Ok(Literal::Duration(duration))
            }
            ParameterKind::Size { minimum, maximum } => {
                let size = self.size()?;
                check_range(size, *minimum, *maximum, |it| format!("{it} bytes"))?;
                Ok(Literal::Size(size))
            }
            ParameterKind::Percent { minimum, maximum } => {
                let percent = self.percent()?;
                let (minimum, maximum) = (minimum.unwrap_or(0.0), maximum.unwrap_or(100.0));
                check_range(percent, Some(minimum), Some(maximum), |it| format!("{it}%"))?;
                Ok(Literal::Float(percent))
            }
            ParameterKind::Threshold => self.threshold(),
            ParameterKind::List {
                pattern,
                values,
                max_items,
            } => self.list(pattern.as_deref(), values, max_items.unwrap_or(MOST_ITEMS)),
            ParameterKind::Secret => self.secret(),
        }
    }

    fn text(&self, value: &'a Value) -> Result<&'a str, Problem> {
        value.as_str().ok_or_else(|| {
            let problem = wrong(&self.parameter.name, value, "a text");
            match value {
                Value::Number(_) | Value::Bool(_) => problem.help(format!("quote it: \"{value}\"")),
                _ => problem,
            }
        })
    }

    fn duration(&self) -> Result<Duration, Problem> {
        if self.value.is_number() {
            let problem = self.wrong("a time with a unit");
            return Err(problem.help(format!("write `{}s` for seconds", self.value)));
        }
        let text = self
            .value
            .as_str()
            .map(str::trim)
            .filter(|it| !it.is_empty());
        let text = text.ok_or_else(|| self.wrong("a time, such as `90s`"))?;
        let refuse = |why: String| Problem::new(Kind::Type, format!("`{text}` is no time: {why}"));
        let nanoseconds = parse_interval(text).map_err(|error| {
            let problem = refuse(error.message);
            problem.help(
                error
                    .help
                    .unwrap_or_else(|| "write it as `90s`, `5m` or `2d`".to_owned()),
            )
        })?;
        let nanoseconds =
            u64::try_from(nanoseconds).map_err(|_| refuse("it is negative".to_owned()))?;
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn size(&self) -> Result<u64, Problem> {
        if let Some(bytes) = self.value.as_u64() {
            return Ok(bytes);
        }
        let text = self.value.as_str();
        let text = text.ok_or_else(|| self.wrong("a size, such as `8MiB`"))?;
        parse_size(text).map_err(|error| {
            let problem = Problem::new(Kind::Type, error.message);
            problem.help(error.help.unwrap_or_default())
        })
    }

    fn percent(&self) -> Result<f64, Problem> {
        let number = match self.value {
            Value::String(text) => text.trim().trim_end_matches('%').trim_end().parse().ok(),
            other => other.as_f64(),
        };
        let number = number.filter(|it: &f64| it.is_finite());
        number.ok_or_else(|| self.wrong("a share in percent, such as `80%`"))
    }

    fn threshold(&self) -> Result<Literal, Problem> {
        let text = match self.value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return Err(self.wrong("a threshold, such as `90`, `80%` or `10:20`")),
        };
        match Threshold::parse(&text) {
            Ok(_) => Ok(Literal::Text(Text::Owned(text))),
            Err(error) => {
                let message = format!("`{text}` is no threshold: {}", error.message);
                let help =
                    "write a number, a share such as `80%`, or a range such as `10:20` or `@~:5`";
                Err(Problem::new(Kind::Type, message)
                    .help(error.help.unwrap_or_else(|| help.to_owned())))
            }
        }
    }

    /// Items are texts; numbers are taken as they are written, and one item needs no list.
    fn list(&self, pattern: Option<&str>, values: &[Text], most: u32) -> Result<Literal, Problem> {
        let items = match self.value {
            Value::Array(items) => items.as_slice(),
            Value::String(_) | Value::Number(_) => core::slice::from_ref(self.value),
            _ => return Err(self.wrong("a list of texts")),
        };
        if items.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            let message = format!("`{}` has {} items", self.parameter.name, items.len());
            return Err(Problem::new(Kind::Limit, message).help(format!("it has {most} at most")));
        }
        let items = items.iter().enumerate().map(|(at, item)| {
            let text = match item {
                Value::Number(number) => number.to_string(),
                item => self.text(item).map_err(|it| it.item(at))?.to_owned(),
            };
            check_text(&text, LONGEST).map_err(|it| it.item(at))?;
            check_among(&text, pattern, values).map_err(|it| it.item(at))?;
            Ok(Text::Owned(text))
        });
        items.collect::<Result<List<_>, _>>().map(Literal::List)
    }

    fn secret(&self) -> Result<Literal, Problem> {
        const HELP: &str = "write `{file: /etc/acme/token}` or `{environment: TOKEN}`";
        let name = &self.parameter.name;
        let Some(object) = self.value.as_object() else {
            let message = format!("`{name}` is a secret, and this is where everybody can read it");
            return Err(Problem::new(Kind::Secret, message).help(HELP));
        };
        let mut entries = object.iter();
        let (Some((key, source)), None) = (entries.next(), entries.next()) else {
            let message = format!("`{name}` needs one place where the secret is kept");
            return Err(Problem::new(Kind::Type, message).help(HELP));
        };
        let source = self.text(source)?.to_owned();
        match key.as_str() {
            "file" if source.starts_with('/') && !source.contains('\0') => {
                Ok(Literal::Secret(SecretSource::File(Text::Owned(source))))
            }
            "file" => {
                let message = format!("`{source}` is not an absolute path");
                Err(Problem::new(Kind::Type, message).help("write it from `/` on"))
            }
            "environment" if is_variable(&source) => Ok(Literal::Secret(
                SecretSource::Environment(Text::Owned(source)),
            )),
            "environment" => {
                let message = format!("`{source}` cannot name a variable of the environment");
                Err(Problem::new(Kind::Type, message).help("use letters, digits and `_`"))
            }
            other => {
                let message = format!("a secret is not kept in `{other}`");
                Err(Problem::new(Kind::Type, message).help(HELP))
            }
        }
    }

    fn wrong(&self, wanted: &str) -> Problem {
        wrong(&self.parameter.name, self.value, wanted)
    }
}

fn wrong(name: &str, value: &Value, wanted: &str) -> Problem {
    let is = match value {
        Value::Null => "empty",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    Problem::new(
        Kind::Type,
        format!("`{name}` is {is}; it has to be {wanted}"),
    )
}

/// Whether a text can name a variable of an environment.
pub(crate) fn is_variable(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// A text goes to commands and logs: it has one line and no characters that nobody sees.
fn check_text(text: &str, longest: u32) -> Result<(), Problem> {
    let length = text.chars().count();
    if length > usize::try_from(longest).unwrap_or(usize::MAX) {
        let message = format!("the text has {length} characters");
        return Err(Problem::new(Kind::Limit, message).help(format!("it has {longest} at most")));
    }
    match text.chars().find(|it| it.is_control()) {
        None => Ok(()),
        Some(it) => {
            let message = format!(
                "the text holds the control character `{}`",
                it.escape_debug()
            );
            Err(Problem::new(Kind::Limit, message).help("write it on one line"))
        }
    }
}

fn check_among(text: &str, pattern: Option<&str>, values: &[Text]) -> Result<(), Problem> {
    if !values.is_empty() && !values.iter().any(|it| it == text) {
        let problem = Problem::new(Kind::Limit, format!("`{text}` is not one of the values"));
        let near = chorister_lang::suggest::closest(text, values.iter().map(AsRef::as_ref));
        return Err(problem.help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let values: Vec<_> = values.iter().map(|it| format!("`{it}`")).collect();
                format!("the values are {}", values.join(", "))
            }
        }));
    }
    let Some(pattern) = pattern else {
        return Ok(());
    };
    let matches = pattern::compile(pattern).is_ok_and(|it| it.is_match(text));
    if matches {
        return Ok(());
    }
    let message = format!("`{text}` does not match the pattern of the parameter");
    Err(Problem::new(Kind::Limit, message).help(format!("the pattern is `{pattern}`")))
}

fn check_range<T: PartialOrd + Debug + Copy>(
    number: T,
    minimum: Option<T>,
    maximum: Option<T>,
    words: impl Fn(&T) -> String,
) -> Result<(), Problem> {
    let is_less = minimum.is_some_and(|it| number < it);
    let is_more = maximum.is_some_and(|it| number > it);
    if !is_less && !is_more {
        return Ok(());
    }
    let help = match (minimum, maximum) {
        (Some(least), Some(most)) => {
            format!(
                "it has to be between {} and {}",
                words(&least),
                words(&most)
            )
        }
        (Some(least), None) => format!("it has to be {} at least", words(&least)),
        (None, Some(most)) => format!("it has to be {} at most", words(&most)),
        (None, None) => String::new(),
    };
    let side = if is_less { "small" } else { "large" };
    Err(Problem::new(Kind::Limit, format!("{} is too {side}", words(&number))).help(help))
}
