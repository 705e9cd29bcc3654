//! Jobs, which outlive the requests that started them, and the node.

use chorister_proto::body::Status;
use serde_json::Map;

use super::events::{ask, kept_with};
use super::*;

/// Has the agent that looks after jobs say how one is until that fits.
async fn status_until(client: &mut Client, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
    loop {
        let reply = client.call("executor", "status", json!({"id": id})).await;
        assert_eq!(reply.message, "OK");
        if fits(&reply.data) {
            return reply.data;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Starts a job of the workshop; its id.
async fn start(client: &mut Client, action: &str, data: Value) -> String {
    let reply = client.call("shop", action, data).await;
    assert_eq!((reply.status, reply.message.as_str()), (Status::Ok, "OK"));
    let id = reply.data["id"].as_str().expect("an id");
    assert_eq!(reply.data, json!({"id": id}));
    id.to_owned()
}

/// What was told of a job, by what it is about, in order; waits until its end was.
async fn told(connection: &Connection, id: &str) -> Vec<(String, String)> {
    loop {
        let all = kept_with(connection, "CHORIA_EXECUTOR").await;
        let of_job = all.into_iter().filter_map(|(subject, headers, payload)| {
            let (request, what) = subject.split_once(&format!(".{id}."))?;
            let prefix = "mcollective.submission.in.choria.executor.";
            assert_eq!(
                request.strip_prefix(prefix).map(str::len),
                Some(32),
                "{subject}"
            );
            for header in ["Choria-Reliable: 1\r\n", "Choria-Priority: 1\r\n"] {
                assert!(headers.contains(header), "{headers}");
            }
            Some((what.to_owned(), String::from_utf8(payload).expect("text")))
        });
        let of_job: Vec<_> = of_job.collect();
        if of_job.iter().any(|(what, _)| what == "exit") {
            return of_job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_job_outlives_the_request_and_the_node_and_all_is_told() {
    let Some(site) = Site::start() else { return };
    let (spool, flag) = (site.file("jobs"), site.file("flag"));
    let mut node = workshop(
        &site,
        &format!(
            "plugin.choria.executor.enabled = true\nplugin.choria.executor.spool = {}\n\
             plugin.choria.submission.spool = {}\n",
            spool.display(),
            site.file("submissions").display(),
        ),
    );
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        let stream = json!({
            "name": "CHORIA_EXECUTOR", "subjects": ["mcollective.submission.in.choria.executor.>"], "storage": "file",
        });
        let made = ask(&client.connection, "CREATE.CHORIA_EXECUTOR", stream).await;
        assert!(made.get("error").is_none(), "{made}");
        client.ping().await;
        let id = start(
            &mut client,
            "polish",
            json!({"file": flag.display().to_string()}),
        )
        .await;
        let running = status_until(&mut client, &id, |it| it["stdout_bytes"] == 6).await;
        assert_eq!(
            (&running["running"], &running["exit_code"]),
            (&json!(true), &json!(-1))
        );
        assert_eq!(
            (&running["agent"], &running["action"]),
            (&json!("shop"), &json!("polish"))
        );
        node.kill_and_start_again();
        client.ping().await;
        let again = status_until(&mut client, &id, |_| true).await;
        assert_eq!(
            (&again["running"], &again["pid"]),
            (&json!(true), &running["pid"])
        );
        fs::write(&flag, "").expect("written");
        let over = status_until(&mut client, &id, |it| it["exit_code"] != -1).await;
        assert_eq!(
            (&over["exit_code"], &over["exit_reason"]),
            (&json!(3), &json!("exit status 3"))
        );
        assert_eq!(
            (&over["stdout_bytes"], &over["stderr_bytes"]),
            (&json!(11), &json!(9))
        );
        let exit = fs::read(spool.join(&id).join("exit")).expect("it ended");
        let exit: Value = serde_json::from_slice(&exit).expect("JSON");
        assert_eq!(exit, json!({"code": 3, "error": "exit status 3"}));
        let told = told(&client.connection, &id).await;
        let all = |what: &str| {
            let of = told.iter().filter(|(it, _)| it == what);
            of.map(|(_, payload)| payload.as_str()).collect::<String>()
        };
        let spec: Value = serde_json::from_str(&all("spec")).expect("JSON");
        assert_eq!(
            (&spec["command"], &spec["identity"]),
            (&json!("/bin/sh"), &json!(NODE))
        );
        assert_eq!(
            spec["environment"],
            Value::Object(Map::new()),
            "nobody is told of that"
        );
        assert_eq!(all("pid"), running["pid"].to_string());
        assert!(all("hb").starts_with("true"));
        assert_eq!(
            (all("out.stdout"), all("out.stderr")),
            ("begun\ndone\n".to_owned(), "carnauba\n".to_owned())
        );
        assert_eq!(all("exit"), exit.to_string());
        assert_eq!(told.last().map(|it| it.0.as_str()), Some("exit"));
    });
}

#[test]
fn jobs_end_when_they_are_told_to_and_when_their_time_is_over() {
    let Some(site) = Site::start() else { return };
    let spool = site.file("jobs");
    let _node = workshop(
        &site,
        &format!(
            "plugin.choria.executor.enabled = true\nplugin.choria.executor.spool = {}\n",
            spool.display()
        ),
    );
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        client.ping().await;
        let never = json!({"file": "/nonexistent/file"});
        let polish = start(&mut client, "polish", never).await;
        let idle = start(&mut client, "idle", json!({})).await;
        status_until(&mut client, &polish, |it| it["running"] == true).await;
        let term = json!({"id": polish, "signal": 15});
        let sent = client.call("executor", "signal", term).await;
        assert_eq!(sent.message, "OK");
        for (id, reason) in [(&polish, "signal 15"), (&idle, "it did not end in time")] {
            let exit = spool.join(id).join("exit");
            status_until(&mut client, id, |_| exit.exists()).await;
            let over = status_until(&mut client, id, |_| true).await;
            assert_eq!(over["exit_reason"], reason);
        }
        let listed = client
            .call("executor", "list", json!({"completed": true}))
            .await;
        assert_eq!(listed.data["jobs"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn a_node_without_a_spool_starts_no_jobs() {
    let Some(site) = Site::start() else { return };
    let _node = workshop(&site, "");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        client.ping().await;
        let reply = client.call("shop", "idle", json!({})).await;
        assert_eq!(reply.message, "Jobs are not enabled on this node");
    });
}
