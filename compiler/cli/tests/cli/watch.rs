//! `choristerc check --watch`.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use crate::support::{LAMP, Place};

/// A running tool that is ended with the test.
struct Watching(Child, BufReader<ChildStderr>);

impl Watching {
    /// What is said until the tool waits for the next change.
    fn until_it_waits(&mut self) -> String {
        let mut said = String::new();
        while self.1.read_line(&mut said).unwrap() > 0 {
            if said.ends_with("watching; Ctrl-C ends\n") {
                return said;
            }
        }
        panic!("it ended: {said}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_saved_file_is_checked_again() {
    let place = Place::new(&[("specs/lamp.machine.yaml", LAMP)]);
    let mut child = place
        .command(&["check", "--watch", "specs"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut watching = Watching(child, stderr);
    assert!(
        watching
            .until_it_waits()
            .starts_with("no findings in 1 file\n")
    );

    place.write(
        "specs/lamp.machine.yaml",
        LAMP.replace("timer: 5m", "timer: 5"),
    );
    let said = watching.until_it_waits();
    assert!(
        said.contains(" lamp.machine.yaml ────\n") && said.contains("error["),
        "{said}"
    );

    place.write("specs/lamp.machine.yaml", LAMP);
    place.write(
        "specs/more/second.machine.yaml",
        LAMP.replace("name: lamp", "name: second"),
    );
    let mut said = watching.until_it_waits();
    // Two files may be seen as two changes.
    if !said.contains("in 2 files") {
        said = watching.until_it_waits();
    }
    assert!(said.contains("no findings in 2 files"), "{said}");
}
