//! From the IR to the text of Rust.
//!
//! Code is built as tokens, one stream an item; [`print`] formats each and puts a blank line between them,
//! since tokens carry none. Nothing here can fail, and equal machines give equal text.

mod distribution;
mod doc;
mod imports;
mod machine;
mod watcher;

use proc_macro2::TokenStream;

pub(crate) use distribution::{Bundled, Entry, Include, distribution, features};
pub use machine::{Provenance, items, machine};

/// Formats items, joined by blank lines, below a header of whole lines.
fn print(header: &str, items: impl IntoIterator<Item = TokenStream>) -> String {
    let mut text = header.to_owned();
    for item in items {
        let file = match syn::parse2::<syn::File>(item.clone()) {
            Ok(file) => prettyplease::unparse(&file),
            // Not reached: the tokens come from `quote!` with checked identifiers. Were it otherwise, rustc
            // would say so at the very place.
            Err(_) => format!("{item}\n"),
        };
        text.push('\n');
        text.push_str(&file);
    }
    text
}
