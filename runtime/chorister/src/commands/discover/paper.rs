//! Proposals as check files that people read.

use std::fmt::Write;

use chorister_checks::discover::{Proposal, Topic};

/// All proposals in one file.
pub(super) fn all(name: &str, proposals: &[Proposal]) -> String {
    let mut text = head(name, "What this machine deserves to have checked");
    for topic in Topic::ALL {
        let chosen: Vec<&Proposal> = proposals.iter().filter(|it| it.topic == topic).collect();
        if !chosen.is_empty() {
            let _ = write!(text, "\n  # === {}\n", title(topic));
            rows(&mut text, &chosen);
        }
    }
    text
}

/// The proposals of one topic.
pub(super) fn file(name: &str, topic: Topic, proposals: &[&Proposal]) -> String {
    let mut text = head(name, title(topic));
    rows(&mut text, proposals);
    text
}

fn head(name: &str, title: &str) -> String {
    format!(
        "# {title}, found by `{name} discover`.\n\
         #\n\
         # What is not said here is as in the class: thresholds, intervals, retries.\n\
         checks:\n"
    )
}

const fn title(topic: Topic) -> &'static str {
    match topic {
        Topic::Machine => "The machine as a whole",
        Topic::Disks => "File systems",
        Topic::Services => "Services that systemd looks after",
        Topic::Ports => "What listens at ports",
        Topic::Logs => "What is written to logs",
    }
}

fn rows(text: &mut String, proposals: &[&Proposal]) {
    for (index, proposal) in proposals.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let Proposal {
            name, class, why, ..
        } = proposal;
        let _ = write!(text, "  # {why}\n  {name}:\n    class: {class}\n");
        if proposal.with.is_empty() {
            continue;
        }
        text.push_str("    with:\n");
        for (parameter, value) in &proposal.with {
            // JSON is YAML, and its texts need no thought about quotes.
            let _ = writeln!(text, "      {parameter}: {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use chorister_checks::discover::{Facts, propose};

    use super::*;

    #[test]
    fn it_reads_like_a_file_that_somebody_wrote() {
        let facts = Facts {
            logs: vec!["/var/log/a \"b\".log".into()],
            ..Facts::default()
        };
        let proposals = propose(
            &facts,
            |class| matches!(class, "load" | "log_pattern"),
            |_| false,
        );
        let text = all("scout", &proposals);
        let (head, rest) = text.split_once("checks:\n").unwrap();
        assert!(head.lines().all(|it| it.starts_with('#')) && head.contains("scout discover"));
        assert!(
            rest.starts_with(
                "\n  # === The machine as a whole\n  # every machine can be too busy\n  load_average:\n    class: load\n\n  # === "
            ),
            "{rest}"
        );
        assert!(
            rest.contains("\n      path: \"/var/log/a \\\"b\\\".log\"\n"),
            "{rest}"
        );
    }
}
