//! Derives on Rust types: those of the IR, and settings.
//!
//! [`ConstTokens`] writes the printer that turns a value into the constant expression an author could have
//! typed. It is the only place that knows the shape of IR types when they are printed: there is no
//! hand-written emitter to keep in step with them. [`Settings`] turns a struct into rows of the one table of
//! configuration keys.

mod settings;

use proc_macro2::{Punct, Spacing, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Ident, Path, parse_macro_input};

/// Derives `chorister_lang::ConstTokens`.
///
/// `#[const_tokens(default = Type::DEFAULT)]` on a struct with named fields leaves out the fields that equal
/// those of the named constant.
#[proc_macro_derive(ConstTokens, attributes(const_tokens))]
pub fn const_tokens(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derive(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Derives a group of settings, for `chorister-settings` alone: each field is a row of its table of keys, with the
/// documentation of the field as the sentence that people read, and can be set and read by its name.
///
/// - `#[setting(upstream = "KEY", default = "TEXT", environment = "NAME", by(Node, …), used)]` on a setting: what
///   go-choria calls it, what it is where nobody says, which variable sets it, what reads it, and whether something
///   in this release acts on it. All are optional.
/// - `#[setting(group)]` on a field whose type derives this too, `#[setting(named)]` on a map from names to such. With
///   `upstream = "PREFIX"` names of go-choria within it that begin with a dot stand below that prefix.
/// - `#[setting(skip)]` on what is no setting.
#[proc_macro_derive(Settings, attributes(setting))]
pub fn settings(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    settings::derive(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = &input.ident;
    // A crate that derives either is `chorister-lang` or depends on it under its own name.
    let lang = if std::env::var("CARGO_PKG_NAME").as_deref() == Ok("chorister-lang") {
        quote!(crate)
    } else {
        quote!(::chorister_lang)
    };
    let body = match &input.data {
        Data::Struct(data) => structure(name, &data.fields, default_of(input)?.as_ref(), &lang),
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| {
                let case = &variant.ident;
                let (pattern, value) = bind(&quote!(#name::#case), &variant.fields, &lang);
                quote!(Self::#case #pattern => #value)
            });
            quote!(match self { #(#arms,)* })
        }
        Data::Union(_) => {
            return Err(syn::Error::new_spanned(
                input,
                "a union cannot be printed as a constant",
            ));
        }
    };
    Ok(quote! {
        impl #lang::ConstTokens for #name {
            fn const_tokens(&self) -> ::proc_macro2::TokenStream {
                #body
            }
        }
    })
}

fn default_of(input: &DeriveInput) -> syn::Result<Option<Path>> {
    let mut default = None;
    for attribute in input
        .attrs
        .iter()
        .filter(|it| it.path().is_ident("const_tokens"))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("default") {
                return Err(meta.error("expected `default = PATH`"));
            }
            default = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    }
    Ok(default)
}

fn structure(
    name: &Ident,
    fields: &Fields,
    default: Option<&Path>,
    lang: &TokenStream,
) -> TokenStream {
    let (Some(default), Fields::Named(named)) = (default, fields) else {
        let (pattern, value) = bind(&quote!(#name), fields, lang);
        return quote!({ let Self #pattern = self; #value });
    };
    // `#hash` is a `#` for the `quote!` inside the derived code.
    let hash = Punct::new('#', Spacing::Alone);
    let each = named
        .named
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .map(|field| {
            quote! {
                if self.#field == default.#field {
                    rest = true;
                } else {
                    let value = #lang::ConstTokens::const_tokens(&self.#field);
                    fields.push(::quote::quote!(#field: #hash value));
                }
            }
        });
    quote! {{
        let default = &#default;
        let mut rest = false;
        let mut fields = Vec::<::proc_macro2::TokenStream>::new();
        #(#each)*
        if fields.is_empty() {
            ::quote::quote!(#default)
        } else if rest {
            ::quote::quote!(#name { #hash(#hash fields,)* ..#default })
        } else {
            ::quote::quote!(#name { #hash(#hash fields),* })
        }
    }}
}

/// The pattern that binds every field, and the expression that prints them.
fn bind(path: &TokenStream, fields: &Fields, lang: &TokenStream) -> (TokenStream, TokenStream) {
    let names: Vec<Ident> = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            field
                .ident
                .clone()
                .unwrap_or_else(|| format_ident!("field{at}"))
        })
        .collect();
    let prints = names
        .iter()
        .map(|name| quote!(let #name = #lang::ConstTokens::const_tokens(#name);));
    let hash = Punct::new('#', Spacing::Alone);
    let holes = names.iter().map(|name| quote!(#hash #name));
    match fields {
        Fields::Named(_) => (
            quote!({ #(#names),* }),
            quote!({ #(#prints)* ::quote::quote!(#path { #(#names: #holes),* }) }),
        ),
        Fields::Unnamed(_) => (
            quote!((#(#names),*)),
            quote!({ #(#prints)* ::quote::quote!(#path(#(#holes),*)) }),
        ),
        Fields::Unit => (quote!(), quote!(::quote::quote!(#path))),
    }
}
