//! What is written down of requests, in a file and in a stream.

use super::events::{ask, kept_with};
use super::*;

#[test]
fn what_was_asked_and_refused_is_in_the_file_and_in_the_stream() {
    let Some(site) = Site::start() else { return };
    let log = site.file("audit.log");
    let more = format!(
        "rpcaudit = true\nplugin.rpcaudit.logfile = {}\n",
        log.display()
    );
    let configuration = site.with_certificates(&more).display().to_string();
    let rule = format!("policy default deny\nallow\t{CALLER}\tmeasure\t*\t*\n");
    fs::write(site.file("policies/shop.policy"), rule).expect("written");
    let binary = binary("workshop");
    run(async {
        let mut client = site.client("mcollective", site.alice()).await;
        let stream = json!({"name": "AUDIT", "subjects": ["audit.>"], "storage": "file"});
        let made = ask(&client.connection, "CREATE.AUDIT", stream).await;
        assert!(made.get("error").is_none(), "{made}");
        let _node = Node::start(&binary, &["--config", &configuration]);
        client.ping().await;
        let shaft = json!({"name": "shaft", "length": "3"});
        let measured = client.call("shop", "measure", shaft.clone()).await;
        assert_eq!(measured.message, "OK");
        let refused = client.call("shop", "hang", json!({})).await;
        assert_eq!(
            refused.message,
            "You are not authorized to call this agent or action"
        );
        let mut kept = Vec::new();
        while kept.len() < 2 {
            kept = kept_with(&client.connection, "AUDIT").await;
        }
        let lines: Vec<Value> = kept
            .iter()
            .map(|(subject, _, line)| {
                assert_eq!(subject, "audit.workshop");
                serde_json::from_slice(line).expect("JSON")
            })
            .collect();
        let told: Vec<_> = lines
            .iter()
            .map(|it| (&it["action"], &it["caller"], &it["allowed"]))
            .collect();
        let caller = json!(CALLER);
        assert_eq!(
            told,
            [
                (&json!("measure"), &caller, &json!(true)),
                (&json!("hang"), &caller, &json!(false))
            ]
        );
        assert_eq!(lines[0]["data"], shaft);
        let written = loop {
            let text = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            if lines.len() == 2 {
                break lines;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let published: Vec<_> = kept
            .into_iter()
            .map(|it| String::from_utf8(it.2).expect("text"))
            .collect();
        assert_eq!(written, published);
    });
}
