//! The two versions of the protocol.

use core::fmt;

/// A version of the protocol. A network speaks one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// X.509 certificates, RSA signatures; `choria:…:1`.
    V1,
    /// JSON web tokens, ed25519 signatures; `io.choria.protocol.v2.…`.
    V2,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "1",
            Self::V2 => "2",
        })
    }
}

/// How both versions call a layer.
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) v1: &'static str,
    pub(crate) v2: &'static str,
}

impl Ids {
    pub(crate) const TRANSPORT: Self = Self {
        v1: "choria:transport:1",
        v2: "io.choria.protocol.v2.transport",
    };
    pub(crate) const SECURE_REQUEST: Self = Self {
        v1: "choria:secure:request:1",
        v2: "io.choria.protocol.v2.secure_request",
    };
    pub(crate) const SECURE_REPLY: Self = Self {
        v1: "choria:secure:reply:1",
        v2: "io.choria.protocol.v2.secure_reply",
    };
    pub(crate) const REQUEST: Self = Self {
        v1: "choria:request:1",
        v2: "io.choria.protocol.v2.request",
    };
    pub(crate) const REPLY: Self = Self {
        v1: "choria:reply:1",
        v2: "io.choria.protocol.v2.reply",
    };

    /// The version that an id belongs to.
    pub(crate) fn version(self, id: &str) -> Option<Version> {
        if id == self.v1 {
            Some(Version::V1)
        } else if id == self.v2 {
            Some(Version::V2)
        } else {
            None
        }
    }

    pub(crate) fn of(self, version: Version) -> &'static str {
        match version {
            Version::V1 => self.v1,
            Version::V2 => self.v2,
        }
    }
}
