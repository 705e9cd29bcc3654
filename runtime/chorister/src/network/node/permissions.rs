//! What the broker does not let a node do, told to its operator.

use chorister_engine::EngineHandle;
use chorister_node::Violations;
use tokio::sync::watch;

use super::SOURCE;

/// Tells it, until a connection goes without.
pub(super) async fn watch(mut violations: watch::Receiver<Violations>, engine: EngineHandle) {
    loop {
        let problem = {
            let now = violations.borrow_and_update();
            (!now.is_empty()).then(|| format!("the broker does not let the node: {}", *now))
        };
        let told = engine.report(SOURCE, "permissions", problem).await;
        if told.is_err() || violations.changed().await.is_err() {
            return;
        }
    }
}
