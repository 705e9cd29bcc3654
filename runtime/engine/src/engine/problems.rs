//! What an operator has to see to.

use chorister_events::ProblemEvent;

use super::{Engine, unix};
use crate::Problem;

impl Engine {
    /// Records what is wrong with a subject, or that nothing is any more, and tells what is new.
    pub(super) fn note(&mut self, source: &'static str, subject: String, text: Option<String>) {
        let key = (source, subject);
        let Some(text) = text else {
            if let Some(problem) = self.problems.remove(&key) {
                tracing::info!(source, subject = key.1, "All is well again");
                self.publish_problem(&problem, true);
            }
            return;
        };
        if self.problems.get(&key).is_some_and(|it| it.text == text) {
            return;
        }
        if text.contains('\n') {
            // Each line is an event of its own, and fields would be printed behind all of them.
            tracing::warn!("{}:", key.1);
            for line in text.lines() {
                tracing::warn!("{line}");
            }
        } else {
            tracing::warn!(source, subject = key.1, "{text}");
        }
        let problem = Problem {
            source: source.to_owned(),
            subject: key.1.clone(),
            text,
            since: unix(self.clock.now()),
        };
        self.publish_problem(&problem, false);
        self.problems.insert(key, problem);
    }

    fn publish_problem(&mut self, problem: &Problem, solved: bool) {
        self.changes.touch_node();
        let event = ProblemEvent {
            identity: self.fleet.identity(),
            time: self.clock.now().wall,
            source: &problem.source,
            subject: &problem.subject,
            text: &problem.text,
            solved,
        };
        self.json.clear();
        event.write_json(self.random.uuid(), &mut self.json);
        for sink in &mut self.sinks {
            sink.problem(&event, &self.json);
        }
        self.touch_textfile();
    }
}
