//! Somebody whose key is in a token device, which is Debian's SoftHSM here.

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, CertificateType, ObjectClass};
use cryptoki::session::UserType;

use super::*;

const PIN: &str = "271828";
/// The number of the key and of its certificate in the device.
const ID: u8 = 1;

/// An organization whose broker asks everybody for a certificate, and the device of Alice.
struct Desk {
    site: Site,
    chorister: PathBuf,
    driver: PathBuf,
    libraries: PathBuf,
    slot: String,
}

impl Desk {
    fn new() -> Option<Self> {
        let (softhsm, libraries) = chorister_peers::softhsm()?;
        let site = Site::start_with("verify: true")?;
        let tokens = site.file("tokens");
        fs::create_dir(&tokens).expect("made");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(site.file("softhsm2.conf"), text).expect("written");
        let mut desk = Self {
            site,
            chorister: binary("chorister"),
            driver: softhsm.join("usr/lib/softhsm/libsofthsm2.so"),
            libraries,
            slot: String::new(),
        };
        let util = softhsm.join("usr/bin/softhsm2-util");
        let run = |arguments: &[&str]| {
            let mut command = desk.command(&util);
            command.arg("--module").arg(&desk.driver).args(arguments);
            said(&mut command)
        };
        let token = ["--label", "alice", "--pin", PIN];
        let made = run(&[
            &["--init-token", "--free", "--so-pin", "31415926"],
            &token[..],
        ]
        .concat());
        let slot = made.trim().rsplit(' ').next().expect("a slot").to_owned();
        let key = desk.site.file("alice.key").display().to_string();
        let id = format!("{ID:02}");
        run(&[
            &["--import", &key, "--token", "alice", "--id", &id],
            &token[..],
        ]
        .concat());
        desk.slot = slot;
        let ours = std::env::current_exe().expect("this program");
        let put = [
            "--exact",
            "network::cards::put_the_certificate_in",
            "--ignored",
        ];
        said(
            desk.command(&ours)
                .args(put)
                .env("DESK", desk.site.home.path())
                .env("DRIVER", &desk.driver),
        );
        desk.configure(&desk.driver, &desk.slot);
        Some(desk)
    }

    /// A command that finds the device.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("SOFTHSM2_CONF", self.site.file("softhsm2.conf"))
            .env("LD_LIBRARY_PATH", &self.libraries)
            .stdin(Stdio::null());
        command
    }

    fn configure(&self, driver: &Path, slot: &str) {
        let text = format!(
            "identity = client.example.net\nplugin.choria.middleware_hosts = {}\n\
             plugin.security.provider = pkcs11\nplugin.security.pkcs11.driver_file = {}\n\
             plugin.security.pkcs11.slot = {slot}\nplugin.security.file.ca = {}\n",
            self.site.broker.host(),
            driver.display(),
            self.site.file("ca.pem").display(),
        );
        fs::write(self.site.file("client.conf"), text).expect("written");
    }

    /// Asks on the command line, without a terminal.
    fn ask(&self, pin: Option<&str>, arguments: &[&str]) -> Output {
        let mut command = self.command(Path::new("setsid"));
        command.arg("--wait").arg(&self.chorister).args(arguments);
        command.arg("--config").arg(self.site.file("client.conf"));
        if let Some(pin) = pin {
            command.env("CHORISTER_SECURITY_PKCS11_PIN", pin);
        }
        command.output().expect("it starts")
    }

    /// What is said where nobody can be asked.
    #[track_caller]
    fn fails(&self, pin: Option<&str>, expect: &str) {
        let output = self.ask(pin, &["ping"]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}");
        let expect = format!("security setup is not valid: {expect}");
        assert!(text.contains(&expect), "{text}");
        assert!(!text.contains(PIN) && !text.contains("16180"), "{text}");
    }
}

/// What a program prints where all is well.
#[track_caller]
fn said(command: &mut Command) -> String {
    let output = command.output().expect("a program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// A process of its own: SoftHSM finds its files by the environment.
#[test]
#[ignore = "the test below runs it, with what SoftHSM has to know"]
fn put_the_certificate_in() {
    let variable = |name| std::env::var(name).expect("a variable");
    let pem = fs::read(Path::new(&variable("DESK")).join("alice.pem")).expect("a certificate");
    let der = certificate_of(&pem);
    let context = Pkcs11::new(variable("DRIVER")).expect("a driver");
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    context.initialize(arguments).expect("ready");
    let slots = context.get_slots_with_initialized_token().expect("slots");
    let session = context.open_rw_session(slots[0]).expect("a session");
    session
        .login(UserType::User, Some(&PIN.to_owned().into()))
        .expect("in");
    // Nobody reads the subject here, and there has to be one.
    let nobody = vec![0x30, 0];
    let wanted = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Id(vec![ID]),
        Attribute::Subject(nobody),
        Attribute::Value(der),
    ];
    session.create_object(&wanted).expect("it is in");
}

fn certificate_of(pem: &[u8]) -> Vec<u8> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    CertificateDer::from_pem_slice(pem)
        .expect("a certificate")
        .to_vec()
}

#[test]
fn somebody_asks_with_a_key_that_nobody_sees() {
    let Some(desk) = Desk::new() else { return };
    // The device has it now.
    fs::remove_file(desk.site.file("alice.key")).expect("removed");
    let configuration = desk.site.with_certificates("");
    fs::write(
        desk.site.file("policies/rpcutil.policy"),
        format!("policy default deny\nallow\t{CALLER}\t*\t*\t*\n"),
    )
    .expect("written");
    let node = Node::start(
        &desk.chorister,
        &["--config", &configuration.display().to_string()],
    );
    node.ask_until(&["agents", "--json"], |it| it != &json!([]));
    let ping = ["ping", "--names", "--expect", "1", "--timeout", "30"];
    let seen = |output: &Output| String::from_utf8_lossy(&output.stdout).contains(NODE);
    let until = std::time::Instant::now() + LONG;
    loop {
        let output = desk.ask(Some(PIN), &ping);
        if seen(&output) {
            break;
        }
        assert!(
            std::time::Instant::now() < until,
            "{output:?}\n{}",
            node.log()
        );
    }
    let request = [
        "req", "rpcutil", "ping", "--json", "-I", NODE, "--batch", "1",
    ];
    let output = desk.ask(Some(PIN), &request);
    let replies: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert_eq!(
        replies["request_stats"]["ok"],
        1,
        "{output:?}\n{}",
        node.log()
    );

    // Whoever has a terminal is asked, and what they type is not shown.
    let line = format!(
        "{} {} --config {}",
        desk.chorister.display(),
        ping.join(" "),
        desk.site.file("client.conf").display()
    );
    let mut terminal = desk.command(Path::new("script"));
    terminal.args(["-qefc", &line, "/dev/null"]);
    let mut child = terminal
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script");
    let (mut keys, mut screen) = (
        child.stdin.take().expect("keys"),
        child.stdout.take().expect("a screen"),
    );
    let mut shown = Vec::new();
    while !shown.ends_with(b"PIN of alice: ") {
        let mut byte = [0];
        assert_eq!(
            screen.read(&mut byte).expect("a screen"),
            1,
            "{}",
            String::from_utf8_lossy(&shown)
        );
        shown.push(byte[0]);
    }
    keys.write_all(format!("{PIN}\n").as_bytes())
        .expect("typed");
    screen.read_to_end(&mut shown).expect("a screen");
    child.wait().expect("it ends");
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains(NODE) && !shown.contains(PIN), "{shown}");
}

#[test]
fn what_is_wrong_with_a_device_is_told() {
    let Some(desk) = Desk::new() else { return };
    desk.fails(Some("161803"), "the PIN is not that of the token `alice`");
    desk.fails(None, "the token `alice` wants a PIN: ");
    let other = format!(
        "there is no token in slot 7; `plugin.security.pkcs11.slot` may be {} (`alice`)",
        desk.slot
    );
    desk.configure(&desk.driver, "7");
    desk.fails(Some(PIN), &other);
    let nowhere = desk.site.file("nowhere.so");
    desk.configure(&nowhere, &desk.slot);
    desk.fails(
        Some(PIN),
        &format!("the driver {} cannot be loaded: ", nowhere.display()),
    );

    let configuration = desk
        .site
        .configuration("plugin.security.provider = pkcs11\n");
    let node = Node::start(
        &desk.chorister,
        &["--config", &configuration.display().to_string()],
    );
    node.ask_until(&["status", "--json"], |it| {
        it["problems"][0]["text"] == "the security provider `pkcs11` is not one for nodes"
    });
}
