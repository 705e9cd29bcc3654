//! Why a token device cannot be used.

use std::path::PathBuf;

use cryptoki::error::{Error, RvError};

/// Why a token device cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Its driver is none.
    #[error("the driver {path} cannot be loaded: {reason}")]
    Driver {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is no device in the slot.
    #[error("there is no token in slot {slot}{}", elsewhere(.others))]
    NoToken {
        /// The slot.
        slot: u32,
        /// The slots that have one, with its label.
        others: Vec<(u64, String)>,
    },
    /// Nobody gave a PIN.
    #[error("the token `{label}` wants a PIN: {reason}")]
    NoPin {
        /// The label of the device.
        label: String,
        /// Why there is none.
        reason: String,
    },
    /// The PIN is not that of the device.
    #[error("the PIN is not that of the token `{label}`{}", if *.last { "; the next wrong one locks it" } else { "" })]
    WrongPin {
        /// The label of the device.
        label: String,
        /// Whether the next wrong one will lock it.
        last: bool,
    },
    /// There were too many wrong ones.
    #[error("the PIN of the token `{label}` is locked: whoever manages it has to unlock it")]
    Locked {
        /// The label of the device.
        label: String,
    },
    /// It has nothing for us.
    #[error("the token `{label}` has no certificate with an RSA key beside it")]
    NoCertificate {
        /// The label of the device.
        label: String,
    },
    /// It does not do what it is asked.
    #[error("the token does not work: {0}")]
    Device(String),
}

fn elsewhere(others: &[(u64, String)]) -> String {
    if others.is_empty() {
        return "; no slot has one".to_owned();
    }
    let all: Vec<String> = others
        .iter()
        .map(|(slot, label)| format!("{slot} (`{label}`)"))
        .collect();
    format!("; `plugin.security.pkcs11.slot` may be {}", all.join(", "))
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        Self::Device(error.to_string())
    }
}

/// What a device says that does not let us in.
pub(crate) fn of_login(error: Error, label: &str, last: bool) -> TokenError {
    let label = label.to_owned();
    match error {
        Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
            TokenError::WrongPin { label, last }
        }
        Error::Pkcs11(RvError::PinLocked, _) => TokenError::Locked { label },
        error => error.into(),
    }
}
