//! Machines that come over the network: listed in a bucket, signed, fetched, run, and removed.

use std::io::{Read, Write};
use std::net::TcpListener;

use aws_lc_rs::digest::{SHA256, digest};
use chorister_bundle::key::SigningKey;
use chorister_bundle::plugins::sign;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::streams::{create, put};
use super::*;

const MACHINE: &str = "
name: app
version: 1.0.0
initial_state: IDLE
transitions:
  - {name: work, from: [IDLE], destination: WORKING}
watchers:
  - name: begin
    type: exec
    interval: 500ms
    state_match: [IDLE]
    success_transition: work
    properties: {command: ./begin.sh}
";

fn sum(bytes: &[u8]) -> String {
    let sum = digest(&SHA256, bytes);
    sum.as_ref().iter().map(|it| format!("{it:02x}")).collect()
}

/// The archive of a plugin, and the checksum of its file of checksums.
fn archive() -> (Vec<u8>, String) {
    let files = [
        ("machine.yaml", MACHINE),
        ("begin.sh", "#!/bin/sh\nexit 0\n"),
    ];
    let sums: String = files
        .iter()
        .map(|(name, text)| format!("{}  {name}\n", sum(text.as_bytes())))
        .collect();
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files.into_iter().chain([("SHA256SUMS", sums.as_str())]) {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(text.len() as u64);
        let path = format!("app/{name}");
        builder
            .append_data(&mut header, path, text.as_bytes())
            .expect("packed");
    }
    let packed = builder.into_inner().expect("packed").finish();
    (packed.expect("packed"), sum(sums.as_bytes()))
}

/// Serves bytes to whoever asks, and says where.
fn serve(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut asked = Vec::new();
            let mut byte = [0];
            while !asked.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                asked.push(byte[0]);
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                bytes.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &bytes].concat());
        }
    });
    format!("http://{address}/app.tgz")
}

/// Writes a list into the bucket.
fn list(site: &Site, list: &Value) {
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        put(&client, "$KV.CHORIA_PLUGINS.plugins", list.to_string()).await;
    });
}

#[test]
fn a_listed_machine_is_fetched_and_runs_until_it_is_listed_no_more() {
    let Some(site) = Site::start() else {
        return;
    };
    let machines = site.file("machines");
    fs::create_dir_all(machines.join("mm_mine")).expect("made");
    let key = SigningKey::generate().expect("a key");
    let configuration = site.with_certificates(&format!(
        "plugin.machines.download = true\nplugin.machines.poll_interval = 2s\n\
         plugin.machines.check_interval = 2s\nplugin.choria.machine.signing_key = {}\n",
        key.public()
    ));
    let (packed, verify) = archive();
    let plugin = json!({
        "name": "app",
        "checksum": sum(&packed),
        "verify_checksum": verify,
        "match": "identity('^n1') && has_command('sh')",
        "source": serve(packed),
    });
    let signed = sign(&json!([plugin]), &key).expect("signed");
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        create(
            &client,
            &json!({
                "name": "KV_CHORIA_PLUGINS", "subjects": ["$KV.CHORIA_PLUGINS.>"],
                "max_msgs_per_subject": 1, "discard": "new", "allow_rollup_hdrs": true,
                "deny_delete": true, "allow_direct": true, "storage": "file",
                "retention": "limits", "num_replicas": 1,
            }),
        )
        .await;
    });
    list(&site, &signed);
    let mut node = Node::start(
        &binary("chorister"),
        &[
            "--config",
            &configuration.display().to_string(),
            "--machines",
            &machines.display().to_string(),
        ],
    );
    node.wait_for_transition("plugins_manager", "manage_plugins");
    let of_manager = |it: &Value| it["data"]["machine"] == "plugins_manager";
    let told = node.wait_for("an update", |it| {
        of_manager(it) && it["data"]["previous_outcome"] == "updated"
    });
    assert_eq!(told["data"]["plugins"], json!(["app"]));
    assert_eq!(told["type"], "io.choria.machine.watcher.plugins.v1.state");
    node.wait_for("a download", |it| {
        it["data"]["machine"] == "mm_app" && it["data"]["previous_outcome"] == "downloaded"
    });
    node.wait_for_transition("app", "work");

    // Somebody else's list changes nothing.
    let other = SigningKey::generate().expect("a key");
    list(&site, &sign(&json!([]), &other).expect("signed"));
    node.wait_for("a refusal", |it| {
        of_manager(it) && it["data"]["previous_outcome"] == "error"
    });
    assert!(machines.join("app/machine.yaml").exists());
    assert!(node.log().contains("the key that counts did not sign it"));

    list(&site, &sign(&json!([]), &key).expect("signed"));
    node.wait_for("that it is gone", |it| {
        of_manager(it)
            && it["data"]["previous_outcome"] == "updated"
            && it["data"]["plugins"] == json!([])
    });
    let left: Vec<_> = fs::read_dir(&machines)
        .expect("a folder")
        .map(|it| it.expect("an entry").file_name())
        .filter(|it| it != "tmp")
        .collect();
    assert_eq!(left, ["mm_mine"]);
}
