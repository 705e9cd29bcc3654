//! Values, words of command lines, answers and sums, as people know them from Choria.

use chorister_ir::ddl::{
    Action, Aggregate, Aggregation, ExecAction, ExecOutputs, Extract, Input, InputKind, Output,
    Taken, Validation, ValueType,
};
use chorister_ir::{Argument, Json, List, Pair, ParameterId, Part, Text, Word};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Data, Finished, Summaries, accept, argv, check, complete, extract, parse, request};

fn input(name: &'static str, kind: InputKind) -> Input {
    Input {
        name: Text::Borrowed(name),
        kind,
        optional: true,
        ..Input::DEFAULT
    }
}

fn text(validation: Validation, max_length: u32) -> InputKind {
    InputKind::String {
        validation,
        max_length,
    }
}

fn pattern(text: &'static str) -> Validation {
    Validation::Pattern(Text::Borrowed(text))
}

/// An action with an input of each type.
fn echo() -> Action {
    let choice = ["fast", "slow"].map(Text::Borrowed).to_vec();
    let inputs = vec![
        Input {
            optional: false,
            ..input("msg", text(Validation::ShellSafe, 20))
        },
        Input {
            default: Some(Json::Integer(1)),
            ..input("count", InputKind::Integer)
        },
        input("ratio", InputKind::Float),
        input("num", InputKind::Number),
        input("on", InputKind::Boolean),
        input("mode", InputKind::List(choice.into())),
        input("opts", InputKind::Hash),
        input("tags", InputKind::Array(None)),
        input("ports", InputKind::Array(Some(ValueType::Integer))),
        input("ip", text(Validation::Ipv4Address, 20)),
        input("rx", text(pattern("^[a-z]+$"), 20)),
        input("open", text(pattern("^[a-z]+$"), 0)),
        input("C", text(Validation::Any, 20)),
        input("odd", InputKind::Unknown(Text::Borrowed("thing"))),
    ];
    Action {
        name: Text::Borrowed("echo"),
        inputs: inputs.into(),
        ..Action::DEFAULT
    }
}

fn data(value: Value) -> Data {
    match value {
        Value::Object(data) => data,
        _ => Data::new(),
    }
}

#[track_caller]
fn refused(given: Value, expect: &str) {
    let found = accept(&echo(), data(given)).map_err(|it| it.to_string());
    assert_eq!(found, Err(expect.to_owned()));
}

#[test]
fn a_request_is_held_against_its_action() {
    let accepted = accept(
        &echo(),
        data(
            json!({"process_results": true, "msg": "hi & bye", "count": 2.0, "ratio": 2, "ip": null}),
        ),
    );
    let expect = data(json!({"count": 2, "msg": "hi & bye", "ratio": 2}));
    assert_eq!(accepted, Ok(expect));
    let with_default = accept(&echo(), data(json!({"msg": "x"}))).unwrap();
    assert_eq!(with_default.get("count"), Some(&json!(1)));

    refused(json!({}), "input 'msg' is required");
    refused(
        json!({"msg": "he;llo"}),
        "validation failed for input 'msg': may not contain ';'",
    );
    refused(
        json!({"msg": "x", "ports": [1, "two"]}),
        "validation failed for input 'ports': item 2 is not an integer",
    );
    refused(
        json!({"msg": "x", "odd": 1}),
        "validation failed for input 'odd': unsupported input type 'thing'",
    );
    refused(
        json!({"msg": "x", "foo": 1}),
        "request contains an input 'foo' that is not declared in the DDL. Valid inputs are: C, count, ip, mode, msg, \
         num, odd, on, open, opts, ports, ratio, rx, tags",
    );
    let nothing = Action::DEFAULT;
    let found = accept(&nothing, data(json!({"foo": 1}))).map_err(|it| it.to_string());
    let expect = "request contains inputs while none are declared in the DDL";
    assert_eq!(found, Err(expect.to_owned()));
}

#[test]
fn words_of_a_command_line_become_values() {
    let read = request(
        &echo(),
        [
            ("MSG", "hi"),
            ("c", "x"),
            ("ratio", "2"),
            ("on", "T"),
            ("opts", "{\"a\": 1}"),
        ],
    );
    // `C` is no `c`, and nobody is asked to write it small.
    assert_eq!(
        read.map_err(|it| it.to_string()),
        Err("input 'c' has not been declared".to_owned())
    );
    let read = request(
        &echo(),
        [("MSG", "hi"), ("C", "x"), ("ratio", "2"), ("on", "T")],
    );
    let expect = data(json!({"msg": "hi", "C": "x", "ratio": 2.0, "on": true, "count": 1}));
    assert_eq!(read, Ok(expect));
    let read = request(&echo(), []).map_err(|it| it.to_string());
    assert_eq!(read, Err("input 'msg' is required".to_owned()));
}

#[test]
fn addresses_are_what_go_takes_for_such() {
    let fits = |validation: Validation, address: &str| {
        check(&input("ip", text(validation, 50)), &json!(address)).is_ok()
    };
    assert!(fits(Validation::Ipv4Address, "192.0.2.1"));
    assert!(fits(Validation::Ipv4Address, "::ffff:192.0.2.1"));
    assert!(!fits(Validation::Ipv4Address, "2001:db8::1"));
    assert!(!fits(Validation::Ipv4Address, "192.0.2.01"));
    assert!(fits(Validation::Ipv6Address, "2001:db8::1"));
    assert!(!fits(Validation::Ipv6Address, "::ffff:192.0.2.1"));
    assert!(fits(Validation::IpAddress, "::1"));
    assert!(!fits(Validation::IpAddress, "localhost"));
    assert!(!fits(Validation::IpAddress, "fe80::1%eth0"));
}

#[test]
fn without_a_length_nothing_is_looked_at() {
    let open = input("open", text(pattern("^[a-z]+$"), 0));
    assert!(check(&open, &json!("!!")).is_ok());
    let broken = input("broken", text(pattern("["), 9));
    let found = check(&broken, &json!("x")).map_err(|it| it.to_string());
    assert_eq!(found, Err("invalid regex '['".to_owned()));
}

fn aggregate(
    output: &'static str,
    function: Aggregation,
    format: Option<&'static str>,
) -> Aggregate {
    Aggregate {
        output: Text::Borrowed(output),
        function,
        format: format.map(Text::Borrowed),
        labels: List::EMPTY,
    }
}

fn output(name: &'static str, kind: ValueType) -> Output {
    Output {
        name: Text::Borrowed(name),
        display_as: Text::Borrowed(name),
        kind: Some(kind),
        ..Output::DEFAULT
    }
}

#[test]
fn replies_are_summed_up() {
    let labels = vec![
        Pair {
            key: Text::Borrowed("true"),
            value: Text::Borrowed("Yes"),
        },
        Pair {
            key: Text::Borrowed("false"),
            value: Text::Borrowed("No"),
        },
    ];
    let action = Action {
        outputs: vec![output("even", ValueType::Boolean)].into(),
        aggregates: vec![
            aggregate("value", Aggregation::Average, None),
            aggregate("value", Aggregation::Summary, None),
            aggregate("message", Aggregation::Summary, Some("%s on %d nodes")),
            aggregate("size", Aggregation::Average, Some("Average size: %.2f")),
            aggregate("load", Aggregation::Average, None),
            aggregate("pace", Aggregation::Average, Some("Average: %d")),
            aggregate("none", Aggregation::Average, None),
            aggregate(
                "odd",
                Aggregation::Unknown(Text::Borrowed("histogram")),
                None,
            ),
            Aggregate {
                labels: labels.into(),
                ..aggregate("even", Aggregation::BooleanSummary, None)
            },
        ]
        .into(),
        ..Action::DEFAULT
    };
    let mut sums = Summaries::of(&action);
    for (value, even) in [
        (json!("mt"), true),
        (json!("de"), false),
        (json!("de"), true),
    ] {
        sums.add(&data(json!({
            "value": value, "message": "hello", "size": 5, "load": 0.5, "pace": 2, "even": even, "odd": 1
        })));
    }
    sums.add(&data(json!({"value": ["a", 1], "load": "high"})));
    let lines: Vec<_> = sums
        .iter()
        .map(|it| (it.title.clone(), it.lines()))
        .collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|(title, it)| format!("{title}: {}", it.join("|")))
        .collect();
    assert_eq!(
        lines,
        [
            "even: Yes: 2| No: 1",
            "load: Average: 0.500",
            "message: hello on 3 nodes",
            "none: ",
            "pace: Average: 2",
            "size: Average size: 5.00",
            "value:      de: 2|[\"a\",1]: 1|     mt: 1",
        ]
    );
    let expect = json!({
        "even": {"No": 1, "Yes": 2}, "load": {"average": 0.5}, "message": {"hello": 3}, "pace": {"average": 2},
        "size": {"average": 5}, "value": {"[\"a\",1]": 1, "de": 2, "mt": 1},
    });
    assert_eq!(Value::Object(sums.to_json()), expect);
}

#[test]
fn a_chart_is_drawn_as_far_as_there_is_something() {
    let action = Action {
        aggregates: vec![aggregate("load", Aggregation::Chart, None)].into(),
        ..Action::DEFAULT
    };
    let drawn = |numbers: &[i32]| {
        let mut sums = Summaries::of(&action);
        numbers
            .iter()
            .for_each(|it| sums.add(&data(json!({"load": it}))));
        sums.iter().next().unwrap().lines()
    };
    assert_eq!(drawn(&[]), Vec::<String>::new());
    assert_eq!(drawn(&[5, 5, 5]), [format!(" 5.00 ┼{}", "─".repeat(59))]);
    let slope = drawn(&[0, 10]);
    assert_eq!(slope.len(), 16);
    assert!(slope.first().unwrap().starts_with(" 10.00 ┤"), "{slope:#?}");
    assert!(
        slope.last().unwrap().starts_with("  0.00 ┼─╯"),
        "{slope:#?}"
    );
}

/// `df --output=pcent PATH`, where the path and an option may be left out.
fn df(outputs: ExecOutputs) -> (Action, ExecAction) {
    let word = |text: &'static str| Word(vec![Part::Text(Text::Borrowed(text))].into());
    let of = |at| Word(vec![Part::Parameter(ParameterId(at))].into());
    let arguments = vec![
        Argument(vec![word("/usr/bin/df")].into()),
        Argument(vec![word("-t"), of(0)].into()),
        Argument(vec![of(1)].into()),
    ];
    let action = Action {
        inputs: vec![
            input("type", text(Validation::Any, 9)),
            input("paths", InputKind::Array(None)),
        ]
        .into(),
        outputs: vec![
            output("used", ValueType::Integer),
            Output {
                default: Some(Json::Boolean(false)),
                ..output("full", ValueType::Boolean)
            },
        ]
        .into(),
        ..Action::DEFAULT
    };
    let exec = ExecAction {
        arguments: arguments.into(),
        environment: List::EMPTY,
        success: List::Static(&[0, 1]),
        outputs,
    };
    (action, exec)
}

#[test]
fn words_without_a_value_are_left_out_of_a_command() {
    let (action, exec) = df(ExecOutputs::Object);
    let words = |given| argv(&action, &exec.arguments, &exec.environment, &data(given)).arguments;
    assert_eq!(words(json!({})), ["/usr/bin/df"]);
    assert_eq!(
        words(json!({"type": "ext4; rm", "paths": ["/", "/var"]})),
        ["/usr/bin/df", "-t", "ext4; rm", "/", "/var"]
    );
}

#[test]
fn outputs_are_taken_from_what_a_command_prints() {
    let printed = |exit_code, stdout: &str| Finished {
        exit_code: Some(exit_code),
        stdout: stdout.to_owned(),
        stderr: "df: no such file\n".to_owned(),
    };
    let from = |from| {
        ExecOutputs::Each(
            vec![Taken {
                output: Text::Borrowed("used"),
                from,
            }]
            .into(),
        )
    };
    #[track_caller]
    fn gives(outputs: ExecOutputs, of: &Finished, expect: Result<Value, &str>) {
        let (action, exec) = df(outputs);
        let found = extract(&action, &exec, of).map(|mut data| {
            complete(&action, &mut data);
            Value::Object(data)
        });
        assert_eq!(
            found.map_err(|it| it.message),
            expect.map_err(str::to_owned)
        );
    }
    let seven = || Ok(json!({"used": 7, "full": false}));
    gives(from(Extract::Line(2)), &printed(0, "Use\n 7 \n"), seven());
    gives(from(Extract::Line(-1)), &printed(1, "Use\n 7 \n"), seven());
    gives(
        from(Extract::Match(Text::Borrowed(r"(\d+)%"))),
        &printed(0, "about 7% used"),
        seven(),
    );
    gives(
        from(Extract::Json(Text::Borrowed("a.0.b"))),
        &printed(0, r#"{"a": [{"b": 7.0}]}"#),
        seven(),
    );
    gives(
        from(Extract::ExitCode),
        &printed(1, ""),
        Ok(json!({"used": 1, "full": false})),
    );
    gives(
        ExecOutputs::Object,
        &printed(0, r#"{"used": 7, "more": 1}"#),
        seven(),
    );
    gives(
        ExecOutputs::Object,
        &printed(0, r#"{"used": "7"}"#),
        Err("The command printed 'used', which is of the wrong type"),
    );
    gives(
        ExecOutputs::Object,
        &printed(0, "[]"),
        Err("The command did not print a JSON object"),
    );
    gives(
        from(Extract::Line(3)),
        &printed(0, "Use\n"),
        Err("Could not find 'used' in what the command printed"),
    );
    gives(
        from(Extract::Stdout),
        &printed(2, "7"),
        Err("The command failed with exit code 2: df: no such file"),
    );
}

proptest! {
    #[test]
    fn whatever_a_word_is_read_as_is_a_value_that_is_accepted(at in 0_usize..13, word in "\\PC{0,24}") {
        let action = echo();
        let input = &action.inputs[at];
        if let Ok(value) = parse(input, &word) {
            let mut given = data(json!({"msg": "x"}));
            given.insert(input.name.to_string(), value);
            prop_assert!(accept(&action, given).is_ok());
        }
    }

    #[test]
    fn nothing_that_is_accepted_has_undeclared_names(names in prop::collection::vec("[a-z]{1,4}", 0..4)) {
        let mut given: Data = names.iter().map(|it| (it.clone(), json!(1))).collect();
        given.insert("msg".to_owned(), json!("x"));
        if let Ok(accepted) = accept(&echo(), given) {
            prop_assert!(accepted.keys().all(|it| echo().input(it).is_some()));
        }
    }
}
