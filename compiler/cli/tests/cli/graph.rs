//! `choristerc graph`.

use crate::support::{LAMP, Place, compare, shared};

#[test]
fn every_notation_shows_the_machine() {
    let place = Place::new(&[("lamp.machine.yaml", LAMP)]);
    for format in ["text", "mermaid", "dot", "boxes"] {
        place.check(
            &["graph", "lamp.machine.yaml", "--format", format],
            &format!("graph/{format}.txt"),
        );
    }
    let run = place.run(&["graph", "lamp.machine.yaml", "--format", "svg"]);
    compare(&run.out, "graph/lamp.svg");
}

#[test]
fn a_check_is_drawn_as_a_group() {
    let check = "\
name: check_disk
version: 1.0.0
initial_state: UNKNOWN
transitions:
  - {name: UNKNOWN, from: [UNKNOWN, OK, CRITICAL], destination: UNKNOWN}
  - {name: OK, from: [UNKNOWN, OK, CRITICAL], destination: OK}
  - {name: CRITICAL, from: [UNKNOWN, OK, CRITICAL], destination: CRITICAL}
  - {name: MAINTENANCE, from: [UNKNOWN, OK, CRITICAL], destination: MAINTENANCE}
  - {name: RESUME, from: [MAINTENANCE], destination: UNKNOWN}
watchers:
  - name: check
    type: nagios
    interval: 1m
    state_match: [UNKNOWN, OK, CRITICAL]
    properties: {plugin: /usr/lib/nagios/plugins/check_disk -w 20%, annotations: {}}
";
    let place = Place::new(&[("machine.yaml", check)]);
    compare(
        &place.run(&["graph", ".", "--format", "svg"]).out,
        "graph/check.svg",
    );
}

#[test]
fn the_ending_of_a_file_says_the_format() {
    let place = Place::new(&[("lamp.machine.yaml", LAMP)]);
    for (file, start) in [
        ("x.svg", "<svg "),
        ("x.dot", "digraph"),
        ("x.mmd", "stateDiagram-v2"),
        ("x.txt", "lamp 1.0.0"),
    ] {
        let run = place.run(&["graph", "lamp.machine.yaml", "-o", file]);
        assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
        assert!(place.read(file).starts_with(start), "{file}");
    }
}

#[test]
fn a_machine_with_errors_is_drawn_with_a_remark() {
    let place = Place::new(&[("lamp.machine.yaml", &LAMP.replace("timer: 5m", "timer: 5"))]);
    let run = place.run(&["graph", "lamp.machine.yaml"]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.starts_with("stateDiagram-v2\n"));
    assert_eq!(
        run.err,
        "note: lamp.machine.yaml has 1 error: run `choristerc check lamp.machine.yaml`\n"
    );
}

#[test]
fn what_is_no_machine_is_refused() {
    let place = Place::new(&[("x.machine.yaml", "a: [1\n"), ("empty/x", "")]);
    assert_eq!(place.run(&["graph", "x.machine.yaml"]).code, Some(1));
    let run = place.run(&["graph", "empty"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (Some(2), "error: empty holds no machine.yaml\n")
    );
}

#[test]
fn corpus_machines_have_pictures() {
    let Some(shared) = shared("pictures of the machines of the corpus") else {
        return;
    };
    let place = Place::new(&[]);
    let mut machines: Vec<_> = std::fs::read_dir(shared.join("corpus/machines"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    machines.retain(|it| it.is_dir());
    machines.sort();
    for machine in machines {
        let machine = machine.to_str().unwrap();
        for format in ["svg", "mermaid", "dot", "text"] {
            let run = place.run(&["graph", machine, "--format", format]);
            assert!(
                run.code == Some(0) && !run.out.is_empty() || run.code == Some(1),
                "{machine}: {}",
                run.err
            );
        }
    }
}
