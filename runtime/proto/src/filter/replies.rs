//! Which replies somebody wants to see.

use chorister_lang::expr::{Environment, EvalError, Host, Program, Signature, Type};
use jiff::Timestamp;
use serde_json::Value;

use super::functions;
use crate::body::{Reply, Status};

/// Which replies somebody wants to see: an expression over one of them, as in `ok() && data("value") == "de"`.
#[derive(Clone, Debug)]
pub struct ReplyFilter(Program);

/// Functions that say of what status a reply is.
const STATUSES: [(&str, Status); 6] = [
    ("ok", Status::Ok),
    ("aborted", Status::Aborted),
    ("unknown_action", Status::UnknownAction),
    ("missing_data", Status::MissingData),
    ("invalid_data", Status::InvalidData),
    ("unknown_error", Status::UnknownError),
];

// === impl ReplyFilter ===

impl ReplyFilter {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(text: &str) -> Result<Self, String> {
        let program = Program::compile(text, &environment());
        program.map(Self).map_err(|errors| {
            let first = errors.first().map(ToString::to_string);
            first.unwrap_or_else(|| "it is no expression".to_owned())
        })
    }

    /// Whether it is true of a reply that a node made at some time. What cannot be said is not true.
    #[must_use]
    pub fn shows(&self, reply: &Reply, sender: &str, time: Timestamp) -> bool {
        let host = ReplyHost {
            reply,
            sender,
            time,
            message: Value::from(reply.message.as_str()),
            code: Value::from(reply.status.code()),
        };
        self.0.is_true_for(&host).unwrap_or(false)
    }
}

/// What such expressions may read and call.
fn environment() -> Environment {
    let of = |parameters: &[Type], result| Signature {
        parameters: parameters.to_vec(),
        result,
    };
    let others = [
        ("data", of(&[Type::String], Type::Any)),
        ("include", of(&[Type::Any, Type::Any], Type::Bool)),
        ("semver", of(&[Type::String, Type::String], Type::Bool)),
        ("sender", of(&[], Type::String)),
        ("time", of(&[], Type::Int)),
    ];
    let statuses = STATUSES.map(|(name, _)| (name, of(&[], Type::Bool)));
    let functions = statuses.into_iter().chain(others);
    Environment {
        variables: [("msg", Type::String), ("code", Type::Int)]
            .map(|(name, ty)| (name.to_owned(), ty))
            .into(),
        functions: functions
            .map(|(name, signature)| (name.to_owned(), signature))
            .collect(),
        expects_bool: true,
        undefined_is_nil: false,
    }
}

struct ReplyHost<'a> {
    reply: &'a Reply,
    sender: &'a str,
    time: Timestamp,
    message: Value,
    code: Value,
}

impl Host for ReplyHost<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        match name {
            "msg" => Some(&self.message),
            "code" => Some(&self.code),
            _ => None,
        }
    }

    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, EvalError> {
        if let Some((_, status)) = STATUSES.iter().find(|(name, _)| *name == function) {
            return Ok((self.reply.status == *status).into());
        }
        if let Some(answer) = functions::call(function, arguments) {
            return answer;
        }
        match (function, arguments) {
            ("data", [Value::String(path)]) => Ok(functions::look_up(&self.reply.data, path)),
            ("sender", []) => Ok(self.sender.into()),
            ("time", []) => Ok(self.time.as_second().into()),
            _ => Err(functions::misused(function)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shows(text: &str) -> bool {
        let reply = Reply::ok(
            "get",
            json!({ "value": "de", "count": 3, "tags": ["a", 2], "version": "1.4.2" }),
        );
        let filter = ReplyFilter::compile(text).expect(text);
        filter.shows(&reply, "n1.example.net", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn replies_are_chosen_by_what_they_say() {
        assert!(shows(r#"ok() && data("value") == "de""#));
        assert!(shows(
            r#"code == 0 && msg == "OK" && sender() endsWith ".net""#
        ));
        assert!(shows(r#"data("count") > 2 && include(data("tags"), 2)"#));
        assert!(shows(r#"semver(data("version"), ">= 1.4") && time() == 0"#));
        assert!(!shows("aborted() || unknown_error()"));
        assert!(!shows(r#"data("nothing") == "de""#));
    }

    #[test]
    fn what_cannot_be_said_is_not_true() {
        assert!(!shows(r#"semver("x", "y")"#));
        assert!(!shows(r#"data("value") > 3"#));
    }

    #[test]
    fn mistakes_are_told_before_anybody_is_asked() {
        for wrong in ["ok(", "okay()", "code", "1 + 1"] {
            assert!(ReplyFilter::compile(wrong).is_err(), "{wrong}");
        }
    }
}
