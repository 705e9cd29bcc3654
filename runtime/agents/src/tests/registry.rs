//! `choria_registry`.

use std::fs;

use serde_json::{Value, json};

use super::node::{Fake, ask};
use crate::choria_registry::start;

const STORE: &str = "plugin.choria.services.registry.store";

/// A node with a store of two files, one of which is no DDL.
fn site() -> (tempfile::TempDir, Fake) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("agent");
    fs::create_dir(&folder).unwrap();
    let metadata = json!({
        "name": "acme", "description": "Things \"of\" ACME, #{really}", "author": "ACME", "license": "Apache-2.0",
        "version": "1.2.0", "url": "https://acme.example", "timeout": 5,
    });
    let action = json!({
        "action": "ping", "description": "Pings", "display": "always",
        "input": {"word": {"prompt": "Word", "description": "A word", "type": "string", "optional": false,
            "validation": "^it's$", "maxlength": 9}},
        "output": {"pong": {"description": "The word", "display_as": "Word", "type": "string"}},
        "aggregate": [{"function": "summary", "args": ["pong", {"format": "%s"}]}],
    });
    let document = json!({"metadata": metadata, "actions": [action]});
    fs::write(folder.join("acme.json"), document.to_string()).unwrap();
    fs::write(folder.join("broken.json"), "{").unwrap();
    fs::write(home.path().join("secret.json"), document.to_string()).unwrap();
    let store = home.path().display().to_string();
    (home, Fake::default().with_setting(STORE, store, false))
}

#[test]
fn it_is_there_where_there_is_a_store() {
    assert!(!start().is_active(&Fake::default()));
    assert!(!start().is_active(&Fake::default().with_setting(STORE, Value::Null, false)));
    assert!(start().is_active(&site().1));
}

#[tokio::test]
async fn descriptions_come_from_the_store_and_from_hosted_agents() {
    let (_home, mut fake) = site();
    let answer = ask(&fake, start(), "names", json!({})).await.unwrap();
    assert_eq!(answer["names"], json!(["acme", "broken"]));
    let given = json!({"name": "acme", "plugin_type": "agent"});
    let answer = ask(&fake, start(), "ddl", given).await.unwrap();
    assert_eq!(
        (&answer["version"], &answer["name"]),
        (&json!("1.2.0"), &json!("acme"))
    );
    let text: Value = serde_json::from_str(answer["ddl"].as_str().unwrap()).unwrap();
    assert_eq!(text["actions"][0]["action"], "ping");
    fake.info.agents = [chorister_std::rpcutil::DDL.clone()].into();
    let given = json!({"name": "rpcutil", "plugin_type": "agent"});
    let answer = ask(&fake, start(), "ddl", given).await.unwrap();
    assert!(
        answer["ddl"]
            .as_str()
            .unwrap()
            .contains("\"agent_inventory\"")
    );
}

#[tokio::test]
async fn nothing_but_descriptions_is_given_away() {
    let (_home, fake) = site();
    for name in ["../secret", "broken", "nope", "a/b", ".."] {
        let given = json!({"name": name, "plugin_type": "agent"});
        let refused = ask(&fake, start(), "ddl", given).await.unwrap_err();
        assert_eq!(refused.1, "Could not load DDL", "{name}");
    }
}

#[tokio::test]
async fn a_description_can_be_had_as_ruby() {
    let (_home, fake) = site();
    let given = json!({"name": "acme", "plugin_type": "agent", "format": "ddl"});
    let answer = ask(&fake, start(), "ddl", given).await.unwrap();
    let expect = r#"metadata :name        => "acme",
         :description => "Things \"of\" ACME, \#{really}",
         :author      => "ACME",
         :license     => "Apache-2.0",
         :version     => "1.2.0",
         :url         => "https://acme.example",
         :timeout     => 5


action "ping", :description => "Pings" do
  display :always

  input :word,
        :prompt      => "Word",
        :description => "A word",
        :type        => :string,
        :validation  => '^it\'s$',
        :maxlength   => 9,
        :optional    => false




  output :pong,
         :description => "The word",
         :type        => "string",
         :display_as  => "Word"

  summarize do
    aggregate summary(:pong, :format => "%s")
  end
end

"#;
    assert_eq!(answer["ddl"], expect);
}
