//! Keys: ed25519, the public one as 64 hexadecimal digits, the private one as PKCS#8 in PEM.

use core::fmt;
use core::str::FromStr;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

/// How many bytes a public key has.
const LENGTH: usize = 32;

/// Whose signatures count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; LENGTH]);

impl PublicKey {
    /// The key as it is.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this key made the signature over these bytes.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is not a public key: it has 64 hexadecimal digits, as `choristerc bundle keygen` prints them"
            )
        };
        let digits = text.as_bytes();
        if digits.len() != 2 * LENGTH || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(wrong());
        }
        let mut key = [0; LENGTH];
        for (at, byte) in key.iter_mut().enumerate() {
            let pair = text.get(2 * at..2 * at + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

#[cfg(feature = "sign")]
pub use signing::SigningKey;

#[cfg(feature = "sign")]
mod signing {
    use core::fmt;

    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::{LENGTH, PublicKey};

    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";

    /// What signs bundles. Never printed but by [`SigningKey::to_pem`].
    pub struct SigningKey(Ed25519KeyPair);

    impl SigningKey {
        /// A new key, from the randomness of the system.
        ///
        /// # Errors
        /// The system has none.
        pub fn generate() -> Result<Self, String> {
            Ed25519KeyPair::generate()
                .map(Self)
                .map_err(|_| "the system has no randomness for a key".to_owned())
        }

        /// Reads a key in PKCS#8 PEM, such as `openssl genpkey -algorithm ed25519` writes too.
        ///
        /// # Errors
        /// It is something else.
        pub fn from_pem(text: &str) -> Result<Self, String> {
            let inside = text
                .split_once(BEGIN)
                .and_then(|(_, rest)| rest.split_once(END))
                .map(|(inside, _)| inside)
                .ok_or(
                    "this is no private key in PEM: `-----BEGIN PRIVATE KEY-----` is expected",
                )?;
            let digits: String = inside.split_whitespace().collect();
            let bytes = STANDARD
                .decode(digits)
                .map_err(|error| format!("the private key is damaged: {error}"))?;
            Ed25519KeyPair::from_pkcs8(&bytes)
                .map(Self)
                .map_err(|error| format!("this is no ed25519 key: {error}"))
        }

        /// The key in PKCS#8 PEM, as `openssl` reads it too.
        ///
        /// # Errors
        /// The key cannot be written in this form.
        pub fn to_pem(&self) -> Result<String, String> {
            let document = self
                .0
                .to_pkcs8v1()
                .map_err(|_| "the key cannot be written".to_owned())?;
            Ok(format!(
                "{BEGIN}\n{}\n{END}\n",
                STANDARD.encode(document.as_ref())
            ))
        }

        /// What nodes check its signatures with.
        #[must_use]
        pub fn public(&self) -> PublicKey {
            let mut key = [0; LENGTH];
            for (to, from) in key.iter_mut().zip(self.0.public_key().as_ref()) {
                *to = *from;
            }
            PublicKey(key)
        }

        pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
            self.0.sign(message).as_ref().to_vec()
        }
    }

    impl fmt::Debug for SigningKey {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "SigningKey(of {})", self.public())
        }
    }
}
