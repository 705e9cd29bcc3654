//! What single settings have to be beyond what their types say.

use core::time::Duration;

use crate::given::{Given, Part};
use crate::value::{Mismatch, Value};

/// The longest that a broker may take to let us in.
///
/// Compat: go-choria `choria/framework.go`: more is a mistake there as well.
const CONNECT: Duration = Duration::from_secs(120);

/// What is wrong with a value of this setting, where its type would take it.
pub(crate) fn objection(name: &str, given: &Given) -> Option<Mismatch> {
    match name {
        "identity" | "main_collective" | "registration.collective" => {
            let text = given.one()?.trim();
            (!is_name(text)).then(|| {
                no_name(Part {
                    text: text.to_owned(),
                    span: given.span,
                })
            })
        }
        "collectives" => {
            let mut parts = given.parts(',').into_iter();
            parts.find(|it| !is_name(&it.text)).map(no_name)
        }
        "network.connect_timeout" => {
            let is_long = Duration::read(given).is_ok_and(|it| it > CONNECT);
            is_long.then(|| Mismatch {
                span: None,
                found: format!("`{}`", given.one().unwrap_or_default().trim()),
                wanted: "two minutes or less".to_owned(),
                help: None,
            })
        }
        _ => None,
    }
}

/// Whether a name can be a part of subjects, in which it may have dots.
fn is_name(text: &str) -> bool {
    let forbidden = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '*' | '>');
    !text.contains(forbidden) && text.split('.').all(|it| !it.is_empty())
}

fn no_name(Part { text, span }: Part) -> Mismatch {
    Mismatch {
        span: Some(span),
        found: format!("`{text}`"),
        wanted:
            "a name without white space, `*` and `>`, and with something before and after each dot"
                .to_owned(),
        help: None,
    }
}
