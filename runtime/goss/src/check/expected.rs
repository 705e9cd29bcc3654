//! Values that a property can never have, whatever the system.

use chorister_lang::suggest::closest;
use chorister_yaml::Node;

use crate::Value;
use crate::finding::{Finding, Mistake};
use crate::load::Place;

const FILETYPES: [&str; 7] = [
    "file",
    "directory",
    "symlink",
    "socket",
    "pipe",
    "block-device",
    "character-device",
];

/// Checks a value that is written as it should be; what matchers ask is not looked into.
pub(super) fn check(place: &mut Place<'_, '_>, key: &str, value: &Value, node: &Node) {
    let finding = match (place.kind, key, value) {
        ("file", "mode", Value::Int(_) | Value::Float(_)) => mode_number(place, node),
        ("file", "mode", Value::String(text)) => mode(place, node, text),
        ("file", "filetype", Value::String(text)) if !FILETYPES.contains(&text.as_str()) => {
            let help = match closest(text, FILETYPES) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the types are `{}`", FILETYPES.join("`, `")),
            };
            Some(never(
                place,
                node,
                key,
                format!("there is no type `{text}` of files"),
                help,
            ))
        }
        ("file", "md5", Value::String(text)) => checksum(place, node, key, text, 32),
        ("file", "sha256", Value::String(text)) => checksum(place, node, key, text, 64),
        ("file", "sha512", Value::String(text)) => checksum(place, node, key, text, 128),
        ("file", "size", Value::Int(..0)) | ("user" | "group", "uid" | "gid", Value::Int(..0)) => {
            let message = format!("`{key}` is never negative");
            Some(never(
                place,
                node,
                key,
                message,
                "write 0 or more".to_owned(),
            ))
        }
        ("mount", "usage", Value::Int(..0 | 101..)) => Some(never(
            place,
            node,
            key,
            "`usage` is in percent".to_owned(),
            "write 0 to 100, or a matcher such as `{lt: 90}`".to_owned(),
        )),
        ("http", "status", Value::Int(..100 | 600..)) => Some(never(
            place,
            node,
            key,
            "there is no such status".to_owned(),
            "write 100 to 599".to_owned(),
        )),
        ("command", "exit-status", Value::Int(..-1 | 256..)) => Some(never(
            place,
            node,
            key,
            "there is no such exit code".to_owned(),
            "write 0 to 255, or -1 for a command that a signal ends".to_owned(),
        )),
        ("interface", "addrs", Value::List(items)) => {
            let addresses = items.iter().zip(node.items());
            for (value, item) in addresses {
                let Some(text) = value.as_str().filter(|it| !is_network(it)) else {
                    continue;
                };
                let message = format!("`{text}` is no address with the length of its network");
                let help = "write it as in `192.0.2.1/24`".to_owned();
                let finding = never(place, item, key, message, help);
                place.add(finding);
            }
            None
        }
        _ => None,
    };
    if let Some(finding) = finding {
        place.add(finding);
    }
}

fn never(place: &Place<'_, '_>, node: &Node, key: &str, message: String, help: String) -> Finding {
    place
        .finding(Mistake::NeverPasses, node.span, key, message)
        .help(help)
}

/// A mode without quotes: a leading zero makes it another number.
fn mode_number(place: &Place<'_, '_>, node: &Node) -> Option<Finding> {
    let text = node.text().unwrap_or_default();
    let digits = text.trim_start_matches("0o");
    let is_octal = !digits.is_empty() && digits.bytes().all(|it| matches!(it, b'0'..=b'7'));
    let help = match is_octal && digits.trim_start_matches('0').len() <= 4 {
        true => format!("write `\"{:0>4}\"`", digits.trim_start_matches('0')),
        false => "write four octal digits in quotes, such as `\"0644\"`".to_owned(),
    };
    if is_octal && !text.starts_with('0') && text.len() <= 4 {
        let message = "a mode is a text; this number only passes because it is read as one";
        let finding = place.finding(Mistake::NeverPasses, node.span, "mode", message);
        return Some(finding.warning().help(help));
    }
    let message = match crate::scalar::value(node) {
        Value::Int(number) if number.to_string() != text => {
            format!("`{text}` is the number {number} here, which no mode is")
        }
        _ => format!("`{text}` is no mode"),
    };
    Some(never(place, node, "mode", message, help))
}

fn mode(place: &Place<'_, '_>, node: &Node, text: &str) -> Option<Finding> {
    let is_octal = text.bytes().all(|it| matches!(it, b'0'..=b'7'));
    if is_octal && text.len() == 4 {
        return None;
    }
    let message = format!("`{text}` never is a mode: modes have four octal digits");
    let help = match is_octal && (1..4).contains(&text.len()) {
        true => format!("write `\"{text:0>4}\"`"),
        false => "write it as in `\"0644\"`".to_owned(),
    };
    Some(never(place, node, "mode", message, help))
}

fn checksum(
    place: &Place<'_, '_>,
    node: &Node,
    key: &str,
    text: &str,
    length: usize,
) -> Option<Finding> {
    let is_hex = |it: &str| {
        it.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if text.len() == length && is_hex(text) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let (message, help) = if text.len() == length && is_hex(&lower) {
        (
            "a checksum is in lower case".to_owned(),
            format!("write `{lower}`"),
        )
    } else {
        let message = format!(
            "a {key} has {length} hexadecimal digits, not {}",
            text.len()
        );
        (message, format!("`{key}sum FILE` prints it"))
    };
    Some(never(place, node, key, message, help))
}

/// An address and the length of its network.
fn is_network(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse() {
        Ok(core::net::IpAddr::V4(_)) => 32,
        Ok(core::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|it| it <= most)
}
