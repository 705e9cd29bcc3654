//! Names that are looked up.

use core::time::Duration;
use std::io;
use std::net::{IpAddr, SocketAddr};

use chorister_goss::{Resource, Settings};
use chorister_system::dns::{self, RecordType};
use tokio::time::timeout;

/// How often a server is asked that has nothing to say.
const ATTEMPTS: u32 = 3;

/// The answers, sorted; none if the name is not known.
///
/// # Errors
///
/// Nobody could say.
pub(super) async fn look_up(resource: &Resource) -> Result<Vec<String>, String> {
    let Settings::Dns {
        server,
        timeout: deadline,
    } = &resource.settings
    else {
        return Err("it is not a name to look up".to_owned());
    };
    let (kind, name) = split(resource.name());
    let Some(server) = server else {
        return system(name, *deadline).await;
    };
    let server = address(server)?;
    let mut found = Ok(Vec::new());
    for _ in 0..ATTEMPTS {
        let asked = timeout(*deadline, ask(server, name, kind, *deadline)).await;
        found = match asked {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(error)) if error.kind() != io::ErrorKind::TimedOut => Err(error.to_string()),
            _ => Err(late(*deadline)),
        };
        if found.as_ref().is_ok_and(|it| !it.is_empty()) {
            break;
        }
    }
    let mut answers = found?;
    answers.sort_unstable();
    Ok(answers)
}

async fn system(name: &str, deadline: Duration) -> Result<Vec<String>, String> {
    let mut last = Ok(Vec::new());
    for _ in 0..ATTEMPTS {
        match dns::resolve(name, deadline).await {
            Ok(addresses) => {
                let mut answers: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
                answers.sort_unstable();
                return Ok(answers);
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => last = Err(late(deadline)),
            // Whatever else the resolver says, the name has no address.
            Err(_) => return Ok(Vec::new()),
        }
    }
    last
}

/// Asks a server for records of one type, or for all addresses.
async fn ask(
    server: SocketAddr,
    name: &str,
    kind: Option<RecordType>,
    deadline: Duration,
) -> io::Result<Vec<String>> {
    if let Some(kind) = kind {
        return Ok(dns::query(server, name, kind, deadline).await?.records);
    }
    let mut addresses = Vec::new();
    for kind in [RecordType::A, RecordType::Aaaa] {
        match dns::query(server, name, kind, deadline).await {
            Ok(answer) => addresses.extend(answer.records),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
            // Compat: goss system/dns.go: whoever asks for addresses is not told why there are none.
            Err(_) => {}
        }
    }
    Ok(addresses)
}

/// The type of `TYPE:name`, if it is one that is known, and the name.
fn split(text: &str) -> (Option<RecordType>, &str) {
    match text.split_once(':') {
        Some((kind, name))
            if !kind.is_empty() && kind.bytes().all(|it| it.is_ascii_uppercase()) =>
        {
            (RecordType::named(kind), name)
        }
        _ => (None, text),
    }
}

/// The address of a server, `ip[:port]`.
fn address(server: &str) -> Result<SocketAddr, String> {
    let with_port = server.parse().ok();
    let bare = || server.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    with_port
        .or_else(|| bare().map(|it| SocketAddr::new(it, 53)))
        .ok_or_else(|| format!("`{server}` is not the address of a server"))
}

fn late(deadline: Duration) -> String {
    format!("DNS lookup timed out ({deadline:?})")
}
