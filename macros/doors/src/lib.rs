//! `machine!` and `agent!`: compile one machine or agent in place.
//!
//! The doors for programs that embed one. A distribution has a build script instead, whose findings point into
//! the spec and which cargo runs again when the spec changes; a macro has neither, so this one puts the rendered
//! findings into its error and includes the spec so that cargo knows of it.

use std::path::Path;

use chorister_compiler::{Disk, Files, one_agent, one_machine};
use chorister_spec::render::{self, Color};
use chorister_spec::{Diagnostic, Severity, Source};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token, parse_macro_input};

/// Most bytes of a spec.
const MAX_SPEC: u64 = 4 << 20;

/// Compiles a machine into a module.
///
/// `chorister::machine!("specs/lamp.machine.yaml")` is `pub mod lamp { … }` with the machine's `State`, `Transition` and
/// `MACHINE`; `chorister::machine!("specs/lamp.machine.yaml" as light)` names the module. The path is relative to the
/// folder of the crate's `Cargo.toml`.
#[proc_macro]
pub fn machine(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let door = parse_macro_input!(input as Door);
    door.open(Kind::Machine)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Compiles an RPC agent into a module.
///
/// `chorister::agent!("specs/disk.ddl.yaml")` is `pub mod disk { … }` with a trait for what the agent does, a service that
/// a node hosts, a client that asks other nodes, and the types of its values; `as` names the module as in [`machine!`].
/// The path is relative to the folder of the crate's `Cargo.toml`.
#[proc_macro]
pub fn agent(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let door = parse_macro_input!(input as Door);
    door.open(Kind::Agent)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// What a specification describes.
#[derive(Clone, Copy)]
enum Kind {
    Machine,
    Agent,
}

/// What the macro was given.
struct Door {
    path: LitStr,
    module: Option<Ident>,
}

impl Parse for Door {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let module = if input.parse::<Option<Token![as]>>()?.is_some() {
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Self { path, module })
    }
}

impl Door {
    fn open(&self, kind: Kind) -> syn::Result<TokenStream> {
        let path = self.path.value();
        let source = self.read(&path)?;
        let (items, diagnostics) = match kind {
            Kind::Machine => {
                let one = one_machine(&source);
                (one.items(), one.diagnostics)
            }
            Kind::Agent => {
                let one = one_agent(&source);
                (one.items(), one.diagnostics)
            }
        };
        let Some((name, items)) = items else {
            return Err(self.error(&findings(kind, &diagnostics, source)));
        };
        let module = self
            .module
            .clone()
            .unwrap_or_else(|| Ident::new(&name, self.path.span()));
        let docs = match kind {
            Kind::Machine => format!(" Machine of `{path}`."),
            Kind::Agent => format!(" Agent of `{path}`."),
        };
        let path = format!("/{path}");
        Ok(quote! {
            #[doc = #docs]
            pub mod #module {
                #(#items)*

                // Tells cargo that the spec is a source file of this crate.
                const _: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), #path));
            }
        })
    }

    fn read(&self, path: &str) -> syn::Result<Source> {
        if path.starts_with('/') {
            return Err(self.error("the path has to be relative to the folder of Cargo.toml"));
        }
        let base = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
        let bytes = Disk::new(Path::new(&base))
            .read(path, MAX_SPEC)
            .map_err(|error| self.error(&format!("cannot read {path}: {error}")))?;
        Source::from_bytes(path, bytes)
            .map_err(|finding| self.error(&render::text(&[*finding], &[], Color::Never)))
    }

    fn error(&self, message: &str) -> syn::Error {
        syn::Error::new(self.path.span(), message)
    }
}

/// The findings as text, errors only: there is no place for a warning in the error of a macro.
fn findings(kind: Kind, diagnostics: &[Diagnostic], source: Source) -> String {
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .cloned()
        .collect();
    let text = render::text(&errors, &[source], Color::Never);
    let summary = render::summary(&errors).unwrap_or_default();
    let what = match kind {
        Kind::Machine => "machine",
        Kind::Agent => "agent",
    };
    format!("the {what} has {summary}\n\n{}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(input: &str) -> Result<String, String> {
        open_as(Kind::Machine, input)
    }

    fn open_as(kind: Kind, input: &str) -> Result<String, String> {
        let door: Door = syn::parse_str(input).map_err(|error| error.to_string())?;
        door.open(kind)
            .map(|it| it.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_module_has_the_name_of_the_machine_or_one_that_is_given() {
        let spec = "\"../../tests/golden/lamp/spec.yaml\"";
        assert!(open(spec).unwrap().contains("pub mod lamp {"));
        assert!(
            open(&format!("{spec} as light"))
                .unwrap()
                .contains("pub mod light {")
        );
    }

    #[test]
    fn findings_are_the_error_of_the_macro() {
        let error = open("\"tests/broken.machine.yaml\"").unwrap_err();
        assert!(
            error.starts_with("the machine has 1 error\n\nerror[CH0206]"),
            "{error}"
        );
        assert!(
            error.contains("--> tests/broken.machine.yaml:14:"),
            "{error}"
        );
        assert!(error.contains("turn_on"), "{error}");
    }

    #[test]
    fn agents_have_a_door_of_their_own() {
        let module = open_as(
            Kind::Agent,
            "\"../../tests/golden/agents/disk/spec.ddl.yaml\"",
        )
        .unwrap();
        assert!(module.contains("pub mod disk {"), "{module}");
        assert!(module.contains("pub trait DiskAgent"), "{module}");
        let spec = "\"../../tests/golden/lamp/spec.yaml\"";
        let error = open_as(Kind::Agent, spec).unwrap_err();
        assert!(error.starts_with("the agent has "), "{error}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        let error = open("\"tests/none.yaml\"").unwrap_err();
        assert!(
            error.starts_with("cannot read tests/none.yaml: "),
            "{error}"
        );
        assert!(open("\"/etc/passwd\"").unwrap_err().contains("relative"));
        assert!(open("lamp").is_err());
    }
}
