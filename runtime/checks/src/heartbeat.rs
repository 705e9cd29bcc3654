//! `heartbeat`: the node is there.

use std::time::UNIX_EPOCH;

use chorister_lang::nagios::Status;

use crate::request::clock;
use crate::{Finding, NativeCheck};

/// Is always OK, and says the time in Unix seconds.
pub const HEARTBEAT: NativeCheck = NativeCheck {
    name: "heartbeat",
    run: |_| {
        let since = clock().duration_since(UNIX_EPOCH).unwrap_or_default();
        let finding = Finding {
            status: Status::Ok,
            text: since.as_secs().to_string(),
        };
        Box::pin(core::future::ready(finding))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::check;

    #[test]
    fn it_says_the_time() {
        let second: u64 = check(HEARTBEAT, "{}").0.text.parse().unwrap();
        assert!(second > 1_700_000_000);
    }
}
