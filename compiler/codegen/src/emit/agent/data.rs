//! A data plugin as a module of Rust.

use chorister_ir::ddl::DataDdl;
use chorister_lang::ConstTokens;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{ActionNames, AgentProvenance, TYPES_IN_USE, header, ident, imports, mentions};
use crate::emit::{doc, print};
use crate::naming::Name;

/// The text of the module that is this data plugin.
#[must_use]
pub fn data(ddl: &DataDdl, provenance: &AgentProvenance) -> String {
    let first = |name: &str, version: &str| format!("Data plugin {name} {version}.");
    print(
        &header(&ddl.metadata, provenance, first),
        data_items(ddl, provenance),
    )
}

/// The name of what answers for a data plugin in its module, and whether its author is left with something to do.
pub(in crate::emit) fn plugin(ddl: &DataDdl) -> (Ident, bool) {
    let module = Module::of(ddl);
    (module.plugin, module.question.is_native())
}

/// The items of the module that is this data plugin, `use` items first.
#[must_use]
pub(crate) fn data_items(ddl: &DataDdl, provenance: &AgentProvenance) -> Vec<TokenStream> {
    Module::of(ddl).items(provenance)
}

/// A data plugin with the names of all that is generated for it.
struct Module<'a> {
    ddl: &'a DataDdl,
    /// The trait of its author, and what a node asks.
    author: Ident,
    plugin: Ident,
    question: ActionNames<'a>,
}

impl<'a> Module<'a> {
    fn of(ddl: &'a DataDdl) -> Self {
        let name = &ddl.metadata.name;
        let question = &ddl.question;
        let raws = ["data", "plugin", "input", "output", "query"].map(|it| format!("{name} {it}"));
        let mut types = Name::types(raws.iter().map(String::as_str), &TYPES_IN_USE).into_iter();
        // There are as many as were asked for; without one the code would not compile, and say so.
        let mut next = || types.next().unwrap_or_else(|| ident("Unnamed"));
        let (author, plugin) = (next(), next());
        let (input, output) = (next(), next());
        let mut queries = question.inputs.iter();
        let own = queries
            .by_ref()
            .map(|it| super::has_own_type(it).then(&mut next));
        Self {
            ddl,
            author,
            plugin,
            question: ActionNames {
                action: question,
                method: ident("ask"),
                constant: ident("QUESTION"),
                input,
                output,
                values: own.collect(),
            },
        }
    }

    fn items(&self, provenance: &AgentProvenance) -> Vec<TokenStream> {
        let has_author = self.question.is_native();
        let mut items = self.question.values();
        if has_author {
            items.push(self.author_trait(provenance));
        }
        items.extend(self.plugin(has_author));
        let metadata = self.ddl.metadata.const_tokens();
        let question = self.ddl.question.const_tokens();
        let ddl = quote! {
            #[doc = " The data plugin as nodes see it."]
            pub static DDL: DataDdl = DataDdl {
                metadata: #metadata,
                question: #question,
            };
        };
        let mut all = imports(&[&ddl], &items, &["Action", "DataDdl"]);
        all.push(ddl);
        let is_named = items.iter().any(|it| mentions(it, "QUESTION"));
        all.extend(items);
        all.extend(is_named.then(|| {
            quote! {
                #[doc = " What it is asked and answers."]
                static QUESTION: &Action = &DDL.question;
            }
        }));
        all
    }

    /// The trait of its author.
    fn author_trait(&self, provenance: &AgentProvenance) -> TokenStream {
        let author = &self.author;
        let name = doc::code(&self.ddl.metadata.name);
        let about = format!(" What answers for the data plugin {name}.");
        let message = format!("`{{Self}}` does not answer for the data plugin {name}");
        let path = provenance.path.replace(['{', '}'], "");
        let note =
            format!("write `impl {author} for {{Self}}` with the method `ask`, as {path} says");
        let answer = self.question.answer();
        let description = doc::lines(&super::values::sentence(&self.ddl.metadata.description));
        let input = self.question.has_inputs().then(|| {
            let input = &self.question.input;
            quote!(, input: #input)
        });
        quote! {
            #[doc = #about]
            #[diagnostic::on_unimplemented(message = #message, note = #note)]
            pub trait #author: Send + Sync {
                #(#[doc = #description])*
                fn ask(
                    &self,
                    cx: &RequestContext
                    #input
                ) -> impl Future<Output = Result<#answer, Failure>> + Send;
            }
        }
    }

    /// The data plugin as a node asks it.
    fn plugin(&self, has_author: bool) -> Vec<TokenStream> {
        let (plugin, author) = (&self.plugin, &self.author);
        let name = doc::code(&self.ddl.metadata.name);
        let about = format!(" The data plugin {name} as a node asks it.");
        let (structure, head) = if has_author {
            (
                quote!(pub struct #plugin<T>(pub T);),
                quote!(impl<T: #author> DataPlugin for #plugin<T>),
            )
        } else {
            (
                quote!(pub struct #plugin;),
                quote!(impl DataPlugin for #plugin),
            )
        };
        let body = if !has_author {
            quote!(Box::pin(asked(cx, &DDL, data)))
        } else if self.question.has_inputs() {
            quote! {
                Box::pin(async move {
                    let input = take(QUESTION, data)?;
                    answer(QUESTION, &self.0.ask(cx, input).await?)
                })
            }
        } else {
            quote! {
                Box::pin(async move {
                    nothing(QUESTION, data)?;
                    answer(QUESTION, &self.0.ask(cx).await?)
                })
            }
        };
        vec![
            quote! {
                #[doc = #about]
                #[derive(Clone, Copy, Debug, Default)]
                #structure
            },
            quote! {
                #head {
                    fn ddl(&self) -> &'static DataDdl {
                        &DDL
                    }
                    fn ask<'a>(&'a self, cx: &'a RequestContext, data: Data) -> Calling<'a> {
                        #body
                    }
                }
            },
        ]
    }
}
