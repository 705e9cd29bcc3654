//! What a watcher does, in a few words.

use core::time::Duration;

use chorister_lang::duration;
use chorister_lang::template::Template;
use chorister_spec::model::{Properties, Watcher};

use super::code;

/// Longest command that is shown whole.
const MAX_COMMAND: usize = 100;

/// What a watcher of these settings does.
pub(super) fn action(of: &Properties) -> String {
    let source = |it: &Option<Template>| shown(it.as_ref().map_or("", |it| it.source.as_ref()));
    let word = |it: &Option<String>| shown(it.as_deref().unwrap_or_default());
    match of {
        Properties::Exec(it) => format!("runs {}", source(&it.command)),
        Properties::File(it) if it.contents.is_some() => {
            format!("keeps {} as it should be", word(&it.path))
        }
        Properties::File(it) => format!("looks at {}", word(&it.path)),
        Properties::Schedule(it) => {
            let when: Vec<String> = it
                .schedules
                .iter()
                .flatten()
                .map(|it| code(it.source.as_ref()))
                .collect();
            let duration = it.duration.unwrap_or(Duration::from_secs(60));
            let zone = it
                .timezone
                .as_ref()
                .map(|it| format!(", {}", super::text(it)))
                .unwrap_or_default();
            format!(
                "is on for {} from {}{zone}",
                spelled(duration),
                when.join(", ")
            )
        }
        Properties::Timer(it) => {
            let splay = if it.splay == Some(true) { "up to " } else { "" };
            format!("waits {splay}{}", spelled(it.timer.unwrap_or_default()))
        }
        Properties::Metric(it) => format!("measures with {}", source(&it.command)),
        Properties::Expression(it) => {
            let program = |it: &Option<chorister_lang::expr::Compiled>, result: &str| {
                it.as_ref()
                    .map(|it| format!("{result} when {}", shown(it.program.source.as_ref())))
            };
            let parts = [
                program(&it.success_when, "succeeds"),
                program(&it.fail_when, "fails"),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Properties::Archive(it) => format!(
            "keeps {} unpacked in {}",
            source(&it.source),
            word(&it.target)
        ),
        Properties::HttpSwitch(_) => "is turned over HTTP".to_owned(),
        Properties::Nagios(it) if it.plugin.is_some() => {
            format!("checks with {}", source(&it.plugin))
        }
        Properties::Nagios(it) => format!("checks with the built-in {}", word(&it.builtin)),
        Properties::Kv(it) => format!("follows {} of {}", source(&it.key), word(&it.bucket)),
        Properties::Gossip(it) if it.registration.is_some() => "registers a service".to_owned(),
        Properties::Gossip(it) => format!("publishes {}", source(&it.subject)),
        Properties::Plugins(it) => {
            format!("keeps the machines of {} in place", word(&it.data_item))
        }
        Properties::CcmManifest(_) => "applies a manifest".to_owned(),
    }
}

/// The time between two runs, where the watcher has one of its own.
pub(super) fn interval(of: &Watcher) -> Option<Duration> {
    match &of.properties {
        Some(Properties::Metric(it)) => it.interval,
        _ => of.interval,
    }
}

/// A duration as people write it: without the parts that are nothing.
pub(super) fn spelled(of: Duration) -> String {
    let text = duration::format_go(of);
    let text = text
        .strip_suffix("m0s")
        .map_or(text.clone(), |it| format!("{it}m"));
    text.strip_suffix("h0m")
        .map_or(text.clone(), |it| format!("{it}h"))
}

fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_COMMAND {
        return code(&line);
    }
    let head: String = line.chars().take(MAX_COMMAND).collect();
    code(&format!("{head}…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spelled_as_people_write_them() {
        let check =
            |seconds, expect: &str| assert_eq!(spelled(Duration::from_secs(seconds)), expect);
        check(0, "0s");
        check(10, "10s");
        check(300, "5m");
        check(310, "5m10s");
        check(7200, "2h");
        check(7201, "2h0m1s");
    }
}
