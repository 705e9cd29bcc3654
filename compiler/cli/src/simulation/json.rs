//! A time line as one object a line.

use chorister_fsm::{Level, Outcome, Report, Verdict};
use chorister_sim::{Cause, Entry, Fault, Given, Setup, What};
use serde_json::{Map, Value, json};

use crate::console::Console;

/// Lines that are printed many at a time.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    console: &'a Console,
    waiting: String,
    result: std::io::Result<()>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(console: &'a Console) -> Self {
        Self {
            console,
            waiting: String::new(),
            result: Ok(()),
        }
    }

    pub(crate) fn add(&mut self, line: Option<String>) {
        const MANY: usize = 1 << 16;
        self.waiting.extend(line);
        if self.waiting.len() > MANY && self.result.is_ok() {
            self.result = self.console.print(&core::mem::take(&mut self.waiting));
        }
    }

    pub(crate) fn flush(self) -> std::io::Result<()> {
        self.result?;
        self.console.print(&self.waiting)
    }
}

/// The line of an entry; `None` for one that tells programs nothing.
pub(crate) fn line(setup: &Setup, entry: &Entry) -> Option<String> {
    let machine = &setup.machines.get(entry.machine)?.machine;
    let watcher = |id: chorister_ir::WatcherId| {
        let watcher = machine.watchers.get(usize::from(id.0));
        watcher.map_or("", |it| it.name.as_ref()).to_owned()
    };
    let of_node = matches!(
        entry.what,
        What::Fault(_) | What::Given(Given::Facts | Given::Heard { .. })
    );
    let mut line = Map::new();
    line.insert("at".to_owned(), entry.at.as_secs_f64().into());
    line.insert("time".to_owned(), entry.wall.to_string().into());
    if !of_node {
        line.insert("machine".to_owned(), machine.name.as_ref().into());
    }
    let rest = match &entry.what {
        What::Started { state, restored } => json!({
            "what": "started", "state": machine.state(*state), "restored": restored,
        }),
        What::Transition {
            transition,
            from,
            to,
            cause,
        } => json!({
            "what": "transition",
            "transition": machine.transition(*transition),
            "from": machine.state(*from),
            "to": machine.state(*to),
            "cause": cause.map(|it| cause_of(setup, entry.machine, it)),
        }),
        What::Held {
            transition,
            cause,
            verdict,
        } => {
            let (verdict, by) = match verdict {
                Verdict::Entered(_) => ("entered", None),
                Verdict::Stayed => ("stayed", None),
                Verdict::Delayed(by) => ("delayed", Some(by.as_secs_f64())),
                Verdict::Coalesced => ("coalesced", None),
                Verdict::Refused => ("refused", None),
                Verdict::Stale => ("stale", None),
                Verdict::Dropped => ("dropped", None),
            };
            json!({
                "what": "held",
                "transition": machine.transition(*transition),
                "verdict": verdict,
                "by": by,
                "cause": cause_of(setup, entry.machine, *cause),
            })
        }
        What::Ran {
            watcher: id,
            outcome,
            ..
        } => json!({"what": "ran", "watcher": watcher(*id), "outcome": outcome.as_str()}),
        What::Report {
            watcher: id,
            report,
            announced,
        } => json!({
            "what": "event",
            "watcher": watcher(*id),
            "state": report.outcome().map(Outcome::as_str),
            "metrics": metrics(report),
            "announced": announced,
        }),
        What::Given(given) => match given {
            Given::Facts => json!({"what": "facts"}),
            Given::Data => json!({"what": "data"}),
            Given::Heard { machine, event } => {
                json!({"what": "heard", "machine": machine, "event": event})
            }
        },
        What::Fault(fault) => match fault {
            Fault::Clock(by) => json!({"what": "clock", "by": by.as_secs_f64()}),
            Fault::Crash(after) => json!({"what": "crash", "down": after.as_secs_f64()}),
            Fault::Disk { full } => json!({"what": "disk", "full": full}),
        },
        What::Remark {
            watcher: id,
            level,
            text,
        } => {
            let level = match level {
                Level::Debug => "debug",
                Level::Info => "info",
                Level::Warning => "warning",
            };
            json!({"what": "remark", "watcher": id.map(watcher), "level": level, "text": text})
        }
        What::Step(_) => return None,
    };
    if let Value::Object(rest) = rest {
        line.extend(rest.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Some(Value::Object(line).to_string() + "\n")
}

fn cause_of(setup: &Setup, of: usize, cause: Cause) -> Value {
    let machine = |place: usize| setup.machines.get(place).map(|it| &it.machine);
    match cause {
        Cause::Watcher(id) => {
            let watcher = machine(of).and_then(|it| it.watchers.get(usize::from(id.0)));
            json!({"watcher": watcher.map(|it| it.name.as_ref())})
        }
        Cause::Operator => json!("operator"),
        Cause::Machine {
            machine: place,
            transition,
        } => json!({
            "machine": machine(place).map(|it| it.name.as_ref()),
            "transition": machine(place).map(|it| it.transition(transition)),
        }),
        Cause::Elsewhere => json!("elsewhere"),
        Cause::Time => json!("time"),
    }
}

fn metrics(report: &Report) -> Option<Value> {
    let Report::Metric { measurement, .. } = report else {
        return None;
    };
    let metrics = measurement.metrics.iter();
    Some(
        metrics
            .map(|(name, value)| (name.clone(), Value::from(*value)))
            .collect(),
    )
}
