//! `NAME agents`: the agents of the running node, and whether requests reach them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::ask::{aligned, connect, json};
use super::{Failure, print};
use crate::Distribution;
use crate::args::Agents;
use crate::network::AGENTS;

pub(super) fn run(distribution: &Distribution, arguments: &Agents) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.asking.state)?;
    let paused = match (arguments.pause, arguments.unpause) {
        (false, false) => None,
        (paused, _) => Some(paused),
    };
    let question = json!({"agent": arguments.agent, "paused": paused});
    let agents = client.part(AGENTS, question)?;
    if arguments.asking.json {
        return json(&agents);
    }
    print(table(&agents))
}

fn table(agents: &Value) -> String {
    let head = ["AGENT", "VERSION", "STATE", "DESCRIPTION"];
    let agents = agents.as_array().map_or(&[][..], Vec::as_slice);
    if agents.is_empty() {
        return "The node hosts no agents\n".to_owned();
    }
    let text = |of: &Value, key: &str| of[key].as_str().unwrap_or_default().to_owned();
    let rows = agents
        .iter()
        .map(|it| ["name", "version", "state", "description"].map(|key| text(it, key)));
    let rows: Vec<_> = core::iter::once(head.map(str::to_owned))
        .chain(rows)
        .collect();
    let mut table = aligned(&rows);
    if agents.iter().any(|it| it["state"] == "tripped") {
        let _ = writeln!(
            table,
            "\nAn agent that failed too often is asked again soon; --unpause does so at once"
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_a_table_with_a_word_on_those_that_failed() {
        let agent = |name: &str, state: &str| json!({"name": name, "version": "1.0.0", "state": state, "description": "Greets"});
        let text = table(&json!([agent("greeter", "active"), agent("x", "tripped")]));
        assert_eq!(
            text,
            "AGENT    VERSION  STATE    DESCRIPTION\n\
             greeter  1.0.0    active   Greets\n\
             x        1.0.0    tripped  Greets\n\n\
             An agent that failed too often is asked again soon; --unpause does so at once\n"
        );
        assert_eq!(table(&json!([])), "The node hosts no agents\n");
    }
}
