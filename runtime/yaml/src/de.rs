//! Nodes as Rust values, through serde.

use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::{Entry, Error, ErrorKind, Node, Resolved, Span, Value};

/// Reads a value from a node, for formats of ours: types are strict, so that `version: 1.10` is an error where a
/// string is wanted.
///
/// # Errors
/// [`ErrorKind::Value`] with the place of the node, or the key, that does not fit.
pub fn from_node<'de, T: de::Deserialize<'de>>(node: &'de Node) -> Result<T, Box<Error>> {
    T::deserialize(node).map_err(|error| {
        let span = error.span.unwrap_or(node.span);
        Box::new(Error::new(ErrorKind::Value, span, error.message))
    })
}

/// An error of serde, and where it is once that is known.
#[derive(Debug)]
pub struct DeserializeError {
    message: String,
    span: Option<Span>,
}

// === impl DeserializeError ===

impl DeserializeError {
    /// The innermost place wins.
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl de::Error for DeserializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            span: None,
        }
    }
}

impl core::error::Error for DeserializeError {}

impl fmt::Display for DeserializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let result = match &self.value {
            Value::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => visitor.visit_unit(),
                Resolved::Bool(bool) => visitor.visit_bool(bool),
                Resolved::Int(int) => match (i64::try_from(int), u64::try_from(int)) {
                    (_, Ok(int)) => visitor.visit_u64(int),
                    (Ok(int), _) => visitor.visit_i64(int),
                    _ => visitor.visit_i128(int),
                },
                Resolved::Float(float) => visitor.visit_f64(float),
                Resolved::Str(text) => visitor.visit_borrowed_str(text),
            },
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(entries) => visitor.visit_map(Entries {
                entries: entries.iter(),
                value: None,
            }),
        };
        result.map_err(|error| error.at(self.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A variant is its name, or a mapping from its name to what it holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let result = match (&self.value, self.entries()) {
            (Value::Scalar(scalar), _) => {
                visitor.visit_enum(scalar.text.as_str().into_deserializer())
            }
            (Value::Mapping(_), [entry]) => visitor.visit_enum(Variant(entry)),
            _ => Err(de::Error::custom(
                "expected one name, or a mapping with one key",
            )),
        };
        result.map_err(|error| error.at(self.span))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

struct Items<'de>(core::slice::Iter<'de, Node>);

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    entries: core::slice::Iter<'de, Entry>,
    value: Option<&'de Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(&entry.value);
        let key: StrDeserializer<'de, DeserializeError> =
            entry.key.text.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|error| error.at(entry.key.span))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Self::Error> {
        let value = self
            .value
            .take()
            .ok_or_else(|| de::Error::custom("a value without a key"))?;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A variant that holds something.
struct Variant<'de>(&'de Entry);

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = DeserializeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), Self::Error> {
        let name: StrDeserializer<'de, DeserializeError> =
            self.0.key.text.as_str().into_deserializer();
        let name = seed
            .deserialize(name)
            .map_err(|error| error.at(self.0.key.span))?;
        Ok((name, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = DeserializeError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        if self.0.value.is_null() {
            return Ok(());
        }
        let message = format!("`{}` holds nothing", self.0.key.text);
        Err(DeserializeError {
            message,
            span: Some(self.0.value.span),
        })
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, Self::Error> {
        seed.deserialize(&self.0.value)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Self::Error> {
        de::Deserializer::deserialize_any(&self.0.value, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        de::Deserializer::deserialize_any(&self.0.value, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::{Format, Limits, parse};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Distribution {
        name: String,
        #[serde(default)]
        size: Option<u64>,
        #[serde(default)]
        roles: Vec<Role>,
        #[serde(default)]
        labels: BTreeMap<String, i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Role {
        Server,
        Tally { port: u16 },
        Named(String),
    }

    fn read(source: &str) -> Result<Distribution, String> {
        let root = parse(source, Format::Yaml, &Limits::SPEC)
            .root
            .expect("a tree");
        from_node(&root).map_err(|error| error.to_string())
    }

    #[test]
    fn structures_lists_maps_and_variants_are_read() {
        let source =
            "name: x\nsize: ~\nroles: [server, tally: {port: 80}, named: n]\nlabels: {on: -1}\n";
        let roles = vec![
            Role::Server,
            Role::Tally { port: 80 },
            Role::Named("n".into()),
        ];
        let labels = BTreeMap::from([("on".to_owned(), -1)]);
        let expect = Distribution {
            name: "x".into(),
            size: None,
            roles,
            labels,
        };
        assert_eq!(read(source), Ok(expect));
    }

    #[test]
    fn errors_have_the_place_of_the_value_or_the_key() {
        let check = |source, expect: &str| {
            let error = read(source).expect_err(source);
            assert!(error.starts_with(expect), "{error}");
        };
        check(
            "name: 1.10\n",
            "1:7: invalid type: floating point `1.1`, expected a string",
        );
        check("name: x\nsizes: 1\n", "2:1: unknown field `sizes`");
        check(
            "name: x\nroles: [server, servant]\n",
            "2:17: unknown variant `servant`",
        );
        check(
            "name: x\nroles:\n  - tally: {port: 70000}\n",
            "3:19: invalid value: integer `70000`",
        );
        check(
            "name: x\nroles: [server: 1]\n",
            "2:17: `server` holds nothing",
        );
        check("size: 1\n", "1:1: missing field `name`");
    }
}
