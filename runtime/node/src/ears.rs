//! What a node listens to: a subscription for each subject that a request for it may come by, in one queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use chorister_bus::{Bus, Listening, Message};
use chorister_proto::subject::Subject;
use tokio::sync::mpsc;

use crate::discovery;
use crate::lifecycle::Component;
use crate::roster::Agents;

/// A subject, and the group that shares it.
pub(crate) type Ear = (String, Option<String>);

/// The subscriptions of a node.
#[derive(Debug)]
pub(crate) struct Ears {
    bus: Arc<dyn Bus>,
    to: mpsc::Sender<Box<Message>>,
    open: BTreeMap<Ear, Listening>,
}

// === impl Ears ===

impl Ears {
    /// None yet; what they hear goes to this queue.
    pub(crate) const fn new(bus: Arc<dyn Bus>, to: mpsc::Sender<Box<Message>>) -> Self {
        Self {
            bus,
            to,
            open: BTreeMap::new(),
        }
    }

    /// Listens to these subjects from now on, and to no others. What cannot be listened to is tried again next time.
    pub(crate) async fn set(&mut self, wanted: Vec<Ear>) {
        self.open.retain(|ear, _| wanted.contains(ear));
        for ear in wanted {
            if self.open.contains_key(&ear) {
                continue;
            }
            let (subject, group) = &ear;
            let listening = self.bus.listen(subject, group.as_deref(), self.to.clone());
            match listening.await {
                Ok(listening) => drop(self.open.insert(ear, listening)),
                Err(error) => tracing::error!(%subject, %error, "cannot listen"),
            }
        }
    }
}

/// Every subject that a request for this node may come by, and the group it shares it with.
pub(crate) fn subjects(
    component: Component,
    collectives: &[String],
    identity: &str,
    agents: &Agents,
) -> Vec<Ear> {
    let mut found = Vec::new();
    for collective in collectives {
        let mut add = |subject: Subject<'_>| match subject.checked() {
            Ok(text) => found.push((text, subject.queue_group().map(str::to_owned))),
            Err(error) => tracing::error!(%error, "cannot listen"),
        };
        for (agent, hosted) in agents.iter() {
            add(if hosted.ddl().metadata.service {
                Subject::Service { collective, agent }
            } else {
                Subject::Agent { collective, agent }
            });
        }
        if component != Component::ServiceHost {
            let agent = discovery::NAME;
            add(Subject::Agent { collective, agent });
            add(Subject::Node {
                collective,
                identity,
            });
        }
    }
    found
}
