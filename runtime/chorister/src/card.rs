//! Token devices that hold the keys of people, for distributions that ask for them.

#[cfg(feature = "pkcs11")]
mod pin;

use core::fmt;

use chorister_settings::Settings;

/// Opens token devices.
#[derive(Clone, Copy)]
pub struct Cards {
    #[cfg_attr(
        not(feature = "client"),
        expect(dead_code, reason = "nobody asks without a client")
    )]
    open: fn(&Settings) -> Result<Card, String>,
}

#[cfg(feature = "client")]
use chorister_node::Card;

/// Nothing: nobody asks without a client.
#[cfg(not(feature = "client"))]
#[derive(Debug)]
pub struct Card;

/// Over PKCS#11. Whoever has a terminal is asked for the PIN.
#[cfg(feature = "pkcs11")]
pub const PKCS11: Cards = Cards { open };

#[cfg(feature = "pkcs11")]
fn open(settings: &Settings) -> Result<Card, String> {
    use std::sync::Arc;

    use chorister_node::RsaKey;
    use chorister_pkcs11::Token;
    use chorister_system::tls::{Held, Identity};

    let ours = &settings.security.pkcs11;
    let driver = ours.driver_file.as_deref();
    let driver = driver.ok_or("`plugin.security.pkcs11.driver_file` is not set")?;
    let token = Token::open(driver, ours.slot, |asking| pin::pin(settings, asking));
    let token = Arc::new(token.map_err(|error| error.to_string())?);
    let certificates = token.certificate().to_owned();
    Ok(Card {
        key: RsaKey::held(Arc::clone(&token) as _),
        identity: Identity::Held(Held::new(&certificates, token)?),
        certificates,
    })
}

#[cfg(feature = "client")]
impl Cards {
    /// Opens the device that the settings name.
    ///
    /// # Errors
    /// It cannot be used, and why.
    pub(crate) fn open(self, settings: &Settings) -> Result<Card, String> {
        (self.open)(settings)
    }
}

impl fmt::Debug for Cards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cards")
    }
}
