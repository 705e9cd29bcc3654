//! `NAME force`, `NAME maintenance` and `NAME resume`: what operators do with checks.

use std::fmt::Write as _;

use chorister_engine::{Fired, Maintenance, Order, Steered};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::Distribution;
use crate::args::{Maintain, Steer};
use crate::commands::ask::{connect, json};
use crate::commands::{Failure, print};
use crate::place;

pub(in crate::commands) fn force(
    distribution: &Distribution,
    arguments: &Steer,
) -> Result<(), Failure> {
    steer(distribution, arguments, Order::Force)
}

pub(in crate::commands) fn resume(
    distribution: &Distribution,
    arguments: &Steer,
) -> Result<(), Failure> {
    steer(distribution, arguments, Order::Resume)
}

pub(in crate::commands) fn maintenance(
    distribution: &Distribution,
    arguments: &Maintain,
) -> Result<(), Failure> {
    let length = arguments.end.length.map(|it| {
        let length = SignedDuration::try_from(it).ok();
        length.and_then(|it| Timestamp::now().checked_add(it).ok())
    });
    let until = match length {
        Some(None) => return Err(Failure::Refused("that is too far in the future".into())),
        Some(until) => until,
        None => arguments.end.until,
    };
    if until.is_some_and(|it| it <= Timestamp::now()) {
        return Err(Failure::Refused("that time is over".into()));
    }
    let order = Order::Maintain(Maintenance {
        until,
        reason: arguments.reason.clone(),
        owner: arguments.owner.clone().unwrap_or_else(place::user),
    });
    steer(distribution, &arguments.steer, order)
}

fn steer(distribution: &Distribution, arguments: &Steer, order: Order) -> Result<(), Failure> {
    let mut client = connect(distribution, &arguments.asking.state)?;
    let steered = client.steer(order, arguments.which.checks.clone())?;
    if arguments.asking.json {
        let lines = steered.iter().map(Line::from);
        json(&lines.collect::<Vec<_>>())?;
    } else {
        print(done(&steered))?;
    }
    let refused = refused(&steered);
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refused.join("\n"))),
    }
}

/// What came of it for one check, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    check: &'a str,
    #[serde(flatten)]
    fired: Option<&'a Fired>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> From<&'a Steered> for Line<'a> {
    fn from(steered: &'a Steered) -> Self {
        Self {
            check: &steered.check,
            fired: steered.outcome.as_ref().ok(),
            error: steered.outcome.as_ref().err().map(String::as_str),
        }
    }
}

/// What was done, a line for each check.
fn done(steered: &[Steered]) -> String {
    let mut text = String::new();
    for Steered { check, outcome } in steered {
        let _ = match outcome {
            Ok(Fired::Done { state }) => writeln!(text, "{check} is now {state}"),
            Ok(Fired::Delayed { milliseconds }) => {
                writeln!(
                    text,
                    "{check} follows in {milliseconds} ms: it came too often"
                )
            }
            Ok(Fired::Refused { .. }) | Err(_) => Ok(()),
        };
    }
    text
}

/// What was not done, a line for each check.
fn refused(steered: &[Steered]) -> Vec<String> {
    let refused = steered.iter().filter_map(|it| match &it.outcome {
        Ok(Fired::Refused { state, .. }) => Some(format!(
            "{} is {state}, which does not offer that",
            it.check
        )),
        Err(reason) => Some(reason.clone()),
        Ok(_) => None,
    });
    refused.collect()
}
