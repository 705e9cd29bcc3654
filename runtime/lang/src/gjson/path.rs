//! Paths to components.

use std::borrow::Cow;

use serde_json::Value;

use super::modifier;

/// The first component of a path.
#[derive(Debug)]
pub(super) struct Component<'p> {
    /// A key or a position, without escapes.
    pub(super) part: Cow<'p, str>,
    /// Whether a key has wildcards.
    pub(super) wild: bool,
    /// What follows it.
    pub(super) next: Next<'p>,
}

/// What follows a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next<'p> {
    /// Nothing.
    End,
    /// A path into what the component leads to.
    More(&'p str),
    /// A path that goes on from the value found.
    Pipe(&'p str),
}

/// One of several paths in braces or brackets.
#[derive(Debug)]
pub(super) struct Selector<'p> {
    name: Option<&'p str>,
    /// The path.
    pub(super) path: &'p str,
}

/// The first component as a key.
pub(super) fn key(path: &str) -> Component<'_> {
    let mut part = Cow::Borrowed("");
    let mut wild = false;
    let mut start = 0;
    let mut bytes = path.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                // What follows is taken as it is.
                part += slice(path, start, at);
                start = at + 1;
                bytes.next();
            }
            b'*' | b'?' => wild = true,
            b'.' | b'|' => {
                part += slice(path, start, at);
                return Component {
                    part,
                    wild,
                    next: next(path, at, true),
                };
            }
            _ => {}
        }
    }
    part += slice(path, start, path.len());
    Component {
        part,
        wild,
        next: Next::End,
    }
}

/// The first component as a position, `#` or a query.
pub(super) fn position(path: &str) -> Component<'_> {
    let query = if path.starts_with("#(") || path.starts_with("#[") {
        1 + closed(slice(path, 1, path.len())).unwrap_or_default()
    } else {
        0
    };
    let end = path
        .bytes()
        .skip(query)
        .position(|byte| matches!(byte, b'.' | b'|'));
    let (part, next) = match end {
        Some(end) => {
            let at = query + end;
            let part = slice(path, 0, at);
            (part, next(path, at, !part.contains('#')))
        }
        None => (path, Next::End),
    };
    Component {
        part: Cow::Borrowed(part),
        wild: false,
        next,
    }
}

/// What follows the `.` or `|` at a place. A modifier or a selection after a dot is for the value found,
/// unless there are many.
fn next(path: &str, at: usize, single: bool) -> Next<'_> {
    let rest = slice(path, at + 1, path.len());
    let special = || match rest.as_bytes().first() {
        Some(b'@') => {
            let name = rest.split(['.', '|', ':']).next().unwrap_or_default();
            modifier::is_known(slice(name, 1, name.len()))
        }
        Some(b'[' | b'{') => true,
        _ => false,
    };
    if path.as_bytes().get(at) == Some(&b'|') || single && special() {
        Next::Pipe(rest)
    } else {
        Next::More(rest)
    }
}

/// The name and the argument of a modifier at the start of a path, and the rest.
pub(super) fn modifier(path: &str) -> Option<(&str, &str, &str)> {
    let body = path.strip_prefix('@')?;
    let end = body.find([':', '|', '.']).unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    if !modifier::is_known(name) {
        return None;
    }
    let Some(rest) = rest.strip_prefix(':') else {
        return Some((name, "", rest));
    };
    let end = match rest.as_bytes().first() {
        Some(b'{' | b'[' | b'"') => closed(rest).unwrap_or(rest.len()),
        _ => {
            let mut at = 0;
            while let Some(byte) = rest.as_bytes().get(at).filter(|byte| **byte != b'|') {
                let inner = match byte {
                    b'{' | b'[' | b'"' | b'(' => closed(slice(rest, at, rest.len())),
                    _ => Some(1),
                };
                at += inner.unwrap_or(rest.len());
            }
            at.min(rest.len())
        }
    };
    let (argument, rest) = rest.split_at(end);
    Some((name, argument, rest))
}

/// The value of `!json` at the start of a path, and the rest.
pub(super) fn literal(path: &str) -> Option<(Value, &str)> {
    let body = path.strip_prefix('!')?;
    let mut values = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, slice(body, values.byte_offset(), body.len())))
}

/// The paths in the braces or brackets at the start of a path, and the rest.
pub(super) fn selectors(path: &str) -> Option<(Vec<Selector<'_>>, &str)> {
    let end = closed(path)?;
    let inside = slice(path, 1, end - 1);
    let mut selectors = Vec::new();
    let mut start = 0;
    let mut colon = None;
    let mut modifier = false;
    let mut at = 0;
    loop {
        let byte = inside.as_bytes().get(at).copied();
        match byte {
            None | Some(b',') => {
                let name = colon.map(|colon| slice(inside, start, colon));
                let from = colon.map_or(start, |colon| colon + 1);
                selectors.push(Selector {
                    name,
                    path: slice(inside, from, at.min(inside.len())),
                });
                (start, colon, modifier) = (at + 1, None, false);
            }
            Some(b':') if colon.is_none() && !modifier => colon = Some(at),
            // The colon of a modifier's argument gives no name.
            Some(b'@') if at > 0 && matches!(inside.as_bytes().get(at - 1), Some(b'.' | b'|')) => {
                modifier = true;
            }
            _ => {}
        }
        at += match byte {
            None => return Some((selectors, slice(path, end, path.len()))),
            Some(b'\\') => 2,
            Some(b'"' | b'[' | b'(' | b'{') => closed(slice(inside, at, inside.len()))?,
            Some(_) => 1,
        };
    }
}

impl Selector<'_> {
    /// The key of the value in an object.
    pub(super) fn name(&self) -> String {
        if let Some(name) = self.name.filter(|name| !name.is_empty()) {
            let quoted = name
                .starts_with('"')
                .then(|| serde_json::from_str(name).ok())
                .flatten();
            return quoted.unwrap_or_else(|| name.to_owned());
        }
        let separator = |(at, c): &(usize, char)| {
            matches!(c, '.' | '|') && !(*at > 0 && slice(self.path, 0, *at).ends_with('\\'))
        };
        let last = match self.path.char_indices().rfind(separator) {
            Some((at, _)) => slice(self.path, at + 1, self.path.len()),
            None => self.path,
        };
        let simple = |c: char| c >= ' ' && !"[]{}()#|!".contains(c);
        if last.chars().all(simple) {
            last.to_owned()
        } else {
            "_".to_owned()
        }
    }
}

/// The two sides of the pipe in what follows `#.` or a query; a pipe inside a query is none.
pub(super) fn split_pipe(path: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    if path.starts_with('{') {
        at = closed(path)?;
    }
    loop {
        let rest = slice(path, at, path.len());
        at += match *rest.as_bytes().first()? {
            b'|' => return Some((slice(path, 0, at), slice(rest, 1, rest.len()))),
            _ if path.starts_with('{') => return None,
            b'\\' => 2,
            b'.' if rest.starts_with(".#(") || rest.starts_with(".#[") => {
                2 + closed(slice(rest, 2, rest.len()))?
            }
            _ => 1,
        };
    }
}

/// The length of the text in quotes or brackets that begins here, with what closes it.
pub(super) fn closed(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
                continue;
            }
            b'"' => quoted = !quoted,
            b'[' | b'(' | b'{' if !quoted => depth += 1,
            b']' | b')' | b'}' if !quoted => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 && !quoted {
            return Some(at + 1);
        }
    }
    None
}

/// A part of a text; nothing where there is none.
pub(super) fn slice(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}
