//! How much we say of ourselves when we connect.

use core::sync::atomic::{AtomicUsize, Ordering};

use async_nats::Auth;

/// What a broker takes of one line unless its `max_control_line` is another, in bytes.
const LINE: usize = 4096;

/// What a line has beside what is counted, about: names of members, versions and flags.
const REST: usize = 300;

/// How long the line was that was said last, in bytes.
#[derive(Debug, Default)]
pub(super) struct Introduction(AtomicUsize);

// === impl Introduction ===

impl Introduction {
    /// Takes note of what is said of us.
    pub(super) fn note(&self, name: &str, auth: &Auth) {
        let texts = [&auth.token, &auth.jwt, &auth.username, &auth.password];
        let texts = texts.iter().map(|it| it.as_deref().map_or(0, str::len));
        let signature = auth
            .signature
            .as_ref()
            .map_or(0, |it| it.len().div_ceil(3) * 4);
        let length = REST + name.len() + signature + texts.sum::<usize>();
        self.0.store(length, Ordering::Relaxed);
    }

    /// What is to be added to the reason why a broker does not let us in, if this may be one.
    ///
    /// Brokers say it as well; but they close the connection before they have read everything, and then what they said may
    /// not arrive.
    pub(super) fn objection(&self) -> String {
        match self.0.load(Ordering::Relaxed) {
            length if length > LINE => format!(
                " (the token makes a line of {length} bytes; brokers take {LINE} unless their `max_control_line` is \
                 larger: use a token with less in it, or configure the brokers)"
            ),
            _ => String::new(),
        }
    }
}
