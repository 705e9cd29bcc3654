//! A real broker for one test: on a port of its own, ended with its guard.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::nats_server;

/// How long a broker may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `nats-server`. It is killed when this is dropped.
#[derive(Debug)]
pub struct Broker {
    program: PathBuf,
    configuration: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Broker {
    /// Starts a broker that keeps its files in `home` and knows JetStream. `more` is added to its configuration, such as
    /// a `tls` or an `authorization` block.
    ///
    /// `None` where there is no broker to start, which a line on standard error has said.
    ///
    /// # Panics
    /// Where a broker is promised and cannot be had, or does not answer within a minute; what it said is in the message.
    #[must_use]
    pub fn start(home: &Path, more: &str) -> Option<Self> {
        let program = nats_server()?;
        let port = free_port();
        let configuration = home.join("nats-server.conf");
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\nserver_name: broker\njetstream {{ store_dir: {:?} }}\nlog_file: {:?}\n{more}\n",
            home.join("jetstream"),
            home.join("nats-server.log"),
        );
        fs::write(&configuration, text)
            .unwrap_or_else(|error| panic!("{}: {error}", configuration.display()));
        let mut broker = Self {
            program,
            configuration,
            port,
            child: None,
        };
        broker.restart();
        Some(broker)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Where it listens, as `host:port`.
    #[must_use]
    pub fn host(&self) -> String {
        self.address().to_string()
    }

    /// Ends it at once, as if its machine had lost power.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Starts it again on the same port, with what it kept.
    ///
    /// # Panics
    /// It does not answer within a minute; what it said is in the message.
    pub fn restart(&mut self) {
        self.kill();
        let child = Command::new(&self.program)
            .arg("--config")
            .arg(&self.configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        self.child = Some(child);
        let begun = Instant::now();
        while !answers(self.address()) {
            let gone = self
                .child
                .as_mut()
                .is_some_and(|child| child.try_wait().is_ok_and(|it| it.is_some()));
            assert!(
                !gone && begun.elapsed() < PATIENCE,
                "the broker does not answer: {}",
                fs::read_to_string(self.configuration.with_extension("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether a broker introduces itself there.
fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return false;
    };
    let ready = stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .and_then(|()| stream.flush());
    let mut line = String::new();
    ready.is_ok()
        && BufReader::new(stream).read_line(&mut line).is_ok()
        && line.starts_with("INFO ")
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .unwrap_or_else(|error| panic!("no port can be had: {error}"))
        .port()
}
