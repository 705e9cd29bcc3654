//! What arrives, held against everything that makes a request acceptable.

mod certificates;
mod tokens;

use core::time::Duration;

use chorister_proto::{Request, SecureRequest, Transport, Version, subject};
use jiff::{SignedDuration, Timestamp};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::signatures::Signatures;
use crate::trust::Trust;

/// What a node accepts.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// Whom it believes.
    pub trust: Trust,
    /// Its identity.
    pub identity: String,
    /// The collectives it is in.
    pub collectives: Vec<String>,
    /// How long requests may count.
    pub bounds: Bounds,
    /// What need not be checked again.
    pub signatures: Signatures,
}

/// How long requests may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The longest time that a request may say.
    pub ttl: Duration,
    /// How far clocks of clients may be ahead.
    pub skew: Duration,
}

/// A request that is what it says. Only [`Verifier::verify`] makes one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VerifiedRequest {
    /// The request.
    pub request: Request,
    /// Who makes it.
    pub caller: Caller,
    /// How it came; its data was taken out. Nothing in it is covered by the signature.
    pub transport: Transport,
}

// === impl Bounds ===

impl Default for Bounds {
    /// One hour; five minutes.
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(3600),
            skew: Duration::from_secs(300),
        }
    }
}

// === impl Verifier ===

impl Verifier {
    /// The version of the protocol that the node speaks.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self.trust {
            Trust::Certificates(_) => Version::V1,
            Trust::Tokens(_) => Version::V2,
        }
    }

    /// Checks what arrived on a subject. Whether it was there before is for [`crate::Replays`] to say.
    ///
    /// # Errors
    /// It is not a request that this node accepts now.
    pub fn verify(
        &self,
        payload: &[u8],
        subject: &str,
        now: Timestamp,
    ) -> Result<VerifiedRequest, Refusal> {
        let mut transport = Transport::decode(payload)?;
        let spoken = |found: Version| {
            if found == self.version() {
                Ok(())
            } else {
                Err(Refusal::Version { found })
            }
        };
        spoken(transport.version)?;
        let secure = SecureRequest::decode(&core::mem::take(&mut transport.data))?;
        spoken(secure.version())?;
        let (request, caller) = match &self.trust {
            Trust::Certificates(trust) => {
                certificates::verify(trust, &secure, now, &self.signatures)?
            }
            Trust::Tokens(trust) => tokens::verify(trust, &secure, now, &self.signatures)?,
        };
        spoken(request.version)?;
        if !self.collectives.contains(&request.collective) {
            return Err(Refusal::Collective(request.collective));
        }
        if !subject::carries(subject, &request, &self.identity) {
            return Err(Refusal::Subject(subject.chars().take(256).collect()));
        }
        self.bounds.check(&request, now)?;
        Ok(VerifiedRequest {
            request,
            caller,
            transport,
        })
    }
}

impl Bounds {
    /// Checks that a request counts now. Both ends are outside.
    fn check(self, request: &Request, now: Timestamp) -> Result<(), Refusal> {
        let most = self.ttl.as_secs();
        if request.ttl > most {
            return Err(Refusal::TtlTooLong {
                ttl: request.ttl,
                most,
            });
        }
        if now >= expiry(request) {
            return Err(Refusal::Expired(expiry(request)));
        }
        let ahead = Duration::from_secs(request.ttl).min(self.skew);
        let latest = now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
        if request.time >= latest {
            return Err(Refusal::Future(request.time));
        }
        Ok(())
    }
}

/// When a request stops to count.
pub(crate) fn expiry(request: &Request) -> Timestamp {
    let ttl = i64::try_from(request.ttl).unwrap_or(i64::MAX);
    let end = request.time.saturating_add(SignedDuration::from_secs(ttl));
    end.unwrap_or(Timestamp::MAX)
}
