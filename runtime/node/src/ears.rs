//! What a node listens to: a subscription for each subject that a request for it may come by, in one queue.

use std::collections::BTreeMap;

use chorister_bus::{Connection, Message, Subscription};
use chorister_proto::subject::Subject;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::discovery;
use crate::lifecycle::Component;
use crate::roster::Agents;

/// A subject, and the group that shares it.
pub(crate) type Ear = (String, Option<String>);

/// The subscriptions of a node.
#[derive(Debug)]
pub(crate) struct Ears {
    connection: Connection,
    to: mpsc::Sender<Message>,
    open: BTreeMap<Ear, AbortHandle>,
}

// === impl Ears ===

impl Ears {
    /// None yet; what they hear goes to this queue.
    pub(crate) const fn new(connection: Connection, to: mpsc::Sender<Message>) -> Self {
        Self {
            connection,
            to,
            open: BTreeMap::new(),
        }
    }

    /// Listens to these subjects from now on, and to no others. What cannot be listened to is tried again next time.
    pub(crate) async fn set(&mut self, wanted: Vec<Ear>) {
        self.open.retain(|ear, task| {
            let stays = wanted.contains(ear);
            if !stays {
                // Its subscription ends with it.
                task.abort();
            }
            stays
        });
        for ear in wanted {
            if self.open.contains_key(&ear) {
                continue;
            }
            let (subject, group) = &ear;
            let subscribed = self
                .connection
                .subscribe(subject.as_str(), group.as_deref());
            match subscribed.await {
                Ok(subscription) => {
                    let task = tokio::spawn(forward(subscription, self.to.clone()));
                    self.open.insert(ear, task.abort_handle());
                }
                Err(error) => tracing::error!(%subject, %error, "cannot listen"),
            }
        }
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.open.values().for_each(AbortHandle::abort);
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

/// Moves messages into the queue that all subscriptions share.
async fn forward(mut subscription: Subscription, to: mpsc::Sender<Message>) {
    while let Some(message) = subscription.next().await {
        if to.send(message).await.is_err() {
            return;
        }
    }
}
