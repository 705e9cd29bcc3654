//! What `choristerc simulate` reads and shows; what happens is the business of `chorister-sim`.

pub(crate) mod cast;
pub(crate) mod failure;
pub(crate) mod json;
pub(crate) mod plan;
pub(crate) mod script;
pub(crate) mod svg;
pub(crate) mod test;
pub(crate) mod text;
