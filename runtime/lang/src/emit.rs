//! Printing values as the Rust constants they are (feature `emit`).
//!
//! The tokens name types without a path (`Exec { .. }`, `text("x")`): the printer that uses them writes
//! the `use` lines.

use core::time::Duration;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::{List, Text};

/// A value that can be written down as a Rust constant expression.
///
/// Derive it with `chorister_derive::ConstTokens` under `cfg_attr(feature = "emit", …)`. On a struct,
/// `#[const_tokens(default = PATH)]` names a constant of the same type; fields equal to its own are
/// then left out in favour of `..PATH`.
pub trait ConstTokens {
    /// The expression, with type names that carry no path.
    fn const_tokens(&self) -> TokenStream;
}

impl ConstTokens for Text {
    fn const_tokens(&self) -> TokenStream {
        let literal = Literal::string(self);
        quote!(text(#literal))
    }
}

impl ConstTokens for bool {
    fn const_tokens(&self) -> TokenStream {
        if *self { quote!(true) } else { quote!(false) }
    }
}

macro_rules! numbers {
    ($($number:ident => $literal:ident),*) => {$(
        impl ConstTokens for $number {
            fn const_tokens(&self) -> TokenStream {
                let literal = Literal::$literal(*self);
                quote!(#literal)
            }
        }
    )*};
}

numbers!(
    u8 => u8_unsuffixed, u16 => u16_unsuffixed, u32 => u32_unsuffixed, u64 => u64_unsuffixed,
    i64 => i64_unsuffixed, f64 => f64_unsuffixed
);

impl ConstTokens for Duration {
    fn const_tokens(&self) -> TokenStream {
        let whole = |unit: u128| self.as_nanos().is_multiple_of(unit);
        if whole(1_000_000_000) {
            let seconds = Literal::u64_unsuffixed(self.as_secs());
            quote!(Duration::from_secs(#seconds))
        } else if whole(1_000_000) && u64::try_from(self.as_millis()).is_ok() {
            let millis = Literal::u128_unsuffixed(self.as_millis());
            quote!(Duration::from_millis(#millis))
        } else {
            let seconds = Literal::u64_unsuffixed(self.as_secs());
            let nanos = Literal::u32_unsuffixed(self.subsec_nanos());
            quote!(Duration::new(#seconds, #nanos))
        }
    }
}

impl<T: ConstTokens> ConstTokens for Option<T> {
    fn const_tokens(&self) -> TokenStream {
        match self {
            Some(value) => {
                let value = value.const_tokens();
                quote!(Some(#value))
            }
            None => quote!(None),
        }
    }
}

impl<T: ConstTokens> ConstTokens for List<T> {
    fn const_tokens(&self) -> TokenStream {
        if self.is_empty() {
            return quote!(List::EMPTY);
        }
        // Not the function `list`: only the operand of a constructor lives as long as the constant when
        // its items have destructors.
        let items = self.iter().map(ConstTokens::const_tokens);
        quote!(List::Static(&[#(#items),*]))
    }
}

impl<T: ConstTokens + ?Sized> ConstTokens for &T {
    fn const_tokens(&self) -> TokenStream {
        (**self).const_tokens()
    }
}

#[cfg(test)]
mod tests;
