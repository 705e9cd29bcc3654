//! From the tree to what the file describes.

use chorister_ir::List;
use chorister_ir::ddl::{Action, DataDdl, Ddl};
use chorister_yaml::Node;

use super::fields::Cx;
use super::keys::{AGENT, DATA};
use super::{Checked, Described, action, input, metadata, output, run};
use crate::diagnostic::{Findings, Severity, at};
use crate::form::Reader;
use crate::machine::Options;

/// Reads the whole file.
pub(super) fn file(
    root: &Node,
    options: &Options,
    is_torn: bool,
    findings: &mut Findings,
    checked: &mut Checked,
) -> Option<Described> {
    let mut cx = Cx {
        reader: Reader { findings },
        options: *options,
        is_torn,
    };
    if is_data(root) {
        data(&mut cx, root, checked).map(Described::Data)
    } else {
        agent(&mut cx, root, checked).map(Described::Agent)
    }
}

/// Whether a file describes a data plugin: it says so, or it answers something without having actions.
fn is_data(root: &Node) -> bool {
    let schema = root.get("$schema").and_then(Node::text);
    let says = |kind| schema.is_some_and(|it| it.ends_with(kind));
    let has = |key| root.get(key).is_some();
    says("/ddl/v1/data.json")
        || !says("/ddl/v1/agent.json") && !has("actions") && (has("output") || has("query"))
}

fn agent(cx: &mut Cx<'_>, root: &Node, checked: &mut Checked) -> Option<Ddl> {
    let fields = cx.fields(root, &AGENT, AGENT.name, at![])?;
    let metadata = metadata::read(cx, &fields, checked);
    let actions = match fields.get("actions") {
        Some(node) => action::all(cx, node, &fields.at("actions"), &metadata, checked),
        None => {
            let help =
                "list what the agent can be asked: `action`, `description`, `input` and `output`";
            cx.missing(&fields, "actions", Severity::Error, help);
            Vec::new()
        }
    };
    Some(Ddl {
        metadata,
        actions: actions.into(),
    })
}

fn data(cx: &mut Cx<'_>, root: &Node, checked: &mut Checked) -> Option<DataDdl> {
    let fields = cx.fields(root, &DATA, DATA.name, at![])?;
    let metadata = metadata::read(cx, &fields, checked);
    let mut question = Action {
        name: metadata.name.clone(),
        description: metadata.description.clone(),
        ..Action::DEFAULT
    };
    if let Some(node) = fields.get(DataDdl::QUERY) {
        let path = fields.at(DataDdl::QUERY);
        let query = input::one(cx, node, DataDdl::QUERY, "`query`", path);
        question.inputs = query.into_iter().collect::<Vec<_>>().into();
    }
    question.outputs = match fields.get("output") {
        Some(node) => output::all(cx, node, &fields.at("output")).into(),
        None => {
            let help = "say what the plugin answers: each with `description` and `display_as`";
            cx.missing(&fields, "output", Severity::Warning, help);
            List::EMPTY
        }
    };
    question.run = run::of_data(cx, &fields, &question);
    Some(DataDdl { metadata, question })
}
