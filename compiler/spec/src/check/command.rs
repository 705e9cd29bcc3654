//! Command lines: split as upstream splits them, and no shell.

use core::ops::Range;

use chorister_lang::template::Template;
use chorister_lang::words;

use super::Scene;
use crate::decode::Cx;
use crate::diagnostic::{Code, Finding, Part};

/// Checks a command line.
pub(crate) fn check(scene: &Scene<'_>, key: &'static str, template: &Template, cx: &mut Cx) {
    let text = mask(&template.source);
    let place = scene.property(key);
    let words = match words::split(&text) {
        Ok(words) => words,
        Err(error) => {
            let message = format!(
                "`{key}` of {} cannot be split into words: {}",
                scene.title(),
                error.message
            );
            let finding =
                Finding::new(Code::Command, place.clone(), message).maybe_help(error.help);
            let inner = (!error.span.is_empty()).then_some(error.span);
            cx.findings.add(match inner {
                Some(span) => finding.label(place, Part::Within(span), "here"),
                None => finding,
            });
            return;
        }
    };
    let Some(program) = words.first() else {
        if !template.source.trim().is_empty() && template.is_literal() {
            let message = format!("`{key}` of {} holds no command", scene.title());
            cx.findings
                .add(Finding::new(Code::EmptyValue, place, message));
        }
        return;
    };
    let script = [".sh", ".py", ".rb", ".pl"]
        .iter()
        .any(|it| program.ends_with(it));
    if script && !program.contains('/') && text.starts_with(program.as_str()) {
        // Compat: go-choria aagent/watchers/execwatcher: a bare name is not looked for in the machine's directory.
        let message =
            format!("go-choria finds `{program}` in its PATH only, not in the machine's directory");
        let finding = Finding::new(Code::Portability, place.clone(), message);
        let finding = finding.at(Part::Within(0..program.len()));
        cx.findings
            .add(finding.help(format!("`./{program}` works in both")));
    }
    // Inside of double quotes a shell that is called by name replaces variables itself.
    if let Some(found) = builtin(&text, program).or_else(|| scan(&text, is_shell(program))) {
        let part = text.get(found.span.clone()).unwrap_or_default();
        let finding = match found.what {
            What::Comment => {
                let message = format!(
                    "`{key}` of {} ends at `#`: the rest is a comment",
                    scene.title()
                );
                Finding::new(Code::CommandComment, place, message).help("put the word in quotes")
            }
            What::Operator => {
                let message = format!(
                    "`{part}` in `{key}` of {} is passed on as it is: no shell runs the command",
                    scene.title()
                );
                Finding::new(Code::ShellSyntax, place, message)
                    .help("use `/bin/sh -c '…'` if a shell is to run it")
            }
            What::Builtin => {
                let message = format!(
                    "`{part}` in `{key}` of {} is for a shell, and no shell runs the command",
                    scene.title()
                );
                let help = match part {
                    "cd" => {
                        "use `/bin/sh -c '…'`; the command runs in the directory of the machine"
                    }
                    _ if part.contains('=') => "use `environment`",
                    _ => "use `/bin/sh -c '…'`",
                };
                Finding::new(Code::ShellSyntax, place, message).help(help)
            }
            What::Variable => {
                let message = format!(
                    "`{part}` in `{key}` of {} is not replaced: no shell runs the command",
                    scene.title()
                );
                Finding::new(Code::ShellSyntax, place, message)
                    .help("use `environment`, a template such as `{{ lookup \"facts.x\" \"\" }}`, or `/bin/sh -c '…'`")
            }
        };
        cx.findings.add(finding.at(Part::Within(found.span)));
    }
}

/// The text with each action replaced by letters, byte for byte.
fn mask(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{{") {
        let end = rest
            .get(start..)
            .and_then(|it| it.find("}}"))
            .map_or(rest.len(), |it| start + it + 2);
        out.push_str(rest.get(..start).unwrap_or_default());
        out.extend(core::iter::repeat_n('x', end - start));
        rest = rest.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    matches!(
        name,
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "busybox"
    )
}

struct Found {
    what: What,
    span: Range<usize>,
}

enum What {
    /// What only a shell does before it runs a command: a command of its own, an assignment, or file names that stand
    /// for others.
    Builtin,
    Comment,
    Operator,
    Variable,
}

/// A command of the shell's own, an assignment, or names that a shell would replace by those of files.
fn builtin(text: &str, program: &str) -> Option<Found> {
    const BUILTINS: [&str; 8] = [
        "cd", "export", "source", "set", "alias", "ulimit", "umask", "eval",
    ];
    let is_name = |it: &str| {
        !it.is_empty()
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'_')
    };
    let assigns = program.split_once('=').is_some_and(|it| is_name(it.0));
    let start = text.len() - text.trim_start().len();
    if (BUILTINS.contains(&program) || assigns) && text.trim_start().starts_with(program) {
        let span = start..start + program.len();
        return Some(Found {
            what: What::Builtin,
            span,
        });
    }
    let mut at = start;
    // Each of these is one byte.
    for word in text.trim_start().split([' ', '\t', '\r', '\n']) {
        let is_path = ["/", "./", "../"].iter().any(|it| word.starts_with(it));
        // A quote before the word hides it from a shell as well.
        let is_bare = text.get(..at).is_some_and(|it| !it.contains(['\'', '"']));
        if is_bare
            && (word.starts_with("~/") || (is_path && word.contains('*')))
            && !word.contains(['\'', '"'])
        {
            let span = at..at + word.len();
            return Some(Found {
                what: What::Builtin,
                span,
            });
        }
        at += word.len() + 1;
    }
    None
}

/// The first thing outside of single quotes that only a shell understands, or that begins a comment.
fn scan(text: &str, shell: bool) -> Option<Found> {
    let mut quote = None;
    let mut word = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (None, '\\') | (Some('"'), '\\') => {
                chars.next();
            }
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            (None | Some('"'), '$') if !shell => {
                if let Some(end) = variable(text, at) {
                    return Some(Found {
                        what: What::Variable,
                        span: at..end,
                    });
                }
            }
            (None | Some('"'), '`') if !shell => {
                return Some(Found {
                    what: What::Variable,
                    span: at..at + 1,
                });
            }
            (None, '#') if at == word => {
                return Some(Found {
                    what: What::Comment,
                    span: at..text.len(),
                });
            }
            (None, _) if char.is_whitespace() => word = at + char.len_utf8(),
            (None, _) if at == word => {
                let end = text
                    .get(at..)?
                    .find(char::is_whitespace)
                    .map_or(text.len(), |it| at + it);
                if is_operator(text.get(at..end)?) {
                    return Some(Found {
                        what: What::Operator,
                        span: at..end,
                    });
                }
            }
            (None, ';')
                if text
                    .get(at + 1..)?
                    .chars()
                    .next()
                    .is_none_or(char::is_whitespace) =>
            {
                return Some(Found {
                    what: What::Operator,
                    span: at..at + 1,
                });
            }
            _ => {}
        }
    }
    None
}

fn is_operator(word: &str) -> bool {
    const OPERATORS: [&str; 15] = [
        "|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>", "2>>", "2>&1", ">&2", "&>", "|&",
    ];
    let redirects = [">/", ">>/", "2>/", "&>/", "</"];
    OPERATORS.contains(&word) || redirects.iter().any(|it| word.starts_with(it))
}

/// The end of a variable or command substitution that begins with the `$` at `at`.
fn variable(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at + 1..)?;
    let close = match rest.chars().next()? {
        '{' => rest.find('}').map(|it| it + 1),
        '(' => rest.find(')').map(|it| it + 1),
        it if it.is_ascii_alphabetic() || it == '_' => Some(
            rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                .unwrap_or(rest.len()),
        ),
        _ => None,
    };
    close.map(|it| at + 1 + it)
}
