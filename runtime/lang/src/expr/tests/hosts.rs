//! Names and functions that are not those of a machine.

use serde_json::{Value, json};

use crate::expr::{Environment, EvalError, Host, Program, Signature, Type};

struct Doubling {
    list: Value,
}

impl Host for Doubling {
    fn variable(&self, name: &str) -> Option<&Value> {
        (name == "list").then_some(&self.list)
    }

    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, EvalError> {
        match (function, arguments) {
            ("double", [Value::Number(number)]) => {
                Ok(json!(number.as_f64().unwrap_or_default() * 2.0))
            }
            _ => Err(EvalError::new("only numbers can be doubled")),
        }
    }
}

#[track_caller]
fn check(source: &str, expected: &Result<bool, &str>) {
    let double = Signature {
        parameters: vec![Type::Any],
        result: Type::Any,
    };
    let environment = Environment {
        variables: [("list".to_owned(), Type::List(Box::new(Type::Any)))].into(),
        functions: [("double".to_owned(), double)].into(),
        expects_bool: true,
        undefined_is_nil: true,
    };
    let host = Doubling {
        list: json!([1, "a"]),
    };
    let found = Program::compile(source, &environment)
        .unwrap()
        .is_true_for(&host)
        .map_err(|error| error.message);
    assert_eq!(
        found.as_ref().map_err(String::as_str),
        expected.as_ref().map_err(|it| *it),
        "{source}"
    );
}

#[test]
fn hosts_give_names_and_functions() {
    check("double(list[0]) == 2", &Ok(true));
    check("any(list, {double(1) == 2 and # == \"a\"})", &Ok(true));
    check("data == nil and identity == nil", &Ok(true));
    check("double(list[1]) == 2", &Err("only numbers can be doubled"));
}
