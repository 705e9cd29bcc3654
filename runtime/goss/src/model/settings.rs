//! How to look at resources, kind by kind.

use crate::Value;

pub use core::time::Duration;

/// How to look at a resource. Times are filled in: where a file says nothing they have goss's default, and where it
/// says a negative number they are zero, which is over at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Settings {
    /// Nothing can be set.
    #[default]
    None,
    /// `addr`
    Addr {
        /// The address to dial from.
        local_address: Option<String>,
        /// How long to dial, looking up names included.
        timeout: Duration,
    },
    /// `command`
    Command {
        /// How long it may run.
        timeout: Duration,
    },
    /// `dns`
    Dns {
        /// The server to ask, `ip[:port]`; without it the resolver of the system.
        server: Option<String>,
        /// How long each of at most three attempts may take.
        timeout: Duration,
    },
    /// `http`
    Http(Box<HttpSettings>),
    /// `matching`
    Matching {
        /// What is matched.
        content: Value,
        /// Whether `content` is taken as text and matched line by line.
        as_reader: bool,
    },
    /// `mount`
    Mount {
        /// How long reading the table of mounts may take.
        timeout: Duration,
    },
}

/// How to make a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpSettings {
    /// The method; `GET` if the file has none.
    pub method: String,
    /// The body of the request.
    pub request_body: String,
    /// Headers of the request, as `Name: value`.
    pub request_headers: Vec<String>,
    /// Whether the certificate of the server is taken unseen.
    pub allow_insecure: bool,
    /// Whether a redirection is the answer; otherwise up to ten are followed.
    pub no_follow_redirects: bool,
    /// The user for basic authentication.
    pub username: String,
    /// The password for basic authentication.
    pub password: String,
    /// A file with the authorities to trust instead of those of the system.
    pub ca_file: Option<String>,
    /// A file with the certificate of the client.
    pub cert_file: Option<String>,
    /// A file with the key of the client; used only together with the certificate.
    pub key_file: Option<String>,
    /// The proxy; without it that of the environment.
    pub proxy: Option<String>,
    /// How long the whole exchange may take.
    pub timeout: Duration,
}

/// How often to try before a result counts; goss newer than 0.4.9 has it for `command`, `dns` and `package`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    /// Attempts after the first.
    pub count: u32,
    /// How long to wait between two attempts.
    pub delay: Duration,
}
