//! `NAME policy`: who may do what.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use chorister_engine::read_values;
use chorister_loader::policies::Read;
use chorister_policy::{Authorizer, By, Decision, Filter, Node, Place, Provider, Request};
use serde_json::{Map, Value, json};

use super::ask::{Style, aligned, json as print_json};
use super::{Failure, print};
use crate::args::{Policies, Policy, TestPolicy};
use crate::config::{self, Config, Sources};
use crate::rules::Rules;
use crate::{Distribution, classes};

pub(super) fn run(distribution: &Distribution, command: &Policy) -> Result<(), Failure> {
    match command {
        Policy::Test(arguments) => test(distribution, arguments),
        Policy::List(arguments) => list(distribution, arguments),
    }
}

fn test(distribution: &Distribution, arguments: &TestPolicy) -> Result<(), Failure> {
    let config = config(distribution, &arguments.policies)?;
    let usual = &config.settings.facts;
    let mut facts = Map::new();
    let files = arguments.facts.as_ref().map(std::slice::from_ref);
    for file in files.unwrap_or(&usual.file.0) {
        let read = read_values(file, "facts").map_err(|error| unreadable(file, &error))?;
        facts.extend(read.as_object().cloned().unwrap_or_default());
    }
    let facts = Value::Object(facts);
    let classes = match &arguments.classes {
        None => classes::read(&usual.classes_file).unwrap_or_default(),
        Some(file) => classes::read(file).map_err(|error| unreadable(file, &error.to_string()))?,
    };
    let mut rules = rules(distribution, &config, &arguments.policies);
    if let Some(provider) = arguments.provider {
        rules.provider = Provider::from_name(provider.name());
    }
    if let Some(policy) = &arguments.default_policy {
        rules.settings.default_policy = Some(policy.clone());
    }
    let Read { policies, problems } = rules.read();
    let authorizer = rules.authorizer(policies);
    let decision = authorizer.decide(&Request {
        agent: &arguments.agent,
        action: &arguments.action,
        caller: &arguments.caller,
        sender: "",
        collective: "",
        data: &Value::Object(Map::new()),
        ttl: 0,
        time: 0,
        filter: &Filter::agent(&arguments.agent),
        claims: None,
        node: Node {
            identity: "",
            agents: std::slice::from_ref(&arguments.agent),
            classes: &classes,
            facts: &facts,
            data: None,
        },
        is_provisioning: false,
    });
    if arguments.policies.json {
        print_json(&value(&decision))?;
    } else {
        print(text(&decision))?;
        if let By::NoPolicy { .. } = decision.by {
            print(known(&authorizer, &problems))?;
        }
    }
    if decision.allow {
        Ok(())
    } else {
        Err(Failure::Silent)
    }
}

fn list(distribution: &Distribution, arguments: &Policies) -> Result<(), Failure> {
    let rules = rules(distribution, &config(distribution, arguments)?, arguments);
    let found = rules.read();
    let rows = rows(&found);
    if arguments.json {
        let policies: Vec<_> = rows
            .iter()
            .map(|[agent, kind, rules, default, state]| {
                json!({
                    "agent": agent,
                    "kind": kind,
                    "rules": rules.parse::<usize>().ok(),
                    "default": (default != "-").then_some(default),
                    "usable": state == USABLE,
                })
            })
            .collect();
        let decides = rules.provider.name();
        return print_json(
            &json!({"provider": decides, "policies": policies, "problems": found.problems}),
        );
    }
    let mut text = String::new();
    if rows.is_empty() {
        text.push_str(without_policies(&rules.provider));
    } else {
        let heads = ["AGENT", "KIND", "RULES", "DEFAULT", "STATE"].map(str::to_owned);
        text.push_str(&aligned(&[vec![heads], rows].concat()));
    }
    if !found.problems.is_empty() {
        text.push('\n');
    }
    for problem in &found.problems {
        let _ = writeln!(text, "{} {problem}", Style::Bad.paint("problem:"));
    }
    print(text)
}

/// Who may do what where there are no policies.
const fn without_policies(provider: &Provider) -> &'static str {
    match provider {
        Provider::Nobody => "authorisation is off, so everybody may do everything\n",
        Provider::Token => "the tokens of callers decide, and no policies\n",
        Provider::Unknown(_) => "what should decide does not exist, so nobody may do anything\n",
        Provider::ActionPolicy | Provider::Rego => "no policies, so nobody may do anything\n",
    }
}

/// The state of a policy that can be used.
const USABLE: &str = "in use";

fn rows(found: &Read) -> Vec<[String; 5]> {
    let state = |is_usable: bool| if is_usable { USABLE } else { "denies all" };
    let rules = found.policies.actions.iter().map(|(agent, policy)| {
        let (rules, default) = match policy {
            Ok(policy) => (policy.rules().to_string(), policy.default()),
            Err(_) => ("-".to_owned(), None),
        };
        let default = default.map_or("-", chorister_policy::Verdict::as_str);
        let cells = ["rules", &rules, default, state(policy.is_ok())];
        row(agent, cells)
    });
    let rego = found.policies.rego.iter();
    let rego = rego.map(|(agent, policy)| row(agent, ["rego", "-", "-", state(policy.is_ok())]));
    rules.chain(rego).collect()
}

fn row(agent: &str, [kind, rules, default, state]: [&str; 4]) -> [String; 5] {
    [agent, kind, rules, default, state].map(str::to_owned)
}

/// The configuration of the node that the arguments are about.
fn config(distribution: &Distribution, arguments: &Policies) -> Result<Config, Failure> {
    let sources = Sources {
        file: arguments.config.clone(),
        ..Sources::default()
    };
    config::read(distribution, sources).map_err(Failure::Impossible)
}

/// The rules of that node.
fn rules(distribution: &Distribution, config: &Config, arguments: &Policies) -> Rules {
    let mut rules = Rules::new(distribution, &config.settings, config.main().as_deref());
    if let Some(directory) = &arguments.policies {
        rules.origin.directory.clone_from(directory);
    }
    rules
}

fn unreadable(file: &Path, error: &str) -> Failure {
    Failure::Impossible(format!("cannot read {}: {error}", file.display()))
}

/// Which policies there are, for somebody who asked about one that is not there.
fn known(authorizer: &Authorizer, problems: &[String]) -> String {
    let policies = authorizer.policies();
    let agents: BTreeSet<&str> = policies
        .actions
        .keys()
        .chain(policies.rego.keys())
        .map(String::as_str)
        .collect();
    match problems {
        _ if !agents.is_empty() => {
            let agents: Vec<&str> = agents.into_iter().collect();
            format!("\nthere are policies for {}\n", agents.join(", "))
        }
        [] => "\nthere are no policies at all\n".to_owned(),
        problems => format!("\n{}\n", problems.join("\n")),
    }
}

/// The line that decided, where there is one.
fn place(by: &By) -> Option<&Place> {
    match by {
        By::Rule(place) | By::Default(place) | By::Fault(place, _) => Some(place),
        _ => None,
    }
}

fn text(decision: &Decision) -> String {
    let (verdict, style) = if decision.allow {
        ("allowed", Style::Good)
    } else {
        ("denied", Style::Bad)
    };
    let mut text = format!("{} {}\n", style.paint(verdict), decision.by);
    let deciding = place(&decision.by);
    let steps = decision.explanation.iter();
    // A default that decides is shown once, as what it is.
    let steps = steps.filter(|it| deciding.is_none_or(|place| place.line != it.line));
    let mut rows: Vec<_> = steps
        .map(|it| {
            let line = it.text.replace('\t', "  ");
            [it.line.to_string(), line, it.why.to_string()]
        })
        .collect();
    if let Some(place) = deciding {
        let line = place.text.replace('\t', "  ");
        rows.push([place.line.to_string(), line, "decides".to_owned()]);
    }
    if !rows.is_empty() {
        rows.insert(0, ["LINE", "RULE", "WHY"].map(str::to_owned));
        text.push('\n');
        text.push_str(&aligned(&rows));
    }
    text
}

fn value(decision: &Decision) -> Value {
    let place = place(&decision.by)
        .map(|it| json!({"file": &*it.file, "line": it.line, "text": &*it.text}));
    let steps: Vec<_> = decision
        .explanation
        .iter()
        .map(|it| json!({"line": it.line, "text": &*it.text, "why": it.why.to_string()}))
        .collect();
    json!({
        "allowed": decision.allow,
        "reason": decision.by.to_string(),
        "decided_by": place,
        "before": steps,
    })
}

#[cfg(test)]
mod tests {
    use chorister_policy::{Step, Why};

    use super::*;

    fn decision() -> Decision {
        let place = Place {
            file: "puppet.policy".into(),
            line: 1,
            text: "policy default deny".into(),
        };
        Decision {
            allow: false,
            by: By::Default(place),
            explanation: vec![
                Step {
                    line: 1,
                    text: "policy default deny".into(),
                    why: Why::Default(chorister_policy::Verdict::Deny),
                },
                Step {
                    line: 2,
                    text: "allow\t*\tstatus\tcountry=uk\t*".into(),
                    why: Why::Fact("country=uk".into()),
                },
            ],
        }
    }

    #[test]
    fn what_decides_stands_last_and_once() {
        assert_eq!(
            text(&decision()),
            "denied by the default at puppet.policy:1\n\n\
             LINE  RULE                             WHY\n\
             2     allow  *  status  country=uk  *  `country=uk` does not hold on this node\n\
             1     policy default deny              decides\n"
        );
    }

    #[test]
    fn json_says_the_place() {
        let value = value(&decision());
        assert_eq!(value["allowed"], false);
        assert_eq!(value["decided_by"]["line"], 1);
        assert_eq!(
            value["before"][1]["text"],
            "allow\t*\tstatus\tcountry=uk\t*"
        );
    }
}
