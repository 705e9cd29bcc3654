//! Measurements for Graphite.

use core::time::Duration;
use std::fmt::Write as _;
use std::io;

use chorister_fsm::Relay;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// How long sending may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends a measurement in the plain text protocol, one line for each value.
///
/// # Errors
///
/// The server cannot be reached, or not in time.
pub(crate) async fn send(relay: &Relay) -> io::Result<()> {
    let text = lines(relay);
    let sent = tokio::time::timeout(PATIENCE, async {
        let mut server = TcpStream::connect((relay.host.as_str(), relay.port)).await?;
        server.write_all(text.as_bytes()).await?;
        server.shutdown().await
    });
    sent.await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn lines(relay: &Relay) -> String {
    let time = relay.measurement.time;
    let mut text = String::new();
    let values = relay
        .measurement
        .metrics
        .iter()
        .map(|(name, value)| (name.as_str(), *value));
    for (name, value) in values.chain([("runtime", relay.runtime.as_secs_f64())]) {
        // A space would end the name, and a line feed the line.
        let name: String = name
            .chars()
            .map(|it| if it.is_whitespace() { '_' } else { it })
            .collect();
        let _ = writeln!(text, "{}.{name} {value:.6} {time}", relay.prefix);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chorister_fsm::{Fleet, Measurement};
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn each_value_is_a_line() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut measurement = Measurement {
            time: 1_700_000_000,
            ..Measurement::default()
        };
        measurement.metrics.insert("load 1".to_owned(), 0.25);
        measurement.metrics.insert("users".to_owned(), 3.0);
        let relay = Relay {
            machine: key(),
            watcher: chorister_ir::WatcherId(0),
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
            prefix: "choria.load".to_owned(),
            measurement: Arc::new(measurement),
            runtime: Duration::from_millis(1500),
        };
        let receive = async {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut text = String::new();
            peer.read_to_string(&mut text).await.unwrap();
            text
        };
        let (sent, text) = tokio::join!(send(&relay), receive);
        sent.unwrap();
        assert_eq!(
            text,
            "choria.load.load_1 0.250000 1700000000\n\
             choria.load.users 3.000000 1700000000\n\
             choria.load.runtime 1.500000 1700000000\n"
        );
    }

    /// The key of some machine; only a fleet hands them out.
    fn key() -> chorister_fsm::MachineKey {
        use chorister_ir::{Edges, List, Machine, StateId};
        let machine = Machine {
            name: "m".into(),
            description: "".into(),
            version: "1.0.0".into(),
            initial: StateId(0),
            splay_start: Duration::ZERO,
            states: vec!["A".into()].into(),
            transitions: List::EMPTY,
            edges: Edges::Table(List::EMPTY),
            watchers: List::EMPTY,
        };
        let mut cx = chorister_fsm::Cx {
            now: chorister_fsm::Now {
                mono: Duration::ZERO,
                wall: jiff::Timestamp::UNIX_EPOCH,
            },
            random: &mut crate::Seeded::new(1),
            effects: &mut Vec::new(),
        };
        let instance =
            chorister_fsm::Instance::new([0; 16], std::path::Path::new("/").to_owned().into());
        Fleet::new("node").insert(machine, instance, &mut cx)
    }
}
