//! Command lines with placeholders.

use crate::{Argument, ParameterId, Part, Word};

/// What stands for a parameter on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filling {
    /// One text.
    One(String),
    /// Texts that become as many words where the parameter is a whole word, and have commas between them elsewhere.
    Many(Vec<String>),
}

/// The words of a command line; those that mention a parameter without a value are left out, as [`Argument`] says.
pub fn command_line(
    arguments: &[Argument],
    value: impl Fn(ParameterId) -> Option<Filling>,
) -> Vec<String> {
    let words = arguments.iter().filter_map(|Argument(words)| {
        let words: Option<Vec<_>> = words.iter().map(|it| spread(it, &value)).collect();
        Some(words?.into_iter().flatten())
    });
    words.flatten().collect()
}

/// What a word becomes as one text; nothing where it mentions a parameter without a value.
pub fn filled(
    Word(parts): &Word,
    value: impl Fn(ParameterId) -> Option<Filling>,
) -> Option<String> {
    let mut word = String::new();
    for part in parts {
        match part {
            Part::Text(text) => word.push_str(text),
            Part::Parameter(id) => match value(*id)? {
                Filling::One(text) => word.push_str(&text),
                Filling::Many(texts) => word.push_str(&texts.join(",")),
            },
        }
    }
    Some(word)
}

fn spread(word: &Word, value: &impl Fn(ParameterId) -> Option<Filling>) -> Option<Vec<String>> {
    if let [Part::Parameter(id)] = word.0.as_slice()
        && let Some(Filling::Many(texts)) = value(*id)
    {
        return Some(texts);
    }
    filled(word, value).map(|it| vec![it])
}
