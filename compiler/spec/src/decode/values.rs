//! Reading the value of a key as what it has to be.

use core::time::Duration;

use chorister_lang::SyntaxError;
use chorister_lang::cron::Cron;
use chorister_lang::duration::{parse_go, parse_interval};
use chorister_lang::expr::{self, Compiled};
use chorister_lang::template::{Dialect, Template};
use chorister_yaml::{Node, Resolved};

use super::Reader;
use super::reader::describe;
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::text::{brief, spoken_duration};

/// Compat: go-choria aagent/util/mapstructure_hooks.go: a number for a duration counts nanoseconds. From a tenth of a
/// second on it is taken for that; less is a unit that was forgotten.
const LEAST_NANOSECONDS: i128 = 100_000_000;

impl<'a> Reader<'a, '_> {
    /// A text; upstream takes numbers and truth values for one too.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.value(key)?;
        let text = self.scalar(node, self.at(key), "a string")?;
        if self.level.is_weak() && text.contains("{{") {
            self.no_template(key);
            return None;
        }
        Some(text)
    }

    /// A list of texts, where a text alone is a mistake.
    pub(crate) fn list(&mut self, key: &'static str, of: &str) -> Vec<Option<String>> {
        let Some(node) = self.value(key) else {
            return Vec::new();
        };
        if let Some(text) = node.text() {
            let items: Vec<_> = text.split([',', ' ']).filter(|it| !it.is_empty()).collect();
            let finding = Finding::new(
                Code::WrongType,
                self.at(key),
                format!(
                    "a list of {of} is expected for `{key}` of {}, found {}",
                    self.owner,
                    describe(node)
                ),
            );
            self.cx
                .findings
                .add(finding.help(format!("write `{key}: [{}]`", items.join(", "))));
            return items.into_iter().map(|it| Some(it.to_owned())).collect();
        }
        self.items(key, of)
    }

    /// A list of texts, where upstream takes a text alone for a list of one.
    pub(crate) fn weak_list(&mut self, key: &'static str, of: &str) -> Vec<Option<String>> {
        match self.value(key) {
            Some(node) if node.as_scalar().is_some() => vec![self.text(key)],
            _ => self.items(key, of),
        }
    }

    /// A truth value.
    pub(crate) fn bool(&mut self, key: &'static str) -> Option<bool> {
        let node = self.value(key)?;
        let value = node
            .as_scalar()
            .and_then(chorister_yaml::Scalar::as_bool_weak);
        if value.is_none() {
            let message = format!(
                "`true` or `false` is expected for `{key}` of {}, found {}",
                self.owner,
                describe(node)
            );
            let help = match node.text().map(str::to_ascii_lowercase).as_deref() {
                Some("yes" | "on" | "y" | "enabled") => Some("write `true`".to_owned()),
                Some("no" | "off" | "n" | "disabled") => Some("write `false`".to_owned()),
                _ => None,
            };
            self.cx
                .findings
                .add(Finding::new(Code::WrongType, self.at(key), message).maybe_help(help));
        }
        value
    }

    /// A whole number that is not negative and at most `most`.
    pub(crate) fn number(&mut self, key: &'static str, most: u64) -> Option<u64> {
        let node = self.value(key)?;
        let Some(number) = node
            .as_scalar()
            .and_then(chorister_yaml::Scalar::as_int_weak)
        else {
            let message = format!(
                "a whole number is expected for `{key}` of {}, found {}",
                self.owner,
                describe(node)
            );
            let digits: String = node
                .text()
                .unwrap_or_default()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            let seconds = node.text().and_then(|it| parse_interval(it).ok());
            let help = match seconds {
                // A number with a unit of time.
                Some(time) => Some(format!(
                    "write `{}`: it is a number of seconds",
                    time / 1_000_000_000
                )),
                None => (!digits.is_empty()).then(|| format!("write `{digits}`")),
            };
            self.cx
                .findings
                .add(Finding::new(Code::WrongType, self.at(key), message).maybe_help(help));
            return None;
        };
        if let Some(Resolved::Float(float)) = node.as_scalar().map(chorister_yaml::Scalar::resolve)
            && float.fract() != 0.0
        {
            // Compat: go-choria aagent/util/mapstructure_hooks.go: what is behind the point is cut off.
            let message = format!(
                "a whole number is expected for `{key}` of {}, found {}",
                self.owner,
                describe(node)
            );
            let finding = Finding::new(Code::WrongType, self.at(key), message);
            self.cx.findings.add(
                finding
                    .severity(Severity::Warning)
                    .help(format!("it counts as `{number}`: write that")),
            );
        }
        let value = u64::try_from(number).ok().filter(|it| *it <= most);
        if value.is_none() {
            let message = match number {
                ..0 => format!("`{key}` of {} is {number}, which is negative", self.owner),
                _ => format!("`{key}` of {} is {number}, more than {most}", self.owner),
            };
            self.cx
                .findings
                .add(Finding::new(Code::OutOfRange, self.at(key), message));
        }
        value
    }

    /// Texts by key.
    pub(crate) fn pairs(&mut self, key: &'static str) -> Vec<(String, String)> {
        let Some(node) = self.value(key) else {
            return Vec::new();
        };
        let path = self.at(key);
        let Some(entries) = node.as_mapping() else {
            let message = format!(
                "a mapping is expected for `{key}` of {}, found {}",
                self.owner,
                describe(node)
            );
            self.cx
                .findings
                .add(Finding::new(Code::WrongType, path, message));
            return Vec::new();
        };
        let mut pairs = Vec::with_capacity(entries.len());
        for entry in entries {
            let at = path.join(entry.key.text.clone());
            if let Some(value) = self.scalar(&entry.value, at, "a string") {
                pairs.push((entry.key.text.clone(), value));
            }
        }
        pairs
    }

    /// The time between two runs or announcements, in upstream's own dialect.
    pub(crate) fn interval(&mut self, key: &'static str) -> Option<Duration> {
        self.time(key, parse_interval)
    }

    /// A duration as Go writes it.
    pub(crate) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        self.time(key, parse_go)
    }

    /// A template of a machine.
    pub(crate) fn template(&mut self, key: &'static str) -> Option<Template> {
        self.template_of(key, Dialect::Machine)
    }

    /// A template of the given dialect.
    pub(crate) fn template_of(&mut self, key: &'static str, dialect: Dialect) -> Option<Template> {
        let node = self.value(key)?;
        self.parse_template(node, self.at(key), dialect)
    }

    /// Permissions: the digits as they are written, also where YAML takes `0644` for a number.
    pub(crate) fn mode(&mut self, key: &'static str) -> Option<Template> {
        let scalar = self.value(key).and_then(Node::as_scalar);
        let number = scalar.filter(|it| matches!(it.resolve(), Resolved::Int(_)));
        match number {
            Some(scalar) => Template::parse(&scalar.text).ok(),
            None => self.template(key),
        }
    }

    /// Templates; a text alone is a list of one.
    pub(crate) fn templates(&mut self, key: &'static str) -> Vec<Template> {
        match self.value(key) {
            None => Vec::new(),
            Some(node) if node.as_scalar().is_some() => self.template(key).into_iter().collect(),
            Some(node) => {
                let path = self.at(key);
                if node.as_sequence().is_none() {
                    self.no_list(node, key, "strings");
                }
                // A refused item stays as an empty one, so that indexes mean the same here and in the file.
                node.items()
                    .iter()
                    .enumerate()
                    .map(|(at, item)| {
                        let template = self.parse_template(item, path.join(at), Dialect::Machine);
                        template.unwrap_or(Template::EMPTY)
                    })
                    .collect()
            }
        }
    }

    /// Cron expressions; a text alone is a list of one.
    pub(crate) fn crons(&mut self, key: &'static str) -> Vec<Option<Cron>> {
        let texts = self.weak_list(key, "cron expressions");
        let alone = self.value(key).is_some_and(|it| it.as_scalar().is_some());
        let mut crons = Vec::with_capacity(texts.len());
        for (at, text) in texts.into_iter().enumerate() {
            let path = if alone {
                self.at(key)
            } else {
                self.at(key).join(at)
            };
            crons.push(text.and_then(|text| self.cron(&text, path)));
        }
        crons
    }

    /// An expression that is true or false.
    pub(crate) fn expression(&mut self, key: &'static str) -> Option<Compiled> {
        let node = self.value(key)?;
        let text = self.scalar(node, self.at(key), "an expression")?;
        if text.is_empty() {
            return None;
        }
        match expr::compile(&text, &self.cx.environment) {
            Ok(compiled) => Some(compiled),
            Err(errors) => {
                for error in errors {
                    self.syntax(Code::Expression, self.at(key), error);
                }
                None
            }
        }
    }

    /// Reports a mistake inside a scalar where it is.
    pub(crate) fn syntax(&mut self, code: Code, path: Path, error: SyntaxError) {
        let finding = Finding::new(code, path, error.message).at(Part::Within(error.span));
        self.cx.findings.add(finding.maybe_help(error.help));
    }

    fn cron(&mut self, text: &str, path: Path) -> Option<Cron> {
        match Cron::parse(text) {
            Ok(cron) => Some(cron),
            Err(error) => {
                let message = format!("`{text}` is no schedule: {}", error.message);
                let finding =
                    Finding::new(Code::Cron, path.clone(), message).maybe_help(error.help);
                let finding = match text.get(error.span.clone()) {
                    Some(part) if !part.is_empty() && part != text => {
                        finding.label(path, Part::Within(error.span), "here")
                    }
                    _ => finding,
                };
                self.cx.findings.add(finding);
                None
            }
        }
    }

    fn parse_template(&mut self, node: &'a Node, path: Path, dialect: Dialect) -> Option<Template> {
        let text = self.scalar(node, path.clone(), "a string")?;
        match Template::parse_with(&text, dialect) {
            Ok(template) => Some(template),
            Err(error) => {
                let (other, help) = match dialect {
                    Dialect::Machine => (
                        Dialect::Overrides,
                        "only checks read overrides; use `lookup \"facts.x\" \"default\"`",
                    ),
                    Dialect::Overrides => (
                        Dialect::Machine,
                        "a check reads overrides; use `o \"key\" \"default\"`",
                    ),
                };
                // What the other dialect takes is no misspelt function, but the right one in the wrong place.
                if Template::parse_with(&text, other).is_ok() {
                    self.syntax(Code::TemplateDialect, path, error.with_help(help));
                } else {
                    self.syntax(Code::Template, path, error);
                }
                None
            }
        }
    }

    fn time(
        &mut self,
        key: &'static str,
        parse: fn(&str) -> Result<i64, SyntaxError>,
    ) -> Option<Duration> {
        let node = self.value(key)?;
        let text = node.text().map(str::trim).unwrap_or_default();
        if node.text().is_some() && text.is_empty() {
            // Compat: go-choria internal/util: no text is no setting.
            return None;
        }
        if matches!(
            node.as_scalar().map(chorister_yaml::Scalar::resolve),
            Some(Resolved::Int(0))
        ) {
            // A plain 0 is 0 nanoseconds to Go; as an interval it has no unit and is refused below.
            if parse("0").is_ok() {
                return Some(Duration::ZERO);
            }
        }
        if text.contains("{{") {
            self.no_template(key);
            return None;
        }
        if let Some(Resolved::Int(count)) = node.as_scalar().map(chorister_yaml::Scalar::resolve)
            && parse("0").is_ok()
            && count >= LEAST_NANOSECONDS
        {
            let time = Duration::from_nanos(u64::try_from(count).unwrap_or(u64::MAX));
            let message = format!("`{key}` of {} is a number of nanoseconds", self.owner);
            let finding = Finding::new(Code::Duration, self.at(key), message);
            self.cx.findings.add(
                finding
                    .severity(Severity::Warning)
                    .help(format!("write `{}`", brief(time))),
            );
            return Some(time);
        }
        if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit() || it == b'.') {
            let message = format!("`{key}` of {} is `{text}`, which has no unit", self.owner);
            let finding = Finding::new(Code::Duration, self.at(key), message);
            self.cx
                .findings
                .add(finding.help(format!("write `{text}s` for seconds")));
            return None;
        }
        if node.as_scalar().is_none() {
            let message = format!(
                "a duration is expected for `{key}` of {}, found {}",
                self.owner,
                describe(node)
            );
            let alone = match node.items() {
                [item] => item.text(),
                _ => None,
            };
            let help = alone.map(|it| format!("write `{key}: {it}`"));
            let finding = Finding::new(Code::WrongType, self.at(key), message);
            self.cx.findings.add(finding.maybe_help(help));
            return None;
        }
        let lost = text.bytes().any(|it| matches!(it, b'1'..=b'9'));
        match parse(text).map(u64::try_from) {
            Ok(Ok(0)) if lost => {
                let message = format!(
                    "`{key}` of {} is `{text}`, which is cut to whole hours and so to nothing",
                    self.owner
                );
                let finding = Finding::new(Code::DurationRange, self.at(key), message);
                self.cx
                    .findings
                    .add(finding.help("write it in hours, minutes or seconds"));
                None
            }
            Ok(Ok(nanoseconds)) => Some(Duration::from_nanos(nanoseconds)),
            Ok(Err(_)) => {
                let message = format!("`{key}` of {} is `{text}`, which is negative", self.owner);
                self.cx
                    .findings
                    .add(Finding::new(Code::DurationRange, self.at(key), message));
                None
            }
            Err(error) => {
                let message = format!(
                    "`{key}` of {} is `{text}`, which is no duration: {}",
                    self.owner, error.message
                );
                let meant = spoken_duration(text).map(|it| format!("write `{it}`"));
                let finding = Finding::new(Code::Duration, self.at(key), message);
                self.cx
                    .findings
                    .add(finding.maybe_help(meant.or(error.help)));
                None
            }
        }
    }

    /// Reports a template where none is expanded.
    fn no_template(&mut self, key: &'static str) {
        let message = format!(
            "`{key}` of {} is not expanded, so it cannot hold a template",
            self.owner
        );
        let finding = Finding::new(Code::NotATemplate, self.at(key), message);
        self.cx.findings.add(finding.help("write the value itself"));
    }

    fn items(&mut self, key: &'static str, of: &str) -> Vec<Option<String>> {
        let Some(node) = self.value(key) else {
            return Vec::new();
        };
        if node.as_sequence().is_none() {
            self.no_list(node, key, of);
        }
        let path = self.at(key);
        let items = node.items().iter().enumerate();
        items
            .map(|(at, item)| self.scalar(item, path.join(at), "a string"))
            .collect()
    }

    fn no_list(&mut self, node: &Node, key: &'static str, of: &str) {
        let message = format!(
            "a list of {of} is expected for `{key}` of {}, found {}",
            self.owner,
            describe(node)
        );
        // `{ONE, TWO}` is a mapping whose keys have no values.
        let names: Vec<_> = node
            .entries()
            .iter()
            .filter(|it| it.value.is_null())
            .collect();
        let names: Vec<_> = names.iter().map(|it| it.key.text.as_str()).collect();
        let help = (!names.is_empty()).then(|| format!("write `{key}: [{}]`", names.join(", ")));
        let finding = Finding::new(Code::WrongType, self.at(key), message);
        self.cx.findings.add(finding.maybe_help(help));
    }

    fn scalar(&mut self, node: &Node, path: Path, expected: &str) -> Option<String> {
        match node.as_scalar() {
            Some(scalar) if self.level.is_weak() => Some(scalar.as_text_weak().text.into_owned()),
            Some(scalar) => Some(scalar.as_text().text.into_owned()),
            None => {
                let message = format!(
                    "{expected} is expected for `{}` of {}, found {}",
                    path.below(&self.path),
                    self.owner,
                    describe(node)
                );
                let alone = match node.entries() {
                    [pair] => pair.value.text().map(|text| (&pair.key.text, text)),
                    _ => None,
                };
                // A colon with a space after it makes a mapping of what was meant as a text.
                let help = alone.map(|(key, text)| match path.is_in("environment") {
                    true => format!("write `{key}={text}`"),
                    false => format!("put it in quotes if it is a text: `\"{key}: {text}\"`"),
                });
                let finding = Finding::new(Code::WrongType, path, message);
                self.cx.findings.add(finding.maybe_help(help));
                None
            }
        }
    }
}
