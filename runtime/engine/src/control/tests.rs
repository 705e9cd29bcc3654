use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::*;
use crate::Engine;

/// Runs an engine and, in a thread beside it, somebody who asks it questions.
fn with_engine<T: Send>(state_dir: &Path, ask: impl FnOnce() -> T + Send) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let engine = {
        let _inside = runtime.enter();
        Engine::builder("node", state_dir)
            .distribution("test", "1.2.3")
            .build()
            .unwrap()
    };
    let handle = engine.handle();
    std::thread::scope(|scope| {
        let asking = scope.spawn(move || {
            // The engine has to stop also when something is not as expected.
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask));
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(handle.stop());
            answer
        });
        runtime.block_on(engine.run());
        asking
            .join()
            .unwrap()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn a_node_says_how_it_is() {
    let state = tempfile::tempdir().unwrap();
    let status = with_engine(state.path(), || {
        let mut client = Client::connect(state.path()).unwrap();
        assert_eq!(client.machines().unwrap(), []);
        client.reload().unwrap();
        let error = client.fire("m", "go").unwrap_err();
        assert_eq!(error.to_string(), "there is no machine `m`");
        assert_eq!(
            client.machine("m").unwrap_err().to_string(),
            "there is no machine `m`"
        );
        client.status().unwrap()
    });
    assert_eq!(
        (&*status.name, &*status.version, &*status.identity),
        ("test", "1.2.3", "node")
    );
    assert_eq!(status.pid, std::process::id());
}

#[test]
fn whoever_watches_is_told_what_changes() {
    let state = tempfile::tempdir().unwrap();
    let (first, second) = with_engine(state.path(), || {
        let mut updates = Client::connect(state.path()).unwrap().watch(&[]).unwrap();
        let first = updates.next_update().unwrap();
        Client::connect(state.path()).unwrap().reload().unwrap();
        (first, updates.next_update().unwrap())
    });
    assert_eq!((first.complete, first.node.machines), (true, 0));
    assert!(!second.complete && second.machines.is_empty(), "{second:?}");
}

#[test]
fn nobody_answers_before_and_after() {
    let state = tempfile::tempdir().unwrap();
    let connect = || {
        Client::connect(state.path())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let expect = format!(
        "nothing runs with the state directory {}",
        state.path().display()
    );
    assert_eq!(connect(), Err(expect.clone()));
    with_engine(state.path(), || {
        let socket = state.path().join(SOCKET);
        assert_eq!(
            socket.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
        connect().unwrap();
    });
    assert_eq!(connect(), Err(expect));
}

#[test]
fn a_socket_that_a_dead_process_left_is_replaced() {
    let state = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(state.path().join(SOCKET)).unwrap());
    assert!(matches!(
        Client::connect(state.path()),
        Err(ClientError::NotRunning { .. })
    ));
    with_engine(state.path(), || {
        Client::connect(state.path()).unwrap().status().unwrap()
    });
}

#[track_caller]
fn check_answer(state_dir: &Path, request: &[u8], expect: &str) {
    let answer = with_engine(state_dir, || {
        let mut stream = UnixStream::connect(state_dir.join(SOCKET)).unwrap();
        stream.write_all(request).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.contains(expect), "{answer}");
}

#[test]
fn requests_that_make_no_sense_are_answered() {
    let state = tempfile::tempdir().unwrap();
    check_answer(state.path(), b"hello\n", "the request makes no sense");
    check_answer(
        state.path(),
        b"{\"request\":\"explode\"}\n",
        "unknown variant `explode`",
    );
    check_answer(
        state.path(),
        b"{\"request\":\"status\"}",
        "does not end with a line feed",
    );
    check_answer(
        state.path(),
        b"{\"request\":\"status\"}\n{\"request\":\"machines\"}\n",
        "{\"machines\":[]}",
    );
    let mut long = vec![b' '; LONGEST_REQUEST];
    long.push(b'\n');
    check_answer(state.path(), &long, "longer than");
    check_answer(state.path(), b"", "");
}
