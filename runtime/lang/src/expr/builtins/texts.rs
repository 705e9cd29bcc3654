//! Functions of text.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::count;
use crate::expr::EvalError;
use crate::expr::evaluator::{Evaluated, Run, invalid};
use crate::expr::tree::Builtin;
use crate::expr::value::Val;

/// As lenient as Go about the unused bits of the last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The value of a function whose first argument is text.
pub(super) fn call<'a>(
    run: &mut Run<'a>,
    builtin: Builtin,
    arguments: &[Val<'a>],
) -> Evaluated<Val<'a>> {
    use Builtin as B;
    let failed = || invalid(builtin.name(), &arguments.iter().collect::<Vec<_>>());
    let (Some(Val::Str(text)), other) = (arguments.first(), arguments.get(1)) else {
        return Err(failed());
    };
    run.work(text.len() / 8)?;
    let part = match other {
        None => None,
        Some(Val::Str(part)) => Some(&**part),
        Some(_) if builtin == B::Repeat => None,
        Some(_) => return Err(failed()),
    };
    Ok(match (builtin, part) {
        (B::Upper, None) => run.text(text.to_uppercase())?,
        (B::Lower, None) => run.text(text.to_lowercase())?,
        (B::Trim, None) => run.text(text.trim().to_owned())?,
        (B::Trim, Some(set)) => run.text(text.trim_matches(|c| set.contains(c)).to_owned())?,
        (B::TrimPrefix, part) => run.text(
            text.strip_prefix(part.unwrap_or(" "))
                .unwrap_or(text)
                .to_owned(),
        )?,
        (B::TrimSuffix, part) => run.text(
            text.strip_suffix(part.unwrap_or(" "))
                .unwrap_or(text)
                .to_owned(),
        )?,
        (B::HasPrefix, Some(part)) => Val::Bool(text.starts_with(part)),
        (B::HasSuffix, Some(part)) => Val::Bool(text.ends_with(part)),
        (B::IndexOf, Some(part)) => text.find(part).map_or(Val::Int(-1), count),
        (B::LastIndexOf, Some(part)) => text.rfind(part).map_or(Val::Int(-1), count),
        (B::Split | B::SplitAfter, Some(separator)) => {
            let most = arguments
                .get(2)
                .map(|it| it.as_int().ok_or_else(failed))
                .transpose()?;
            split(run, text, separator, most, builtin == B::SplitAfter)?
        }
        (B::Replace, Some(old)) => {
            let Some(Val::Str(new)) = arguments.get(2) else {
                return Err(failed());
            };
            let most = arguments
                .get(3)
                .map(|it| it.as_int().ok_or_else(failed))
                .transpose()?;
            replace(run, text, old, new, most)?
        }
        (B::Repeat, None) => {
            let times = other.and_then(Val::as_int).ok_or_else(failed)?;
            let times = usize::try_from(times)
                .map_err(|_| EvalError::new("repeat: cannot repeat less than no times"))?;
            run.allocate(text.len().saturating_mul(times))?;
            Val::text(text.repeat(times))
        }
        (B::ToBase64, None) => run.text(BASE64.encode(text.as_bytes()))?,
        (B::FromBase64, None) => {
            // Go skips line ends.
            let joined = text.replace(['\r', '\n'], "");
            let bytes = BASE64.decode(joined);
            let bytes = bytes.map_err(|_| EvalError::new("fromBase64: this is not base64"))?;
            let text = String::from_utf8(bytes);
            run.text(
                text.map_err(|_| EvalError::new("fromBase64: this is not the base64 of text"))?,
            )?
        }
        _ => return Err(failed()),
    })
}

fn split<'a>(
    run: &mut Run<'a>,
    text: &str,
    separator: &str,
    most: Option<i64>,
    keep: bool,
) -> Evaluated<Val<'a>> {
    // A negative number of parts is as many as there are.
    let most = most.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    if most == 0 {
        return run.list(Vec::new());
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < most {
        let end = if separator.is_empty() {
            // Between characters, but not after the last.
            rest.chars()
                .next()
                .map(char::len_utf8)
                .filter(|end| *end < rest.len())
        } else {
            rest.find(separator)
        };
        let Some(end) = end else { break };
        let next = end + separator.len();
        let (part, after) = (rest.get(..if keep { next } else { end }), rest.get(next..));
        run.work(1 + end / 8)?;
        parts.push(run.text(part.unwrap_or_default().to_owned())?);
        rest = after.unwrap_or_default();
    }
    if !(separator.is_empty() && rest.is_empty()) {
        parts.push(run.text(rest.to_owned())?);
    }
    run.list(parts)
}

fn replace<'a>(
    run: &mut Run<'a>,
    text: &str,
    old: &str,
    new: &str,
    most: Option<i64>,
) -> Evaluated<Val<'a>> {
    let most = most.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    let found = text.matches(old).take(most).count();
    run.allocate(text.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(Val::text(text.replacen(old, new, most)))
}
