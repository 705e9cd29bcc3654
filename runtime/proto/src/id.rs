//! Ids: of requests, of tokens, and of those that replies go to.

use core::fmt::{self, Write as _};
use core::str::FromStr;

use md5::{Digest, Md5};
use sha2::Sha256;

/// An id that begins with the time it was made at: 27 letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ksuid([u8; Ksuid::LENGTH]);

/// Text that is not an id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a KSUID")]
pub struct NotKsuid;

/// How a client is called in the subjects of its replies: the MD5 of its caller id, or of a node's identity.
#[must_use]
pub fn unique(caller: &str) -> String {
    hex(&Md5::digest(caller))
}

/// As [`unique`], where MD5 is not allowed: the SHA-256.
#[must_use]
pub fn unique_fips(caller: &str) -> String {
    hex(&Sha256::digest(caller))
}

/// The id of a request of version 1: a random UUID without dashes, from 16 random bytes.
#[must_use]
pub fn request_v1(mut random: [u8; 16]) -> String {
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut random;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    hex(&random)
}

/// A random UUID, from 16 random bytes.
#[must_use]
pub fn uuid(random: [u8; 16]) -> String {
    let plain = request_v1(random);
    let part = |from: usize, to: usize| plain.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// The id of a request of version 2, from the time in seconds since 1970 and 16 random bytes.
#[must_use]
pub fn request_v2(time: i64, random: [u8; 16]) -> String {
    Ksuid::new(time, random).to_string()
}

/// Bytes as lower case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

// === impl Ksuid ===

impl Ksuid {
    const LENGTH: usize = 20;
    const TEXT: usize = 27;
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /// The second that is zero in an id: in May 2014.
    const EPOCH: i64 = 1_400_000_000;

    /// An id of a time in seconds since 1970, with 16 random bytes. Times before 2014 or after 2150 become those.
    #[must_use]
    pub fn new(time: i64, random: [u8; 16]) -> Self {
        let since = time.saturating_sub(Self::EPOCH).max(0);
        let since = u32::try_from(since).unwrap_or(u32::MAX);
        let mut bytes = [0; Self::LENGTH];
        for (to, from) in bytes
            .iter_mut()
            .zip(since.to_be_bytes().into_iter().chain(random))
        {
            *to = from;
        }
        Self(bytes)
    }

    /// When it was made, in seconds since 1970.
    #[must_use]
    pub fn time(&self) -> i64 {
        let since = self.0.iter().take(4);
        Self::EPOCH + since.fold(0, |sum, byte| sum << 8 | i64::from(*byte))
    }
}

impl fmt::Display for Ksuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.0;
        let mut text = [b'0'; Self::TEXT];
        for digit in text.iter_mut().rev() {
            let mut rest = 0u32;
            for byte in &mut number {
                let value = rest << 8 | u32::from(*byte);
                *byte = u8::try_from(value / 62).unwrap_or_default();
                rest = value % 62;
            }
            let at = usize::try_from(rest).unwrap_or_default();
            *digit = Self::DIGITS.get(at).copied().unwrap_or(b'0');
        }
        f.write_str(core::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Ksuid {
    type Err = NotKsuid;

    fn from_str(text: &str) -> Result<Self, NotKsuid> {
        if text.len() != Self::TEXT {
            return Err(NotKsuid);
        }
        let mut number = [0u8; Self::LENGTH];
        for digit in text.bytes() {
            let at = Self::DIGITS.iter().position(|it| *it == digit);
            let mut carry = at.and_then(|it| u32::try_from(it).ok()).ok_or(NotKsuid)?;
            for byte in number.iter_mut().rev() {
                let [.., value] = {
                    carry += u32::from(*byte) * 62;
                    carry.to_be_bytes()
                };
                *byte = value;
                carry >>= 8;
            }
            if carry > 0 {
                return Err(NotKsuid);
            }
        }
        Ok(Self(number))
    }
}
