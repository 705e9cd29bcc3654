//! JSON objects as Go's decoder reads them.
//!
//! Names match in any case, of names that are there twice the last counts, what is unknown is ignored, and what is
//! missing or null is empty. Unlike there, text has to be UTF-8. Where upstream holds a layer against its schema, members are read with `required_…`:
//! then the name must be there as it is written.

mod writer;

use core::marker::PhantomData;
use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

pub(crate) use writer::{Writer, list, quote};

/// What is wrong with the JSON of a layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is longer than a limit.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It is not a JSON object.
    #[error("it is not a JSON object: {reason}")]
    NotAnObject {
        /// Where it stops being one.
        reason: String,
    },
    /// A member that must be there is not.
    #[error("`{name}` is missing")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// A member is of another type than it must be.
    #[error("`{name}` is not {wanted}")]
    WrongType {
        /// Its name.
        name: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// A member has a value that it must not have.
    #[error("`{name}` {reason}")]
    WrongValue {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A member of an object, there or not.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    name: &'static str,
    value: Option<&'a RawValue>,
    /// Whether its name was there as it is written.
    exact: bool,
}

/// The members of an object that have one of these names.
pub(crate) fn members<'a, const N: usize>(
    json: &'a [u8],
    limit: usize,
    names: [&'static str; N],
) -> Result<[Member<'a>; N], Fault> {
    if json.len() > limit {
        return Err(Fault::TooLong { limit });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let found = deserializer
        .deserialize_map(Members { names })
        .and_then(|found| deserializer.end().map(|()| found));
    found.map_err(|error| Fault::NotAnObject {
        reason: place(&error),
    })
}

/// Where a text stops being an object. What stands there is left out: its author may be anybody, and it may be long.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Eof => "it ends",
        Category::Io | Category::Syntax => "a mistake",
        Category::Data => "something else",
    };
    let (line, column) = (error.line(), error.column());
    format!("{what} in line {line}, column {column}")
}

struct Members<const N: usize> {
    names: [&'static str; N],
}

impl<'de, const N: usize> Visitor<'de> for Members<N> {
    type Value = [Member<'de>; N];

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = self.names.map(|name| Member {
            name,
            value: None,
            exact: false,
        });
        while let Some(Text(key)) = map.next_key()? {
            match members.iter_mut().find(|it| same(it.name, &key)) {
                Some(member) => {
                    member.value = Some(map.next_value()?);
                    member.exact |= member.name == key;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(members)
    }
}

/// Whether Go takes a name for another: by Unicode's simple case folding, of which the names here have these cases.
fn same(name: &str, key: &str) -> bool {
    let fold = |character: char| match character {
        '\u{212a}' => 'k',
        '\u{17f}' => 's',
        other => other.to_ascii_lowercase(),
    };
    name == key || name.chars().eq(key.chars().map(fold))
}

/// A string, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Texts)
    }
}

/// A list that is left alone where it gets too long: what is refused shall not take memory before.
struct Items<T> {
    limit: usize,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < self.limit {
            match seq.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Some(items)),
            }
        }
        let mut more = false;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            more = true;
        }
        Ok((!more).then_some(items))
    }
}

// === impl Member ===

impl<'a> Member<'a> {
    /// A value that is not a member of anything.
    pub(crate) const fn whole(name: &'static str, value: &'a RawValue) -> Self {
        Self {
            name,
            value: Some(value),
            exact: true,
        }
    }

    /// The value, unless it is missing or null.
    fn present(self) -> Option<&'a str> {
        self.value.map(RawValue::get).filter(|it| *it != "null")
    }

    fn wrong_type(self, wanted: &'static str) -> Fault {
        Fault::WrongType {
            name: self.name,
            wanted,
        }
    }

    pub(crate) fn wrong_value(self, reason: &'static str) -> Fault {
        Fault::WrongValue {
            name: self.name,
            reason,
        }
    }

    /// Whether the name is there as it is written.
    pub(crate) fn is_there(self) -> bool {
        self.exact
    }

    fn required(self) -> Result<&'a str, Fault> {
        match self.value {
            Some(value) if self.exact => Ok(value.get()),
            _ => Err(Fault::Missing { name: self.name }),
        }
    }

    fn read_text(self, json: &'a str) -> Result<Cow<'a, str>, Fault> {
        serde_json::from_str(json)
            .map(|Text(text)| text)
            .map_err(|_| self.wrong_type("a string"))
    }

    /// A string that may be missing, null or empty.
    pub(crate) fn text(self) -> Result<Cow<'a, str>, Fault> {
        self.present()
            .map_or(Ok(Cow::Borrowed("")), |json| self.read_text(json))
    }

    /// A string that must be there.
    pub(crate) fn required_text(self) -> Result<Cow<'a, str>, Fault> {
        self.read_text(self.required()?)
    }

    /// A string that must be there and hold something.
    pub(crate) fn filled_text(self) -> Result<Cow<'a, str>, Fault> {
        let text = self.required_text()?;
        if text.is_empty() {
            return Err(self.wrong_value("is empty"));
        }
        Ok(text)
    }

    /// A name that may be missing, null or empty.
    pub(crate) fn name(self) -> Result<String, Fault> {
        self.bounded(self.text()?)
    }

    /// A name that must be there and hold something.
    pub(crate) fn filled_name(self) -> Result<String, Fault> {
        self.bounded(self.filled_text()?)
    }

    /// A name that must be there and may be empty.
    pub(crate) fn required_name(self) -> Result<String, Fault> {
        self.bounded(self.required_text()?)
    }

    fn bounded(self, text: Cow<'_, str>) -> Result<String, Fault> {
        if text.len() > crate::limits::NAME {
            return Err(self.wrong_value("is too long"));
        }
        Ok(text.into_owned())
    }

    /// The member, if its value takes no more than a number of bytes.
    pub(crate) fn within(self, limit: usize) -> Result<Self, Fault> {
        match self.value {
            Some(value) if value.get().len() > limit => Err(self.wrong_value("is too long")),
            _ => Ok(self),
        }
    }

    /// An integer that must be there; `1.0` is none.
    pub(crate) fn integer(self) -> Result<i64, Fault> {
        serde_json::from_str(self.required()?).map_err(|_| self.wrong_type("an integer"))
    }

    /// The members of an object that must be there.
    pub(crate) fn object<const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<[Member<'a>; N], Fault> {
        let json = self.required()?.as_bytes();
        members(json, json.len(), names).map_err(|fault| match fault {
            Fault::NotAnObject { .. } => self.wrong_type("an object"),
            other => other,
        })
    }

    /// The members of an object, unless it is missing or null.
    pub(crate) fn optional_object<const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<Option<[Member<'a>; N]>, Fault> {
        let Some(json) = self.present().map(str::as_bytes) else {
            return Ok(None);
        };
        let members = members(json, json.len(), names);
        members.map(Some).map_err(|_| self.wrong_type("an object"))
    }

    /// A list that must be there.
    pub(crate) fn list<T: Deserialize<'a>>(self, limit: usize) -> Result<Vec<T>, Fault> {
        self.items(self.required()?, limit)
    }

    /// A list that may be missing or null.
    pub(crate) fn optional_list<T: Deserialize<'a>>(self, limit: usize) -> Result<Vec<T>, Fault> {
        self.present()
            .map_or(Ok(Vec::new()), |json| self.items(json, limit))
    }

    fn items<T: Deserialize<'a>>(self, json: &'a str, limit: usize) -> Result<Vec<T>, Fault> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let items = deserializer.deserialize_seq(Items {
            limit,
            of: PhantomData,
        });
        match items {
            Ok(Some(items)) => Ok(items),
            Ok(None) => Err(self.wrong_value("has too many items")),
            Err(_) => Err(self.wrong_type("a list of such items")),
        }
    }

    /// A value of some type, or that type's own when it is missing or null.
    pub(crate) fn value<T: DeserializeOwned + Default>(
        self,
        wanted: &'static str,
    ) -> Result<T, Fault> {
        self.present().map_or(Ok(T::default()), |json| {
            serde_json::from_str(json).map_err(|_| self.wrong_type(wanted))
        })
    }
}
