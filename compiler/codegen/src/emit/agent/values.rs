//! The inputs and outputs of an action as types.

use chorister_ir::ddl::{Input, InputKind};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;

use super::ActionNames;
use super::types::{
    default_value, is_plain, items_of, limits, literal, output_type, text_of, value_type,
};
use crate::emit::doc;
use crate::naming::{Name, read_alike};

/// Most arguments that a function may have before clippy asks for fewer.
const FEW_ARGUMENTS: usize = 7;

/// The field of an input.
struct Field<'a> {
    input: &'a Input,
    ident: Ident,
    of: TokenStream,
    /// The value of an input that a request need not give; `None` where it has to.
    default: Option<TokenStream>,
}

impl ActionNames<'_> {
    /// The types of its values, those that its input is made of first.
    pub(super) fn values(&self) -> Vec<TokenStream> {
        let mut items = Vec::new();
        let own = self.action.inputs.iter().zip(&self.values);
        for (input, name) in own.filter_map(|(input, name)| Some((input, name.as_ref()?))) {
            match &input.kind {
                InputKind::List(values) => {
                    items.push(self.choice(input, name, values.iter().map(AsRef::as_ref)));
                }
                _ => items.extend(self.text(input, name)),
            }
        }
        if self.has_inputs() {
            items.extend(self.input());
        }
        if !self.action.outputs.is_empty() {
            items.extend(self.output());
        }
        items
    }

    /// `path` of `usage`, and what it means.
    fn about_input(&self, input: &Input, limits: &str) -> Vec<String> {
        let (name, action) = (doc::code(&input.name), doc::code(&self.action.name));
        let meaning = sentence(&input.description);
        let colon = if meaning.is_empty() { "." } else { ": " };
        doc::lines(&format!("{name} of {action}{colon}{meaning}{limits}"))
    }

    fn choice<'v>(
        &self,
        input: &Input,
        name: &Ident,
        values: impl Iterator<Item = &'v str>,
    ) -> TokenStream {
        let about = self.about_input(input, "");
        let names = Name::distinct(values);
        let allowance = read_alike(&name.to_string(), &names).then(
            || quote!(#[allow(clippy::enum_variant_names, reason = "the names are those of the spec")]),
        );
        let variants = names.iter().map(|it| {
            let (variant, raw) = (it.variant(), &it.raw);
            let about = format!(" {}", doc::code(raw));
            quote!(#[doc = #about] #[serde(rename = #raw)] #variant)
        });
        quote! {
            #(#[doc = #about])*
            #allowance
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
            #[serde(crate = "chorister::codegen::serde")]
            pub enum #name {
                #(#variants,)*
            }
        }
    }

    /// A text that is held against the DDL before there is one.
    fn text(&self, input: &Input, name: &Ident) -> Vec<TokenStream> {
        let about = self.about_input(input, &limits(&input.kind));
        let (constant, raw) = (&self.constant, input.name.as_ref());
        vec![
            quote! {
                #(#[doc = #about])*
                #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
                #[serde(crate = "chorister::codegen::serde", try_from = "String", into = "String")]
                pub struct #name(String);
            },
            quote! {
                impl TryFrom<String> for #name {
                    type Error = Invalid;
                    fn try_from(text: String) -> Result<Self, Invalid> {
                        checked(#constant, #raw, text).map(Self)
                    }
                }
            },
            quote! {
                impl From<#name> for String {
                    fn from(value: #name) -> Self {
                        value.0
                    }
                }
            },
            quote! {
                impl Deref for #name {
                    type Target = str;
                    fn deref(&self) -> &str {
                        &self.0
                    }
                }
            },
        ]
    }

    fn fields(&self) -> Vec<Field<'_>> {
        let inputs = || self.action.inputs.iter();
        let idents = Name::members(inputs().map(|it| it.name.as_ref()), &[]);
        let fields = inputs().zip(&self.values).zip(idents);
        fields
            .map(|((input, own), ident)| {
                let of = own.as_ref().map_or_else(
                    || value_type(input.kind.value_type(), items_of(&input.kind)),
                    |it| quote!(#it),
                );
                let default = chorister_ddl::default_of(input)
                    .map(|value| self.default(input, own.as_ref(), &value));
                Field {
                    input,
                    ident,
                    of,
                    default: default.or_else(|| input.optional.then(|| quote!(None))),
                }
            })
            .collect()
    }

    /// A default as the expression that an author would write.
    fn default(&self, input: &Input, own: Option<&Ident>, value: &Value) -> TokenStream {
        let (constant, raw) = (&self.constant, input.name.as_ref());
        match (&input.kind, value, own) {
            (InputKind::List(values), Value::String(text), Some(own)) => {
                let names = Name::distinct(values.iter().map(AsRef::as_ref));
                let variant = names.iter().find(|it| it.raw == *text).map(Name::variant);
                quote!(#own::#variant)
            }
            (InputKind::String { .. }, Value::String(text), Some(own)) => {
                let text = text_of(text);
                quote!(#own(#text))
            }
            (_, value, _) => literal(input.kind.value_type(), value)
                .unwrap_or_else(|| quote!(chorister::codegen::default(#constant, #raw))),
        }
    }

    fn input(&self) -> Vec<TokenStream> {
        let fields = self.fields();
        let name = &self.input;
        let about = format!(" What {} is given.", doc::code(&self.action.name));
        let members = fields.iter().map(|it| {
            let (ident, of) = (&it.ident, &it.of);
            let about = doc::lines(&sentence(&it.input.description));
            let about = if about.is_empty() {
                vec![format!(" {}", doc::code(&it.input.name))]
            } else {
                about
            };
            let rename = rename(ident, &it.input.name);
            if it.is_option() {
                let skip = quote!(skip_serializing_if = "Option::is_none");
                let attribute = match rename {
                    Some(rename) => quote!(#[serde(#rename, #skip)]),
                    None => quote!(#[serde(#skip)]),
                };
                quote!(#(#[doc = #about])* #attribute pub #ident: Option<#of>)
            } else {
                let attribute = rename.map(|it| quote!(#[serde(#it)]));
                quote!(#(#[doc = #about])* #attribute pub #ident: #of)
            }
        });
        let is_plain = fields
            .iter()
            .all(|it| it.default.as_ref().is_some_and(is_plain));
        let derived = is_plain.then(|| quote!(Default,));
        let structure = quote! {
            #[doc = #about]
            #[derive(Clone, Debug, #derived PartialEq, Serialize, Deserialize)]
            #[serde(crate = "chorister::codegen::serde", deny_unknown_fields)]
            pub struct #name {
                #(#members,)*
            }
        };
        if is_plain {
            return vec![structure];
        }
        vec![structure, self.constructor(&fields)]
    }

    /// The input with what has to be given; without such, its default.
    fn constructor(&self, fields: &[Field<'_>]) -> TokenStream {
        let name = &self.input;
        let values = fields.iter().map(|it| {
            let ident = &it.ident;
            match &it.default {
                Some(default) => quote!(#ident: #default),
                None => quote!(#ident),
            }
        });
        let required: Vec<_> = fields.iter().filter(|it| it.default.is_none()).collect();
        if required.is_empty() {
            return quote! {
                impl Default for #name {
                    fn default() -> Self {
                        Self { #(#values),* }
                    }
                }
            };
        }
        let about = if required.len() == fields.len() {
            " All that it is given."
        } else {
            " What has to be given; the rest is as the agent has it."
        };
        let many = (required.len() > FEW_ARGUMENTS)
            .then(|| quote!(#[allow(clippy::too_many_arguments, reason = "the spec has them")]));
        let arguments = required.iter().map(|it| {
            let (ident, of) = (&it.ident, &it.of);
            quote!(#ident: #of)
        });
        quote! {
            impl #name {
                #[doc = #about]
                #[must_use]
                #many
                pub fn new(#(#arguments),*) -> Self {
                    Self { #(#values),* }
                }
            }
        }
    }

    fn output(&self) -> Vec<TokenStream> {
        let name = &self.output;
        let outputs = || self.action.outputs.iter();
        let idents = Name::members(outputs().map(|it| it.name.as_ref()), &[]);
        let about = format!(" What {} answers.", doc::code(&self.action.name));
        let is_plain = outputs().all(|it| default_value(it).is_none_or(|it| is_plain(&it)));
        let members = outputs().zip(&idents).map(|(output, ident)| {
            let of = output_type(output);
            let about = doc::lines(&sentence(&output.description));
            let about = if about.is_empty() {
                vec![format!(" {}", doc::code(&output.name))]
            } else {
                about
            };
            let rename = rename(ident, &output.name);
            if default_value(output).is_some() {
                let attribute = rename.map(|it| quote!(#[serde(#it)]));
                quote!(#(#[doc = #about])* #attribute pub #ident: #of)
            } else {
                let skip = quote!(skip_serializing_if = "Option::is_none");
                let attribute = match rename {
                    Some(rename) => quote!(#[serde(#rename, #skip)]),
                    None => quote!(#[serde(#skip)]),
                };
                quote!(#(#[doc = #about])* #attribute pub #ident: Option<#of>)
            }
        });
        let derived = is_plain.then(|| quote!(Default,));
        let structure = quote! {
            #[doc = #about]
            #[derive(Clone, Debug, #derived PartialEq, Serialize, Deserialize)]
            #[serde(crate = "chorister::codegen::serde", default)]
            pub struct #name {
                #(#members,)*
            }
        };
        if is_plain {
            return vec![structure];
        }
        let values = outputs().zip(&idents).map(|(output, ident)| {
            let value = default_value(output).unwrap_or_else(|| quote!(None));
            quote!(#ident: #value)
        });
        let default = quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self { #(#values),* }
                }
            }
        };
        vec![structure, default]
    }
}

// === impl Field ===

impl Field<'_> {
    fn is_option(&self) -> bool {
        chorister_ddl::default_of(self.input).is_none() && self.input.optional
    }
}

/// `rename = "type"`, where a field cannot have the name of its value.
fn rename(ident: &Ident, name: &str) -> Option<TokenStream> {
    (ident != name).then(|| quote!(rename = #name))
}

/// A description as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let stop = if text.is_empty() || text.ends_with(['.', '!', '?', ':']) {
        ""
    } else {
        "."
    };
    format!("{text}{stop}")
}
