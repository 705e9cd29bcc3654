//! The compiler's front end: reads specs, checks them, and lowers them to the IR.
//!
//! Every door goes through the same stages, one module each: `parse` (chorister-yaml) gives a tree with spans,
//! [`model`] is what `decode` makes of it, `check` says what is wrong, `lower` turns names into ids. All findings
//! of a run are collected; a spec with an error lowers to nothing. Findings are data ([`diagnostic`]); how they
//! look is the business of [`render`].
//!
//! This crate reads no file, clock or environment: text comes in, values go out. Start with [`machine::check`].

pub mod check_file;
pub mod class;
pub mod config;
pub mod ddl;
pub mod diagnostic;
pub mod distribution;
pub mod goss;
pub mod machine;
pub mod model;
pub mod outline;
pub mod overrides;
pub mod policy;
pub mod programs;
pub mod render;
pub mod row;
pub mod scenario;
pub mod set;

mod check;
mod decode;
mod form;
mod lower;
mod source;
mod text;

pub use diagnostic::{Code, Diagnostic, Severity, explain};
pub use machine::{Checked, Options};
pub use outline::{Mark, Named, Outline, Site};
pub use source::{Format, Source};
