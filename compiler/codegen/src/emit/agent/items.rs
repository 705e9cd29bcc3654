//! What an agent's author implements, what a node hosts, and what others call.

use proc_macro2::TokenStream;
use quote::quote;

use super::{ActionNames, Module};
use crate::emit::doc;

impl Module<'_> {
    /// The trait of its author.
    pub(super) fn author_trait(&self) -> TokenStream {
        let author = &self.author;
        let name = doc::code(&self.ddl.metadata.name);
        let about = format!(" What the agent {name} does, action by action.");
        let natives = || self.actions.iter().filter(|it| it.is_native());
        let message = format!("`{{Self}}` does not do what the agent {name} does");
        let names: Vec<_> = natives().map(|it| it.action.name.as_ref()).collect();
        let note = format!(
            "write `impl {author} for {{Self}}` with the actions of {}: {}",
            self.provenance.path.replace(['{', '}'], ""),
            names.join(", ").replace(['{', '}'], ""),
        );
        let methods = natives().map(|it| {
            let (method, answer) = (&it.method, it.answer());
            let about = it.about();
            let allowance = it.odd_self();
            let input = it.has_inputs().then(|| {
                let input = &it.input;
                quote!(, input: #input)
            });
            quote! {
                #(#[doc = #about])*
                #allowance
                fn #method(
                    &self,
                    cx: &RequestContext
                    #input
                ) -> impl Future<Output = Result<#answer, Failure>> + Send;
            }
        });
        quote! {
            #[doc = #about]
            #[diagnostic::on_unimplemented(message = #message, note = #note)]
            pub trait #author: Send + Sync {
                #(#methods)*
            }
        }
    }

    /// The agent as a node hosts it.
    pub(super) fn service(&self, has_author: bool) -> Vec<TokenStream> {
        let (service, author) = (&self.service, &self.author);
        let raw = self.ddl.metadata.name.as_ref();
        let about = format!(" The agent {} as a node hosts it.", doc::code(raw));
        let arms = self.actions.iter().map(ActionNames::arm);
        let (structure, head) = if has_author {
            (
                quote!(pub struct #service<T>(pub T);),
                quote!(impl<T: #author> Agent for #service<T>),
            )
        } else {
            (
                quote!(pub struct #service;),
                quote!(impl Agent for #service),
            )
        };
        vec![
            quote! {
                #[doc = #about]
                #[derive(Clone, Copy, Debug, Default)]
                #structure
            },
            quote! {
                #head {
                    fn ddl(&self) -> &'static Ddl {
                        &DDL
                    }
                    fn call<'a>(
                        &'a self,
                        cx: &'a RequestContext,
                        action: &'a str,
                        data: Data,
                    ) -> Calling<'a> {
                        Box::pin(async move {
                            match action {
                                #(#arms,)*
                                _ => Err(Failure::unknown_action(#raw, action)),
                            }
                        })
                    }
                }
            },
        ]
    }

    /// What calls the agent on other nodes.
    pub(super) fn client(&self) -> Vec<TokenStream> {
        let client = &self.client;
        let raw = self.ddl.metadata.name.as_ref();
        let about = format!(" Asks the agent {} of other nodes.", doc::code(raw));
        let methods = self.actions.iter().map(|it| {
            let ActionNames {
                method,
                constant,
                input,
                ..
            } = it;
            let (answer, about) = (it.answer(), it.about());
            let allowance = it.odd_self();
            if it.has_inputs() {
                quote! {
                    #(#[doc = #about])*
                    #allowance
                    pub fn #method(&self, input: &#input) -> Pending<'_, C, #answer> {
                        Pending::new(&self.call, &DDL, #constant, input)
                    }
                }
            } else {
                quote! {
                    #(#[doc = #about])*
                    #allowance
                    pub fn #method(&self) -> Pending<'_, C, #answer> {
                        Pending::new(&self.call, &DDL, #constant, &())
                    }
                }
            }
        });
        vec![
            quote! {
                #[doc = #about]
                #[derive(Clone, Copy, Debug)]
                pub struct #client<C> {
                    call: C,
                }
            },
            quote! {
                impl<C: Call> #client<C> {
                    #[doc = " A client that asks in this way."]
                    pub const fn new(call: C) -> Self {
                        Self { call }
                    }
                    #(#methods)*
                }
            },
        ]
    }
}

impl ActionNames<'_> {
    /// `usage`, and what it does.
    fn about(&self) -> Vec<String> {
        let name = doc::code(&self.action.name);
        let description = self.action.description.trim();
        let stop = if description.ends_with(['.', '!', '?', ':']) {
            ""
        } else {
            "."
        };
        match description {
            "" => vec![format!(" {name}")],
            description => doc::lines(&format!("{name}: {description}{stop}")),
        }
    }

    /// What is done for a request; its values are held against the DDL on the way.
    fn arm(&self) -> TokenStream {
        let Self {
            method, constant, ..
        } = self;
        let raw = self.action.name.as_ref();
        if !self.is_native() {
            return quote!(#raw => declared(cx, &DDL, #constant, data).await);
        }
        if self.has_inputs() {
            return quote! {
                #raw => {
                    let input = take(#constant, data)?;
                    answer(#constant, &self.0.#method(cx, input).await?)
                }
            };
        }
        quote! {
            #raw => {
                nothing(#constant, data)?;
                answer(#constant, &self.0.#method(cx).await?)
            }
        }
    }

    /// By its name clippy would take a method for a conversion.
    fn odd_self(&self) -> Option<TokenStream> {
        let name = self.method.to_string();
        let is_odd = ["from_", "into_", "to_", "as_", "is_"]
            .iter()
            .any(|it| name.starts_with(it));
        is_odd.then(
            || quote!(#[allow(clippy::wrong_self_convention, reason = "the name is that of the spec")]),
        )
    }
}
