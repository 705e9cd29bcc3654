//! How an action is carried out.

use core::time::Duration;

use chorister_ir::ddl::{
    Action, ActionRun, DataDdl, ExecAction, ExecOutputs, Extract, JobAction, MachineAction,
    Metadata, Provider, Taken, ValueType, WaitFor,
};
use chorister_ir::{Argument, List, Text, Variable};
use chorister_lang::re2;
use chorister_yaml::{Entry, Kind, Node, Resolved};

use super::fields::{Cx, Fields};
use super::keys::{EXEC, EXTRACT, MACHINE, WAIT};
use super::{Checked, Expected};
use crate::diagnostic::{Code, Finding, Part, Path, Severity};
use crate::form::{Placeholders, Slot, Words};
use crate::outline::{Mark, Named};
use crate::text::{quoted, similar};

static WORDS: Words = Words {
    owner: "the action",
    noun: "input",
    section: "input",
    each: "request",
    placeholder: Code::ActionPlaceholder,
    lone: Code::LoneOption,
    program: Code::ActionProgram,
    unused: Code::UnusedInput,
};

static WORDS_OF_DATA: Words = Words {
    owner: "the data plugin",
    noun: "input",
    section: DataDdl::QUERY,
    each: "question",
    ..WORDS
};

/// Words that say where an output comes from.
const WHOLE: [(&str, Extract); 3] = [
    ("stdout", Extract::Stdout),
    ("stderr", Extract::Stderr),
    ("exit_code", Extract::ExitCode),
];

/// Reads `exec` or `machine`; without either it follows from who hosts the agent.
pub(super) fn read(
    cx: &mut Cx<'_>,
    fields: &Fields<'_>,
    action: &Action,
    metadata: &Metadata,
    checked: &mut Checked,
) -> ActionRun {
    let (command, machine) = (fields.get("exec"), fields.get("machine"));
    if command.is_some() && machine.is_some() {
        let message = "`exec` and `machine` exclude each other";
        let finding = Finding::new(Code::ActionRun, fields.at("machine"), message).at(Part::Key);
        cx.add(finding.help("an action is carried out in one way: leave one of them out"));
    }
    let default = match metadata.provider {
        Some(Provider::External | Provider::Ruby) => ActionRun::External,
        Some(Provider::Golang) | None => ActionRun::Native,
    };
    let run = match (command, machine) {
        (Some(_), _) => {
            let owner = format!("action `{}`", action.name);
            let inputs = fields.at("input");
            Command {
                owner,
                inputs,
                words: &WORDS,
                may_outlive: true,
            }
            .read(cx, fields, action)
        }
        (None, Some(node)) => {
            self::machine(cx, node, &fields.at("machine"), action, checked).map(ActionRun::Machine)
        }
        (None, None) => None,
    };
    run.unwrap_or(default)
}

/// Reads `exec` of a data plugin; without it a method in Rust answers.
pub(super) fn of_data(cx: &mut Cx<'_>, fields: &Fields<'_>, question: &Action) -> ActionRun {
    let command = Command {
        owner: format!("data plugin `{}`", question.name),
        inputs: fields.path.clone(),
        words: &WORDS_OF_DATA,
        may_outlive: false,
    };
    command
        .read(cx, fields, question)
        .unwrap_or(ActionRun::Native)
}

/// A command that is to be read.
struct Command {
    /// Whose it is: "action `usage`".
    owner: String,
    /// Where what it is given is declared.
    inputs: Path,
    words: &'static Words,
    /// Whether an answer may come before it ends.
    may_outlive: bool,
}

impl Command {
    fn read(self, cx: &mut Cx<'_>, fields: &Fields<'_>, action: &Action) -> Option<ActionRun> {
        let owner = format!("`exec` of {}", self.owner);
        let fields = cx.fields(fields.get("exec")?, &EXEC, owner, fields.at("exec"))?;
        let (arguments, environment) = self.line(cx, &fields, action);
        let background = fields
            .get("background")
            .and_then(|it| cx.reader.truth(it, &fields.at("background")));
        if background == Some(true) && !self.may_outlive {
            let message = "a data plugin answers at once, and leaves no command in the background";
            let finding = Finding::new(Code::ActionRun, fields.at("background"), message);
            cx.add(finding.at(Part::Key).help("leave `background` out"));
        } else if background == Some(true) {
            let timeout = job(cx, &fields, action);
            return Some(ActionRun::Job(JobAction {
                arguments: arguments?,
                environment,
                timeout,
            }));
        }
        if fields.get("timeout").is_some() {
            let message = "only a command in the background has a time of its own";
            let finding = Finding::new(Code::ActionRun, fields.at("timeout"), message);
            let help = "leave it out: `metadata.timeout` says how long an answer may take";
            cx.add(finding.at(Part::Key).help(help));
        }
        let success = match fields.get("success") {
            Some(node) => success(cx, node, &fields.at("success")),
            None => List::Static(&[0]),
        };
        let outputs = match fields.get("output") {
            Some(node) => outputs(cx, node, &fields.at("output"), action),
            None => ExecOutputs::Object,
        };
        Some(ActionRun::Exec(ExecAction {
            arguments: arguments?,
            environment,
            success,
            outputs,
        }))
    }

    /// The program with its arguments, and its environment.
    fn line(
        &self,
        cx: &mut Cx<'_>,
        fields: &Fields<'_>,
        action: &Action,
    ) -> (Option<List<Argument>>, List<Variable>) {
        let slots = action.inputs.iter().map(|it| Slot {
            name: &it.name,
            optional: it.optional && it.default.is_none(),
            secret: false,
            used: false,
        });
        let mut names = Placeholders::new(self.words, slots);
        let arguments = match fields.get("command") {
            Some(node) => names.command(&mut cx.reader, node, &fields.at("command")),
            None => {
                let help = "add what is run, such as `command: [/usr/bin/df, \"{{path}}\"]`";
                cx.missing(fields, "command", Severity::Error, help);
                None
            }
        };
        let environment = match fields.get("environment") {
            Some(node) => names.environment(&mut cx.reader, node, &fields.at("environment")),
            None => List::EMPTY,
        };
        if arguments.is_some() {
            names.report_unused(&mut cx.reader, &self.inputs);
        }
        (arguments, environment)
    }
}

/// When a command in the background is ended. What is said of its end means nothing: nobody waits for it.
fn job(cx: &mut Cx<'_>, fields: &Fields<'_>, action: &Action) -> Duration {
    for key in ["success", "output"] {
        if fields.get(key).is_some() {
            let message = format!("`{key}` says nothing of a command in the background");
            let finding = Finding::new(Code::ActionRun, fields.at(key), message);
            let help = "leave it out: the answer is the job's `id`, and the agent `executor` tells the rest";
            cx.add(finding.at(Part::Key).help(help));
        }
    }
    let id = action.output(JobAction::ID);
    if id.is_none_or(|it| it.kind.is_some_and(|it| it != ValueType::String)) {
        let message = "a command in the background is answered with its `id`, which is no output of the action";
        let finding = Finding::new(Code::ActionOutput, fields.at("background"), message);
        let help = "add it to `output:` as `id: {description: Id of the job, display_as: Job, type: string}`";
        cx.add(finding.at(Part::Key).help(help));
    }
    fields
        .get("timeout")
        .and_then(|it| cx.reader.duration(it, &fields.at("timeout")))
        .unwrap_or(JobAction::TIMEOUT)
}

/// The exit codes that mean success.
fn success(cx: &mut Cx<'_>, node: &Node, path: &Path) -> List<u8> {
    let mut codes = Vec::new();
    for (item, path) in cx.reader.list(node, path) {
        let code = cx.reader.number(item, &path, u8::MAX.into());
        codes.extend(code.and_then(|it| u8::try_from(it).ok()));
    }
    if codes.is_empty() && node.as_sequence().is_some_and(<[Node]>::is_empty) {
        let message = "no exit code means success: the action would always fail";
        let finding = Finding::new(Code::EmptyValue, path.clone(), message);
        cx.add(finding.help("leave it out for `[0]`"));
    }
    codes.into()
}

fn outputs(cx: &mut Cx<'_>, node: &Node, path: &Path, action: &Action) -> ExecOutputs {
    let Some(entries) = node.as_mapping() else {
        cx.reader
            .wrong_type(node, path, "a mapping of outputs to where they come from");
        return ExecOutputs::Object;
    };
    let mut taken = Vec::with_capacity(entries.len());
    for Entry { key, value, .. } in entries {
        let path = path.join(key.text.clone());
        if action.output(&key.text).is_none() {
            let names = action.outputs.iter().map(|it| it.name.as_ref());
            let help = match similar(&key.text, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.clone().next().is_none() => "add it to `output:`".to_owned(),
                None => format!("its outputs are {}", quoted(names)),
            };
            let message = format!("the action has no output `{}`", key.text);
            let finding = Finding::new(Code::ActionOutput, path.clone(), message);
            cx.add(finding.at(Part::Key).help(help));
        }
        if let Some(from) = extract(cx, value, &path) {
            taken.push(Taken {
                output: Text::Owned(key.text.clone()),
                from,
            });
        }
    }
    ExecOutputs::Each(taken.into())
}

/// `stdout`, or a mapping of one key.
fn extract(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Option<Extract> {
    if node.kind() == Kind::Str {
        let text = node.text().unwrap_or_default();
        let found = WHOLE.into_iter().find(|(it, _)| *it == text);
        if found.is_none() {
            let names = WHOLE.map(|(name, _)| name);
            let help = match similar(text, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "write one of {}, or `{{line: 1}}`, `{{match: PATTERN}}` or `{{json: PATH}}`",
                    quoted(names)
                ),
            };
            let message = format!("nothing of a command is called `{text}`");
            cx.add(Finding::new(Code::ActionOutput, path.clone(), message).help(help));
        }
        return found.map(|(_, extract)| extract);
    }
    let fields = cx.fields(node, &EXTRACT, EXTRACT.name, path.clone())?;
    let given: Vec<_> = EXTRACT
        .keys
        .iter()
        .filter_map(|key| Some((*key, fields.get(key)?)))
        .collect();
    let [(key, node)] = given.as_slice() else {
        let message = "an output comes from one place";
        let finding = Finding::new(Code::ActionOutput, path.clone(), message);
        let help = "write `{line: 1}`, `{match: PATTERN}` or `{json: PATH}`";
        cx.add(finding.at(Part::Start).help(help));
        return None;
    };
    let path = fields.at(key);
    match *key {
        "line" => line(cx, node, &path),
        "match" => {
            let pattern = cx.reader.text(node, &path)?;
            if let Err(error) = re2::compile(&pattern) {
                let message = format!("the pattern cannot be read: {}", error.message);
                let finding = Finding::new(Code::ValidationPattern, path, message);
                cx.add(finding.at(Part::Within(error.span)).maybe_help(error.help));
                return None;
            }
            Some(Extract::Match(Text::Owned(pattern)))
        }
        _ => {
            let query = cx.reader.text(node, &path)?;
            Some(Extract::Json(Text::Owned(query)))
        }
    }
}

fn line(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Option<Extract> {
    match node.as_scalar().map(|it| it.resolve()) {
        Some(Resolved::Int(number)) if number != 0 => i64::try_from(number).ok().map(Extract::Line),
        Some(Resolved::Int(_)) => {
            let message = "there is no line 0";
            let finding = Finding::new(Code::OutOfRange, path.clone(), message);
            cx.add(finding.help("lines count from 1, and from -1 at the end"));
            None
        }
        _ => {
            cx.reader.wrong_type(node, path, "a whole number");
            None
        }
    }
}

fn machine(
    cx: &mut Cx<'_>,
    node: &Node,
    path: &Path,
    action: &Action,
    checked: &mut Checked,
) -> Option<MachineAction> {
    let owner = format!("`machine` of action `{}`", action.name);
    let fields = cx.fields(node, &MACHINE, owner, path.clone())?;
    let needed = |cx: &mut Cx<'_>, key, help| match fields.get(key) {
        Some(node) => named(cx, node, &fields.at(key)),
        None => {
            cx.missing(&fields, key, Severity::Error, help);
            None
        }
    };
    let machine = needed(cx, "machine", "name the machine");
    let transition = needed(cx, "transition", "name the transition that is fired");
    let mut states = Vec::new();
    let wait = fields
        .get("wait")
        .and_then(|it| wait(cx, it, &fields, &mut states));
    let (machine, transition) = (machine?, transition?);
    let read = MachineAction {
        machine: Text::Owned(machine.text.clone()),
        transition: Text::Owned(transition.text.clone()),
        wait,
    };
    checked.machines.push(Expected {
        machine,
        transition,
        states,
    });
    Some(read)
}

fn named(cx: &mut Cx<'_>, node: &Node, path: &Path) -> Option<Named> {
    Some(Named {
        text: cx.reader.text(node, path)?,
        place: Mark {
            span: node.span,
            path: path.to_string(),
        },
    })
}

fn wait(
    cx: &mut Cx<'_>,
    node: &Node,
    machine: &Fields<'_>,
    names: &mut Vec<Named>,
) -> Option<WaitFor> {
    let fields = cx.fields(node, &WAIT, WAIT.name, machine.at("wait"))?;
    let Some(node) = fields.get("states") else {
        let help = "list the states that are waited for, one of which is enough";
        cx.missing(&fields, "states", Severity::Error, help);
        return None;
    };
    for (item, path) in cx.reader.list(node, &fields.at("states")) {
        names.extend(named(cx, item, &path));
    }
    let timeout = match fields.get("timeout") {
        Some(node) => cx.reader.duration(node, &fields.at("timeout"))?,
        None => WaitFor::TIMEOUT,
    };
    Some(WaitFor {
        states: names
            .iter()
            .map(|it| Text::Owned(it.text.clone()))
            .collect(),
        timeout,
    })
}
