use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use tempfile::TempDir;

use super::*;

/// How long a program of a test may take; none is measured by it.
const LONG: Duration = Duration::from_secs(60);

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("facts.d")).unwrap();
        Self(home)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        // In the place of what was there, so that nothing is half written or busy.
        let beside = self.at(".new");
        fs::write(&beside, text).unwrap();
        fs::set_permissions(&beside, fs::Permissions::from_mode(mode)).unwrap();
        fs::rename(beside, self.at(name)).unwrap();
    }

    fn sources(&self, files: &[&str]) -> Sources {
        Sources {
            native: false,
            files: files.iter().map(|it| self.at(it)).collect(),
            directory: Some(self.at("facts.d")),
            timeout: LONG,
            interval: None,
            trust: Trust::Only(rustix::process::geteuid().as_raw()),
        }
    }

    fn problem(&self, of: &Collected, name: &str) -> String {
        let path = self.at(name).display().to_string();
        of.problems.get(&path).cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn later_sources_win_name_by_name() {
    let home = Home::new();
    home.write("one.yaml", "a: {x: 1}\nb: 1\nc: 1\nd: 1\n", 0o644);
    home.write("two.json", r#"{"b": 2, "a": {"y": 2}}"#, 0o644);
    home.write("facts.d/10.txt", "c=three\n", 0o644);
    home.write("facts.d/20.yml", "d: 4\n", 0o644);
    home.write("facts.d/30", "#!/bin/sh\necho \"e=5\"\n", 0o755);
    let mut collector = Collector::new(home.sources(&["one.yaml", "two.json"]));
    let first = collector.at_hand().await;
    let at_hand = json!({"a": {"y": 2}, "b": 2, "c": "three", "d": 4});
    assert_eq!(*first.facts, at_hand);
    let all = collector.all().await;
    assert_eq!(
        *all.facts,
        json!({"a": {"y": 2}, "b": 2, "c": "three", "d": 4, "e": "5"})
    );
    assert!(all.problems.is_empty(), "{:?}", all.problems);
    fs::remove_file(home.at("facts.d/30")).unwrap();
    assert_eq!(*collector.look(Extent::Changes).await.facts, at_hand);
}

#[tokio::test]
async fn what_breaks_keeps_what_it_said() {
    let home = Home::new();
    home.write("one.yaml", "a: 1\n", 0o644);
    home.write("facts.d/p", "#!/bin/sh\necho b=2\n", 0o755);
    let mut collector = Collector::new(home.sources(&["one.yaml", "none.yaml"]));
    let all = collector.all().await;
    assert_eq!(*all.facts, json!({"a": 1, "b": "2"}));
    assert!(home.problem(&all, "none.yaml").contains("No such file"));

    home.write("one.yaml", "a: [1\n", 0o644);
    home.write("facts.d/p", "#!/bin/sh\necho b=3\nexit 7\n", 0o755);
    let broken = collector.look(Extent::Changes).await;
    assert_eq!(*broken.facts, json!({"a": 1, "b": "2"}));
    assert!(
        home.problem(&broken, "one.yaml").contains("line 1"),
        "{broken:?}"
    );
    let said = "it ended with code 7; its last good facts stay";
    assert_eq!(home.problem(&broken, "facts.d/p"), said);

    home.write("one.yaml", "a: 4\n", 0o644);
    home.write("none.yaml", "c: 5\n", 0o644);
    home.write("facts.d/p", "#!/bin/sh\necho b=6\n", 0o755);
    let well = collector.look(Extent::Changes).await;
    assert_eq!(*well.facts, json!({"a": 4, "b": "6", "c": 5}));
    assert!(well.problems.is_empty(), "{:?}", well.problems);
}

#[tokio::test]
async fn programs_that_others_can_change_are_not_run() {
    let home = Home::new();
    home.write("facts.d/p", "#!/bin/sh\necho b=2\n", 0o777);
    home.write("facts.d/f.yaml", "c: 3\n", 0o666);
    home.write("facts.d/README", "nothing\n", 0o644);
    home.write("facts.d/.hidden", "nothing\n", 0o644);
    home.write("facts.d/old~", "nothing\n", 0o755);
    let mut collector = Collector::new(home.sources(&[]));
    let all = collector.all().await;
    assert_eq!(*all.facts, json!({}));
    assert_eq!(all.problems.len(), 3, "{:?}", all.problems);
    assert!(
        home.problem(&all, "facts.d/p")
            .contains("everybody can change")
    );
    assert!(home.problem(&all, "facts.d/f.yaml").contains("chmod go-w"));
    assert!(
        home.problem(&all, "facts.d/README")
            .contains("neither a program")
    );
}

#[tokio::test]
async fn programs_that_hang_or_babble_are_ended() {
    let home = Home::new();
    home.write(
        "facts.d/hangs",
        "#!/bin/sh\nsleep 1000 & sleep 1000\n",
        0o755,
    );
    home.write("facts.d/well", "#!/bin/sh\necho '{\"ok\": true}'\n", 0o755);
    let mut collector = Collector::new(Sources {
        timeout: Duration::from_millis(200),
        ..home.sources(&[])
    });
    let all = collector.all().await;
    assert!(
        home.problem(&all, "facts.d/hangs")
            .contains("took longer than 200ms")
    );
    home.write("facts.d/hangs", "#!/bin/sh\nexec cat /dev/zero\n", 0o755);
    let mut collector = Collector::new(home.sources(&[]));
    let all = collector.all().await;
    assert!(!home.problem(&all, "facts.d/hangs").is_empty());
    assert_eq!(*all.facts, json!({"ok": true}));
}
