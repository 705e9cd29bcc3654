//! Signatures that were checked before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

use crate::certificate::Chain;
use crate::key::{PublicKey, RsaHash, RsaPublicKey};

/// What is remembered of signatures that were found good. Clones share one memory.
///
/// Whether a key made a signature over some bytes never changes, so nothing in here gets old or has to be forgotten: whose
/// keys count, when certificates and tokens count and what they permit is asked anew for each request.
#[derive(Clone, Debug)]
pub struct Signatures {
    /// Those of certificates and tokens, which callers bring along with each request.
    pub(crate) credentials: Memory,
    /// Those of requests.
    pub(crate) requests: Memory,
    /// What certificates say that came with good ones.
    pub(crate) chains: Memory<Arc<Chain>>,
}

/// What is known of some bytes; of signatures, that they are good. What was found bad is not in it: anybody can make more of
/// that.
#[derive(Clone, Debug)]
pub(crate) struct Memory<T = ()>(Option<Arc<Mutex<Kept<T>>>>);

/// The SHA-256 of all that an answer depends on.
type Digest = [u8; SHA256_OUTPUT_LEN];

/// What was asked for last, and what was so before.
#[derive(Debug)]
struct Kept<T> {
    recent: HashMap<Digest, T>,
    older: HashMap<Digest, T>,
    /// How many are recent.
    room: usize,
}

// === impl Signatures ===

impl Signatures {
    /// How many signatures of callers are known at least, about 100 bytes each when they are there.
    const CALLERS: usize = 512;

    /// How many certificates are known at least: a few kilobytes each.
    const CHAINS: usize = 32;

    /// How many requests that many nodes hear of are known at least.
    const REQUESTS: usize = 256;

    /// For many nodes in one process, each of which hears the same requests.
    #[must_use]
    pub fn of_fleet() -> Self {
        Self {
            requests: Memory::new(Self::REQUESTS),
            ..Self::default()
        }
    }
}

impl Default for Signatures {
    /// For a single node, to which no request comes twice.
    fn default() -> Self {
        Self {
            credentials: Memory::new(Self::CALLERS),
            requests: Memory::NONE,
            chains: Memory::new(Self::CHAINS),
        }
    }
}

// === impl Memory ===

impl Memory {
    /// Remembers nothing.
    pub(crate) const NONE: Self = Self(None);

    /// Whether a key made a signature with ed25519.
    pub(crate) fn ed25519(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        self.is_good([b"ed25519", key.bytes(), message, signature], || {
            key.verifies(message, signature)
        })
    }

    /// Whether a key made a signature with RSA, PKCS#1 v1.5.
    pub(crate) fn rsa(
        &self,
        key: &RsaPublicKey,
        hash: RsaHash,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.is_good([hash.name(), key.der(), message, signature], || {
            key.verifies(hash, message, signature)
        })
    }

    /// Whether a signature is good. `parts` are all that `check` looks at: how it was made, the key, what it is over and
    /// the signature.
    pub(crate) fn is_good(&self, parts: [&[u8]; 4], check: impl FnOnce() -> bool) -> bool {
        if self.0.is_none() {
            return check();
        }
        let digest = digest(parts);
        if self.get(&digest).is_some() {
            return true;
        }
        // Not while it is locked: others need not wait for that.
        let is_good = check();
        if is_good {
            self.keep(digest, ());
        }
        is_good
    }
}

impl<T: Clone> Memory<T> {
    pub(crate) fn new(room: usize) -> Self {
        Self(Some(Arc::new(Mutex::new(Kept {
            recent: HashMap::new(),
            older: HashMap::new(),
            room,
        }))))
    }

    /// What is known.
    pub(crate) fn get(&self, digest: &Digest) -> Option<T> {
        let mut kept = self.kept()?;
        if let Some(known) = kept.recent.get(digest) {
            return Some(known.clone());
        }
        let known = kept.older.remove(digest)?;
        kept.keep(*digest, known.clone());
        Some(known)
    }

    /// Remembers something for as long as it is asked for, and some time longer.
    pub(crate) fn keep(&self, digest: Digest, known: T) {
        if let Some(mut kept) = self.kept() {
            kept.keep(digest, known);
        }
    }

    fn kept(&self) -> Option<MutexGuard<'_, Kept<T>>> {
        let kept = self.0.as_ref()?;
        Some(kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How much is known.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept()
            .map_or(0, |kept| kept.recent.len() + kept.older.len())
    }
}

// === impl Kept ===

impl<T> Kept<T> {
    fn keep(&mut self, digest: Digest, known: T) {
        if self.recent.len() >= self.room {
            self.older = core::mem::take(&mut self.recent);
        }
        self.recent.insert(digest, known);
    }
}

/// A digest of several parts. Each has its length before it, so that none can be taken for a piece of another.
pub(crate) fn digest<const N: usize>(parts: [&[u8]; N]) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    let mut digest = Digest::default();
    for (to, from) in digest.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    digest
}
