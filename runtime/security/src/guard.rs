//! Both checks in one.

use jiff::Timestamp;

use crate::refusal::Refusal;
use crate::replay::Replays;
use crate::verifier::{VerifiedRequest, Verifier};

/// Lets a request in once, if it is one to let in.
#[derive(Clone, Debug)]
pub struct Guard {
    /// What is acceptable.
    pub verifier: Verifier,
    /// What was there before.
    pub replays: Replays,
}

impl Guard {
    /// Checks what arrived on a subject.
    ///
    /// # Errors
    /// It is not a request that the node accepts now, or it was there before.
    pub fn admit(
        &mut self,
        payload: &[u8],
        subject: &str,
        now: Timestamp,
    ) -> Result<VerifiedRequest, Refusal> {
        let request = self.verifier.verify(payload, subject, now)?;
        self.replays.admit(&request, now)?;
        Ok(request)
    }
}
