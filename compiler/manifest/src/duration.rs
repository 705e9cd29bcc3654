//! Durations as specs write them: `1m30s`.

use core::time::Duration;

use chorister_lang::duration::{format_go, parse_go};
use serde::{Deserialize, Deserializer, Serializer, de};

pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format_go(*value))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    read(&String::deserialize(from)?)
}

fn read<E: de::Error>(text: &str) -> Result<Duration, E> {
    let nanoseconds = parse_go(text).map_err(|error| E::custom(error.message))?;
    u64::try_from(nanoseconds)
        .map(Duration::from_nanos)
        .map_err(|_| E::custom("a duration is negative"))
}

/// Durations that may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Duration, Serializer, format_go, read};

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.serialize_some(&format_go(*value)),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|text| read(&text))
            .transpose()
    }
}
