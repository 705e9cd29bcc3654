//! Who looks.

use serde_json::{Value, json};

/// The user that the node runs as.
pub(super) fn identity() -> Value {
    let user = rustix::process::geteuid();
    json!({
        "gid": rustix::process::getegid().as_raw(),
        "privileged": user.is_root(),
        "uid": user.as_raw(),
    })
}
