//! What people read of replies.

use core::fmt::Write as _;
use core::time::Duration;

use chorister_client::{Response, Statistics};
use chorister_ddl::Summaries;
use chorister_ir::ddl::{Action, Output};
use chorister_lang::duration::format_go;
use chorister_proto::body::Status;
use serde_json::Value;

use crate::Which;
use crate::columns::rows;
use crate::json::{data, indented};
use crate::plain::{hanging, lines, plain};
use crate::table::label;

/// How replies to one request are shown.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// What was asked.
    pub action: &'a Action,
    /// Which replies are shown.
    pub which: Which,
    /// Whether their values are JSON, and everything is said about the request.
    pub verbose: bool,
}

/// How far everything is from the left edge, and members from the edge of their object.
const MARGIN: usize = 3;

/// How many silent nodes are named.
const NAMED: usize = 200;

// === impl Text ===

impl Text<'_> {
    /// A reply; `None` where it is not shown.
    #[must_use]
    pub fn reply(&self, response: &Response) -> Option<String> {
        let status = response.reply.status;
        let is_ok = status == Status::Ok;
        if !self.which.shows(is_ok) {
            return None;
        }
        let mut text = format!("{:40} {}\n\n", plain(&response.sender), heading(status));
        if !is_ok {
            let message = plain(&response.reply.message);
            let _ = write!(text, "    {}\n\n", hanging(&message, 4));
        } else if self.verbose {
            let json = indented(&data(self.action, response), MARGIN);
            let _ = writeln!(text, "{:MARGIN$}{}", "", hanging(&json, MARGIN));
        } else {
            text.push_str(&self.values(response));
            text.push('\n');
        }
        Some(text)
    }

    /// The values of a reply: those that are declared in the order of their names, and any others after them.
    fn values(&self, response: &Response) -> String {
        let Value::Object(mut data) = data(self.action, response) else {
            return String::new();
        };
        let mut outputs: Vec<&Output> = self.action.outputs.iter().collect();
        outputs.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let declared = outputs.iter().filter_map(|it| {
            let value = data.shift_remove(it.name.as_ref())?;
            Some((label(it).to_owned(), value))
        });
        let mut values: Vec<(String, Value)> = declared.collect();
        let mut others: Vec<(String, Value)> = data.into_iter().collect();
        others.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        values.append(&mut others);
        let longest = values.iter().map(|(label, _)| label.chars().count()).max();
        let width = longest.unwrap_or_default() + MARGIN;
        let mut text = String::new();
        for (label, value) in &values {
            let value = hanging(&lines(value, MARGIN), width + 2);
            let _ = writeln!(text, "{:>width$}: {value}", plain(label));
        }
        text
    }

    /// Everything below the replies.
    #[must_use]
    pub fn end(&self, summaries: &Summaries, statistics: &Statistics) -> String {
        let mut text = sums(summaries);
        text.push('\n');
        if self.verbose {
            text.push_str(&figures(statistics));
        } else {
            text.push_str(&finished(statistics));
        }
        text.push_str(&self.named("No Responses from", &statistics.silent));
        text.push_str(&self.named("Unexpected Responses from", &statistics.unexpected));
        text
    }

    /// Names of nodes, not all where there are many.
    fn named(&self, what: &str, nodes: &[String]) -> String {
        if nodes.is_empty() {
            return String::new();
        }
        let most = if self.verbose { usize::MAX } else { NAMED };
        let names: Vec<String> = nodes.iter().take(most).map(|it| plain(it)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut text = format!("\n{what}: {}\n\n{}", nodes.len(), rows(&names));
        if nodes.len() > most {
            let _ = writeln!(text, "    and {} others", nodes.len() - most);
        }
        text
    }
}

/// The sums over all replies.
fn sums(summaries: &Summaries) -> String {
    let mut text = String::new();
    for summary in summaries.iter() {
        let lines = summary.lines();
        if lines.is_empty() {
            continue;
        }
        let _ = write!(text, "Summary of {}:\n\n", plain(&summary.title));
        for line in lines {
            let _ = writeln!(text, "{:MARGIN$}{}", "", plain(&line));
        }
        text.push('\n');
    }
    text
}

/// How it went, in a line.
#[must_use]
pub fn finished(statistics: &Statistics) -> String {
    format!(
        "Finished processing {} / {} hosts in {}\n",
        statistics.responses,
        wanted(statistics),
        format_go(to_millisecond(statistics.discovery + statistics.duration)),
    )
}

/// How it went, in full.
fn figures(of: &Statistics) -> String {
    let mut text = "---- request stats ----\n".to_owned();
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "{what:>20}: {value}");
    };
    line("Nodes", format!("{} / {}", of.responses, wanted(of)));
    line("Pass / Fail", format!("{} / {}", of.ok, of.failed));
    line("No Responses", of.silent.len().to_string());
    line("Unexpected Responses", of.unexpected.len().to_string());
    for (what, number) in [
        ("Duplicate Responses", of.duplicates),
        ("Refused Responses", of.refused),
        ("Lost Responses", of.lost),
    ] {
        if number > 0 {
            line(what, number.to_string());
        }
    }
    let started = of.started.strftime("%Y-%m-%dT%H:%M:%S+0000");
    line("Start Time", started.to_string());
    line("Discovery Time", format_go(of.discovery));
    line("Publish Time", format_go(of.publishing));
    let agents = of.duration.saturating_sub(of.publishing);
    line("Agent Time", format_go(agents));
    line("Total Time", format_go(of.discovery + of.duration));
    text
}

/// How many nodes there should be replies of: of services, any one.
fn wanted(of: &Statistics) -> usize {
    match of.asked {
        0 => of.responses,
        asked => asked,
    }
}

/// A time without fractions of a millisecond.
pub(crate) fn to_millisecond(time: Duration) -> Duration {
    let half = Duration::from_micros(500);
    let rounded = (time + half).as_millis();
    Duration::from_millis(u64::try_from(rounded).unwrap_or(u64::MAX))
}

/// What stands beside the name of a node.
const fn heading(status: Status) -> &'static str {
    match status {
        Status::Ok => "",
        Status::Aborted => "Request Aborted",
        Status::UnknownAction => "Unknown Action",
        Status::MissingData => "Missing Request Data",
        Status::InvalidData => "Invalid Request Data",
        Status::UnknownError => "Unknown Request Status",
    }
}
