//! Bundles of checks from a bucket of a real broker.

use chorister_bundle::key::SigningKey;

use super::*;
use crate::check_files::{became, directory, problem, sealed};

/// Puts a bundle into its place.
fn put(site: &Site, bundle: String) {
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        let kept = client
            .connection
            .add_message("$KV.CHECKS.web", bundle, LONG);
        kept.await.expect("kept");
    });
}

#[test]
fn a_bundle_in_a_bucket_is_followed_and_never_without_its_signature() {
    let Some(site) = Site::start() else { return };
    let key = SigningKey::generate().expect("a key");
    let (public, checks) = (key.public().to_string(), directory());
    run(async {
        let client = site.client("mcollective", site.alice()).await;
        let bucket = json!({
            "name": "KV_CHECKS", "subjects": ["$KV.CHECKS.>"], "max_msgs_per_subject": 1, "discard": "new",
            "allow_rollup_hdrs": true, "deny_delete": true, "allow_direct": true, "storage": "file",
        });
        let made = events::ask(&client.connection, "CREATE.KV_CHECKS", bucket).await;
        assert!(made.get("error").is_none(), "{made}");
    });
    put(&site, sealed(&key, 1, "first"));
    let configuration = site.with_certificates("").display().to_string();
    let directory = checks.path().display().to_string();
    let arguments = [
        ["--config", &configuration],
        ["--checks", &directory],
        ["--bundle", "kv:CHECKS/web"],
        ["--bundle-key", &public],
        ["--events", "jsonl"],
    ];
    let mut node = Node::start(&binary("chorister"), arguments.as_flattened());
    node.wait_for("its check", became("first", "CRITICAL"));
    put(&site, sealed(&key, 2, "second"));
    node.wait_for("the new check", became("second", "CRITICAL"));
    // Somebody who may write there, and has no key.
    let other = sealed(&key, 3, "tampered");
    let [genuine, changed] = [sealed(&key, 3, "genuine"), other].map(|it| {
        let text: Value = serde_json::from_str(&it).expect("JSON");
        text
    });
    let mut mixed = genuine;
    mixed["payload"] = changed["payload"].clone();
    put(&site, mixed.to_string());
    node.wait_for(
        "a refusal",
        problem("was changed after it was signed", false),
    );
    let foreign = SigningKey::generate().expect("a key");
    put(&site, sealed(&foreign, 3, "foreign"));
    node.wait_for("a refusal", problem("is signed by", false));
    put(&site, sealed(&key, 1, "first"));
    node.wait_for("a refusal", problem("is older than 2", false));
    put(&site, sealed(&key, 3, "third"));
    node.wait_for("the new check", became("third", "CRITICAL"));
    node.ask_until(&["machines", "--json"], |machines| {
        let names = machines.as_array().into_iter().flatten();
        let names: Vec<_> = names.filter_map(|it| it["name"].as_str()).collect();
        let refused = ["first", "second", "tampered", "foreign"];
        names.contains(&"third") && !refused.iter().any(|it| names.contains(it))
    });
}
