//! Commands that take what they are told, refuse it, or hang.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::courier::Refusal;
use super::exec::Command;
use super::spool::{MOST, Spool};
use super::*;
use crate::process;

const LONG: Duration = Duration::from_secs(60);

/// A place with a script in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn script(&self, text: &str) -> Vec<String> {
        let path = self.at("hook");
        fs::write(
            &path,
            format!("#!/bin/sh\ncd {}\n{text}\n", self.0.path().display()),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        vec![path.display().to_string(), "an argument".to_owned()]
    }

    fn command(&self, text: &str) -> Command {
        Command::find(&self.script(text), &process::search_folders()).unwrap()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

fn spool(place: &Place, notifications: &[&str]) -> Spool {
    let mut spool = Spool::open(place.at("spool")).unwrap();
    for it in notifications {
        spool.push(it.as_bytes().to_vec());
    }
    spool.finish(LONG);
    spool
}

#[test]
fn a_command_reads_what_it_is_told_in_a_clean_environment() {
    let place = Place::new();
    let command = place.command("cat > told; env | sort > environment; echo \"$1\" > argument");
    block_on(command.tell(b"{\"event\":\"state\"}".to_vec())).unwrap();
    let told = fs::read_to_string(place.at("told")).unwrap();
    assert_eq!(told, "{\"event\":\"state\"}\n");
    let argument = fs::read_to_string(place.at("argument")).unwrap();
    assert_eq!(argument, "an argument\n");
    let environment = fs::read_to_string(place.at("environment")).unwrap();
    let names: Vec<_> = environment
        .lines()
        .filter_map(|it| it.split('=').next())
        .collect();
    // The shell itself adds where it is.
    assert!(
        names
            .iter()
            .all(|it| ["OLDPWD", "PATH", "PWD", "SHLVL", "_"].contains(it)),
        "{names:?}"
    );
}

#[test]
fn a_command_that_fails_says_why() {
    let place = Place::new();
    let command = place.command("echo cannot reach the pager >&2; exit 3");
    let told = block_on(command.tell(vec![b'x'; 1 << 20]));
    let Err(Refusal::Later(reason)) = told else {
        panic!("{told:?}");
    };
    assert!(
        reason.ends_with("ended with status 3: cannot reach the pager"),
        "{reason}"
    );
}

#[test]
fn a_command_that_is_not_there_is_refused_at_once() {
    let words = vec!["/no/such/hook".to_owned()];
    assert!(Command::find(&words, &process::search_folders()).is_err());
    assert!(Command::find(&[], &process::search_folders()).is_err());
}

#[test]
fn what_waits_survives_a_restart() {
    let place = Place::new();
    drop(spool(&place, &["one", "two"]));
    let spool = spool(&place, &["three"]);
    let queue = spool.queue();
    block_on(async {
        for expect in ["one", "two", "three"] {
            let (number, json) = queue.oldest().await;
            assert_eq!(String::from_utf8(json).unwrap(), expect);
            queue.told(number);
        }
    });
    assert_eq!(queue.tally().told, 3);
    assert_eq!(fs::read_dir(place.at("spool")).unwrap().count(), 0);
}

#[test]
fn the_oldest_make_room_and_are_counted() {
    let place = Place::new();
    fs::create_dir(place.at("spool")).unwrap();
    for number in 0..MOST + 2 {
        fs::write(
            place.at("spool").join(format!("{number:016}.json")),
            number.to_string(),
        )
        .unwrap();
    }
    let spool = spool(&place, &["the newest"]);
    let tally = spool.queue().tally();
    assert_eq!((tally.waiting, tally.dropped), (MOST as u64, 1));
    let (_, oldest) = block_on(spool.queue().oldest());
    assert_eq!(oldest, b"3");
}

#[test]
fn what_cannot_be_written_is_kept_in_memory() {
    let place = Place::new();
    let mut spool = Spool::open(place.at("spool")).unwrap();
    fs::remove_dir(place.at("spool")).unwrap();
    spool.push(b"one".to_vec());
    spool.finish(LONG);
    let (number, json) = block_on(spool.queue().oldest());
    assert_eq!(json, b"one");
    spool.queue().told(number);
    assert_eq!(spool.queue().tally().told, 1);
}

#[test]
fn what_lies_there_and_is_no_notification_is_dropped() {
    let place = Place::new();
    fs::create_dir(place.at("spool")).unwrap();
    fs::write(place.at("spool/0000000000000001.json"), "").unwrap();
    fs::write(place.at("spool/readme"), "not mine").unwrap();
    let spool = spool(&place, &["one"]);
    let (_, json) = block_on(spool.queue().oldest());
    assert_eq!(json, b"one");
    assert_eq!(spool.queue().tally().dropped, 1);
    assert!(place.at("spool/readme").exists());
}

#[test]
fn a_command_that_hangs_is_ended() {
    let place = Place::new();
    let mut command = place.command("echo $$ > pid; exec sleep 1000");
    command.hurry(Duration::from_millis(50));
    let told = block_on(command.tell(b"{}".to_vec()));
    assert!(matches!(told, Err(Refusal::Later(reason)) if reason.contains("took longer")));
}

#[test]
fn the_port_of_a_webhook_is_known() {
    let port = |url: &str| Hook::Webhook(url.to_owned()).port();
    assert_eq!(port("https://hooks.example.net/x"), Some(443));
    assert_eq!(port("http://u:p@hooks.example.net?x=:1"), Some(80));
    assert_eq!(port("http://127.0.0.1:8080/a:b"), Some(8080));
    assert_eq!(
        Hook::Exec(vec!["/bin/x".to_owned()]).program().as_deref(),
        Some("/bin/x")
    );
}
