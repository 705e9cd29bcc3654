//! The agent that answers whoever wants to know who is there.
//!
//! It is no agent that could be hosted: it is asked in plain text, by everybody, and [`Reception`](crate::Reception) knows it.

use core::time::Duration;

use chorister_ddl::codegen::{Ddl, List, Metadata, text};

/// Its name, which is a part of subjects.
pub(crate) const NAME: &str = "discovery";

/// What it says of itself among the agents of a node; there are no actions.
pub static DISCOVERY: Ddl = Ddl {
    metadata: Metadata {
        name: text(NAME),
        description: text("Says that the node is there"),
        author: text("The Chorister authors"),
        license: text("Apache-2.0"),
        url: text("https://github.com/chorister/chorister"),
        version: text(env!("CARGO_PKG_VERSION")),
        timeout: Duration::from_secs(2),
        ..Metadata::DEFAULT
    },
    actions: List::EMPTY,
};
