//! The data plugins that every node has.

use chorister_ddl::{Answer, Data, Failure, Host, MachineInfo};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::machine::MachineState;
use crate::object;
use crate::rpcutil::{configuration, processors, shown};

/// A data plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Its name.
    pub name: &'static str,
    /// Whether it has to be told what to look for.
    pub takes_query: bool,
}

/// All of them, in order of name.
pub const ALL: [Plugin; 4] = [
    Plugin {
        name: "choria",
        takes_query: false,
    },
    Plugin {
        name: "config_item",
        takes_query: true,
    },
    Plugin {
        name: "machine_state",
        takes_query: true,
    },
    Plugin {
        name: "scout",
        takes_query: true,
    },
];

/// Asks one of them; `None` where none has this name.
///
/// # Errors
/// What one says that has no answer.
pub async fn ask(host: &dyn Host, plugin: &str, query: Option<&Value>) -> Option<Answer> {
    let plugin = ALL.iter().find(|it| it.name == plugin)?;
    let query = query.and_then(Value::as_str);
    Some(match (plugin.name, query) {
        ("choria", _) => Ok(choria(host).await),
        (_, None) => Err(Failure::aborted(format!(
            "The data plugin {} needs a query",
            plugin.name
        ))),
        ("config_item", Some(key)) => Ok(config_item(host, key)),
        ("machine_state", Some(which)) => machine_state(host, which).await,
        (_, Some(check)) => Ok(scout(host, check).await),
    })
}

/// The node in numbers and lists.
///
/// Compat: go-choria providers/data/golang/choriadata: the names, also of what is only known of programs in Go.
async fn choria(host: &dyn Host) -> Data {
    let node = host.node();
    let counts = host.messages();
    let machines = host.machines().await.unwrap_or_default();
    let agents: Vec<_> = node.agent_names().collect();
    let machines: Vec<_> = machines.into_iter().map(|it| it.name).collect();
    object(json!({
        "agents": agents,
        "agents_count": agents.len(),
        "built": "unknown",
        "classes": node.classes,
        "classes_count": node.classes.len(),
        "commit": "unknown",
        "configfile": configuration(&node),
        "connected_broker": host.connection().broker.unwrap_or_default(),
        "cpus": processors(),
        "events": counts.events,
        "filtered": counts.filtered,
        "go_version": "",
        "goroutines": 0,
        "license": "Apache-2.0",
        "machines": machines,
        "machines_count": machines.len(),
        "passed": counts.passed,
        "pid": std::process::id(),
        "provisioning": node.is_provisioning,
        "replies": counts.replies,
        "total": counts.total,
        "ttlexpired": counts.ttl_expired,
        "unvalidated": counts.unvalidated,
        "uptime": since(node.started),
        "validated": counts.validated,
        "version": node.version,
    }))
}

/// A setting, without what is secret.
fn config_item(host: &dyn Host, key: &str) -> Data {
    let setting = host.setting(key);
    object(json!({
        "present": setting.is_some(),
        "value": setting.map(shown),
    }))
}

/// A machine by its name, path or id.
async fn machine_state(host: &dyn Host, which: &str) -> Answer {
    let machines = host.machines().await?;
    let is_meant =
        |it: &MachineInfo| [&it.name, &it.directory, &it.id].contains(&&which.to_owned());
    let found = machines.into_iter().find(is_meant);
    let found = found.ok_or_else(|| Failure::aborted("Could not find a matching machine"))?;
    Ok(object(
        serde_json::to_value(MachineState::from(found)).unwrap_or_default(),
    ))
}

/// A check by its name; nothing where there is none.
async fn scout(host: &dyn Host, name: &str) -> Data {
    let machines = host.machines().await.unwrap_or_default();
    let mut checks = machines.into_iter().filter(|it| it.check.is_some());
    let Some(found) = checks.find(|it| it.name == name) else {
        return Data::new();
    };
    object(json!({
        "history": found.check.as_ref().map_or_else(Vec::new, history),
        "id": found.id,
        "name": found.name,
        "path": found.directory,
        "start_time": found.started,
        "state": found.state,
        "uptime": since(found.started),
        "version": found.version,
    }))
}

/// The results of a check by name, the oldest first.
fn history(check: &Value) -> Vec<&'static str> {
    let runs = check.get("history").and_then(Value::as_array);
    let codes = runs.into_iter().flatten().map(|it| it.get("status"));
    codes
        .map(|code| match code.and_then(Value::as_u64) {
            Some(0) => "OK",
            Some(1) => "WARNING",
            Some(2) => "CRITICAL",
            _ => "UNKNOWN",
        })
        .collect()
}

fn since(start: i64) -> i64 {
    Timestamp::now().as_second().saturating_sub(start).max(0)
}
