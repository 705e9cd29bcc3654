//! `choristerc can`.

use std::path::Path;
use std::process::Command;

use crate::support::{LAMP, Place};

const TOOL: &str = include_str!("../../../../tests/capabilities/granted/tool/machine.yaml");
const GRANTED: &str = include_str!("../../../../tests/capabilities/granted/distribution.yaml");
const SCRIPT: &str = include_str!("../../../../tests/capabilities/granted/tool/load.sh");

fn granted() -> Place {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(&[
        ("distribution.yaml", GRANTED),
        ("tool/machine.yaml", TOOL),
        ("tool/load.sh", SCRIPT),
        ("lamp.machine.yaml", LAMP),
    ]);
    let script = place.path().join("tool/load.sh");
    std::fs::set_permissions(script, PermissionsExt::from_mode(0o755)).unwrap();
    place
}

#[test]
fn who_needs_what_is_a_table() {
    let place = granted();
    place.check(&["can", "lamp.machine.yaml"], "can/machine.txt");
    place.check(&["can", "tool"], "can/directory.txt");
    place.check(&["can", "distribution.yaml"], "can/distribution.txt");
    place.check(&["can", "."], "can/tree.txt");
}

#[test]
fn a_binary_is_looked_through() {
    let place = granted();
    let json = place.run(&["can", "distribution.yaml", "--json"]).out;
    let mut binary = b"\x7fELF\0\x01\x02{\"chorister_manifest\":".to_vec();
    binary.extend_from_slice(json.as_bytes());
    binary.extend_from_slice(b"\0\xff\0");
    place.write("node", binary);
    assert_eq!(place.run(&["can", "node", "--json"]).out, json);
    place.write("manifest.json", &json);
    assert_eq!(place.run(&["can", "manifest.json", "--json"]).out, json);
    place.write("other", b"\x7fELF\0\x01\x02");
    place.check(&["can", "other"], "can/no-manifest.txt");
}

#[test]
fn errors_are_shown_with_what_is_known() {
    let wrong = LAMP.replace("turn_on\n    properties", "turn_of\n    properties");
    let place = Place::new(&[
        ("specs/lamp.machine.yaml", LAMP),
        ("specs/wrong.machine.yaml", &wrong),
    ]);
    place.check(&["can", "specs"], "can/errors.txt");
}

#[test]
fn a_unit_lets_a_service_do_what_it_needs() {
    let place = granted();
    place.write(
        "timer/distribution.yaml",
        "name: quiet\nversion: 1.0.0\nmachines: [std/heartbeat]\nbudget: {rss: 12MiB}\n",
    );
    for (name, path) in [
        ("granted", "distribution.yaml"),
        ("quiet", "timer/distribution.yaml"),
    ] {
        let arguments = ["can", path, "--format", "systemd"];
        place.check(&arguments, &format!("can/{name}.service.txt"));
        let unit = place.run(&arguments).out;
        // Nothing of that name is installed here.
        let installed = unit.replace(&format!("/usr/bin/{name}"), "/bin/true");
        place.write(&format!("{name}.service"), installed);
        verify(&place.path().join(format!("{name}.service")));
    }
}

/// Has systemd read the unit, where it is installed.
fn verify(unit: &Path) {
    let run = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(unit)
        .output();
    let Ok(run) = run else {
        eprintln!("not tested, systemd-analyze is absent: {}", unit.display());
        return;
    };
    let said = String::from_utf8_lossy(&run.stderr);
    let name = unit.file_name().unwrap().to_string_lossy();
    let about: Vec<&str> = said.lines().filter(|it| it.contains(&*name)).collect();
    assert!(about.is_empty(), "{said}");
}
