//! `choristerc diff`.

use crate::support::{LAMP, Place};

/// The lamp, which looks more often, needs more, and goes other ways.
fn changed() -> String {
    LAMP.replace("interval: 1m", "interval: 30s")
        .replace("timer: 5m", "timer: 1h30m")
        .replace("state_match: [UNLIT]", "state_match: [UNLIT, MAINTENANCE]")
        .replace("/usr/local/bin/is-dark --room 'a | b'", "/usr/local/bin/is-dim")
        .replace(
            "  - name: RESUME\n    from: [MAINTENANCE]\n    destination: UNLIT\n",
            "  - name: RESUME\n    from: [MAINTENANCE]\n    destination: LIT\n  - name: BREAK\n    from: [LIT]\n    destination: BROKEN\n",
        )
        .replace(
            "watchers:\n",
            "watchers:\n  - name: motd\n    type: file\n    interval: 1m\n    properties:\n      path: /etc/motd\n      contents: dark\n      owner: root\n      group: root\n      mode: \"0644\"\n",
        )
}

#[test]
fn what_differs_is_told_by_machine() {
    let place = Place::new(&[("old.machine.yaml", LAMP), ("new.machine.yaml", &changed())]);
    let paths = ["diff", "old.machine.yaml", "new.machine.yaml"];
    let with = |more: &[&'static str]| [&paths[..], more].concat();
    place.check(&paths, "diff/machine.txt");
    place.check(&with(&["--color", "always"]), "diff/colour.txt");
    place.check(&with(&["--json"]), "diff/machine.json.txt");
    place.check(&with(&["--format", "markdown"]), "diff/machine.md.txt");
    place.check(
        &["diff", "new.machine.yaml", "old.machine.yaml"],
        "diff/back.txt",
    );
}

#[test]
fn how_it_is_written_makes_no_difference() {
    let written = LAMP
        .replace("description: Goes on and off\n", "# A lamp.\n")
        .replace("from: [UNLIT, LIT]", "from: [LIT, UNLIT]")
        .replace("version: 1.0.0", "version: 2.0.0");
    let place = Place::new(&[("a/machine.yaml", LAMP), ("b/machine.yaml", &written)]);
    place.check(&["diff", "a", "b"], "diff/nothing.txt");
}

#[test]
fn gates_are_for_what_a_review_asks_about() {
    let quicker = LAMP.replace("interval: 1m", "interval: 30s");
    let place = Place::new(&[("old.machine.yaml", LAMP), ("new.machine.yaml", &quicker)]);
    let gate = |topics: &str| {
        let paths = [
            "diff",
            "old.machine.yaml",
            "new.machine.yaml",
            "--gate",
            topics,
        ];
        place.run(&paths).code
    };
    assert_eq!(gate("capabilities,operator"), Some(0));
    assert_eq!(gate("capabilities,timings"), Some(1));
    assert_eq!(gate("nothing"), Some(2));
}

#[test]
fn binaries_are_looked_through() {
    let distribution =
        "name: node\nversion: 1.0.0\nmachines: [lamp.machine.yaml]\nbudget: {rss: 12MiB}\n";
    let place = Place::new(&[
        ("specs/distribution.yaml", distribution),
        ("specs/lamp.machine.yaml", LAMP),
    ]);
    let manifest = place.run(&["can", "specs/distribution.yaml", "--json"]).out;
    let mut binary = b"\x7fELF\x02\x01\x01 code and {\"chorister_manifest\": no".to_vec();
    binary.extend_from_slice(manifest.as_bytes());
    binary.extend_from_slice(b"\0more");
    place.write("node", binary);
    place.write("broken", b"\x7fELF\x02\x01\x01 code");
    let same = place.run(&["diff", "node", "specs/distribution.yaml"]);
    assert_eq!(
        (same.code, same.out.as_str()),
        (Some(0), "node 1.0.0\n\nno difference in behaviour\n")
    );
    place.write("specs/lamp.machine.yaml", changed());
    place.write(
        "specs/distribution.yaml",
        distribution
            .replace("1.0.0", "1.1.0")
            .replace("12MiB", "20MiB"),
    );
    place.check(&["diff", "node", "specs"], "diff/binary.txt");
    place.check(&["diff", "broken", "specs"], "diff/no-manifest.txt");
}

#[test]
fn the_values_of_checks_are_compared_and_secrets_are_not_shown() {
    let class = "class: page\nparameters:\n  url: {type: string}\n  warn: {type: duration, default: 2s}\n  \
                 crit: {type: duration, default: 5s}\n  password: {type: secret, optional: true}\n\
                 run: {builtin: http}\n";
    let distribution = |with: &str| {
        format!(
            "name: node\nversion: 1.0.0\nchecks:\n  classes: [page.check.yaml]\n  instances:\n    \
             - {{name: shop, class: page, with: {with}}}\n"
        )
    };
    let old =
        distribution("{url: \"https://me:hunter2@shop.example\", password: {file: /etc/token}}");
    let new = distribution(
        "{url: \"https://me:hunter3@shop.example\", warn: 3s, password: {file: /etc/other}}",
    );
    let place = Place::new(&[
        ("old/distribution.yaml", &old),
        ("old/page.check.yaml", class),
        ("new/distribution.yaml", &new),
        ("new/page.check.yaml", class),
    ]);
    place.check(&["diff", "old", "new"], "diff/values.txt");
    let manifest = place.run(&["can", "new/distribution.yaml", "--json"]).out;
    assert!(
        !manifest.contains("hunter") && !manifest.contains("/etc/other"),
        "{manifest}"
    );
}

#[test]
fn what_has_errors_is_not_compared() {
    let place = Place::new(&[
        ("old.machine.yaml", LAMP),
        ("new.machine.yaml", "name: lamp\n"),
        ("notes/README.md", "hello"),
    ]);
    place.check(
        &["diff", "old.machine.yaml", "new.machine.yaml"],
        "diff/errors.txt",
    );
    place.check(&["diff", "old.machine.yaml", "notes"], "diff/none.txt");
}
