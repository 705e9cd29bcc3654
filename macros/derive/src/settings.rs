//! The derive that makes a group of settings from a struct: its rows of the table of keys, and access by name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, Lit, LitStr, Meta};

/// A field, and what its attribute says of it.
struct Field<'a> {
    ident: &'a Ident,
    ty: &'a syn::Type,
    doc: String,
    role: Role,
}

/// What a field is.
enum Role {
    /// One setting.
    Key(Box<Row>),
    /// Settings below a name, below which name go-choria has them, and whether they guard a node.
    Group(Option<LitStr>, bool),
    /// Such settings once for each name that is given.
    Named,
    /// Nothing that is set.
    Skip,
}

/// What is known of a setting beside its type and its documentation.
#[derive(Default)]
struct Row {
    upstream: Option<LitStr>,
    default: Option<LitStr>,
    environment: Option<LitStr>,
    readers: Vec<Ident>,
    used: bool,
    guards: bool,
}

pub(crate) fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "settings are a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new_spanned(input, "settings have names"));
    };
    let fields: Vec<Field<'_>> = fields
        .named
        .iter()
        .filter_map(|field| Some((field, field.ident.as_ref()?)))
        .map(|(field, ident)| Field::read(ident, field))
        .collect::<syn::Result<_>>()?;
    let name = &input.ident;
    let items = fields.iter().filter_map(Field::item);
    let sets = fields.iter().filter_map(Field::set);
    let gets = fields.iter().filter_map(Field::get);
    let presets = fields.iter().map(Field::preset);
    Ok(quote! {
        impl crate::key::Group for #name {
            const ITEMS: &'static [crate::key::Item] = &[#(#items),*];

            fn set(&mut self, name: &str, given: &crate::given::Given) -> Result<bool, crate::value::Mismatch> {
                #(#sets)*
                Ok(false)
            }

            fn get(&self, name: &str) -> Option<crate::value::Shown> {
                #(#gets)*
                None
            }
        }

        impl Default for #name {
            fn default() -> Self {
                Self { #(#presets),* }
            }
        }
    })
}

// === impl Field ===

impl<'a> Field<'a> {
    fn read(ident: &'a Ident, field: &'a syn::Field) -> syn::Result<Self> {
        let role = match field.attrs.iter().find(|it| it.path().is_ident("setting")) {
            Some(attribute) => Role::read(attribute)?,
            None => {
                return Err(syn::Error::new_spanned(
                    ident,
                    "a field needs `#[setting(…)]`",
                ));
            }
        };
        let doc = field
            .attrs
            .iter()
            .filter_map(line)
            .collect::<Vec<_>>()
            .join(" ");
        Ok(Self {
            ident,
            ty: &field.ty,
            doc,
            role,
        })
    }

    fn name(&self) -> String {
        self.ident.to_string()
    }

    /// Its part of the table.
    fn item(&self) -> Option<TokenStream> {
        let (name, doc, ty) = (self.name(), &self.doc, self.ty);
        Some(match &self.role {
            Role::Key(row) => {
                let upstream = optional(row.upstream.as_ref());
                let default = optional(row.default.as_ref());
                let environment = optional(row.environment.as_ref());
                let (readers, used, guards) = (&row.readers, row.used, row.guards);
                quote!(crate::key::Item::Key(crate::key::Row {
                    name: #name,
                    upstream: #upstream,
                    kind: <#ty as crate::value::Value>::KIND,
                    default: #default,
                    environment: #environment,
                    doc: #doc,
                    readers: &[#(crate::key::Reader::#readers),*],
                    used: #used,
                    guards: #guards,
                }))
            }
            Role::Group(upstream, guards) => {
                let upstream = optional(upstream.as_ref());
                quote!(crate::key::Item::Group {
                    name: #name, doc: #doc, items: <#ty as crate::key::Group>::ITEMS, upstream: #upstream, named: false,
                    guards: #guards,
                })
            }
            Role::Named => quote!(crate::key::Item::Group {
                name: #name, doc: #doc, items: <#ty as crate::key::Group>::ITEMS, upstream: None, named: true,
                guards: false,
            }),
            Role::Skip => return None,
        })
    }

    fn set(&self) -> Option<TokenStream> {
        let (ident, name) = (self.ident, self.name());
        let prefix = format!("{name}.");
        Some(match &self.role {
            Role::Key(_) => quote! {
                if name == #name {
                    return crate::value::assign(&mut self.#ident, given);
                }
            },
            Role::Group(..) | Role::Named => quote! {
                if let Some(rest) = name.strip_prefix(#prefix) {
                    return crate::key::Group::set(&mut self.#ident, rest, given);
                }
            },
            Role::Skip => return None,
        })
    }

    fn get(&self) -> Option<TokenStream> {
        let (ident, name) = (self.ident, self.name());
        let prefix = format!("{name}.");
        Some(match &self.role {
            Role::Key(_) => quote! {
                if name == #name {
                    return Some(crate::value::Value::shown(&self.#ident));
                }
            },
            Role::Group(..) | Role::Named => quote! {
                if let Some(rest) = name.strip_prefix(#prefix) {
                    return crate::key::Group::get(&self.#ident, rest);
                }
            },
            Role::Skip => return None,
        })
    }

    fn preset(&self) -> TokenStream {
        let ident = self.ident;
        match &self.role {
            Role::Key(row) => match &row.default {
                Some(text) => quote!(#ident: crate::value::preset(#text)),
                None => quote!(#ident: Default::default()),
            },
            Role::Group(..) | Role::Named | Role::Skip => quote!(#ident: Default::default()),
        }
    }
}

// === impl Role ===

impl Role {
    fn read(attribute: &Attribute) -> syn::Result<Self> {
        let mut row = Row::default();
        let mut role = None;
        attribute.parse_nested_meta(|meta| {
            let path = &meta.path;
            if path.is_ident("group") {
                role = Some(Self::Group(None, false));
            } else if path.is_ident("named") {
                role = Some(Self::Named);
            } else if path.is_ident("skip") {
                role = Some(Self::Skip);
            } else if path.is_ident("used") {
                row.used = true;
            } else if path.is_ident("guards") {
                row.guards = true;
            } else if path.is_ident("upstream") {
                row.upstream = Some(meta.value()?.parse()?);
            } else if path.is_ident("default") {
                row.default = Some(meta.value()?.parse()?);
            } else if path.is_ident("environment") {
                row.environment = Some(meta.value()?.parse()?);
            } else if path.is_ident("by") {
                meta.parse_nested_meta(|reader| {
                    row.readers.push(reader.path.require_ident()?.clone());
                    Ok(())
                })?;
            } else {
                return Err(meta.error(
                    "expected `group`, `named`, `skip`, or of `upstream`, `default`, `environment`, `by`, `used`, `guards`",
                ));
            }
            Ok(())
        })?;
        Ok(match role {
            Some(Self::Group(..)) => Self::Group(row.upstream, row.guards),
            Some(role) => role,
            None => Self::Key(Box::new(row)),
        })
    }
}

/// A line of documentation.
fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(text) if pair.path.is_ident("doc") => match &text.lit {
            Lit::Str(text) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

fn optional(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}
