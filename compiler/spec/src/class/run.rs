//! What a class runs: command lines with parameters in them, goss files, and checks that are part of the program.

use chorister_ir::{
    Argument, ClassCommand, ClassRun, List, Parameter, ParameterId, ParameterKind, Part as Piece,
    Text, Variable, Word,
};
use chorister_yaml::{Entry as Pair, Kind, Node};

use super::keys::RUN;
use crate::diagnostic::{Code, Finding, Part, Path};
use crate::form::Reader;
use crate::outline::{Mark, Named};

/// Ways to say what a class runs.
const WAYS: [&str; 3] = ["plugin", "goss", "builtin"];

/// The parameters of a class, and which of them anything mentions.
pub(super) struct Names<'p> {
    parameters: &'p [Parameter],
    used: Vec<bool>,
}

/// What a class runs, with the place of the file or the name.
pub(super) struct Run {
    pub(super) run: ClassRun,
    pub(super) place: Named,
}

impl<'p> Names<'p> {
    pub(super) fn new(parameters: &'p [Parameter]) -> Self {
        Self {
            parameters,
            used: vec![false; parameters.len()],
        }
    }

    /// Reads `run`.
    pub(super) fn run(&mut self, reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<Run> {
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
                    let finding = Finding::new(Code::ClassRun, path.clone(), "nothing is run")
                        .at(Part::Start);
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
            self.environment(reader, &it.value, &place)
        });
        if key.text == "plugin" {
            let arguments = self.command(reader, value, &below)?;
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
        self.used.fill(true);
        let name = reader.text(value, &below)?;
        let place = named(value, &below, name.clone());
        let run = if key.text == "goss" {
            ClassRun::Goss(Text::Owned(name))
        } else {
            ClassRun::Native(Text::Owned(name))
        };
        Some(Run { run, place })
    }

    /// The words of a command.
    pub(super) fn command(
        &mut self,
        reader: &mut Reader<'_>,
        node: &Node,
        path: &Path,
    ) -> Option<List<Argument>> {
        if node.kind() == Kind::Str {
            let message = "a command is a list of its words: no shell takes it apart";
            let words: Vec<_> = node.text().unwrap_or_default().split_whitespace().collect();
            let finding = Finding::new(Code::WrongType, path.clone(), message);
            reader
                .findings
                .add(finding.help(format!("write [{}]", words.join(", "))));
            return None;
        }
        let mut arguments = Vec::new();
        let mut option = None;
        for (item, path) in reader.list(node, path) {
            let words = if item.as_sequence().is_some() {
                reader.list(item, &path)
            } else {
                vec![(item, path.clone())]
            };
            let words: Vec<Word> = words
                .into_iter()
                .filter_map(|(item, path)| {
                    let text = text(reader, item, &path)?;
                    Some(self.word(reader, &text, &path, true))
                })
                .collect();
            self.lone_option(reader, option.as_deref(), &words, &path);
            option = last_text(&words)
                .filter(|it| it.starts_with('-') && !it.contains('='))
                .map(str::to_owned);
            arguments.push(Argument(words.into()));
        }
        if arguments.is_empty() {
            let message = "the command is empty";
            reader
                .findings
                .add(Finding::new(Code::EmptyValue, path.clone(), message));
            return None;
        }
        let arguments: List<_> = arguments.into();
        self.check_program(reader, &arguments, path);
        Some(arguments)
    }

    /// A word that is left out leaves the option before it behind.
    fn lone_option(
        &self,
        reader: &mut Reader<'_>,
        option: Option<&str>,
        words: &[Word],
        path: &Path,
    ) {
        let (Some(option), [Word(pieces)]) = (option, words) else {
            return;
        };
        let missing = pieces.iter().find_map(|it| match it {
            Piece::Parameter(id) => self.of(*id).filter(|it| it.optional),
            Piece::Text(_) => None,
        });
        if let Some(parameter) = missing {
            let name = &parameter.name;
            let message = format!(
                "without a value of `{name}` this word is left out, and `{option}` stays alone"
            );
            let finding = Finding::new(Code::LoneOption, path.clone(), message);
            let help = format!(
                "keep them together in a list of their own: [{option}, \"{{{{{name}}}}}\"]"
            );
            reader.findings.add(finding.help(help));
        }
    }

    fn check_program(&self, reader: &mut Reader<'_>, arguments: &List<Argument>, path: &Path) {
        let place = path.join(0);
        let Some(program) = program(arguments) else {
            let message = "the program is not the same for every check of the class";
            let finding = Finding::new(Code::ClassProgram, place, message);
            let help =
                "write the program as it is: what a binary may run is known when it is built";
            reader.findings.add(finding.help(help));
            return;
        };
        if program.contains('/') && !program.starts_with('/') {
            let message = format!("`{program}` is not an absolute path");
            let finding = Finding::new(Code::ClassProgram, place, message);
            let help = "write it from `/` on, or a name that is searched in `PATH`";
            reader.findings.add(finding.help(help));
        }
    }

    fn environment(&mut self, reader: &mut Reader<'_>, node: &Node, path: &Path) -> List<Variable> {
        let Some(entries) = node.as_mapping() else {
            reader.wrong_type(node, path, "a mapping of variables");
            return List::EMPTY;
        };
        let mut variables = Vec::with_capacity(entries.len());
        for Pair { key, value, .. } in entries {
            let path = path.join(key.text.clone());
            let name = &key.text;
            let fits = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
                && name
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || it == b'_');
            if !fits {
                let message = format!("`{name}` cannot name a variable of the environment");
                let finding = Finding::new(Code::Environment, path.clone(), message).at(Part::Key);
                reader
                    .findings
                    .add(finding.help("use letters, digits and `_`"));
            }
            if let Some(text) = text(reader, value, &path) {
                variables.push(Variable {
                    name: Text::Owned(name.clone()),
                    value: self.word(reader, &text, &path, false),
                });
            }
        }
        variables.into()
    }

    /// Takes a word apart at its placeholders.
    fn word(&mut self, reader: &mut Reader<'_>, text: &str, path: &Path, is_visible: bool) -> Word {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let start = text.len() - rest.len() + at;
            let Some(end) = rest.get(at..).and_then(|it| it.find("}}")) else {
                let finding = Finding::new(
                    Code::Placeholder,
                    path.clone(),
                    "a placeholder is not closed",
                );
                let finding = finding.at(Part::Within(start..text.len()));
                reader.findings.add(finding.help("write `{{name}}`"));
                break;
            };
            let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + end + 2..));
            if !before.is_empty() {
                pieces.push(Piece::Text(Text::Owned(before.to_owned())));
            }
            let name = rest.get(at + 2..at + end).unwrap_or_default().trim();
            let span = start..start + end + 2;
            pieces.extend(self.placeholder(reader, name, path, span, is_visible));
            rest = after.unwrap_or_default();
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(Text::Owned(rest.to_owned())));
        }
        Word(pieces.into())
    }

    fn placeholder(
        &mut self,
        reader: &mut Reader<'_>,
        name: &str,
        path: &Path,
        span: core::ops::Range<usize>,
        is_visible: bool,
    ) -> Option<Piece> {
        let names = self.parameters.iter().map(|it| it.name.as_ref());
        let Some(at) = self.parameters.iter().position(|it| it.name == name) else {
            let message = format!("the class has no parameter `{name}`");
            let near = crate::text::similar(name, names.clone());
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.clone().next().is_none() => format!("add `{name}` to `parameters:`"),
                None => format!("its parameters are {}", crate::text::quoted(names)),
            };
            let finding = Finding::new(Code::Placeholder, path.clone(), message);
            reader
                .findings
                .add(finding.at(Part::Within(span)).help(help));
            return None;
        };
        if let Some(used) = self.used.get_mut(at) {
            *used = true;
        }
        let parameter = self.parameters.get(at)?;
        if is_visible && parameter.kind == ParameterKind::Secret {
            let message =
                format!("everybody on the node would see `{name}` in the list of processes");
            let finding = Finding::new(Code::SecretArgument, path.clone(), message);
            let help = format!(
                "give it to the plugin in its environment: `environment: {{{}: \"{{{{{name}}}}}\"}}`",
                name.to_ascii_uppercase()
            );
            reader
                .findings
                .add(finding.at(Part::Within(span)).help(help));
        }
        u16::try_from(at)
            .ok()
            .map(|at| Piece::Parameter(ParameterId(at)))
    }

    fn of(&self, id: ParameterId) -> Option<&'p Parameter> {
        self.parameters.get(usize::from(id.0))
    }

    /// Reports the parameters that nothing mentions.
    pub(super) fn report_unused(&self, reader: &mut Reader<'_>, path: &Path) {
        let unused = self
            .parameters
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| !**used);
        for (parameter, _) in unused {
            let name = &parameter.name;
            let message = format!("nothing mentions `{name}`");
            let finding = Finding::new(Code::UnusedParameter, path.join(name.to_string()), message);
            let help = format!("write `{{{{{name}}}}}` where its value belongs, or remove it");
            reader.findings.add(finding.at(Part::Key).help(help));
        }
    }
}

/// A word of a command; a number may stand as it is.
fn text(reader: &mut Reader<'_>, node: &Node, path: &Path) -> Option<String> {
    // An empty word is one too.
    match node.as_scalar() {
        Some(scalar) if node.kind() == Kind::Str && scalar.text.is_empty() => Some(String::new()),
        _ => reader.text_or_number(node, path),
    }
}

fn last_text(words: &[Word]) -> Option<&str> {
    match words.last()?.0.as_slice() {
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

/// The program of a command, where it is the same for every check.
pub(super) fn program(arguments: &[Argument]) -> Option<String> {
    match arguments.first()?.0.first()?.0.as_slice() {
        [Piece::Text(text)] if !text.is_empty() => Some(text.clone().into_owned()),
        _ => None,
    }
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
