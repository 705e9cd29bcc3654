//! Metrics, probes, and who may ask for what.

use std::path::PathBuf;

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn get_with(path: &str, header: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n")
}

/// A file with the token.
fn token(place: &tempfile::TempDir) -> PathBuf {
    let path = place.path().join("token");
    std::fs::write(&path, TOKEN).unwrap();
    path
}

#[tokio::test]
async fn a_node_tells_how_it_is() {
    let node = Node::start().await;
    let metrics = node.ask(&get("/metrics")).await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics
            .head
            .contains("content-type: text/plain; version=0.0.4")
    );
    for family in [
        "choria_machine_nagios_start_time",
        "chorister_machines 1",
        "chorister_store_durable",
    ] {
        assert!(metrics.body.contains(family), "{family}");
    }
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = node.ask(&get(path)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
    }
    node.stop().await;
}

#[tokio::test]
async fn probes_are_for_everybody_and_the_rest_takes_the_token() {
    let place = tempfile::tempdir().unwrap();
    let node = Node::listening(Listen {
        token: Some(token(&place)),
        ..LOCAL.into()
    })
    .await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(node.ask(&get(path)).await.status, 200, "{path}");
    }
    let right = format!("Authorization: Bearer {TOKEN}");
    for path in ["/metrics", LAMP] {
        let refused = node.ask(&get(path)).await;
        assert_eq!(refused.status, 401, "{path}");
        assert!(refused.head.contains("www-authenticate: bearer"));
        let wrong = "Authorization: Bearer 0123456789abcdef0123456789abcdeF";
        assert_eq!(node.ask(&get_with(path, wrong)).await.status, 401, "{path}");
        assert_eq!(
            node.ask(&get_with(path, &right)).await.status,
            200,
            "{path}"
        );
    }
    // Nobody learns which paths there are.
    assert_eq!(node.ask(&get("/nothing")).await.status, 401);
    node.stop().await;
}

#[tokio::test]
async fn a_new_token_holds_after_a_reload_and_a_bad_one_does_not() {
    let place = tempfile::tempdir().unwrap();
    let path = token(&place);
    let node = Node::listening(Listen {
        token: Some(path.clone()),
        ..LOCAL.into()
    })
    .await;
    let asks = async |token: &str| {
        let header = format!("Authorization: Bearer {token}");
        node.ask(&get_with("/metrics", &header)).await.status
    };
    std::fs::write(&path, "short").unwrap();
    node.handle.reload().await.unwrap();
    while node.handle.status().await.unwrap().problems.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(asks(TOKEN).await, 200);
    let other = TOKEN.to_uppercase();
    std::fs::write(&path, &other).unwrap();
    node.handle.reload().await.unwrap();
    while !node.handle.status().await.unwrap().problems.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!((asks(TOKEN).await, asks(&other).await), (401, 200));
    node.stop().await;
}

#[tokio::test]
async fn an_address_that_others_reach_has_to_be_protected() {
    let state = tempfile::tempdir().unwrap();
    let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let start = |listen: Listen| {
        Engine::builder("node", state.path())
            .without_control()
            .http(listen)
            .build()
            .map(drop)
    };
    let error = start(open.into()).unwrap_err();
    assert!(matches!(error, StartError::HttpUnprotected { .. }));
    assert!(error.to_string().contains("--http-token-file"), "{error}");
    let missing = Listen {
        token: Some(state.path().join("no such file")),
        ..open.into()
    };
    assert!(matches!(
        start(missing).unwrap_err(),
        StartError::HttpAccess(_)
    ));
    let place = tempfile::tempdir().unwrap();
    let protected = Listen {
        token: Some(token(&place)),
        ..open.into()
    };
    start(protected).unwrap();
}

#[tokio::test]
async fn whoever_is_slow_keeps_nobody_waiting() {
    let node = Node::start().await;
    let mut slow = Vec::new();
    for _ in 0..CONNECTIONS / 2 {
        let mut stream = node.connect().await;
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\n")
            .await
            .unwrap();
        slow.push(stream);
    }
    assert_eq!(node.ask(&get("/metrics")).await.status, 200);
    assert!(node.handle.fire("my house", "x").await.is_err());
    drop(slow);
    node.stop().await;
}
