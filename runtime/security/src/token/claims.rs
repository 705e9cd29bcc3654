//! What tokens say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::TokenError;

/// What a token says.
#[derive(Clone, Debug)]
pub struct Claims {
    /// What tokens of all kinds say.
    pub standard: Standard,
    /// What only those of its kind say.
    pub kind: Kind,
}

/// What a token of some kind says.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Of somebody who makes requests.
    Client(Box<ClientClaims>),
    /// Of a node.
    Server(Box<ServerClaims>),
    /// Of a node that waits to be provisioned.
    Provisioning(Box<ProvisioningClaims>),
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Of somebody who makes requests.
    Client,
    /// Of a node.
    Server,
    /// Of a node that waits to be provisioned.
    Provisioning,
}

/// A time in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seconds(pub(crate) i64);

/// What tokens of all kinds say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standard {
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The trust chain signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcs: Option<String>,
    /// The ed25519 key of whom it belongs to, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nbf: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iat: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issexp: Option<Seconds>,
}

/// What the token of a client says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientClaims {
    /// The caller id.
    pub callerid: String,
    /// The organization, `choria` when it is not named.
    pub ou: String,
    /// What it may call: `agent.action`, `agent.*`, `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<String>,
    /// Anything about the user.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user_properties: BTreeMap<String, String>,
    /// A policy in Rego.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub opa_policy: String,
    /// What it may do.
    pub permissions: ClientPermissions,
    /// Subjects that it may publish to, besides those of its permissions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pub_subjects: Vec<String>,
    /// Subjects that it may subscribe to, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_subjects: Vec<String>,
}

/// What the token of a node says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerClaims {
    /// The identity.
    pub identity: String,
    /// The collectives it may be in.
    pub collectives: Vec<String>,
    /// The organization, `choria` when it is not named.
    pub ou: String,
    /// What it may do.
    pub permissions: ServerPermissions,
    /// Subjects that it may publish to, besides those of its permissions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pub_subjects: Vec<String>,
}

/// What the token of a node that waits to be provisioned says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProvisioningClaims {
    /// The token that provisioners have to know.
    #[serde(rename = "cht")]
    pub token: Option<SecretString>,
    /// Whether it speaks TLS.
    #[serde(rename = "chs")]
    pub secure: bool,
    /// URLs of brokers, with commas between them.
    #[serde(rename = "chu")]
    pub urls: String,
    /// The domain whose SRV records name brokers.
    #[serde(rename = "chsrv")]
    pub srv_domain: String,
    /// Whether nodes without configuration are to be provisioned.
    #[serde(rename = "chpd")]
    pub by_default: bool,
    /// The file that is sent as registration.
    #[serde(rename = "chrd")]
    pub registration: String,
    /// The file with facts.
    #[serde(rename = "chf")]
    pub facts: String,
    /// The user to be at brokers.
    #[serde(rename = "chusr")]
    pub user: String,
    /// That user's password.
    #[serde(rename = "chpwd")]
    pub password: Option<SecretString>,
    /// Anything else.
    pub extensions: Map<String, Value>,
    /// The organization, `choria` when it is not named.
    pub ou: String,
    /// Whether it is provisioned over version 2 of the protocol.
    pub v2: bool,
    /// Whether it may be updated in place.
    pub update: bool,
}

/// Declares permissions: what a token may do, in JSON only those that are true.
macro_rules! permissions {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(skip_serializing_if = "core::ops::Not::not")] pub $field: bool,)*
        }
    };
}

permissions! {
    /// What a client may do.
    ClientPermissions {
        /// Manage streams.
        streams_admin,
        /// Use streams.
        streams_user,
        /// See events.
        events_viewer,
        /// Take part in elections.
        election_user,
        /// Use the system account.
        system_user,
        /// Use governors.
        governor,
        /// Everything.
        org_admin,
        /// Make requests.
        fleet_management,
        /// Make requests that a delegator signs.
        signed_fleet_management,
        /// Live longer than people's tokens may.
        service,
        /// Sign requests of others.
        authentication_delegator,
        /// Provision nodes.
        provisioner,
    }
}

permissions! {
    /// What a node may do.
    ServerPermissions {
        /// Hand in messages.
        submission,
        /// Use streams.
        streams,
        /// Use governors.
        governor,
        /// Run service agents.
        service_host,
    }
}

/// What organization a token belongs to that does not name one.
const ORGANIZATION: &str = "choria";

// === impl Claims ===

impl Claims {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, TokenError> {
        let mut claims: Map<String, Value> = serde_json::from_slice(json).map_err(unlike)?;
        // Null is as good as missing.
        claims.retain(|_, value| !value.is_null());
        let claims = Value::Object(claims);
        let standard = Standard::deserialize(&claims).map_err(unlike)?;
        let kind = match standard.purpose() {
            Some(Purpose::Client) => {
                let client = ClientClaims::deserialize(&claims).map_err(unlike)?;
                if client.callerid.is_empty() {
                    return Err(TokenError::Malformed("it has no caller id"));
                }
                Kind::Client(Box::new(client))
            }
            Some(Purpose::Server) => {
                let server = ServerClaims::deserialize(&claims).map_err(unlike)?;
                if server.identity.is_empty() {
                    return Err(TokenError::Malformed("it has no identity"));
                }
                Kind::Server(Box::new(server))
            }
            Some(Purpose::Provisioning) => {
                let claims = ProvisioningClaims::deserialize(&claims).map_err(unlike)?;
                Kind::Provisioning(Box::new(claims))
            }
            None => return Err(TokenError::Malformed("it is of no known kind")),
        };
        Ok(Self { standard, kind })
    }

    /// Its kind.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self.kind {
            Kind::Client(_) => Purpose::Client,
            Kind::Server(_) => Purpose::Server,
            Kind::Provisioning(_) => Purpose::Provisioning,
        }
    }

    /// The organization it says to belong to.
    #[must_use]
    pub fn organization(&self) -> &str {
        let ou = match &self.kind {
            Kind::Client(claims) => &claims.ou,
            Kind::Server(claims) => &claims.ou,
            Kind::Provisioning(claims) => &claims.ou,
        };
        if ou.is_empty() { ORGANIZATION } else { ou }
    }
}

fn unlike(_: serde_json::Error) -> TokenError {
    TokenError::Malformed("its claims are not those of a token")
}

// === impl Purpose ===

impl Purpose {
    /// The claim that says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "choria_client_id",
            Self::Server => "choria_server",
            Self::Provisioning => "choria_provisioning",
        }
    }
}

// === impl Standard ===

impl Standard {
    fn purpose(&self) -> Option<Purpose> {
        let said = self.purpose.as_deref().filter(|it| !it.is_empty());
        // Old provisioning tokens only say it as the subject.
        let legacy = || self.sub.as_deref() == Some(Purpose::Provisioning.as_str());
        match said {
            Some(said) => [Purpose::Client, Purpose::Server, Purpose::Provisioning]
                .into_iter()
                .find(|it| it.as_str() == said),
            None => legacy().then_some(Purpose::Provisioning),
        }
    }

    /// When it stops to count: at its own end, or at that of its issuer.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        let end = match (self.exp, self.issexp) {
            (Some(own), Some(issuer)) => own.min(issuer),
            (own, issuer) => own.or(issuer)?,
        };
        Some(end.moment())
    }

    /// When it was made.
    #[must_use]
    pub fn issued(&self) -> Option<Timestamp> {
        self.iat.map(Seconds::moment)
    }

    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), TokenError> {
        if let Some(end) = self.expires()
            && now >= end
        {
            return Err(TokenError::Expired(end));
        }
        match self.nbf.map(Seconds::moment) {
            Some(start) if now < start => Err(TokenError::NotYetValid(start)),
            _ => Ok(()),
        }
    }
}

// === impl Seconds ===

impl Seconds {
    /// The moment; what is out of range is as far as it goes.
    fn moment(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let whole = number.as_i64().or_else(|| {
            #[expect(clippy::cast_possible_truncation, reason = "fractions do not count")]
            number.as_f64().map(|it| it as i64)
        });
        whole
            .map(Self)
            .ok_or(serde::de::Error::custom("not a time"))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}
