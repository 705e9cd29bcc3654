//! What authors sign and nodes obey: bundles of check files, and lists of plugins.
//!
//! A bundle is one file: an envelope with an ed25519 signature ([`envelope`]) around a [`Manifest`], which has a
//! name, a version that grows, the time until which it counts, and the texts of check files. [`open`] says whether
//! bytes are a bundle that is signed by a key that counts, [`Manifest::judge`] whether it is news to somebody who has
//! one already.
//!
//! This crate reads no file, clock or environment. Only [`key::SigningKey::generate`], for authors, draws randomness.

pub mod envelope;
pub mod key;
pub mod plugins;

mod error;
mod manifest;
#[cfg(feature = "schema")]
mod schema;

pub use envelope::open;
pub use error::{Error, Kind};
pub use key::PublicKey;
pub use manifest::{Manifest, News};
#[cfg(feature = "schema")]
pub use schema::{envelope_schema, manifest_schema};

/// The largest bundle, in bytes.
pub const LARGEST: usize = 64 << 20;

#[cfg(all(test, feature = "sign"))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
