//! Every command of README's walks, in order, in one shell each; what README shows has to come.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use regex_lite::Regex;

use crate::support::node::binary;
use crate::support::{project_target, root, turn};

/// What a reader types, and what README shows of the answer.
#[derive(Debug, Default)]
struct Step {
    commands: String,
    shown: Vec<String>,
}

/// The steps of the section of this heading: a block of `sh` each, and a block of `text` after it if there is one.
fn steps(readme: &str, heading: &str) -> Vec<Step> {
    let heading = format!("## {heading}\n");
    let section = readme.split_once(&heading).expect("README has the walk").1;
    let section = section
        .split_once("\n## ")
        .map_or(section, |(walk, _)| walk);
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|it| *it != "```").collect();
        match (language, steps.last_mut()) {
            ("sh", _) => steps.push(Step {
                commands: block.join("\n"),
                shown: Vec::new(),
            }),
            ("text", Some(step)) => step.shown = block.iter().map(|it| (*it).to_owned()).collect(),
            _ => {}
        }
    }
    steps
}

/// A line as README shows it: numbers are others each time, and `…` stands for anything.
fn pattern(line: &str) -> Regex {
    let mut pattern = String::from("^");
    let mut in_number = false;
    for char in line.trim_end().chars() {
        let is_digit = char.is_ascii_digit();
        if is_digit && in_number {
            continue;
        }
        in_number = is_digit;
        match char {
            '…' => pattern.push_str(".*"),
            _ if is_digit => pattern.push_str("[0-9]+"),
            ' ' => pattern.push_str(" +"),
            _ if char.is_alphanumeric() => pattern.push(char),
            _ => {
                let _ = write!(pattern, "\\x{{{:x}}}", u32::from(char));
            }
        }
    }
    pattern.push_str(" *$");
    Regex::new(&pattern).expect("a pattern")
}

/// A question to the node, asked until the answer is what README shows: who reads looks again, too.
fn patiently(question: &str, shown: &[String]) -> String {
    let mut script = String::from("for _ in $(seq 300); do answer=$(");
    let _ = write!(script, "{question} 2>&1); settled=1");
    for line in shown.iter().filter(|it| !matches!(it.trim(), "" | "…")) {
        let pattern = pattern(line);
        let _ = write!(script, "; grep -qP '{pattern}' <<<\"$answer\" || settled=0");
    }
    script.push_str("; [ $settled = 1 ] && break; sleep 0.1; done; echo \"$answer\"\n");
    script
}

/// One script of all steps; who reads types more slowly than a node starts, so this waits for it.
fn script(steps: &[Step]) -> String {
    let mut script = String::from("set -e\n");
    for (at, step) in steps.iter().enumerate() {
        let _ = writeln!(script, "echo '@@@ step {at}'");
        let lines: Vec<&str> = step.commands.lines().collect();
        for (place, line) in lines.iter().enumerate() {
            if place + 1 == lines.len() && line.starts_with("node ") && !step.shown.is_empty() {
                script.push_str(&patiently(line, &step.shown));
                continue;
            }
            let _ = writeln!(script, "{line}");
            // Who reads is not so quick that the node would still be going.
            if line.starts_with("kill ") {
                script.push_str("wait $! 2>/dev/null || true\n");
            }
            if line.ends_with('&') {
                script.push_str("until node status >/dev/null 2>&1; do sleep 0.1; done\n");
            }
        }
    }
    script.push_str("echo '@@@ end'\n");
    script
}

#[test]
fn the_walk_in_the_readme_goes_as_it_says() {
    walk("The walk");
}

#[test]
fn the_walk_with_checks_in_the_readme_goes_as_it_says() {
    walk("The walk with checks");
}

fn walk(heading: &str) {
    let _turn = turn();
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let steps = steps(&readme, heading);
    assert!(steps.len() > 5, "{steps:#?}");
    let parent = tempfile::tempdir().expect("a temporary directory");
    let choristerc = binary("choristerc");
    let tools = choristerc.parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    // Built where the test of the scaffold builds too, so that only the first time is slow; README says `target`.
    let shared = project_target();
    fs::create_dir_all(shared.join("debug")).expect("a folder");
    let wrapped = format!(
        "trap 'kill -9 $(jobs -p) 2>/dev/null' EXIT\ncargo() {{ command cargo \"$@\" --offline; ln -sfn '{}' target; }}\n{}",
        shared.display(),
        script(&steps)
    );
    let output = Command::new("bash")
        .args(["-c", &wrapped])
        .current_dir(parent.path())
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("CARGO_TARGET_DIR", &shared)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let text = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && text.contains("@@@ end"),
        "{text}"
    );
    for (at, step) in steps.iter().enumerate() {
        for line in step
            .shown
            .iter()
            .filter(|it| !matches!(it.trim(), "" | "…"))
        {
            let pattern = pattern(line);
            assert!(
                text.lines().any(|it| pattern.is_match(it)),
                "step {at} does not show\n{line}\nin\n{text}"
            );
        }
    }
}
