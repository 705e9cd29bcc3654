//! Which names a piece of generated code needs from elsewhere.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;

/// Names that generated code has without importing them: Rust's own, and those of its module.
const AT_HAND: [&str; 10] = [
    "Box",
    "Default",
    "Err",
    "None",
    "Ok",
    "Self",
    "Some",
    "State",
    "Transition",
    "Option",
];

/// Names of Rust's core library, with their paths.
const CORE: [(&str, &str); 2] = [
    ("core::ops::Deref", "Deref"),
    ("core::time::Duration", "Duration"),
];

/// The names that a module imports.
#[derive(Debug, Default)]
pub(super) struct Imports {
    names: BTreeSet<String>,
    /// Those of Rust's core library.
    core: BTreeSet<&'static str>,
}

impl Imports {
    /// Adds the names that tokens use: the first segment of each path that is a type, and each free function.
    ///
    /// By the style of the generated code a type has a small letter and a constant of the module has none.
    pub(super) fn scan(&mut self, tokens: &TokenStream) {
        let mut before = None::<char>;
        let mut tokens = tokens.clone().into_iter().peekable();
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Group(group) => self.scan(&group.stream()),
                TokenTree::Ident(ident) if !matches!(before, Some(':' | '.' | '\'')) => {
                    let name = ident.to_string();
                    let calls = matches!(tokens.peek(),
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                    let is_type = name.starts_with(|it: char| it.is_ascii_uppercase())
                        && name.contains(|it: char| it.is_ascii_lowercase());
                    if is_type || calls && !name.starts_with(|it: char| it.is_ascii_uppercase()) {
                        self.add(&name);
                    }
                }
                _ => {}
            }
            before = last_of_path(before, &token);
        }
    }

    /// Adds one name.
    pub(super) fn add(&mut self, name: &str) {
        if let Some((path, _)) = CORE.iter().find(|(_, it)| *it == name) {
            self.core.insert(path);
        } else if !AT_HAND.contains(&name) {
            self.names.insert(name.to_owned());
        }
    }

    /// The `use` items, sorted as rustfmt would.
    pub(super) fn items(&self) -> Vec<TokenStream> {
        let mut items = Vec::new();
        if !self.core.is_empty() {
            let paths = self
                .core
                .iter()
                .filter_map(|it| syn::parse_str::<syn::Path>(it).ok());
            items.push(quote!(#(use #paths;)*));
        }
        items.extend(self.surface());
        items
    }

    /// The `use` item for the names of the facade.
    pub(super) fn surface(&self) -> Option<TokenStream> {
        let names = self
            .names
            .iter()
            .map(|it| Ident::new(it, Span::call_site()));
        (!self.names.is_empty()).then(|| quote!(use chorister::codegen::{#(#names),*};))
    }
}

/// What an identifier has to know about the tokens before it: `:` only for the end of a `::`.
fn last_of_path(before: Option<char>, token: &TokenTree) -> Option<char> {
    match token {
        TokenTree::Punct(punct) => match (punct.as_char(), before) {
            (':', Some(';')) => Some(':'),
            // A first colon is remembered as something that does not end a path.
            (':', _) => Some(';'),
            (other, _) => Some(other),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tokens: &TokenStream, expect: &[&str]) {
        let mut imports = Imports::default();
        imports.scan(tokens);
        assert_eq!(
            imports.names.iter().map(String::as_str).collect::<Vec<_>>(),
            expect,
            "{tokens}"
        );
    }

    #[test]
    fn only_the_first_segment_of_a_path_counts() {
        check(
            &quote!(WatcherKind::Exec(Exec {
                timeout: Duration::from_secs(1)
            })),
            &["Exec", "WatcherKind"],
        );
        check(&quote!(Some(State::Off.id())), &[]);
        check(
            &quote!(f(text("x"), list(&[DUSK]), Template::literal("y"))),
            &["Template", "f", "list", "text"],
        );
    }

    #[test]
    fn fields_and_methods_are_not_imported() {
        check(
            &quote!(Pair {
                key: text("a"),
                list: X.text()
            }),
            &["Pair", "text"],
        );
    }
}
