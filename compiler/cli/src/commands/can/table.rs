//! Capabilities as a table that people read.

use std::fmt::Write as _;

use chorister_manifest::{Cause, Limits, Manifest, Need, Unknown, Why};
use unicode_width::UnicodeWidthStr;

use crate::console::Styles;

/// Widest first column; what is longer has a line of its own.
const WIDEST: usize = 40;

/// A section: its title, what it says where it is empty, and its rows.
type Section<'a> = (&'a str, &'a str, &'a [Need]);

pub(super) fn text(manifest: &Manifest, styles: &Styles) -> String {
    let needs = &manifest.capabilities;
    let sections: [Section<'_>; 5] = [
        ("runs", "no program", &needs.exec),
        ("writes", "no file", &needs.write),
        ("reads", "no file", &needs.read),
        ("connects to", "no server", &needs.connect),
        ("serves", "nothing", &needs.listen),
    ];
    let width = sections
        .iter()
        .flat_map(|(_, _, needs)| needs.iter())
        .map(|it| it.what.width())
        .filter(|it| *it <= WIDEST)
        .max()
        .unwrap_or(0);
    let mut text = head(manifest, styles);
    let (strong, faint) = (styles.strong, styles.faint);
    for (title, nothing, needs) in sections {
        if needs.is_empty() {
            let _ = writeln!(
                text,
                "\n{strong}{title}{strong:#} {faint}{nothing}{faint:#}"
            );
            continue;
        }
        let _ = writeln!(text, "\n{strong}{title}{strong:#}");
        for need in needs {
            row(&mut text, need, width, styles);
        }
    }
    unknown(&mut text, &needs.unknown, manifest, styles);
    limits(&mut text, &manifest.limits, styles);
    let _ = writeln!(
        text,
        "\n{faint}The node itself uses its state directory and what its arguments name, such as --facts.{faint:#}"
    );
    text
}

fn head(manifest: &Manifest, styles: &Styles) -> String {
    let strong = styles.strong;
    let count = match manifest.machines.len() {
        1 => "1 machine".to_owned(),
        count => format!("{count} machines"),
    };
    let version = if manifest.version.is_empty() {
        String::new()
    } else {
        format!(" {}", manifest.version)
    };
    format!("{strong}{}{strong:#}{version}, {count}\n", manifest.name)
}

fn row(text: &mut String, need: &Need, width: usize, styles: &Styles) {
    let name = styles.name;
    let _ = write!(text, "  {name}{}{name:#}", need.what);
    let mut at = need.what.width();
    if at > width {
        text.push('\n');
        text.push_str("  ");
        at = 0;
    }
    for (index, by) in need.by.iter().enumerate() {
        let pad = if index == 0 { width - at } else { width + 2 };
        let _ = writeln!(text, "{:pad$}  {by} {}", "", does(by));
    }
}

/// What for, after the name of the watcher.
fn does(by: &Cause) -> &'static str {
    by.why.as_str()
}

fn unknown(text: &mut String, unknown: &[Unknown], manifest: &Manifest, styles: &Styles) {
    let (strong, faint) = (styles.strong, styles.faint);
    if unknown.is_empty() && !manifest.is_open() {
        let _ = writeln!(
            text,
            "\n{strong}not known{strong:#} {faint}nothing{faint:#}"
        );
        return;
    }
    let _ = writeln!(text, "\n{strong}not known{strong:#}");
    for it in unknown.iter().filter(|it| it.by.why == Why::Command) {
        let _ = write!(text, "  {}: {}", it.by, it.what);
        if !it.paths.is_empty() {
            let _ = write!(text, "; its arguments name {}", it.paths.join(", "));
        }
        text.push('\n');
    }
    if let Some(directory) = &manifest.loads_machines {
        let _ = writeln!(text, "  what machines do that are loaded from {directory}");
    }
    if let Some(directory) = &manifest.hosts_agents {
        let _ = writeln!(text, "  what agents do that are hosted from {directory}");
    }
}

fn limits(text: &mut String, limits: &Limits, styles: &Styles) {
    if *limits == Limits::default() {
        return;
    }
    let strong = styles.strong;
    let how = if limits.enforce {
        "held to this while it runs, where the kernel can"
    } else {
        "checked when it is built; nothing holds it to this while it runs"
    };
    let _ = writeln!(text, "\n{strong}granted{strong:#} {how}");
    let lists = [
        ("exec", &limits.exec),
        ("read", &limits.read),
        ("write", &limits.write),
        ("connect", &limits.connect),
    ];
    for (key, list) in lists {
        let list = match list {
            None => "what is needed".to_owned(),
            Some(list) if list.is_empty() => "nothing".to_owned(),
            Some(list) => list.join(", "),
        };
        let _ = writeln!(text, "  {key:8} {list}");
    }
}
