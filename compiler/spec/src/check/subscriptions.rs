//! Subscriptions of a machine to itself; those to others need the others (`set`).

use super::Graph;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, at};
use crate::model::Machine;
use crate::text::quoted;

pub(crate) fn check(machine: &Machine, graph: &Graph<'_>, cx: &mut Cx) {
    for (index, it) in machine.transitions.iter().enumerate() {
        for (item, it) in it.subscribe.iter().enumerate() {
            let Some(event) = it.event.as_deref().filter(|it| !it.is_empty()) else {
                continue;
            };
            if it.machine_name.is_none() || it.machine_name != machine.name {
                continue;
            }
            let place = at!["transitions", index, "subscribe", item, "event"];
            if !graph.has_event(event) {
                let message = format!("this machine has no transition `{event}`");
                let events = graph.event_names();
                let help = match cx.guesses.similar(event, events.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the transitions are {}", quoted(events)),
                };
                cx.findings
                    .add(Finding::new(Code::UnknownEvent, place, message).help(help));
            } else if graph.edges_of(event).all(|it| it.from == it.to) {
                let message =
                    format!("`{event}` only leads from a state to itself, so nobody hears of it");
                let finding = Finding::new(Code::SilentEvent, place, message);
                cx.findings
                    .add(finding.help("subscribe to a transition that leads to another state"));
            }
        }
    }
}
