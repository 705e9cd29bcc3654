//! Token devices, such as smart cards, and programs that behave like them: a certificate, and an RSA key that nobody sees.
//!
//! [`Token::open`] loads the driver of a device and finds both; a [`Token`] then signs messages of version 1
//! ([`Holder`]) and shakes hands ([`Key`]).
//!
//! A driver is a library in this process, of whoever made the device: it may do what the process may.

mod error;
mod token;

pub use chorister_security::key::Holder;
pub use chorister_system::tls::Key;
pub use error::TokenError;
pub use token::{Asking, Token};
