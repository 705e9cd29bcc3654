//! Signed lists of plugins: machines that nodes fetch, as `plugins` watchers read them.
//!
//! ```text
//! list   = { plugins: BASE64, signature: HEX }
//! BASE64 = of [{ name, source, checksum, verify_checksum, match?, governor?, username?, password? } …]
//! ```
//!
//! What is signed is the text in base64 itself, as Choria does it. A list holds passwords, so that nothing here prints
//! one.

use core::fmt;
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::PublicKey;

/// How many plugins a list may have.
pub const MOST: usize = 1_000;

/// How many characters a name may have.
const LONGEST_NAME: usize = 100;

/// How many characters any other text may have.
const LONGEST_TEXT: usize = 4_096;

/// How many characters a list in base64 may have.
const LONGEST_LIST: usize = 4 << 20;

/// How many bytes a signature has.
const SIGNATURE: usize = 64;

/// A machine to fetch.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Plugin {
    /// Its name, also of the directory that its archive holds.
    pub name: String,
    /// The URL of its archive.
    pub source: String,
    /// The SHA-256 of the archive, as hexadecimal digits.
    pub checksum: String,
    /// The SHA-256 of the file `SHA256SUMS` in the archive, as hexadecimal digits.
    pub verify_checksum: String,
    /// Which nodes it is for: an expression; for all where there is none.
    #[serde(default, rename = "match")]
    pub matcher: Option<String>,
    /// The governor that limits how many nodes fetch it at once.
    #[serde(default)]
    pub governor: Option<String>,
    /// The user name for the download.
    #[serde(default)]
    pub username: Option<String>,
    /// The password for the download.
    #[serde(default)]
    pub password: Option<String>,
}

/// Why a list is not obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It makes no sense; why.
    Form(String),
    /// It is not signed by the key that counts.
    Signature(&'static str),
}

/// Reads a list. Where there is a `key`, nothing of it is looked at before it is known to be that key's.
///
/// # Errors
/// [`Refusal::Signature`]; [`Refusal::Form`], also for a list of which only a part makes no sense.
pub fn read(list: &Value, key: Option<&PublicKey>) -> Result<Vec<Plugin>, Refusal> {
    let form = |message: &str| Refusal::Form(message.to_owned());
    let member = |name: &str| list.get(name).and_then(Value::as_str);
    let text = member("plugins").ok_or_else(|| form("it is no object with `plugins` in base64"))?;
    if text.len() > LONGEST_LIST {
        return Err(form("it is too long"));
    }
    if let Some(key) = key {
        let signature = member("signature").filter(|it| !it.is_empty());
        let signature = signature.ok_or(Refusal::Signature("it is not signed"))?;
        let bytes = bytes_of(signature).ok_or(Refusal::Signature("its signature is damaged"))?;
        if !key.verifies(text.as_bytes(), &bytes) {
            return Err(Refusal::Signature("the key that counts did not sign it"));
        }
    }
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| form("`plugins` is not base64"))?;
    let plugins: Vec<Plugin> = serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::Form(format!("`plugins` holds no list of plugins: {error}")))?;
    judge(&plugins).map_err(Refusal::Form)?;
    Ok(plugins)
}

/// # Errors
/// What makes no sense.
fn judge(plugins: &[Plugin]) -> Result<(), String> {
    if plugins.len() > MOST {
        return Err(format!("it lists more than {MOST} plugins"));
    }
    let mut names = BTreeSet::new();
    for plugin in plugins {
        plugin.judge()?;
        if !names.insert(&plugin.name) {
            return Err(format!("it lists `{}` twice", plugin.name));
        }
    }
    Ok(())
}

/// The bytes of a signature in hexadecimal digits.
fn bytes_of(text: &str) -> Option<[u8; SIGNATURE]> {
    let mut bytes = [0; SIGNATURE];
    if text.len() != 2 * SIGNATURE || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

// === impl Plugin ===

impl Plugin {
    fn judge(&self) -> Result<(), String> {
        let name = &self.name;
        let mut characters = name.chars();
        let starts = characters.next().is_some_and(|it| it.is_ascii_alphabetic());
        let goes_on = characters.all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
        if !starts || !goes_on || name.len() > LONGEST_NAME {
            return Err(format!(
                "{name:?} is not the name of a plugin: a letter, then letters, digits, `_` and `-`"
            ));
        }
        // Nobody looks for machines in directories of these names.
        if name == "tmp" || name.ends_with("-temp") {
            return Err(format!("a plugin cannot be called `{name}`"));
        }
        for (key, text) in self.texts() {
            if text.len() > LONGEST_TEXT || text.chars().any(char::is_control) {
                return Err(format!("`{key}` of `{name}` is too long, or not one line"));
            }
        }
        for (key, text) in self.texts().take(3) {
            if text.is_empty() {
                return Err(format!("`{key}` of `{name}` is empty"));
            }
        }
        for (key, sum) in self.texts().skip(1).take(2) {
            if sum.len() != 64 || !sum.bytes().all(|it| it.is_ascii_hexdigit()) {
                return Err(format!("`{key}` of `{name}` is not a SHA-256"));
            }
        }
        Ok(())
    }

    /// Its texts but its name: first those that it needs.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [
            ("match", &self.matcher),
            ("governor", &self.governor),
            ("username", &self.username),
            ("password", &self.password),
        ];
        [
            ("source", self.source.as_str()),
            ("checksum", &self.checksum),
            ("verify_checksum", &self.verify_checksum),
        ]
        .into_iter()
        .chain(optional.map(|(key, text)| (key, text.as_deref().unwrap_or_default())))
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plugin").field(&self.name).finish()
    }
}

// === impl Refusal ===

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(message) => f.write_str(message),
            Self::Signature(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for Refusal {}

#[cfg(feature = "sign")]
pub use signing::sign;

#[cfg(feature = "sign")]
mod signing {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use crate::key::SigningKey;

    /// A signed list of these plugins, a JSON list, as it belongs into a bucket.
    ///
    /// # Errors
    /// Nodes would not obey it; why.
    pub fn sign(plugins: &Value, key: &SigningKey) -> Result<Value, String> {
        let text = STANDARD.encode(plugins.to_string());
        let signature = key.sign(text.as_bytes());
        let signature: String = signature.iter().map(|it| format!("{it:02x}")).collect();
        let list = json!({"plugins": text, "signature": signature});
        super::read(&list, Some(&key.public())).map_err(|refusal| refusal.to_string())?;
        Ok(list)
    }
}
