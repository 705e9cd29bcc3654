//! Settings that cannot be used as they are.

use chorister_yaml::{Entry, Node};

use crate::finding::Mistake;
use crate::load::Place;
use crate::model::{Resource, Settings};

/// Shorter timeouts, in milliseconds, are over before anything is done.
const MIN_TIMEOUT: i64 = 10;

/// Checks a setting that could be read.
pub(super) fn check(place: &mut Place<'_, '_>, resource: &Resource, entry: &Entry) {
    let (key, node) = (entry.key.text.as_str(), &entry.value);
    let text = node.text().unwrap_or_default();
    match (key, &resource.settings) {
        ("timeout", _) => timeout(place, node),
        ("method", _) if text.bytes().any(|it| !it.is_ascii_uppercase()) => {
            let message = format!("`{text}` is no method that servers know");
            let upper = text.to_ascii_uppercase();
            let finding = place.finding(Mistake::Setting, node.span, key, message);
            place.add(finding.warning().help(format!("write `{upper}`")));
        }
        ("request-headers", _) => {
            for item in node.items() {
                header(place, item);
            }
        }
        ("cert-file", Settings::Http(http)) if http.key_file.is_none() => {
            alone(place, entry, "key-file");
        }
        ("key-file", Settings::Http(http)) if http.cert_file.is_none() => {
            alone(place, entry, "cert-file");
        }
        ("local-address", _) if text.parse::<core::net::IpAddr>().is_err() => {
            let message = format!("`{text}` is no address; it counts for nothing");
            let finding = place.finding(Mistake::Setting, node.span, key, message);
            place.add(
                finding
                    .warning()
                    .help("write an IP address of this machine"),
            );
        }
        _ => {}
    }
}

fn timeout(place: &mut Place<'_, '_>, node: &Node) {
    let Some(milliseconds) = node.as_scalar().and_then(chorister_yaml::Scalar::as_int) else {
        return;
    };
    let finding = |message: &str| place.finding(Mistake::Setting, node.span, "timeout", message);
    let finding = match milliseconds {
        i64::MIN..=-1 => finding("a negative timeout is over at once"),
        1..MIN_TIMEOUT => {
            finding("timeouts are in milliseconds: this one is hardly ever kept").warning()
        }
        _ => return,
    };
    place.add(finding.help("write milliseconds, such as `1000` for a second"));
}

/// A header without `: ` makes goss panic.
fn header(place: &mut Place<'_, '_>, item: &Node) {
    let text = item.text().unwrap_or_default();
    if text.contains(": ") {
        return;
    }
    let message = format!("`{text}` is no header");
    let help = match text.split_once(':') {
        Some((name, value)) => format!("write `\"{name}: {value}\"`, with a space"),
        None => "write it as in `\"Accept: text/html\"`".to_owned(),
    };
    let finding = place.finding(Mistake::Setting, item.span, "request-headers", message);
    place.add(finding.help(help));
}

fn alone(place: &mut Place<'_, '_>, entry: &Entry, other: &str) {
    let key = entry.key.text.as_str();
    let message = format!("`{key}` counts for nothing without `{other}`");
    let finding = place.finding(Mistake::Setting, entry.key.span, key, message);
    place.add(finding.help(format!("add `{other}`")));
}
