//! What only people and editors read.

use serde_json::json;

use super::*;

/// The folder of texts as they have to be.
fn expected() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expect/export")
}

/// What is written about the class with every kind of parameter, and about none of the others.
#[test]
fn every_kind_of_parameter_is_told_to_every_tool() {
    let mut wrong = Vec::new();
    for (format, path) in [
        (Format::Puppet, "manifests/check/every_kind.pp"),
        (Format::Puppet, "README.md"),
        (Format::Ansible, "meta/argument_specs.yml"),
        (Format::Ansible, "README.md"),
        (Format::Schemas, "every_kind.schema.json"),
        (Format::Docs, "every_kind.md"),
        (Format::Kubernetes, "pod.yaml"),
    ] {
        let files = written(format);
        let file = expected()
            .join(format.as_str())
            .join(path.replace('/', "_") + ".txt");
        if std::env::var_os("BLESS").is_some_and(|it| it == "1") {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &files[path]).unwrap();
        }
        if fs::read_to_string(&file).unwrap_or_default() != files[path] {
            wrong.push(file.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "BLESS=1 rewrites {wrong:?}");
}

#[test]
fn schemas_refuse_what_the_class_refuses() {
    let with = |with: Value| json!({"checks": {"mail": {"class": "every_kind", "with": with}}});
    assert!(is_valid(&with(json!({"queue": "mail"}))));
    assert!(is_valid(&with(
        json!({"queue": "mail", "wait": "1m30s", "room": "2GiB", "share": 5, "name": "@10:20"})
    )));
    for wrong in [
        with(json!({})),
        with(json!({"queue": "Mail"})),
        with(json!({"queue": "mail", "warn": -1})),
        with(json!({"queue": "mail", "warn": 1.5})),
        with(json!({"queue": "mail", "wait": 5})),
        with(json!({"queue": "mail", "wait": "soon"})),
        with(json!({"queue": "mail", "room": "much"})),
        with(json!({"queue": "mail", "token": "in the clear"})),
        with(json!({"queue": "mail", "colour": "red"})),
        json!({"checks": {"mail": {"class": "every_kind"}}}),
        json!({"checks": {"mail": {"class": "other"}}}),
        json!({"checks": {"mail": {"class": "plain", "with": {"queue": "mail"}}}}),
        json!({"checks": {"mail": {"class": "plain", "intervall": "1m"}}}),
        json!({"checks": {"1st": {"class": "plain"}}}),
        json!({}),
    ] {
        assert!(!is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn the_pod_may_do_nothing_that_it_need_not() {
    let files = written(Format::Kubernetes);
    let text = files["pod.yaml"].split("\n---\n").nth(1).unwrap();
    let tree = chorister_yaml::parse(
        text,
        chorister_yaml::Format::Yaml,
        &chorister_yaml::Limits::SPEC,
    );
    let pod = chorister_yaml::to_json(&tree.root.unwrap());
    let spec = &pod["spec"];
    assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
    assert_eq!(
        spec["securityContext"]["seccompProfile"]["type"],
        "RuntimeDefault"
    );
    assert_eq!(spec["automountServiceAccountToken"], false);
    let containers = ["initContainers", "containers"].map(|it| spec[it].as_array().unwrap());
    for container in containers.into_iter().flatten() {
        let context = &container["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], false);
        assert_eq!(context["readOnlyRootFilesystem"], true);
        assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}));
    }
}
