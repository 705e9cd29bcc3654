//! Certificates for nodes that have none: asking for one, and again before it ends.
//!
//! ```text
//! PrivateKey ──► signing request ──► CertificateRequest ──► Pod ──► status ──► files of the node
//! key            key                 resource               pod     resource   order
//! ```
//!
//! [`Order::place`] does it once, against cert-manager in the cluster of the node's pod; [`obtain`] does it until it
//! succeeds, and [`keep`] again and again for as long as the node runs. What is written and read is made in `key` and
//! `resource`, which touch nothing; `pod` asks the cluster, always over verified TLS, and with limits on time and size.
//! Whatever comes back is believed only if it is a certificate of the node's own name and key, from the authority that came
//! with it.

mod error;
mod follow;
mod key;
mod order;
mod pod;
mod resource;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use error::{EnrolError, KeyError};
pub use follow::{keep, obtain};
pub use key::PrivateKey;
pub use order::{Order, Standing};
pub use pod::Pod;
