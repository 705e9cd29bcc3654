//! Servers for goss files to look at: HTTP, HTTPS, DNS and a Unix socket, all on the loopback interface.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use domain::base::iana::Rcode;
use domain::base::name::Name;
use domain::base::{Message, MessageBuilder, Rtype};
use domain::rdata::caa::{CaaFlags, CaaTag};
use domain::rdata::{A, Aaaa, Caa, Cname, Mx, Ns, Ptr, Srv, Txt};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Servers that run until the test is over.
pub(super) struct Servers {
    folder: PathBuf,
    http: SocketAddr,
    https: SocketAddr,
    dns: SocketAddr,
    _socket: UnixListener,
}

impl Servers {
    /// Starts all of them; their certificates are put into the folder.
    pub(super) fn start(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            http: serve(|stream| Box::new(stream)),
            https: serve_securely(folder),
            dns: serve_names(),
            _socket: UnixListener::bind(folder.join("socket")).unwrap(),
        }
    }

    /// A goss file with the places of these servers in it.
    pub(super) fn fill_in(&self, text: &str) -> String {
        text.replace("HTTPS", &self.https.port().to_string())
            .replace("HTTP", &self.http.port().to_string())
            .replace("DNS", &self.dns.port().to_string())
            .replace("FOLDER", self.folder.to_str().unwrap())
    }
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

fn serve(
    wrap: impl Fn(std::net::TcpStream) -> Box<dyn Stream> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let wrap = Arc::new(wrap);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let wrap = Arc::clone(&wrap);
            // Clients go away when they have seen enough.
            thread::spawn(move || answer(wrap(stream)).ok());
        }
    });
    address
}

fn serve_securely(folder: &Path) -> SocketAddr {
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let own = rcgen::generate_simple_self_signed(names).unwrap();
    for name in ["ca.pem", "client.pem"] {
        std::fs::write(folder.join(name), own.cert.pem()).unwrap();
    }
    let key = own.signing_key.serialize_pem();
    std::fs::write(folder.join("client.key"), key).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    serve(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Box::new(StreamOwned::new(connection, stream))
    })
}

/// Answers one request by its path.
fn answer(stream: Box<dyn Stream>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut asked = String::new();
    while !asked.ends_with("\r\n\r\n") {
        if stream.read_line(&mut asked)? == 0 {
            return Ok(());
        }
    }
    let length = asked.lines().find_map(|it| {
        it.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    asked.push_str(&String::from_utf8_lossy(&body));
    let path = asked.split(['?', ' ']).nth(1).unwrap_or_default();
    let path = path.rsplit('/').next().unwrap_or_default().to_owned();
    let stream = stream.get_mut();
    let mut reply = |head: &str, body: &[u8]| {
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        stream.write_all(body)
    };
    match path.as_str() {
        "plain" => reply(
            "200 OK\r\nx-two: 1\r\nX-Two: 2\r\nContent-Type: text/plain",
            b"hello\nworld\n",
        ),
        "away" => reply("302 Found\r\nLocation: /plain", b""),
        "round" => reply("302 Found\r\nLocation: /round", b""),
        "json" => reply("200 OK", br#"{"a": {"b": 5}, "list": [1, 2]}"#),
        "echo" if asked.starts_with("HEAD ") => reply("200 OK", b""),
        "echo" => reply("200 OK", asked.replace('\r', "").as_bytes()),
        "packed" => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(b"hello\n")?;
            reply("200 OK\r\nContent-Encoding: gzip", &packer.finish()?)
        }
        "silent" => {
            // Until the client has had enough.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).map(drop)
        }
        "endless" => {
            write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
            let lines = b"line\n".repeat(10_000);
            loop {
                stream.write_all(&lines)?;
            }
        }
        "nonsense" => stream.write_all(b"this is not HTTP\r\n\r\n"),
        _ => reply("404 Not Found", b"nothing here\n"),
    }
}

fn serve_names() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            if let Some(answer) = resolve(&buffer[..length]) {
                let _ = socket.send_to(&answer, client);
            }
        }
    });
    address
}

fn name(text: &str) -> Name<Vec<u8>> {
    Name::vec_from_str(text).unwrap()
}

/// The answer of a name server that knows a handful of names.
fn resolve(question: &[u8]) -> Option<Vec<u8>> {
    let question = Message::from_octets(question).ok()?;
    let asked = question.first_question()?;
    let owner = asked.qname().to_string().to_lowercase();
    let code = match owner.trim_end_matches('.') {
        "silent.example" => return None,
        "fails.example" => Rcode::SERVFAIL,
        "none.example" => Rcode::NXDOMAIN,
        _ => Rcode::NOERROR,
    };
    let mut reply = MessageBuilder::new_vec()
        .start_answer(&question, code)
        .ok()?;
    let one = name("one.example");
    let four = A::from_octets(192, 0, 2, 1);
    macro_rules! say {
        ($owner:expr, $data:expr) => {
            reply.push(($owner, 60, $data)).ok()?
        };
    }
    let at = asked.qname();
    match (owner.trim_end_matches('.'), asked.qtype()) {
        ("one.example", Rtype::A) => say!(at, four),
        ("one.example", Rtype::AAAA) => say!(at, Aaaa::new("2001:db8::1".parse().ok()?)),
        ("alias.example", kind) => {
            say!(at, Cname::new(one.clone()));
            if kind == Rtype::A {
                say!(&one, four);
            }
        }
        ("mail.example", Rtype::MX) => {
            say!(at, Mx::new(10, name("a.example")));
            say!(at, Mx::new(9, name("b.example")));
        }
        ("mail.example", Rtype::NS) => say!(at, Ns::new(name("ns.example"))),
        ("mail.example", Rtype::CAA) => {
            let tag = CaaTag::from_octets(b"issue".to_vec()).ok()?;
            say!(at, Caa::new(CaaFlags::new(0), tag, b"ca.example".to_vec()));
        }
        ("_x._tcp.example", Rtype::SRV) => say!(at, Srv::new(1, 2, 443, one)),
        ("text.example", Rtype::TXT) => {
            say!(
                at,
                Txt::from_octets(b"\x0aplain text\x0asemi;colon".to_vec()).ok()?
            );
            say!(at, Txt::from_octets(b"\x06second".to_vec()).ok()?);
        }
        ("odd.example", Rtype::TXT) => {
            say!(
                at,
                Txt::from_octets(b"\x05a\"b\"\\\x02\x07\xff".to_vec()).ok()?
            );
        }
        (reverse, Rtype::PTR) if reverse.ends_with(".arpa") => say!(at, Ptr::new(one)),
        _ => {}
    }
    Some(reply.finish())
}
