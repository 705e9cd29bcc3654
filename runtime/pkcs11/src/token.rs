//! A device: its certificate, and what its key signs.

use core::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chorister_security::key::Holder;
use chorister_system::tls::{Key, Scheme};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use pem::{EncodeConfig, LineEnding, Pem};
use secrecy::SecretString;

use crate::TokenError;
use crate::error::of_login;

/// How many certificates of a device are looked at.
const MOST: usize = 64;

/// How a device may sign for TLS, the best first.
const SCHEMES: [(Scheme, MechanismType); 6] = [
    (Scheme::RSA_PSS_SHA256, MechanismType::SHA256_RSA_PKCS_PSS),
    (Scheme::RSA_PSS_SHA384, MechanismType::SHA384_RSA_PKCS_PSS),
    (Scheme::RSA_PSS_SHA512, MechanismType::SHA512_RSA_PKCS_PSS),
    (Scheme::RSA_PKCS1_SHA256, MechanismType::SHA256_RSA_PKCS),
    (Scheme::RSA_PKCS1_SHA384, MechanismType::SHA384_RSA_PKCS),
    (Scheme::RSA_PKCS1_SHA512, MechanismType::SHA512_RSA_PKCS),
];

/// A device that wants a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking<'a> {
    /// Its label.
    pub label: &'a str,
    /// Whether the next wrong PIN locks it.
    pub last: bool,
}

/// A device that we are logged in to. Logs out with its end.
pub struct Token {
    label: String,
    certificate: String,
    schemes: Vec<Scheme>,
    key: ObjectHandle,
    session: Mutex<Session>,
}

impl Token {
    /// Loads a driver, logs in to the device in a slot, and finds the first certificate whose RSA key is there. `pin` is
    /// asked once at most, and not where the device has a pad of its own.
    ///
    /// # Errors
    /// There is no such driver or device, it does not let us in, or has nothing for us.
    pub fn open(
        driver: &Path,
        slot: u32,
        pin: impl FnOnce(Asking<'_>) -> Result<SecretString, String>,
    ) -> Result<Self, TokenError> {
        let context = load(driver)?;
        let slot = find(&context, slot)?;
        let about = context.get_token_info(slot)?;
        let label = about.label().trim_end().to_owned();
        let last = about.user_pin_final_try();
        let session = context.open_ro_session(slot)?;
        if about.login_required() {
            let pin = match about.protected_authentication_path() {
                true => None,
                false => Some(pin(Asking {
                    label: &label,
                    last,
                })),
            };
            let pin = pin.transpose().map_err(|reason| TokenError::NoPin {
                label: label.clone(),
                reason,
            })?;
            match session.login(UserType::User, pin.as_ref()) {
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
                Err(error) => {
                    let last = context.get_token_info(slot);
                    let last = last.is_ok_and(|it| it.user_pin_final_try());
                    return Err(of_login(error, &label, last));
                }
            }
        }
        let mechanisms = context.get_mechanism_list(slot)?;
        let known = SCHEMES.iter().filter(|it| mechanisms.contains(&it.1));
        let schemes = known.map(|it| it.0).collect();
        let (certificate, key) = pair(&session)?.ok_or_else(|| TokenError::NoCertificate {
            label: label.clone(),
        })?;
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        Ok(Self {
            certificate: pem::encode_config(&Pem::new("CERTIFICATE", certificate), config),
            label,
            schemes,
            key,
            session: Mutex::new(session),
        })
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    fn signed(&self, mechanism: &Mechanism<'_>, message: &[u8]) -> Result<Vec<u8>, String> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.sign(mechanism, self.key, message).map_err(|error| {
            let error = TokenError::from(error);
            tracing::warn!(token = self.label, %error, "nothing is signed");
            error.to_string()
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.label)
    }
}

impl Holder for Token {
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.signed(&Mechanism::Sha256RsaPkcs, message).ok()
    }
}

impl Key for Token {
    fn schemes(&self) -> &[Scheme] {
        &self.schemes
    }

    fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, String> {
        let pss = |hash_alg, mgf, length: u64| PkcsPssParams {
            hash_alg,
            mgf,
            s_len: length.into(),
        };
        let mechanism = match scheme {
            Scheme::RSA_PKCS1_SHA256 => Mechanism::Sha256RsaPkcs,
            Scheme::RSA_PKCS1_SHA384 => Mechanism::Sha384RsaPkcs,
            Scheme::RSA_PKCS1_SHA512 => Mechanism::Sha512RsaPkcs,
            Scheme::RSA_PSS_SHA256 => Mechanism::Sha256RsaPkcsPss(pss(
                MechanismType::SHA256,
                PkcsMgfType::MGF1_SHA256,
                32,
            )),
            Scheme::RSA_PSS_SHA384 => Mechanism::Sha384RsaPkcsPss(pss(
                MechanismType::SHA384,
                PkcsMgfType::MGF1_SHA384,
                48,
            )),
            Scheme::RSA_PSS_SHA512 => Mechanism::Sha512RsaPkcsPss(pss(
                MechanismType::SHA512,
                PkcsMgfType::MGF1_SHA512,
                64,
            )),
            other => return Err(format!("the token does not sign with {other:?}")),
        };
        self.signed(&mechanism, message)
    }
}

fn load(driver: &Path) -> Result<Pkcs11, TokenError> {
    let wrong = |error: Error| TokenError::Driver {
        path: driver.to_owned(),
        reason: match error {
            Error::LibraryLoading(error) => error.to_string(),
            error => error.to_string(),
        },
    };
    let context = Pkcs11::new(driver).map_err(wrong)?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(context),
        Err(error) => Err(wrong(error)),
    }
}

/// The slot of a number, if a device is in it.
fn find(context: &Pkcs11, number: u32) -> Result<Slot, TokenError> {
    let slots = context.get_slots_with_initialized_token()?;
    if let Some(slot) = slots.iter().find(|it| it.id() == u64::from(number)) {
        return Ok(*slot);
    }
    let label = |slot: &Slot| {
        let about = context.get_token_info(*slot);
        about.map_or_else(|_| "?".to_owned(), |it| it.label().trim_end().to_owned())
    };
    let others = slots.iter().map(|it| (it.id(), label(it)));
    Err(TokenError::NoToken {
        slot: number,
        others: others.collect(),
    })
}

/// The first certificate whose RSA key has the same id.
fn pair(session: &Session) -> Result<Option<(Vec<u8>, ObjectHandle)>, TokenError> {
    let certificates = session.find_objects(&[
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ])?;
    for certificate in certificates.into_iter().take(MOST) {
        let wanted = [AttributeType::Value, AttributeType::Id];
        let (mut value, mut id) = (None, None);
        for attribute in session.get_attributes(certificate, &wanted)? {
            match attribute {
                Attribute::Value(it) => value = Some(it),
                Attribute::Id(it) => id = Some(it),
                _ => {}
            }
        }
        let (Some(value), Some(id)) = (value, id) else {
            continue;
        };
        let keys = session.find_objects(&[
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::KeyType(KeyType::RSA),
            Attribute::Id(id),
        ])?;
        if let Some(key) = keys.first() {
            return Ok(Some((value, *key)));
        }
    }
    Ok(None)
}
