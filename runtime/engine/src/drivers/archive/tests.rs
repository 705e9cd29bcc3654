//! Archives from a server of the test.

mod server;

use core::future::pending;
use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chorister_fsm::{Download, Unpacked};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::checksum::Checksum;
use super::order::Verify;
use super::{Limits, Stop, check, keep, staging};
use crate::network::Uplink;
use server::{http, https, ok, redirect, stalling};

const FILE: EntryType = EntryType::Regular;
const DIRECTORY: EntryType = EntryType::Directory;

/// Small enough to be exceeded quickly.
const LIMITS: Limits = Limits {
    download: 100_000,
    entries: 20,
    unpacked: 50_000,
};

type Item<'a> = (&'a str, EntryType, &'a [u8]);

/// Packs entries whose names are taken as they are, which the library itself would refuse for some.
fn pack(entries: &[Item<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, content) in entries {
        let mut header = Header::new_ustar();
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o6777);
        header.set_size(content.len() as u64);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn good() -> Vec<u8> {
    let sums = format!("{}  bin/run\n", Checksum::of(b"#!/bin/sh\n"));
    pack(&[
        ("app", DIRECTORY, b""),
        ("app/SHA256SUMS", FILE, sums.as_bytes()),
        ("app/bin/run", FILE, b"#!/bin/sh\n"),
        ("./app/notes", FILE, b"not listed"),
    ])
}

fn good_sums() -> String {
    let sums = format!("{}  bin/run\n", Checksum::of(b"#!/bin/sh\n"));
    Checksum::of(sums.as_bytes()).to_string()
}

fn download(target: &Path, source: String, archive: &[u8]) -> Download {
    Download {
        source,
        checksum: Checksum::of(archive).to_string(),
        creates: "app".to_owned(),
        target: target.to_owned(),
        verify: None,
        username: String::new(),
        password: String::new(),
        insecure: false,
        timeout: Duration::from_secs(60),
        governor: None,
    }
}

async fn kept(download: Download) -> Result<Unpacked, String> {
    keep(download, LIMITS, &Uplink::default(), pending()).await
}

/// A target that holds an old version of the directory.
fn target() -> TempDir {
    let target = tempfile::tempdir().unwrap();
    fs::create_dir(target.path().join("app")).unwrap();
    fs::write(target.path().join("app/old"), "old").unwrap();
    target
}

/// All names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Expects a failure that says `expected` and changes nothing.
async fn fails(target: &TempDir, download: Download, expected: &str) {
    let reason = kept(download).await.unwrap_err();
    assert!(
        reason.contains(expected),
        "{reason}\ndoes not say: {expected}"
    );
    assert_eq!(names(target.path()), ["app"]);
    assert_eq!(names(&target.path().join("app")), ["old"]);
}

/// Expects that an answer to the request for `archive` is refused.
async fn answer_fails(answer: Vec<u8>, archive: &[u8], expected: &str) {
    let target = target();
    let server = http(vec![answer]);
    let mut download = download(target.path(), server.url, archive);
    // Or else what is there would do.
    download.verify = Some(("SHA256SUMS".to_owned(), good_sums()));
    fails(&target, download, expected).await;
}

async fn archive_fails(entries: &[Item<'_>], expected: &str) {
    let archive = pack(entries);
    answer_fails(ok(&archive), &archive, expected).await;
}

#[tokio::test]
async fn an_archive_is_fetched_once_and_then_verified() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("not/there/yet");
    let archive = good();
    let server = http(vec![ok(&archive)]);
    let mut download = download(&target, format!("{}/a.tgz?token=t", server.url), &archive);
    download.verify = Some(("SHA256SUMS".to_owned(), good_sums()));
    assert_eq!(kept(download.clone()).await, Ok(Unpacked::Downloaded));
    assert_eq!(kept(download).await, Ok(Unpacked::Verified));

    let request = server.requests.recv().unwrap().to_lowercase();
    assert!(request.starts_with("get /a.tgz?token=t http/1.1\r\n"));
    assert!(request.contains("user-agent: choria archive watcher "));
    assert!(!request.contains("authorization"));
    assert!(server.requests.try_recv().is_err());

    assert_eq!(names(&target), ["app"]);
    let app = target.join("app");
    assert_eq!(names(&app), ["SHA256SUMS", "bin", "notes"]);
    for path in [&app, &app.join("bin/run")] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755, "{}", path.display());
    }
}

#[tokio::test]
async fn a_directory_that_differs_is_replaced() {
    let archive = good();
    let server = http(vec![ok(&archive), ok(&archive)]);
    let target = target();
    let mut download = download(target.path(), server.url, &archive);
    download.verify = Some(("SHA256SUMS".to_owned(), good_sums()));
    assert_eq!(kept(download.clone()).await, Ok(Unpacked::Downloaded));
    let app = target.path().join("app");
    assert_eq!(names(&app), ["SHA256SUMS", "bin", "notes"]);

    fs::write(app.join("bin/run"), "tampered").unwrap();
    assert_eq!(kept(download.clone()).await, Ok(Unpacked::Downloaded));
    assert_eq!(fs::read(app.join("bin/run")).unwrap(), b"#!/bin/sh\n");
    assert_eq!(names(target.path()), ["app"]);

    // Compat: go-choria aagent/watchers/archivewatcher: files that are not listed are not noticed.
    fs::write(app.join("notes"), "changed").unwrap();
    assert_eq!(kept(download).await, Ok(Unpacked::Verified));
}

#[tokio::test]
async fn a_bad_answer_changes_nothing() {
    let archive = good();
    let not_found = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
    answer_fails(not_found, &archive, "the server answered 404 Not Found").await;
    let other = Checksum::of(b"something else");
    answer_fails(
        ok(b"something else"),
        &archive,
        &format!("the archive has the SHA-256 {other}, not"),
    )
    .await;
    let mut cut = ok(&archive);
    cut.truncate(cut.len() - 1);
    answer_fails(cut, &archive, "end of file before message length reached").await;
    answer_fails(b"hello\r\n\r\n".to_vec(), &archive, "invalid HTTP").await;

    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[0; 100_001]].concat();
    for answer in [ok(&[0; 100_001]), endless] {
        answer_fails(answer, &archive, " is larger than 100000 bytes").await;
    }
    answer_fails(
        ok(b"this is no gzip"),
        b"this is no gzip",
        "invalid gzip header",
    )
    .await;
}

#[tokio::test]
async fn an_archive_holds_only_files_and_directories() {
    for (kind, expected) in [
        (EntryType::Symlink, "`app/x` is a link"),
        (EntryType::Link, "`app/x` is a link"),
        (EntryType::Char, "`app/x` is a device"),
        (EntryType::Block, "`app/x` is a device"),
        (EntryType::Fifo, "`app/x` is a pipe"),
        (
            EntryType::Continuous,
            "`app/x` is neither a file nor a directory",
        ),
    ] {
        archive_fails(&[("app/x", kind, b"")], expected).await;
    }
}

#[tokio::test]
async fn an_archive_does_not_lead_out() {
    for name in ["../x", "app/../../x", "/tmp/x", "app/.."] {
        let expected = format!("`{name}` leads out of the archive");
        archive_fails(&[(name, FILE, b"x")], &expected).await;
        archive_fails(&[(name, DIRECTORY, b"")], &expected).await;
    }
}

#[tokio::test]
async fn an_archive_has_limits() {
    let items: Vec<String> = (0..21).map(|number| format!("app{number}")).collect();
    let many: Vec<Item<'_>> = items
        .iter()
        .map(|name| (name.as_str(), FILE, b"".as_slice()))
        .collect();
    archive_fails(&many, "it holds more than 20 files and directories").await;
    archive_fails(
        &[("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", FILE, b"")],
        "more than 20",
    )
    .await;
    let deep = "a/".repeat(65);
    archive_fails(
        &[
            ("././@LongLink", EntryType::GNULongName, deep.as_bytes()),
            ("a", DIRECTORY, b""),
        ],
        "lies deeper than 64 directories",
    )
    .await;

    let zeros = vec![0; 60_000];
    archive_fails(
        &[("app/x", FILE, &zeros)],
        "it unpacks to more than 50000 bytes",
    )
    .await;
    archive_fails(
        &[("app/x", FILE, b"1"), ("app/x", FILE, b"2")],
        "`app/x` cannot be written",
    )
    .await;
    archive_fails(&[("app", FILE, b"")], "does not hold a directory `app`").await;
    archive_fails(
        &[("other", DIRECTORY, b"")],
        "does not hold a directory `app`",
    )
    .await;
}

#[tokio::test]
async fn long_names_do_not_fill_the_memory() {
    let name = vec![b'a'; 2 << 20];
    let archive = pack(&[
        ("././@LongLink", EntryType::GNULongName, &name),
        ("app/x", FILE, b""),
    ]);
    let target = target();
    let server = http(vec![ok(&archive)]);
    let mut download = download(target.path(), server.url, &archive);
    download.creates = "new".to_owned();
    let limits = Limits::DEFAULT;
    let reason = keep(download, limits, &Uplink::default(), pending())
        .await
        .unwrap_err();
    assert!(
        reason.ends_with("it has headers of more than 1048576 bytes"),
        "{reason}"
    );
}

#[tokio::test]
async fn an_archive_whose_content_differs_is_refused() {
    let other = format!("{}  bin/run\n", Checksum::of(b"other"));
    let archive = pack(&[
        ("app/SHA256SUMS", FILE, other.as_bytes()),
        ("app/bin/run", FILE, b"#!/bin/sh\n"),
    ]);
    answer_fails(
        ok(&archive),
        &archive,
        "as it should be: app/SHA256SUMS has the SHA-256",
    )
    .await;
    archive_fails(&[("app", DIRECTORY, b"")], "app/SHA256SUMS: No such file").await;
}

#[tokio::test]
async fn the_order_is_checked_first() {
    let target = target();
    let order = || {
        let mut download = download(target.path(), "http://127.0.0.1:1/".to_owned(), b"");
        download.checksum = "0".repeat(64);
        download
    };
    let source = |source: &str| Download {
        source: source.to_owned(),
        ..order()
    };
    let creates = |creates: &str| Download {
        creates: creates.to_owned(),
        ..order()
    };
    let verify = |sums: &str, checksum: &str| Download {
        verify: Some((sums.to_owned(), checksum.to_owned())),
        ..order()
    };
    let sum = "0".repeat(64);
    for (download, expected) in [
        (source("file:///etc/passwd"), "a `file` URL"),
        (source("a.tgz"), "not a URL"),
        (creates(""), "`creates` is ``"),
        (creates(".."), "`creates` is `..`"),
        (creates("a/b"), "not the name of one directory"),
        (creates("/a"), "not the name of one directory"),
        (creates("./app"), "not the name of one directory"),
        (verify("../x", &sum), "`verify` is `../x`"),
        (verify("x", "12"), "`verify_checksum` is not a SHA-256"),
        (
            Download {
                checksum: "x".repeat(64),
                ..order()
            },
            "`checksum` is not a SHA-256",
        ),
    ] {
        fails(&target, download, expected).await;
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_left_after_the_timeout() {
    let target = target();
    let archive = good();
    let mut cut = ok(&archive);
    cut.truncate(cut.len() - 1);
    for server in [http(Vec::new()), stalling(cut)] {
        let mut download = download(target.path(), server.url, &archive);
        download.verify = Some(("SHA256SUMS".to_owned(), good_sums()));
        download.timeout = Duration::from_millis(300);
        fails(&target, download, "not done within 300ms").await;
    }
}

#[tokio::test]
async fn a_job_that_is_cancelled_leaves_nothing() {
    let target = target();
    let server = http(Vec::new());
    let mut download = download(target.path(), server.url, b"");
    download.creates = "new".to_owned();
    let requests = server.requests;
    let requested = async move {
        // The request is under way when this returns.
        let waiting = tokio::task::spawn_blocking(move || requests.recv());
        waiting.await.unwrap().unwrap();
    };
    let reason = keep(download, LIMITS, &Uplink::default(), requested).await;
    assert_eq!(reason, Err("no longer wanted".to_owned()));
    assert_eq!(names(target.path()), ["app"]);
}

#[tokio::test]
async fn what_a_crash_left_is_removed() {
    let target = target();
    let stale = target.path().join(".tmp-chorister-1-1");
    let other = target.path().join(".tmp-chorister-1-2");
    for directory in [&stale, &other] {
        fs::create_dir_all(directory.join("tree/app")).unwrap();
    }
    let held = File::open(&other).unwrap();
    held.lock().unwrap();
    let download = download(target.path(), "http://127.0.0.1:1/".to_owned(), b"");
    assert_eq!(kept(download).await, Ok(Unpacked::Verified));
    assert_eq!(names(target.path()), [".tmp-chorister-1-2", "app"]);
    drop(held);
    staging::sweep(target.path());
    assert_eq!(names(target.path()), ["app"]);
}

#[tokio::test]
async fn the_password_is_sent_and_never_shown() {
    let archive = good();
    let forbidden = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n".to_vec();
    let server = http(vec![forbidden]);
    let target = tempfile::tempdir().unwrap();
    let source = server.url.replace("//", "//user:hidden@") + "/x?token=hidden";
    let mut download = download(target.path(), source, &archive);
    download.username = "me".to_owned();
    download.password = "hidden".to_owned();
    let shown = format!("{}/x", server.url);
    assert_eq!(
        kept(download.clone()).await,
        Err(format!(
            "cannot fetch {shown}: the server answered 403 Forbidden"
        ))
    );
    let request = server.requests.recv().unwrap().to_lowercase();
    // The base 64 of `me:hidden`.
    assert_eq!(request.matches("authorization:").count(), 1);
    assert!(
        request.contains("authorization: basic bwu6aglkzgvu"),
        "{request}"
    );

    download.source = "http://user:hidden@127.0.0.1:1/?hidden".to_owned();
    let reason = kept(download).await.unwrap_err();
    assert!(!reason.contains("hidden"), "{reason}");
    assert!(reason.contains("Connection refused"), "{reason}");
}

#[tokio::test]
async fn redirects_are_followed_a_few_times() {
    let archive = good();
    let target = tempfile::tempdir().unwrap();
    let server = http(vec![redirect("/there"), ok(&archive)]);
    let found = kept(download(target.path(), server.url, &archive)).await;
    assert_eq!(found, Ok(Unpacked::Downloaded));

    let target = tempfile::tempdir().unwrap();
    let server = http(vec![redirect("/again"); 10]);
    let reason = kept(download(target.path(), server.url, &archive)).await;
    assert!(reason.unwrap_err().ends_with("more than 5 redirects"));
    let server = http(vec![redirect("file:///etc/passwd")]);
    assert!(
        kept(download(target.path(), server.url, &archive))
            .await
            .is_err()
    );
    assert!(names(target.path()).is_empty());
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_only_taken_when_told_so() {
    let archive = good();
    let target = tempfile::tempdir().unwrap();
    let server = https(vec![ok(&archive)]);
    let reason = kept(download(target.path(), server.url, &archive))
        .await
        .unwrap_err();
    let refused = reason.contains("invalid peer certificate") || reason.contains("has no CA");
    assert!(refused, "{reason}");

    let server = https(vec![ok(&archive)]);
    let mut insecure = download(target.path(), server.url, &archive);
    insecure.insecure = true;
    assert_eq!(kept(insecure).await, Ok(Unpacked::Downloaded));
}

#[tokio::test]
async fn no_redirect_leads_from_https_to_http() {
    let archive = good();
    let target = tempfile::tempdir().unwrap();
    let plain = http(vec![ok(&archive)]);
    let server = https(vec![redirect(&plain.url)]);
    let mut download = download(target.path(), server.url, &archive);
    download.insecure = true;
    let reason = kept(download).await.unwrap_err();
    assert!(
        reason.ends_with("the server redirects from https to http"),
        "{reason}"
    );
    assert!(plain.requests.try_recv().is_err());
}

#[test]
fn sums_are_read_as_sha256sum_writes_them() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a b"), "1").unwrap();
    fs::write(root.path().join("back\\slash\n"), "2").unwrap();
    fs::create_dir(root.path().join("directory")).unwrap();
    let (one, two) = (Checksum::of(b"1"), Checksum::of(b"2"));
    let check = |sums: String| {
        fs::write(root.path().join("SUMS"), &sums).unwrap();
        let verify = Verify {
            sums: "SUMS".into(),
            checksum: Checksum::of(sums.as_bytes()),
        };
        let checked = check::directory(root.path(), Some(&verify), &Stop::default());
        checked.map_err(|reason| reason.replace(&format!("{}/", root.path().display()), ""))
    };
    assert_eq!(check(String::new()), Ok(()));
    assert_eq!(
        check(format!(
            "{one}  a b\n{one} *./a b\r\n\\{two}  back\\\\slash\\n\n"
        )),
        Ok(())
    );
    for (sums, expected) in [
        (
            format!("{one}  a b\n{two}  a b\n{one}  none"),
            format!("a b has the SHA-256 {one}, not {two}"),
        ),
        (
            format!("{one}  none"),
            "none: No such file or directory (os error 2)".to_owned(),
        ),
        (
            format!("{one}  directory"),
            "directory is not a file".to_owned(),
        ),
        (
            format!("\n{one}  ../x"),
            "SUMS: line 2 names a file outside of the directory".to_owned(),
        ),
        (
            format!("{one}  /etc/passwd"),
            "SUMS: line 1 names a file outside of the directory".to_owned(),
        ),
        (
            format!("{one} a b"),
            "SUMS: line 1 is not a checksum".to_owned(),
        ),
        (
            "SHA256 (a b) = 12".to_owned(),
            "SUMS: line 1 is not a checksum".to_owned(),
        ),
        (
            format!("\\{one}  a\\"),
            "SUMS: line 1 is not a checksum".to_owned(),
        ),
    ] {
        assert_eq!(check(sums), Err(expected));
    }
}
