//! Names: what the system makes of them, and what one server knows of them.

mod services;
#[cfg(test)]
mod tests;
mod text;

use core::time::Duration;
use std::io;
use std::net::{IpAddr, SocketAddr};

use domain::base::iana::Rcode;
use domain::base::{Message, MessageBuilder, Name, Rtype};
use tokio::net::lookup_host;
use tokio::time::Instant;

pub use self::services::{Service, servers, services};
use crate::dial::{udp_to, within};

/// The largest answer that is read, in bytes.
const LARGEST: usize = 64 << 10;

/// What is asked of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// Addresses of IPv4.
    A,
    /// Addresses of IPv6.
    Aaaa,
    /// Another name.
    Cname,
    /// Who takes mail: `preference name`.
    Mx,
    /// Name servers.
    Ns,
    /// Where a service is: `priority weight port name`.
    Srv,
    /// Text, each of its strings by itself.
    Txt,
    /// The names of an address.
    Ptr,
    /// Who may issue certificates: `flags tag value`.
    Caa,
    /// Fingerprints of SSH keys: `algorithm type fingerprint`.
    Sshfp,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The records of the type that was asked for, as text, in the order of the answer. Names end with a dot.
    pub records: Vec<String>,
    /// The response code as a word: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, …
    pub code: String,
    /// Whether the server had more to say than there was room for.
    pub truncated: bool,
}

/// The addresses of a host, as programs of this machine find them.
///
/// # Errors
///
/// It has none, nobody knows, or nobody answers within `deadline` ([`io::ErrorKind::TimedOut`]).
pub async fn resolve(host: &str, deadline: Duration) -> io::Result<Vec<IpAddr>> {
    let found = within(Instant::now() + deadline, lookup_host((host, 0))).await?;
    let mut addresses: Vec<IpAddr> = found.map(|it| it.ip()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// Asks one server, once, over UDP. For [`RecordType::Ptr`] the name is an address.
///
/// # Errors
///
/// The name is none, the server cannot be reached, does not answer within `deadline`
/// ([`io::ErrorKind::TimedOut`]) or answers with nonsense ([`io::ErrorKind::InvalidData`]).
pub async fn query(
    server: SocketAddr,
    name: &str,
    kind: RecordType,
    deadline: Duration,
) -> io::Result<Answer> {
    let end = Instant::now() + deadline;
    let id = fastrand::u16(..);
    let question = question(id, name, kind)?;
    let socket = udp_to(server, None).await?;
    within(end, socket.send(&question)).await?;
    let mut buffer = vec![0; LARGEST];
    loop {
        let length = within(end, socket.recv(&mut buffer)).await?;
        let bytes = buffer.get(..length).unwrap_or_default();
        let Ok(message) = Message::from_octets(bytes) else {
            return Err(invalid("the answer is too short"));
        };
        // Somebody else's, or a late one.
        if message.header().id() == id && message.header().qr() {
            return read(&message, kind);
        }
    }
}

fn question(id: u16, name: &str, kind: RecordType) -> io::Result<Vec<u8>> {
    let name: Name<Vec<u8>> = if kind == RecordType::Ptr {
        let address: IpAddr = name
            .parse()
            .map_err(|_| unusable(format!("`{name}` is not an address")))?;
        Name::reverse_from_addr(address).map_err(|error| unusable(error.to_string()))?
    } else {
        Name::vec_from_str(name).map_err(|error| unusable(format!("`{name}`: {error}")))?
    };
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(id);
    message.header_mut().set_rd(true);
    let mut questions = message.question();
    questions
        .push((name, kind.code()))
        .map_err(|error| unusable(error.to_string()))?;
    Ok(questions.finish())
}

fn read(message: &Message<&[u8]>, kind: RecordType) -> io::Result<Answer> {
    let section = message.answer().map_err(invalid)?;
    let mut records = Vec::new();
    for record in section {
        let record = record.map_err(invalid)?;
        if record.rtype() == kind.code() {
            text::render(&record, kind, &mut records).map_err(invalid)?;
        }
    }
    let code: Rcode = message.header().rcode();
    Ok(Answer {
        records,
        code: code.to_string(),
        truncated: message.header().tc(),
    })
}

fn invalid(error: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

fn unusable(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

// === impl RecordType ===

impl RecordType {
    /// The type of this name, in capitals.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "A" => Self::A,
            "AAAA" => Self::Aaaa,
            "CNAME" => Self::Cname,
            "MX" => Self::Mx,
            "NS" => Self::Ns,
            "SRV" => Self::Srv,
            "TXT" => Self::Txt,
            "PTR" => Self::Ptr,
            "CAA" => Self::Caa,
            "SSHFP" => Self::Sshfp,
            _ => return None,
        })
    }

    const fn code(self) -> Rtype {
        match self {
            Self::A => Rtype::A,
            Self::Aaaa => Rtype::AAAA,
            Self::Cname => Rtype::CNAME,
            Self::Mx => Rtype::MX,
            Self::Ns => Rtype::NS,
            Self::Srv => Rtype::SRV,
            Self::Txt => Rtype::TXT,
            Self::Ptr => Rtype::PTR,
            Self::Caa => Rtype::CAA,
            Self::Sshfp => Rtype::SSHFP,
        }
    }
}
