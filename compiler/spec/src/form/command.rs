//! Command lines with placeholders, and the environments of commands.

use chorister_ir::{Argument, List, ParameterId, Part as Piece, Text, Variable, Word};
use chorister_yaml::{Entry as Pair, Kind, Node};

use super::Reader;
use crate::diagnostic::{Code, Finding, Part, Path};

/// What placeholders of a command stand for, and which of that anything mentions.
pub(crate) struct Placeholders<'p> {
    words: &'static Words,
    slots: Vec<Slot<'p>>,
}

/// What a placeholder can stand for.
pub(crate) struct Slot<'p> {
    /// Its name.
    pub(crate) name: &'p str,
    /// Whether it may have no value.
    pub(crate) optional: bool,
    /// Whether nobody may see its value.
    pub(crate) secret: bool,
    /// Whether anything mentions it.
    pub(crate) used: bool,
}

/// How findings speak of commands of a format.
pub(crate) struct Words {
    /// Whose command it is: "the class".
    pub(crate) owner: &'static str,
    /// What a placeholder stands for: "parameter".
    pub(crate) noun: &'static str,
    /// Where these are declared: "parameters".
    pub(crate) section: &'static str,
    /// What runs a command: "check of the class".
    pub(crate) each: &'static str,
    /// What is found where a placeholder stands for nothing.
    pub(crate) placeholder: Code,
    /// What is found where an option loses its value.
    pub(crate) lone: Code,
    /// What is found where the program is not known.
    pub(crate) program: Code,
    /// What is found where nothing mentions a value.
    pub(crate) unused: Code,
}

impl<'p> Placeholders<'p> {
    pub(crate) fn new(words: &'static Words, slots: impl IntoIterator<Item = Slot<'p>>) -> Self {
        Self {
            words,
            slots: slots.into_iter().collect(),
        }
    }

    /// Takes everything for mentioned.
    pub(crate) fn use_all(&mut self) {
        self.slots.iter_mut().for_each(|it| it.used = true);
    }

    /// The words of a command.
    pub(crate) fn command(
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
                .filter(|it| it.starts_with('-') && *it != "--" && !it.contains('='))
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
        if let Some(Slot { name, .. }) = missing {
            let message = format!(
                "without a value of `{name}` this word is left out, and `{option}` stays alone"
            );
            let finding = Finding::new(self.words.lone, path.clone(), message);
            let help = format!(
                "keep them together in a list of their own: [{option}, \"{{{{{name}}}}}\"]"
            );
            reader.findings.add(finding.help(help));
        }
    }

    fn check_program(&self, reader: &mut Reader<'_>, arguments: &List<Argument>, path: &Path) {
        let place = path.join(0);
        let Some(program) = program(arguments) else {
            let message = format!("the program is not the same for every {}", self.words.each);
            let finding = Finding::new(self.words.program, place, message);
            let help =
                "write the program as it is: what a binary may run is known when it is built";
            reader.findings.add(finding.help(help));
            return;
        };
        if program.contains('/') && !program.starts_with('/') {
            let message = format!("`{program}` is not an absolute path");
            let finding = Finding::new(self.words.program, place, message);
            let help = "write it from `/` on, or a name that is searched in `PATH`";
            reader.findings.add(finding.help(help));
        }
    }

    /// The variables that a command is given.
    pub(crate) fn environment(
        &mut self,
        reader: &mut Reader<'_>,
        node: &Node,
        path: &Path,
    ) -> List<Variable> {
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
                    self.words.placeholder,
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
        let names = self.slots.iter().map(|it| it.name);
        let Some(at) = self.slots.iter().position(|it| it.name == name) else {
            let Words {
                owner,
                noun,
                section,
                ..
            } = self.words;
            let message = format!("{owner} has no {noun} `{name}`");
            let near = crate::text::similar(name, names.clone());
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.clone().next().is_none() => format!("add `{name}` to `{section}:`"),
                None => format!("its {noun}s are {}", crate::text::quoted(names)),
            };
            let finding = Finding::new(self.words.placeholder, path.clone(), message);
            reader
                .findings
                .add(finding.at(Part::Within(span)).help(help));
            return None;
        };
        let slot = self.slots.get_mut(at)?;
        slot.used = true;
        if is_visible && slot.secret {
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

    fn of(&self, id: ParameterId) -> Option<&Slot<'p>> {
        self.slots.get(usize::from(id.0))
    }

    /// Reports what nothing mentions.
    pub(crate) fn report_unused(&self, reader: &mut Reader<'_>, path: &Path) {
        for Slot { name, .. } in self.slots.iter().filter(|it| !it.used) {
            let message = format!("nothing mentions `{name}`");
            let finding = Finding::new(self.words.unused, path.join((*name).to_owned()), message);
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

/// The program of a command, where it is always the same.
pub(crate) fn program(arguments: &[Argument]) -> Option<String> {
    match arguments.first()?.0.first()?.0.as_slice() {
        [Piece::Text(text)] if !text.is_empty() => Some(text.clone().into_owned()),
        _ => None,
    }
}
