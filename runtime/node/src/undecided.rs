//! Requests whose filters ask data plugins.
//!
//! A filter is held against a node at once, but a data plugin may have to look for its answer. So the filter is tried, what it
//! asked is found out, and it is tried again with all answers, until it asks nothing new.

use core::cell::RefCell;
use core::fmt;
use core::time::Duration;

use chorister_ddl::Host;
use chorister_proto::filter::{Matcher, Node};
use chorister_security::VerifiedRequest;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::View;

/// How many questions one filter may ask.
const MOST: usize = 16;

/// How long all their answers may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A request that is for the node if data plugins say so.
pub struct Undecided {
    request: Box<VerifiedRequest>,
    matcher: Matcher,
    answers: Vec<(Question, Option<Value>)>,
    open: Vec<Question>,
}

/// What a filter asks a data plugin.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    plugin: String,
    query: Option<Value>,
}

/// What came of holding a filter against a node.
pub(crate) enum Verdict {
    /// The request is for the node.
    Meant(Box<VerifiedRequest>),
    /// It is for others.
    Filtered,
    /// Data plugins know.
    Undecided(Undecided),
}

impl Undecided {
    pub(crate) const fn new(request: Box<VerifiedRequest>, matcher: Matcher) -> Self {
        Self {
            request,
            matcher,
            answers: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Holds the filter against the node with the answers that are known.
    pub(crate) fn judge(mut self, node: Node<'_>) -> Verdict {
        let open = RefCell::new(Vec::new());
        let ask = |plugin: &str, query: Option<&Value>| {
            let asked = |it: &Question| it.plugin == plugin && it.query.as_ref() == query;
            if let Some((_, answer)) = self.answers.iter().find(|(it, _)| asked(it)) {
                return answer.clone();
            }
            let mut open = open.borrow_mut();
            if !open.iter().any(asked) {
                open.push(Question {
                    plugin: plugin.to_owned(),
                    query: query.cloned(),
                });
            }
            None
        };
        let node = Node {
            data: Some(&ask),
            ..node
        };
        let is_meant = self.matcher.matches(&node);
        let open = open.into_inner();
        if open.is_empty() {
            return match is_meant {
                true => Verdict::Meant(self.request),
                false => Verdict::Filtered,
            };
        }
        if self.answers.len() + open.len() > MOST {
            tracing::warn!(request = %self.request.request.id, "a filter asks too much");
            return Verdict::Filtered;
        }
        self.open = open;
        Verdict::Undecided(self)
    }

    /// Asks what is to be asked, until it is decided; the request, if it is for the node.
    pub(crate) async fn decide(
        mut self,
        host: &dyn Host,
        view: &View,
        agents: &[String],
    ) -> Option<Box<VerifiedRequest>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            for question in core::mem::take(&mut self.open) {
                let answer = host.data(&question.plugin, question.query.as_ref());
                let answer = timeout_at(deadline, answer).await;
                let answer = answer.ok().and_then(Result::ok).map(Value::Object);
                self.answers.push((question, answer));
            }
            match self.judge(view.node(agents)) {
                Verdict::Meant(request) => return Some(request),
                Verdict::Filtered => return None,
                Verdict::Undecided(again) => self = again,
            }
        }
    }
}

impl fmt::Debug for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undecided")
            .field("request", &self.request)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}
