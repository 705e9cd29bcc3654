//! Real processes in a real sandbox. Each test restricts a thread of its own, which no other test runs on.

#![cfg(target_os = "linux")]

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use chorister_ir::{Connect, Sandbox};

use crate::{Extent, Held, Node, restrict};

/// Directories and files of one test.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for folder in ["state/machines", "open", "closed", "bin"] {
            fs::create_dir_all(place.at(folder)).unwrap();
        }
        fs::write(place.at("open/file"), "open").unwrap();
        fs::write(place.at("closed/file"), "closed").unwrap();
        place
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    /// A path as generated code has it: for as long as the process lives.
    fn text(&self, path: &str) -> &'static str {
        self.at(path).display().to_string().leak()
    }

    fn node(&self) -> Node {
        Node {
            state_dir: self.at("state"),
            search: "/usr/bin:/bin".into(),
            ..Node::default()
        }
    }
}

/// Runs a check on a thread that is held, unless this kernel cannot do that.
fn held(sandbox: Sandbox, node: Node, check: impl FnOnce(Held) + Send + 'static) {
    let thread = std::thread::spawn(move || {
        let held = restrict(&sandbox, &node).unwrap();
        if held.extent == Extent::Nothing {
            println!("not checked: {}", held.gaps.join("; "));
            return;
        }
        check(held);
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[track_caller]
fn denied<T>(result: io::Result<T>) {
    match result {
        Ok(_) => panic!("it was allowed"),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}"),
    }
}

fn says(program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn files_that_are_not_granted_are_denied() {
    let place = Place::new();
    let sandbox = Sandbox {
        read: list(&[place.text("open")]),
        ..Sandbox::EMPTY
    };
    held(sandbox, place.node(), move |_| {
        assert_eq!(fs::read_to_string(place.at("open/file")).unwrap(), "open");
        denied(fs::read_to_string(place.at("closed/file")));
        denied(fs::write(place.at("open/file"), "changed"));
        denied(fs::write(place.at("open/new"), "new"));
        denied(fs::read_dir(place.at("closed")));
        // The node itself goes on.
        fs::write(place.at("state/x"), "x").unwrap();
        fs::read_to_string("/proc/self/status").unwrap();
        fs::write("/dev/null", "x").unwrap();
    });
}

#[test]
fn a_file_that_is_written_may_be_replaced() {
    let place = Place::new();
    let sandbox = Sandbox {
        write: list(&[place.text("open/file"), place.text("bin/none/x")]),
        ..Sandbox::EMPTY
    };
    held(sandbox, place.node(), move |held| {
        fs::write(place.at("open/file.new"), "new").unwrap();
        fs::rename(place.at("open/file.new"), place.at("open/file")).unwrap();
        assert_eq!(fs::read_to_string(place.at("open/file")).unwrap(), "new");
        denied(fs::write(place.at("closed/file"), "new"));
        let folder = place.at("open").display().to_string();
        assert!(held.wider[0].contains(&folder), "{:?}", held.wider);
        assert_eq!(held.absent, [place.text("bin/none/x")]);
    });
}

#[test]
fn programs_that_are_not_granted_are_denied_and_children_inherit_that() {
    let place = Place::new();
    let sandbox = Sandbox {
        exec: list(&["/bin/sh", "echo", "no-such-program"]),
        ..Sandbox::EMPTY
    };
    held(sandbox, place.node(), move |held| {
        assert_eq!(says("/bin/sh", &["-c", "echo here"]).unwrap(), "here");
        assert_eq!(says("/usr/bin/echo", &["there"]).unwrap(), "there");
        denied(says("/usr/bin/id", &[]));
        let denied = says("/bin/sh", &["-c", "/usr/bin/id 2>&1; echo $?"]).unwrap();
        assert!(denied.ends_with("126"), "{denied}");
        let file = place.text("closed/file");
        let read = says("/bin/sh", &["-c", &format!("read x < {file} && echo $x")]);
        assert_eq!(read.unwrap(), "");
        assert_eq!(held.absent, ["no-such-program"]);
    });
}

#[test]
fn a_folder_of_programs_is_granted_with_what_comes_later() {
    let place = Place::new();
    let sandbox = Sandbox {
        exec: list(&["/bin/sh", place.text("bin/*"), place.text("open/check_*")]),
        ..Sandbox::EMPTY
    };
    script(&place.at("open/check_it"));
    script(&place.at("open/other"));
    held(sandbox, place.node(), move |_| {
        assert_eq!(says(place.text("open/check_it"), &[]).unwrap(), "ran");
        denied(says(place.text("open/other"), &[]));
    });
}

#[test]
fn machines_run_what_lies_in_their_directories() {
    let place = Place::new();
    let machines = place.at("open");
    fs::create_dir(machines.join("m")).unwrap();
    script(&machines.join("m/check.sh"));
    fs::create_dir(place.at("state/machines/n")).unwrap();
    script(&place.at("state/machines/n/check.sh"));
    let sandbox = Sandbox {
        exec: list(&["/bin/sh"]),
        ..Sandbox::EMPTY
    };
    let node = Node {
        machines: Some(machines),
        ..place.node()
    };
    held(sandbox, node, move |_| {
        assert_eq!(says(place.text("open/m/check.sh"), &[]).unwrap(), "ran");
        let own = place.text("state/machines/n/check.sh");
        assert_eq!(says(own, &[]).unwrap(), "ran");
    });
}

#[test]
fn ports_that_are_not_granted_are_denied() {
    let allowed = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = |of: &TcpListener| of.local_addr().unwrap().port();
    let (allowed_port, other_port) = (port(&allowed), port(&other));
    let place = Place::new();
    let sandbox = Sandbox {
        connect: Connect::Ports(Box::leak(Box::new([allowed_port]))),
        ..Sandbox::EMPTY
    };
    held(sandbox, place.node(), move |held| {
        if held.gaps.iter().any(|it| it.starts_with("TCP")) {
            println!("not checked: {}", held.gaps.join("; "));
            return;
        }
        TcpStream::connect(("127.0.0.1", allowed_port)).unwrap();
        denied(TcpStream::connect(("127.0.0.1", other_port)));
        denied(TcpListener::bind("127.0.0.1:0"));
        drop((allowed, other));
    });
}

#[test]
fn a_port_that_is_served_may_be() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let place = Place::new();
    let node = Node {
        listen: Some(port),
        ..place.node()
    };
    let sandbox = Sandbox {
        connect: Connect::Unknown,
        ..Sandbox::EMPTY
    };
    held(sandbox, node, move |held| {
        TcpListener::bind(("127.0.0.1", port)).unwrap();
        assert_eq!(held.extent, Extent::Partial);
        assert!(held.gaps.iter().any(|it| it.starts_with("TCP connections")));
    });
}

#[test]
fn what_is_granted_is_no_gap() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let sandbox = Sandbox {
        read: &["/"],
        connect: Connect::Anywhere,
        ..Sandbox::EMPTY
    };
    let place = Place::new();
    held(sandbox, place.node(), move |held| {
        TcpStream::connect(address).unwrap();
        fs::read_to_string(place.at("closed/file")).unwrap();
        denied(fs::write(place.at("closed/file"), "new"));
        let said = |word: &str| {
            held.gaps
                .iter()
                .chain(&held.wider)
                .any(|it| it.contains(word))
        };
        assert!(!said("TCP connections go anywhere, since"), "{held:?}");
        assert_eq!(held.wider, [""; 0]);
    });
}

fn list(items: &[&'static str]) -> &'static [&'static str] {
    items.to_vec().leak()
}

fn script(path: &Path) {
    fs::write(path, "#!/bin/sh\necho ran\n").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
