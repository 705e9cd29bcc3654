//! Text and lists that are constants in a compiled machine and owned values in a loaded one.

use core::fmt;
use core::ops::Deref;
use std::borrow::Cow;
use std::sync::Arc;

/// A piece of text: `'static` where the compiler wrote it, owned where the loader read it.
pub type Text = Cow<'static, str>;

/// Text known at compile time.
#[must_use]
pub const fn text(text: &'static str) -> Text {
    Cow::Borrowed(text)
}

/// A list: `'static` where the compiler wrote it, shared where the loader read it.
///
/// Dereferences to a slice.
pub enum List<T: 'static> {
    /// Part of the program.
    Static(&'static [T]),
    /// Built at run time.
    Shared(Arc<[T]>),
}

/// A list known at compile time.
#[must_use]
pub const fn list<T>(items: &'static [T]) -> List<T> {
    List::Static(items)
}

// === impl List ===

impl<T> List<T> {
    /// The list without items.
    pub const EMPTY: Self = Self::Static(&[]);

    /// The items of the list.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::Static(items) => items,
            Self::Shared(items) => items,
        }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        if items.is_empty() {
            Self::EMPTY
        } else {
            Self::Shared(items.into())
        }
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(items) => Self::Static(items),
            Self::Shared(items) => Self::Shared(Arc::clone(items)),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}
