//! Versions.

use std::rc::Rc;

use semver::{Comparator, Op, Prerelease, Version, VersionReq};

use super::{Call, Function};
use crate::template::value::{Failure, Val};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("semver", 1, 1, |call| {
        let version = version(call.text(0)?)?;
        let number = |it: u64| Val::Int(i64::try_from(it).unwrap_or(i64::MAX));
        let fields = [
            ("Major", number(version.major)),
            ("Minor", number(version.minor)),
            ("Patch", number(version.patch)),
            ("Prerelease", call.answer(version.pre.as_str())?),
            ("Metadata", call.answer(version.build.as_str())?),
            ("Original", call.value(0)),
        ];
        call.heap
            .new_map(fields.map(|(key, value)| (Rc::from(key), value)))
    }),
    Function::pure("semverCompare", 2, 2, compare),
];

fn compare(call: &mut Call<'_>) -> Result<Val, Failure> {
    let constraint = constraint(call.text(0)?)?;
    let version = version(call.text(1)?)?;
    Ok(Val::Bool(
        constraint.iter().any(|all| all.matches(&version)),
    ))
}

/// A version; `v` in front and missing parts are allowed.
fn version(text: &str) -> Result<Version, Failure> {
    let invalid = || Failure::from("invalid semantic version");
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, suffix) = text.split_at_checked(end).ok_or_else(invalid)?;
    let missing = 2_usize.checked_sub(numbers.matches('.').count());
    let missing = ".0".repeat(missing.ok_or_else(invalid)?);
    Version::parse(&format!("{numbers}{missing}{suffix}")).map_err(|_| invalid())
}

/// Alternatives, each of them conditions that have to hold together.
fn constraint(text: &str) -> Result<Vec<VersionReq>, Failure> {
    let improper = || Failure::Value(format!("improper constraint: {text}"));
    let mut alternatives = Vec::new();
    for alternative in text.split("||") {
        let mut comparators = Vec::new();
        if let Some((low, high)) = alternative.split_once(" - ") {
            comparators.push(comparator(Op::GreaterEq, low).ok_or_else(improper)?);
            comparators.push(comparator(Op::LessEq, high).ok_or_else(improper)?);
        } else {
            let mut rest = alternative.trim_matches([' ', ',']);
            while !rest.is_empty() {
                let (op, behind) = operator(rest);
                let behind = behind.trim_start();
                let end = behind.find([' ', ',']).unwrap_or(behind.len());
                let (version, after) = behind.split_at_checked(end).ok_or_else(improper)?;
                if !matches!(version, "*" | "x" | "X") {
                    comparators.push(comparator(op, version).ok_or_else(improper)?);
                }
                rest = after.trim_start_matches([' ', ',']);
            }
        }
        alternatives.push(VersionReq { comparators });
    }
    Ok(alternatives)
}

/// The operator at the beginning of a condition, and what is behind it.
fn operator(text: &str) -> (Op, &str) {
    const OPERATORS: [(&str, Op); 9] = [
        (">=", Op::GreaterEq),
        ("=>", Op::GreaterEq),
        ("<=", Op::LessEq),
        ("=<", Op::LessEq),
        ("~>", Op::Tilde),
        (">", Op::Greater),
        ("<", Op::Less),
        ("~", Op::Tilde),
        ("^", Op::Caret),
    ];
    let found = OPERATORS
        .iter()
        .find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?)));
    found.unwrap_or((Op::Exact, text.strip_prefix('=').unwrap_or(text)))
}

fn comparator(op: Op, text: &str) -> Option<Comparator> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split('+').next()?;
    let (numbers, pre) = match text.split_once('-') {
        Some((numbers, pre)) => (numbers, Prerelease::new(pre).ok()?),
        None => (text, Prerelease::EMPTY),
    };
    let mut parts = numbers.split('.');
    let major = parts.next()?.parse().ok()?;
    let mut part = || match parts.next() {
        None | Some("x" | "X" | "*") => Some(None),
        Some(number) => number.parse().ok().map(Some),
    };
    let (minor, patch) = (part()?, part()?);
    Some(Comparator {
        op,
        major,
        minor,
        patch,
        pre,
    })
}
