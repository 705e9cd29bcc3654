//! A pod in which the distribution looks after an application.

use anyhow::Result;
use chorister_ir::CheckClass;
use serde_json::json;

use super::{Files, Subject, words};
use crate::templates::template;

/// The user and group that nothing else runs as: `nonroot` of images without a distribution of Linux.
const NOBODY: u32 = 65532;

/// Where the node is asked how it is.
const PORT: u16 = 9095;

pub(super) fn files(of: &Subject<'_>) -> Result<Files> {
    let example = example(of.classes);
    let data = json!({
        "source": of.source,
        "name": of.name,
        "version": of.version,
        "folder": of.folder,
        "class": example.as_ref().map(|it| it.0),
        "parameters": example.as_ref().map(|it| &it.1),
        "user": NOBODY,
        "port": PORT,
    });
    let text = template!("kubernetes/pod.yaml").render(&data)?;
    Ok(Files::from([("pod.yaml".to_owned(), text)]))
}

/// A check of an application: the name of a class and its parameters.
fn example(classes: &[CheckClass]) -> Option<(&str, String)> {
    let has_port = |it: &&CheckClass| it.name == "tcp" && it.parameter_named("port").is_some();
    if let Some(class) = classes.iter().find(has_port) {
        return Some((&class.name, "port: 8080".to_owned()));
    }
    let required = |class: &CheckClass| -> Vec<String> {
        let required = class.parameters.iter().filter(|it| it.is_required());
        let values = required.map(|it| format!("{}: {}", it.name, words::example(&it.kind)));
        values.collect()
    };
    let easiest = classes.iter().min_by_key(|it| required(it).len())?;
    Some((&easiest.name, required(easiest).join(", ")))
}
