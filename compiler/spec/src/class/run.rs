//! What a class runs: command lines with parameters in them, goss files, and checks that are part of the program.

use chorister_ir::{ClassCommand, ClassRun, GossText, Parameter, ParameterKind, Text};
use chorister_yaml::{Entry as Pair, Node};

use super::keys::RUN;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::{Placeholders, Reader, Slot, Words, program};
use crate::outline::{Mark, Named};

/// Ways to say what a class runs.
const WAYS: [&str; 3] = ["plugin", "goss", "builtin"];

static WORDS: Words = Words {
    owner: "the class",
    noun: "parameter",
    section: "parameters",
    each: "check of the class",
    placeholder: Code::Placeholder,
    lone: Code::LoneOption,
    program: Code::ClassProgram,
    unused: Code::UnusedParameter,
};

/// What a class runs, with the place of the file or the name.
pub(super) struct Run {
    pub(super) run: ClassRun,
    pub(super) place: Named,
}

/// The parameters of a class as what its commands may mention.
pub(super) fn placeholders(parameters: &[Parameter]) -> Placeholders<'_> {
    let slots = parameters.iter().map(|it| Slot {
        name: &it.name,
        optional: it.optional,
        secret: it.kind == ParameterKind::Secret,
        used: false,
    });
    Placeholders::new(&WORDS, slots)
}

/// Reads `run`.
pub(super) fn run(
    names: &mut Placeholders<'_>,
    reader: &mut Reader<'_>,
    node: &Node,
    path: &Path,
) -> Option<Run> {
    let entries = reader.mapping(node, path, &RUN);
    let ways: Vec<_> = entries
        .iter()
        .filter(|it| WAYS.contains(&it.key.text.as_str()))
        .collect();
    let environment = entries.iter().find(|it| it.key.text == "environment");
    let Pair { key, value, .. } = match ways.as_slice() {
        [way] => *way,
        [] => {
            if node.as_mapping().is_some() {
                let finding =
                    Finding::new(Code::ClassRun, path.clone(), "nothing is run").at(Part::Start);
                let help = "add `plugin: [/path/to/plugin]`, `goss: FILE` or `builtin: NAME`";
                reader.findings.add(finding.help(help));
            }
            return None;
        }
        [first, second, ..] => {
            let (first, second) = (&first.key.text, &second.key.text);
            let message = format!("`{first}` and `{second}` exclude each other");
            let finding =
                Finding::new(Code::ClassRun, path.join(second.clone()), message).at(Part::Key);
            reader
                .findings
                .add(finding.help("a class runs one thing: leave one of them out"));
            return None;
        }
    };
    let below = path.join(key.text.clone());
    let variables = environment.map(|it| {
        let place = path.join("environment");
        if key.text != "plugin" {
            let message = format!("`{}` has no environment", key.text);
            let finding = Finding::new(Code::ClassRun, place.clone(), message).at(Part::Key);
            reader
                .findings
                .add(finding.help("only a plugin has: leave it out"));
        }
        names.environment(reader, &it.value, &place)
    });
    if key.text == "plugin" {
        let arguments = names.command(reader, value, &below)?;
        let program = program(&arguments).unwrap_or_default();
        let first = value.items().first().unwrap_or(value);
        return Some(Run {
            run: ClassRun::Plugin(ClassCommand {
                arguments,
                environment: variables.unwrap_or_default(),
            }),
            place: named(first, &below.join(0), program),
        });
    }
    // Whatever runs knows all parameters by their names.
    names.use_all();
    let name = reader.text(value, &below)?;
    let place = named(value, &below, name.clone());
    let run = if key.text == "goss" {
        // Its text is put in by whoever reads files.
        let file = GossText {
            path: Text::Owned(name),
            text: Text::Borrowed(""),
        };
        ClassRun::Goss(vec![file].into())
    } else {
        ClassRun::Native(Text::Owned(name))
    };
    Some(Run { run, place })
}

fn named(node: &Node, path: &Path, text: String) -> Named {
    Named {
        text,
        place: Mark {
            span: node.span,
            path: path.to_string(),
        },
    }
}
