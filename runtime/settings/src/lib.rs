//! Configuration: everything that can be set, as one typed struct.
//!
//! Values come in layers: the table's defaults, what the distribution has compiled in, files of go-choria's format or
//! our own, the environment, and the command line. Each is a [`Layer`]; [`resolve`] puts them above each other and says
//! what is wrong with them. [`Settings`] is the result, in which units are types and each value knows its [`Origin`].
//!
//! The structs of [`settings`] are the one table of [keys](key::KEYS): names, types, defaults and documentation are
//! written there once, and the readers, the JSON Schema and the pages are made from it.
//!
//! Nothing here opens a file or looks at the environment or a clock: texts and look-ups are arguments, and [`places`]
//! says which files a caller looks for.
//!
//! Start reading at [`settings::Settings`], then [`Layer`].

mod change;
pub mod conf;
mod finding;
mod given;
pub mod key;
mod layer;
mod native;
pub mod places;
mod record;
mod resolve;
mod rules;
#[cfg(feature = "schema")]
mod schema;
pub mod settings;
pub mod value;

use chorister_yaml::Limits;

/// How much of a file is read, whatever its format.
pub const LIMITS: Limits = Limits {
    input: 1 << 20,
    depth: 16,
    nodes: 50_000,
    text: 1 << 20,
    documents: chorister_yaml::Documents::One,
};

pub use change::Change;
pub use finding::{Finding, Mistake};
pub use given::Given;
pub use key::{KEYS, Key, Reader};
pub use layer::Layer;
pub use record::{Origin, Setting};
pub use resolve::{Resolved, resolve};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use settings::Settings;

#[cfg(test)]
mod tests;
