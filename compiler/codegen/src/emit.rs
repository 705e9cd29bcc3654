//! From the IR to the text of Rust.
//!
//! Code is built as tokens, one stream an item; [`print`] formats each and puts a blank line between them,
//! since tokens carry none. Nothing here can fail, and equal machines give equal text.

mod agent;
mod class;
mod distribution;
mod doc;
mod imports;
mod machine;
mod watcher;

use proc_macro2::TokenStream;

pub use agent::{AgentProvenance, agent, data};
pub(crate) use agent::{agent_items, agent_modules, data_items};
pub use class::{ClassProvenance, class};
pub(crate) use distribution::{
    Body, Bundled, ClassEntry, Entry, HostedEntry, Include, MANIFEST, Ports, RowEntry, Sandbox,
    Spec, Surroundings, distribution, features,
};
pub use machine::{Provenance, items, machine};

/// Formats items, joined by blank lines, below a header of whole lines.
fn print(header: &str, items: impl IntoIterator<Item = TokenStream>) -> String {
    let mut text = header.to_owned();
    for item in items {
        let file = match syn::parse2::<syn::File>(item) {
            Ok(file) => prettyplease::unparse(&file),
            // Not reached: the tokens come from `quote!` with checked identifiers. Were it otherwise, rustc
            // would say so at the very place.
            Err(error) => format!("{}\n", error.to_compile_error()),
        };
        text.push('\n');
        let has_members = |it: &str| it.starts_with("impl") || it.starts_with("pub trait ");
        if file.lines().any(has_members) {
            push_spaced(&mut text, &file);
        } else {
            text.push_str(&file);
        }
    }
    text
}

/// Adds an `impl` block or a trait with a blank line between its members.
fn push_spaced(text: &mut String, block: &str) {
    let mut after_member = false;
    for line in block.lines() {
        let member = line
            .strip_prefix("    ")
            .filter(|it| !it.starts_with([' ', '}']));
        if after_member && member.is_some() {
            text.push('\n');
        }
        after_member = line == "    }" || member.is_some_and(|it| it.ends_with(';'));
        text.push_str(line);
        text.push('\n');
    }
}
