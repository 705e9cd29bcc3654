//! Goss files: what a node should look like, written as resources with expected values.
//!
//! A file is rendered as a template, read, joined with the files that it includes, and becomes a [`Suite`]: resources
//! in the order of their evaluation, each with the properties that it expects. Whoever evaluates it looks at the
//! system, asks the matchers of this crate whether what was found is as expected, and hands the results to its outputs.
//!
//! Nothing here touches a file, the environment or the system: they come in through traits, as answers.
//!
//! Start reading at [`model`].

mod check;
pub mod files;
mod finding;
mod glob;
mod load;
pub mod matcher;
pub mod model;
pub mod output;
pub mod result;
mod scalar;
mod source;
pub mod template;
pub mod value;
mod vars;
#[cfg(test)]
mod vectors;

pub use files::Files;
pub use finding::{Finding, Mistake, Severity};
pub use load::{Checked, LoadError, Loaded, check, load};
pub use matcher::Matcher;
pub use model::{Kind, Property, Resource, Settings, Suite};
pub use result::{Outcome, Report, Summary, TestResult};
pub use source::SourceFile;
pub use value::Value;
pub use vars::{Vars, VarsError};
