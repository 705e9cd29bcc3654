//! The attributes of a resource as they are read, one after the other.

use core::time::Duration;

use chorister_lang::duration::parse_go;
use chorister_yaml::{Format, Node, Span};

use super::document::Place;
use crate::finding::Mistake;
use crate::matcher::Matcher;
use crate::model::{
    Attribute, HttpSettings, Kind, Property, Resource, Retry, Role, Settings, Type,
};
use crate::{Value, scalar};

/// How long to wait between two attempts where the file says nothing.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What was read of a resource so far.
pub(super) struct Fields {
    kind: Kind,
    format: Format,
    expected: Vec<(&'static Attribute, Value, Span)>,
    name: Option<String>,
    title: String,
    meta: Vec<(String, Value)>,
    skip: bool,
    settings: Settings,
    retry: Retry,
}

// === impl Fields ===

impl Fields {
    pub(super) fn new(kind: Kind, format: Format) -> Self {
        Self {
            kind,
            format,
            expected: Vec::new(),
            name: None,
            title: String::new(),
            meta: Vec::new(),
            skip: false,
            settings: defaults(kind),
            retry: Retry {
                count: 0,
                delay: RETRY_DELAY,
            },
        }
    }

    /// Takes an attribute in; false if its value cannot be read.
    pub(super) fn set(
        &mut self,
        place: &mut Place<'_, '_>,
        attribute: &'static Attribute,
        node: &Node,
    ) -> bool {
        match attribute.role {
            Role::Property { .. } => {
                let value = self.expected(place, attribute, node);
                self.expected
                    .push((attribute, value, place.origin(node.span)));
                true
            }
            // Nothing leaves what is there as it is.
            _ if node.is_null() => true,
            Role::Name => {
                let name = text(place, node, self.format);
                self.name = name.filter(|it| !it.is_empty());
                true
            }
            Role::Common(Type::Map) => match scalar::value(node) {
                Value::Map(meta) => {
                    self.meta = meta;
                    true
                }
                _ => {
                    place.mismatch(node, "map[string]interface {}", "a mapping");
                    false
                }
            },
            Role::Common(Type::Bool) => set(&mut self.skip, truth(place, node, self.format)),
            Role::Common(_) => set(&mut self.title, text(place, node, self.format)),
            Role::Setting(kind) => self.setting(place, attribute.key, kind, node),
        }
    }

    /// The expected value; goss takes numbers that are written as texts in some places, and warns.
    fn expected(&self, place: &mut Place<'_, '_>, attribute: &Attribute, node: &Node) -> Value {
        let value = scalar::value(node);
        let takes_text = matches!(
            (self.kind, attribute.key),
            (Kind::Command, "exit-status") | (Kind::User, "uid" | "gid") | (Kind::Group, "gid")
        );
        let number = value.as_str().and_then(|it| it.parse::<i64>().ok());
        let (Some(number), true) = (number, takes_text) else {
            return value;
        };
        let (kind, id, key) = (place.kind, place.id, attribute.key);
        let message = format!("`{key}` is a number, not a text");
        let finding = place
            .finding(Mistake::Shape, node.span, key, message)
            .warning()
            .help(format!("write `{key}: {number}`"))
            .refused(format!(
                "DEPRECATION WARNING: {id}: {kind}.{key} should be an integer not a string"
            ));
        place.add(finding);
        Value::Int(number)
    }

    fn setting(
        &mut self,
        place: &mut Place<'_, '_>,
        key: &'static str,
        kind: Type,
        node: &Node,
    ) -> bool {
        let format = self.format;
        match (kind, key) {
            (Type::Milliseconds(default), _) => {
                let Some(milliseconds) = integer(place, node) else {
                    return false;
                };
                if let Some(timeout) = timeout(&mut self.settings) {
                    *timeout = match u64::try_from(milliseconds) {
                        Ok(0) => Duration::from_millis(default),
                        Ok(milliseconds) => Duration::from_millis(milliseconds),
                        // Compat: goss internal: what is over before it begins is over at once.
                        Err(_) => Duration::ZERO,
                    };
                }
                true
            }
            (Type::Count, _) => {
                let count = integer(place, node);
                let count = count.map(|it| u32::try_from(it).unwrap_or_default());
                set(&mut self.retry.count, count)
            }
            (Type::Delay, _) => set(&mut self.retry.delay, delay(place, node)),
            (Type::Texts, _) => {
                let headers = texts(place, node, format);
                match &mut self.settings {
                    Settings::Http(http) => set(&mut http.request_headers, headers),
                    _ => true,
                }
            }
            (Type::Bool, _) => {
                let value = truth(place, node, format);
                match (&mut self.settings, key) {
                    (Settings::Http(http), "allow-insecure") => {
                        set(&mut http.allow_insecure, value)
                    }
                    (Settings::Http(http), _) => set(&mut http.no_follow_redirects, value),
                    (Settings::Matching { as_reader, .. }, _) => set(as_reader, value),
                    _ => true,
                }
            }
            (Type::Any, _) => {
                if let Settings::Matching { content, .. } = &mut self.settings {
                    *content = scalar::value(node);
                }
                true
            }
            _ => self.text_setting(key, text(place, node, format)),
        }
    }

    fn text_setting(&mut self, key: &str, value: Option<String>) -> bool {
        let Some(value) = value else {
            return false;
        };
        let some = Some(value.clone()).filter(|it| !it.is_empty());
        match (&mut self.settings, key) {
            (Settings::Addr { local_address, .. }, _) => *local_address = some,
            (Settings::Dns { server, .. }, _) => *server = some,
            (Settings::Http(http), key) => match key {
                "method" if !value.is_empty() => http.method = value,
                "request-body" => http.request_body = value,
                "username" => http.username = value,
                "password" => http.password = value,
                "ca-file" => http.ca_file = some,
                "cert-file" => http.cert_file = some,
                "key-file" => http.key_file = some,
                "proxy" => http.proxy = some,
                _ => {}
            },
            _ => {}
        }
        true
    }

    /// The resource, with its properties in the order of results.
    pub(super) fn into_resource(mut self, id: &str, file: usize, span: Span) -> Resource {
        let mut properties = Vec::new();
        for attribute in self.kind.attributes() {
            let is_alias = attribute.key == "resolveable";
            let mut found = self
                .expected
                .iter_mut()
                .find(|it| it.0.key == attribute.key);
            if attribute.key == "resolvable" && found.as_ref().is_none_or(|it| it.1 == Value::Null)
            {
                found = self
                    .expected
                    .iter_mut()
                    .find(|it| it.0.key == "resolveable");
            }
            let (value, place) = match found {
                Some((_, value, place)) if !is_alias => (core::mem::take(value), *place),
                None if !is_alias => (Value::Null, span),
                _ => continue,
            };
            let is_there = match &value {
                Value::Null => attribute.is_required(),
                // Compat: goss resource/validate.go: no pattern asks for nothing.
                Value::List(items) => !items.is_empty() || !attribute.is_stream(),
                _ => matches!(attribute.role, Role::Property { .. }),
            };
            if !is_there {
                continue;
            }
            let is_stream = attribute.is_stream()
                || matches!(
                    self.settings,
                    Settings::Matching {
                        as_reader: true,
                        ..
                    }
                );
            let matcher = if is_stream {
                Matcher::parse_stream(&value)
            } else {
                Matcher::parse(&value)
            };
            properties.push(Property {
                attribute,
                expected: value,
                matcher,
                span: place,
            });
        }
        Resource {
            kind: self.kind,
            id: id.to_owned(),
            name: self.name,
            title: self.title,
            meta: self.meta,
            skip: self.skip,
            properties,
            settings: self.settings,
            retry: self.retry,
            span,
            file,
        }
    }
}

fn defaults(kind: Kind) -> Settings {
    let milliseconds = kind.attributes().find_map(|it| match it.role {
        Role::Setting(Type::Milliseconds(default)) => Some(default),
        _ => None,
    });
    let timeout = Duration::from_millis(milliseconds.unwrap_or_default());
    match kind {
        Kind::Addr => Settings::Addr {
            local_address: None,
            timeout,
        },
        Kind::Command => Settings::Command { timeout },
        Kind::Dns => Settings::Dns {
            server: None,
            timeout,
        },
        Kind::Http => Settings::Http(Box::new(HttpSettings {
            method: "GET".to_owned(),
            timeout,
            ..HttpSettings::default()
        })),
        Kind::Matching => Settings::Matching {
            content: Value::Null,
            as_reader: false,
        },
        Kind::Mount => Settings::Mount { timeout },
        _ => Settings::None,
    }
}

fn timeout(settings: &mut Settings) -> Option<&mut Duration> {
    match settings {
        Settings::Addr { timeout, .. }
        | Settings::Command { timeout }
        | Settings::Dns { timeout, .. }
        | Settings::Mount { timeout } => Some(timeout),
        Settings::Http(http) => Some(&mut http.timeout),
        Settings::None | Settings::Matching { .. } => None,
    }
}

/// Puts a value that could be read where it belongs.
fn set<T>(slot: &mut T, value: Option<T>) -> bool {
    let is_read = value.is_some();
    if let Some(value) = value {
        *slot = value;
    }
    is_read
}

/// A text. YAML takes any scalar for one.
fn text(place: &mut Place<'_, '_>, node: &Node, format: Format) -> Option<String> {
    let found = node
        .as_scalar()
        .filter(|it| format == Format::Yaml || matches!(scalar::scalar(it), Value::String(_)));
    if found.is_none() {
        place.mismatch(node, "string", "a text");
    }
    found.map(|it| it.text.clone())
}

fn texts(place: &mut Place<'_, '_>, node: &Node, format: Format) -> Option<Vec<String>> {
    let Some(items) = node.as_sequence() else {
        place.mismatch(node, "[]string", "a list of texts");
        return None;
    };
    items.iter().map(|it| text(place, it, format)).collect()
}

/// A truth value. YAML takes `yes`, `no`, `on` and `off` for one, too.
pub(super) fn truth(place: &mut Place<'_, '_>, node: &Node, format: Format) -> Option<bool> {
    let value = node.as_scalar().map(scalar::scalar);
    let found = match &value {
        Some(Value::Bool(truth)) => Some(*truth),
        Some(Value::String(text)) if format == Format::Yaml => match text.as_str() {
            "y" | "Y" | "yes" | "on" => Some(true),
            "n" | "N" | "no" | "off" => Some(false),
            _ => None,
        },
        Some(Value::Null) => Some(false),
        _ => None,
    };
    if found.is_none() {
        place.mismatch(node, "bool", "`true` or `false`");
    }
    found
}

fn integer(place: &mut Place<'_, '_>, node: &Node) -> Option<i64> {
    let found = match node.as_scalar().map(scalar::scalar) {
        Some(Value::Int(number)) => Some(number),
        #[expect(clippy::cast_possible_truncation, reason = "as Go does")]
        Some(Value::Float(number)) if number.abs() < 9e18 => Some(number as i64),
        _ => None,
    };
    if found.is_none() {
        place.mismatch(node, "int", "a whole number");
    }
    found
}

/// Milliseconds, or a duration such as `1m30s`; newer than goss 0.4.9.
fn delay(place: &mut Place<'_, '_>, node: &Node) -> Option<Duration> {
    let text = node.text().unwrap_or_default();
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let found = if is_number {
        text.parse().ok().map(Duration::from_millis)
    } else {
        let nanoseconds = parse_go(text).ok();
        nanoseconds.map(|it| Duration::from_nanos(u64::try_from(it).unwrap_or_default()))
    };
    if found.is_none() {
        place.mismatch(
            node,
            "resource.RetryDelay",
            "milliseconds or a duration such as `1s`",
        );
    }
    found
}
