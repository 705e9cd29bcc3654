//! Texts.

use chorister_lang::template::go;

use super::convert::{texts, texts_to_list};
use super::{ANY, Call, Function};
use crate::template::MAX_OUTPUT;
use crate::template::value::{Failure, TOO_LONG, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("upper", 1, 1, |call| {
        call.answer(call.text(0)?.to_uppercase())
    }),
    Function::pure("lower", 1, 1, |call| {
        call.answer(call.text(0)?.to_lowercase())
    }),
    Function::pure("title", 1, 1, |call| {
        call.answer(initials(call.text(0)?, char::to_ascii_uppercase))
    }),
    Function::pure("untitle", 1, 1, |call| {
        call.answer(initials(call.text(0)?, char::to_ascii_lowercase))
    }),
    Function::pure("trim", 1, 1, |call| call.answer(call.text(0)?.trim())),
    Function::pure("trimAll", 2, 2, trim_all),
    Function::pure("trimall", 2, 2, trim_all),
    Function::pure("trimPrefix", 2, 2, |call| {
        let (prefix, text) = (call.text(0)?, call.text(1)?);
        call.answer(text.strip_prefix(prefix).unwrap_or(text))
    }),
    Function::pure("trimSuffix", 2, 2, |call| {
        let (suffix, text) = (call.text(0)?, call.text(1)?);
        call.answer(text.strip_suffix(suffix).unwrap_or(text))
    }),
    Function::pure("nospace", 1, 1, |call| {
        let text: String = call
            .text(0)?
            .chars()
            .filter(|it| !it.is_whitespace())
            .collect();
        call.answer(text)
    }),
    Function::pure("initials", 1, 1, |call| {
        let words = call.text(0)?.split_whitespace();
        let initials: String = words.filter_map(|word| word.chars().next()).collect();
        call.answer(initials)
    }),
    Function::pure("contains", 2, 2, |call| {
        Ok(Val::Bool(call.text(1)?.contains(call.text(0)?)))
    }),
    Function::pure("hasPrefix", 2, 2, |call| {
        Ok(Val::Bool(call.text(1)?.starts_with(call.text(0)?)))
    }),
    Function::pure("hasSuffix", 2, 2, |call| {
        Ok(Val::Bool(call.text(1)?.ends_with(call.text(0)?)))
    }),
    Function::pure("replace", 3, 3, replace),
    Function::pure("repeat", 2, 2, repeat),
    Function::pure("substr", 3, 3, substr),
    Function::pure("trunc", 2, 2, truncate),
    Function::pure("abbrev", 2, 2, abbreviate),
    Function::pure("indent", 2, 2, |call| {
        let indented = indented(call)?;
        call.answer(indented)
    }),
    Function::pure("nindent", 2, 2, |call| {
        let indented = indented(call)?;
        call.answer(format!("\n{indented}"))
    }),
    Function::pure("quote", 0, ANY, |call| {
        let quoted = surrounded(call, |text| go::quoted(&text))?;
        call.answer(quoted)
    }),
    Function::pure("squote", 0, ANY, |call| {
        let quoted = surrounded(call, |text| format!("'{text}'"))?;
        call.answer(quoted)
    }),
    Function::pure("cat", 0, ANY, |call| {
        let joined = surrounded(call, |text| text)?;
        call.answer(joined)
    }),
    Function::pure("swapcase", 1, 1, |call| {
        let swap = |it: char| match it.is_uppercase() {
            true => it.to_ascii_lowercase(),
            false => it.to_ascii_uppercase(),
        };
        let swapped: String = call.text(0)?.chars().map(swap).collect();
        call.answer(swapped)
    }),
    Function::pure("snakecase", 1, 1, |call| {
        call.answer(words(call.text(0)?).join("_"))
    }),
    Function::pure("kebabcase", 1, 1, |call| {
        call.answer(words(call.text(0)?).join("-"))
    }),
    Function::pure("camelcase", 1, 1, |call| {
        let words = words(call.text(0)?).join(" ");
        call.answer(initials(&words, char::to_ascii_uppercase).replace(' ', ""))
    }),
    Function::pure("plural", 3, 3, |call| {
        let one = call.integer(2) == 1;
        Ok(call.value(usize::from(!one)))
    }),
    Function::pure("splitList", 2, 2, |call| {
        let parts: Vec<&str> = split(call.text(1)?, call.text(0)?).collect();
        texts_to_list(call, parts)
    }),
    Function::pure("split", 2, 2, |call| {
        let parts = split(call.text(1)?, call.text(0)?).collect();
        numbered(call, parts)
    }),
    Function::pure("splitn", 3, 3, |call| {
        let most = usize::try_from(call.strict_integer(1)?).unwrap_or(usize::MAX);
        let parts = call.text(2)?.splitn(most, call.text(0)?).collect();
        numbered(call, parts)
    }),
    Function::pure("join", 2, 2, |call| {
        let separator = call.text(0)?;
        let parts = texts(call, 1)?;
        call.heap
            .spend(parts.len().saturating_mul(separator.len()))?;
        call.answer(parts.join(separator))
    }),
    Function::pure("wrap", 2, 2, |call| wrap(call, "\n")),
    Function::pure("wrapWith", 3, 3, |call| {
        let end = call.text(1)?;
        wrap(call, end)
    }),
];

/// The first letter of each word replaced.
fn initials(text: &str, change: fn(&char) -> char) -> String {
    let mut before = ' ';
    let change = |it: char| {
        let is_initial = before.is_whitespace();
        before = it;
        if is_initial { change(&it) } else { it }
    };
    text.chars().map(change).collect()
}

fn trim_all(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (set, text) = (call.text(0)?, call.text(1)?);
    call.heap.spend(text.len().saturating_mul(1 + set.len()))?;
    call.answer(text.trim_matches(|it| set.contains(it)))
}

fn replace(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (old, new, text) = (call.text(0)?, call.text(1)?, call.text(2)?);
    call.heap
        .spend((text.len() + 1).saturating_mul(1 + new.len()))?;
    call.answer(text.replace(old, new))
}

fn repeat(call: &mut Call<'_>) -> Result<Val, Failure> {
    let text = call.text(1)?;
    let times = usize::try_from(call.integer(0)).unwrap_or(0);
    if text.len().saturating_mul(times) > MAX_OUTPUT {
        return Err(Failure::Limit(TOO_LONG));
    }
    call.answer(text.repeat(times))
}

/// The bytes from one place to another; a negative end is the end of the text.
fn substr(call: &mut Call<'_>) -> Result<Val, Failure> {
    let text = call.text(2)?;
    let start = usize::try_from(call.strict_integer(0)?).unwrap_or(0);
    let end = usize::try_from(call.strict_integer(1)?).unwrap_or(text.len());
    let part = text.get(start.min(text.len())..end.min(text.len()));
    call.answer(part.ok_or("the bounds divide a character or are in the wrong order")?)
}

/// The first bytes, or the last ones if the number is negative.
fn truncate(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (count, text) = (call.strict_integer(0)?, call.text(1)?);
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let part = match text.len().checked_sub(length) {
        None => Some(text),
        Some(rest) if count < 0 => text.get(rest..),
        Some(_) => text.get(..length),
    };
    call.answer(part.ok_or("the bounds divide a character")?)
}

fn abbreviate(call: &mut Call<'_>) -> Result<Val, Failure> {
    let (width, text) = (call.strict_integer(0)?, call.text(1)?);
    let width = usize::try_from(width).unwrap_or(0);
    if width < 4 || text.chars().count() <= width {
        return call.answer(text);
    }
    let start: String = text.chars().take(width - 3).collect();
    call.answer(format!("{start}..."))
}

fn indented(call: &mut Call<'_>) -> Result<String, Failure> {
    let (spaces, text) = (call.strict_integer(0)?, call.text(1)?);
    let spaces = usize::try_from(spaces).unwrap_or(0);
    let lines = 1 + text.matches('\n').count();
    if spaces.saturating_mul(lines) > MAX_OUTPUT {
        return Err(Failure::Limit(TOO_LONG));
    }
    let padding = " ".repeat(spaces);
    call.heap.spend(spaces * lines)?;
    Ok(format!(
        "{padding}{}",
        text.replace('\n', &format!("\n{padding}"))
    ))
}

/// The arguments that are something, each changed, with spaces between them.
fn surrounded(call: &mut Call<'_>, change: fn(String) -> String) -> Result<String, Failure> {
    let mut parts = Vec::new();
    for argument in call.arguments {
        if !matches!(argument, Val::Nil) {
            parts.push(change(call.heap.print(argument)?));
        }
    }
    Ok(parts.join(" "))
}

/// The words of a name, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in name.chars() {
        let is_letter = character.is_alphanumeric();
        let begins = is_letter
            && (!before.is_alphanumeric() || (character.is_uppercase() && before.is_lowercase()));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| is_letter) {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    words
}

/// As Go splits: into characters if there is no separator.
fn split<'t>(text: &'t str, separator: &'t str) -> Box<dyn Iterator<Item = &'t str> + 't> {
    if separator.is_empty() {
        return Box::new(text.split_inclusive(|_| true));
    }
    Box::new(text.split(separator))
}

/// A map with the keys `_0`, `_1` and so on.
fn numbered(call: &mut Call<'_>, parts: Vec<&str>) -> Result<Val, Failure> {
    let mut fields = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        call.heap.spend(1)?;
        fields.push((format!("_{at}").into(), call.heap.new_text(part)?));
    }
    call.heap.new_map(fields)
}

/// Breaks lines between words that would be longer than the first argument says.
fn wrap(call: &mut Call<'_>, end: &str) -> Result<Val, Failure> {
    let width = usize::try_from(call.strict_integer(0)?).unwrap_or(0);
    let mut wrapped = String::new();
    let mut column = 0;
    let Val::Text(text) = call.last() else {
        return Err(super::wrong_type("string", call.arguments.last()));
    };
    call.heap.spend(text.len().saturating_mul(1 + end.len()))?;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            wrapped.push_str(end);
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    call.answer(wrapped)
}
