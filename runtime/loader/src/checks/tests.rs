//! A directory of check files, an engine, and what an operator sees.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chorister_engine::{Engine, Problem};
use chorister_spec::{Source, class};
use proptest::prelude::*;

use super::*;
use crate::follow::Follow;

const QUEUE: &str = "class: queue\nparameters:\n  warn: {type: integer, default: 100, minimum: 0}\n\
                     run: {plugin: [/bin/true, \"{{warn}}\"]}\ninterval: 1h\n";

const DISK: &str = "class: disk\nrun: {plugin: [/bin/true]}\ninterval: 1h\n";

/// The classes of a distribution that lasts as long as the tests do.
fn classes() -> Classes {
    let classes = [QUEUE, DISK].map(|text| {
        let checked = class::check(&Source::new("a.check.yaml", text));
        let class = checked
            .class
            .unwrap_or_else(|| panic!("{:#?}", checked.machine.diagnostics));
        &*Box::leak(Box::new(class))
    });
    Arc::new(classes)
}

/// Checks that are told when to look, and their engine.
struct Node {
    root: tempfile::TempDir,
    state: tempfile::TempDir,
    checks: Checks,
    engine: EngineHandle,
    task: tokio::task::JoinHandle<()>,
}

impl Node {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
    }

    fn start_in(root: tempfile::TempDir, state: tempfile::TempDir) -> Self {
        let engine = Engine::builder("node", state.path())
            .without_control()
            .build()
            .unwrap();
        let handle = engine.handle();
        let folder = Folder::new(root.path().to_owned(), Trust::Anybody);
        Self {
            checks: Checks::new(folder, true, classes(), handle.clone()),
            root,
            state,
            engine: handle,
            task: tokio::spawn(engine.run()),
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.root.path().join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.root.path().join(name)).unwrap();
    }

    /// Looks until nothing is in the middle of being replaced, and says which checks run then, with their ids.
    async fn look(&mut self) -> BTreeMap<String, String> {
        while self.checks.look().await.unwrap().unsettled {}
        let machines = self.engine.machines().await.unwrap();
        machines.into_iter().map(|it| (it.name, it.id)).collect()
    }

    async fn names(&mut self) -> Vec<String> {
        self.look().await.into_keys().collect()
    }

    async fn problems(&self) -> Vec<Problem> {
        self.engine.status().await.unwrap().problems
    }

    /// The only problem, about this file.
    async fn problem(&self, name: &str) -> String {
        let problems = self.problems().await;
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert_eq!(Path::new(&problems[0].subject), self.root.path().join(name));
        assert_eq!(problems[0].source, "checks");
        problems[0].text.clone()
    }

    async fn stop(self) {
        self.engine.stop().await;
        self.task.await.unwrap();
    }

    /// The next node with the same files and the same state.
    async fn restart(self) -> Self {
        self.engine.stop().await;
        self.task.await.unwrap();
        Self::start_in(self.root, self.state)
    }
}

#[tokio::test]
async fn what_was_good_before_a_restart_goes_on_until_the_file_is_mended() {
    let mut node = Node::start();
    let good =
        "checks: {mail: {class: queue, with: {warn: 7}, interval: 2h, annotations: {a: b}}}\n";
    node.write("mail.yaml", good);
    node.write("disk.yaml", "checks: {root: {class: disk}}\n");
    node.look().await;
    let before = node.checks.running_checks().next().cloned();
    assert_eq!(before.as_ref().map(warn), Some(7));

    node.write(
        "mail.yaml",
        "checks: {mail: {class: queue, with: {warn: many}}}\n",
    );
    node.remove("disk.yaml");
    let mut node = node.restart().await;
    assert_eq!(node.names().await, ["mail"]);
    assert_eq!(node.checks.running_checks().next().cloned(), before);
    let problem = node.problem("mail.yaml").await;
    assert!(problem.contains("what ran before goes on"), "{problem}");

    // Nor is it forgotten when the file does not even parse, two restarts later.
    node.write("mail.yaml", "checks: {");
    let mut node = node.restart().await;
    assert_eq!(node.names().await, ["mail"]);
    node.write(
        "mail.yaml",
        "checks: {mail: {class: queue, with: {warn: 8}}}\n",
    );
    node.look().await;
    assert_eq!(
        node.checks.running_checks().map(warn).collect::<Vec<_>>(),
        [8]
    );
    assert!(node.problems().await.is_empty());

    // What is gone while no node runs does not come back with a file that says nothing.
    node.remove("mail.yaml");
    let mut node = node.restart().await;
    assert!(node.names().await.is_empty());
    node.write("mail.yaml", "checks: {");
    let mut node = node.restart().await;
    assert!(node.names().await.is_empty());
    node.stop().await;
}

#[tokio::test]
async fn only_the_check_that_changed_restarts() {
    let mut node = Node::start();
    assert!(node.names().await.is_empty());
    node.write(
        "mail.yaml",
        "checks:\n  mail: {class: queue}\n  post: {class: queue}\n",
    );
    node.write("disk.yaml", "checks: {root: {class: disk}}\n");
    let before = node.look().await;
    assert_eq!(before.keys().collect::<Vec<_>>(), ["mail", "post", "root"]);

    node.write(
        "mail.yaml",
        "checks:\n  mail: {class: queue, with: {warn: 5}}\n  post: {class: queue}\n  # a remark\n",
    );
    let after = node.look().await;
    assert_ne!(after["mail"], before["mail"]);
    assert_eq!(
        (&after["post"], &after["root"]),
        (&before["post"], &before["root"])
    );

    node.write("mail.yaml", "checks:\n  post: {class: queue}\n");
    assert_eq!(node.names().await, ["post", "root"]);
    node.remove("mail.yaml");
    assert_eq!(node.names().await, ["root"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn a_state_outlives_a_change_of_the_check() {
    let mut node = Node::start();
    node.write("mail.yaml", "checks: {mail: {class: queue}}\n");
    node.look().await;
    node.engine.fire("mail", "MAINTENANCE").await.unwrap();
    node.write(
        "mail.yaml",
        "checks: {mail: {class: queue, with: {warn: 5}}}\n",
    );
    node.look().await;
    let machine = node.engine.machine("mail").await.unwrap().unwrap();
    assert_eq!(machine.state, "MAINTENANCE");
    node.stop().await;
}

#[tokio::test]
async fn a_bad_file_leaves_what_ran_and_says_where_it_is_wrong() {
    let mut node = Node::start();
    node.write(
        "mail.yaml",
        "checks:\n  mail: {class: queue}\n  post: {class: queue}\n",
    );
    let before = node.look().await;
    node.write(
        "mail.yaml",
        "checks:\n  mail: {class: queue, with: {warm: 5}}\n  root: {class: disk}\n",
    );
    let after = node.look().await;
    // The good part of it counts.
    assert_eq!(after.keys().collect::<Vec<_>>(), ["mail", "root"]);
    assert_eq!(after["mail"], before["mail"]);
    let problem = node.problem("mail.yaml").await;
    assert!(problem.contains("mail.yaml:2:31"), "{problem}");
    assert!(problem.contains("did you mean `warn`?"), "{problem}");
    assert!(problem.ends_with("what ran before goes on"), "{problem}");

    node.write("mail.yaml", "checks:\n  mail: {class: queue\n");
    assert_eq!(node.look().await, after);
    node.write("mail.yaml", "checks:\n  mail: {class: queu}\n");
    assert_eq!(node.look().await.keys().collect::<Vec<_>>(), ["mail"]);
    assert!(
        node.problem("mail.yaml")
            .await
            .contains("did you mean `queue`?")
    );
    node.write("mail.yaml", "checks:\n  mail: {class: queue}\n");
    assert_eq!(node.look().await["mail"], before["mail"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_spoils_nothing_else() {
    let mut node = Node::start();
    fs::write(node.root.path().join("latin.yaml"), b"checks: {caf\xe9: 1}").unwrap();
    node.write("empty.yaml", "");
    node.write("text.yaml", "hello\n");
    node.write("good.yaml", "checks: {root: {class: disk}}\n");
    assert_eq!(node.names().await, ["root"]);
    let problems = node.problems().await;
    let texts: Vec<_> = problems
        .iter()
        .map(|it| it.text.lines().next().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "error[CH0009]: the file holds nothing: checks are expected",
            "error[CH0008]: the file is not UTF-8 text",
            "error[CH0104]: `` is a string; it has to be a mapping",
        ]
    );
    for name in ["latin.yaml", "empty.yaml", "text.yaml"] {
        node.remove(name);
    }
    node.look().await;
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn what_is_too_large_or_says_a_name_twice_does_not_count() {
    let mut node = Node::start();
    let much = "# nothing but remarks\n".repeat(chorister_spec::check_file::LARGEST / 16);
    node.write(
        "huge.yaml",
        &format!("checks: {{mail: {{class: queue}}}}\n{much}"),
    );
    node.write(
        "twice.yaml",
        "checks:\n  post: {class: queue}\n  post: {class: disk}\n",
    );
    assert!(node.names().await.is_empty());
    let problems = node.problems().await;
    let texts: Vec<_> = problems.iter().map(|it| it.text.as_str()).collect();
    assert!(texts[0].contains("larger than"), "{texts:#?}");
    assert!(texts[1].contains("twice.yaml:3:3"), "{texts:#?}");
    node.stop().await;
}

#[tokio::test]
async fn a_file_that_is_written_while_it_is_read_loses_nothing() {
    let mut node = Node::start();
    let content = |warn: usize| {
        let remark = "  # a remark\n".repeat(200);
        format!("checks:\n{remark}  mail: {{class: queue, with: {{warn: {warn}}}}}\n")
    };
    node.write("mail.yaml", &content(1));
    node.look().await;
    let path = node.root.path().join("mail.yaml");
    let writer = std::thread::spawn(move || {
        for round in 0..300 {
            // As the worst of tools do it: in place and piece by piece.
            let mut file = fs::File::create(&path).unwrap();
            for piece in content(round % 7).as_bytes().chunks(512) {
                std::io::Write::write_all(&mut file, piece).unwrap();
            }
        }
        fs::write(&path, content(9)).unwrap();
    });
    while !writer.is_finished() {
        node.checks.look().await.unwrap();
        let running: Vec<_> = node.checks.running_checks().map(warn).collect();
        assert!(matches!(running[..], [0..=9]), "{running:?}");
    }
    writer.join().unwrap();
    node.look().await;
    assert_eq!(
        node.checks.running_checks().map(warn).collect::<Vec<_>>(),
        [9]
    );
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn of_two_checks_of_one_name_the_first_file_has_the_say() {
    let mut node = Node::start();
    node.write("b.yaml", "checks: {mail: {class: queue}}\n");
    node.look().await;
    node.write(
        "a.yaml",
        "checks: {mail: {class: queue, with: {warn: 5}}}\n",
    );
    node.look().await;
    let problem = node.problem("b.yaml").await;
    assert!(
        problem.contains("[CH1102]") && problem.contains("a.yaml"),
        "{problem}"
    );
    node.remove("a.yaml");
    assert_eq!(node.names().await, ["mail"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn a_missing_directory_is_a_problem_until_it_comes() {
    let mut node = Node::start();
    node.write("a.yaml", "checks: {mail: {class: queue}}\n");
    node.look().await;
    fs::remove_dir_all(node.root.path()).unwrap();
    assert!(node.names().await.is_empty());
    assert!(
        node.problem("")
            .await
            .starts_with("the directory does not exist")
    );
    fs::create_dir(node.root.path()).unwrap();
    node.write("a.yaml", "checks: {mail: {class: queue}}\n");
    assert_eq!(node.names().await, ["mail"]);
    assert_eq!(node.problems().await, []);
    node.stop().await;
}

#[tokio::test]
async fn changes_and_swapped_links_are_noticed_at_once() {
    use std::os::unix::fs::symlink;

    let state = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    let engine = Engine::builder("node", state.path())
        .without_control()
        .build()
        .unwrap();
    let handle = engine.handle();
    let running = tokio::spawn(engine.run());
    let origin = Origin::new(root.path().to_owned(), true, Trust::Anybody);
    let loading = tokio::spawn(run(origin, classes(), handle.clone()));
    let at = |name: &str| root.path().join(name);
    for (version, check) in [("..1", "one"), ("..2", "two"), ("..3", "three")] {
        fs::create_dir(at(version)).unwrap();
        fs::write(
            at(version).join("a.yaml"),
            format!("checks: {{{check}: {{class: disk}}}}\n"),
        )
        .unwrap();
        symlink(version, at("..new")).unwrap();
        fs::rename(at("..new"), at("..data")).unwrap();
        if version == "..1" {
            symlink("..data/a.yaml", at("a.yaml")).unwrap();
        }
        let began = std::time::Instant::now();
        while handle.machine(check).await.unwrap().is_none() {
            // Far below the time after which it is looked at anyway.
            assert!(
                began.elapsed() < crate::follow::RESCAN / 2,
                "{check} was not noticed"
            );
            tokio::task::yield_now().await;
        }
    }
    handle.stop().await;
    running.await.unwrap();
    loading.await.unwrap();
}

/// What happens to a file.
#[derive(Clone, Debug)]
enum Step {
    /// It holds these checks now; a `None` is one with a mistake.
    Write(usize, BTreeMap<usize, Option<u8>>),
    /// It cannot be read any more.
    Break(usize),
    Remove(usize),
    /// The node stops, and another one starts.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let checks =
        proptest::collection::btree_map(0..4_usize, proptest::option::weighted(0.8, 0..3_u8), 0..4);
    prop_oneof![
        4 => (0..3_usize, checks).prop_map(|(file, checks)| Step::Write(file, checks)),
        1 => (0..3_usize).prop_map(Step::Break),
        1 => (0..3_usize).prop_map(Step::Remove),
        1 => Just(Step::Restart),
    ]
}

/// What should be: for each file the checks that count, and whether it has a problem.
type Model = BTreeMap<usize, (BTreeMap<usize, u8>, bool)>;

fn apply(model: &mut Model, step: &Step) {
    match step {
        Step::Write(file, checks) => {
            let (old, is_bad) = model.entry(*file).or_default();
            let now = checks.iter().filter_map(|(check, warn)| {
                let warn = warn.or_else(|| old.get(check).copied())?;
                Some((*check, warn))
            });
            *old = now.collect();
            *is_bad = checks.values().any(Option::is_none);
        }
        Step::Break(file) => model.entry(*file).or_default().1 = true,
        Step::Remove(file) => drop(model.remove(file)),
        Step::Restart => {}
    }
}

/// The checks that run, and the files with a problem.
fn expected(model: &Model) -> (BTreeMap<String, u8>, BTreeSet<usize>) {
    let mut checks = BTreeMap::new();
    let mut bad = BTreeSet::new();
    for (file, (own, is_bad)) in model {
        if *is_bad {
            bad.insert(*file);
        }
        for (check, warn) in own {
            let name = format!("check{check}");
            match checks.entry(name) {
                Entry::Occupied(_) => {
                    bad.insert(*file);
                }
                Entry::Vacant(free) => {
                    free.insert(*warn);
                }
            }
        }
    }
    (checks, bad)
}

fn text(checks: &BTreeMap<usize, Option<u8>>) -> String {
    let mut text = "checks:\n  {}\n".to_owned();
    if !checks.is_empty() {
        text = "checks:\n".to_owned();
    }
    for (check, warn) in checks {
        let warn = warn.map_or("wrong".to_owned(), |it| it.to_string());
        text.push_str(&format!(
            "  check{check}: {{class: queue, with: {{warn: {warn}}}}}\n"
        ));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_files_the_model_says_what_runs(steps in proptest::collection::vec((step(), any::<bool>()), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut node = Node::start();
            let mut model = Model::new();
            for (at, (step, is_looked_at)) in steps.iter().enumerate() {
                match step {
                    Step::Write(file, checks) => node.write(&format!("{file}.yaml"), &text(checks)),
                    Step::Break(file) => node.write(&format!("{file}.yaml"), &format!("checks: {{ # {at}\n")),
                    Step::Remove(file) => drop(fs::remove_file(node.root.path().join(format!("{file}.yaml")))),
                    Step::Restart => node = node.restart().await,
                }
                // What nobody looked at in between is as if it had not been, so the model sees it at once.
                if !*is_looked_at && !matches!(step, Step::Remove(_)) {
                    let overwritten = steps.get(at + 1).is_some_and(|(next, _)| same_file(step, next));
                    if overwritten {
                        continue;
                    }
                }
                apply(&mut model, step);
                node.look().await;
                let (checks, bad) = expected(&model);
                let running: BTreeMap<String, u8> = node.checks.running_checks().map(|check| {
                    (check.name.to_string(), warn(check))
                }).collect();
                assert_eq!(running, checks);
                let names: Vec<_> = node.names().await;
                assert_eq!(names, running.into_keys().collect::<Vec<_>>());
                let found: BTreeSet<usize> = node.problems().await.iter().map(|it| {
                    let name = Path::new(&it.subject).file_stem().unwrap().to_string_lossy().into_owned();
                    name.parse().unwrap()
                }).collect();
                assert_eq!(found, bad);
            }
            node.stop().await;
        });
    }
}

fn same_file(step: &Step, next: &Step) -> bool {
    let file = |it: &Step| match it {
        Step::Write(file, _) | Step::Break(file) | Step::Remove(file) => Some(*file),
        Step::Restart => None,
    };
    file(step).is_some() && file(step) == file(next) && !matches!(next, Step::Remove(_))
}

/// The parameter that tells versions of a check apart.
fn warn(check: &chorister_fsm::Check) -> u8 {
    match &check.probe {
        chorister_fsm::CheckProbe::Plugin { argv, .. } => argv.last().unwrap().parse().unwrap(),
        other => panic!("{other:?}"),
    }
}
