//! What the compiler refuses, and what it underlines.

use std::collections::BTreeMap;

use crate::expr::{Compiled, Environment, Scope, Signature, Type, compile};

/// A watcher's environment in which the types of some paths are declared.
fn declared() -> Environment {
    let mut environment = Environment::watcher();
    let map = |fields: &[(&str, Type)]| {
        Type::Map(
            fields
                .iter()
                .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
                .collect(),
        )
    };
    let os = map(&[("family", Type::String)]);
    let list = Type::List(Box::new(Type::Int));
    let data = map(&[("used", Type::Float), ("count", Type::Int), ("list", list)]);
    environment
        .variables
        .insert("facts".to_owned(), map(&[("os", os)]));
    environment.variables.insert("data".to_owned(), data);
    let wide = Signature {
        parameters: vec![Type::String, Type::Float],
        result: Type::Int,
    };
    environment.functions.insert("level".to_owned(), wide);
    environment
}

/// The findings, each as the text, the place underlined, the message, and the help after a colon.
fn findings(source: &str, environment: &Environment) -> String {
    let Err(errors) = compile(source, environment) else {
        return "fine".to_owned();
    };
    let mut lines = vec![source.to_owned()];
    for error in errors {
        let before = source[..error.span.start].chars().count();
        let marked = source[error.span.clone()].chars().count().max(1);
        let help = error
            .help
            .map(|help| format!(": {help}"))
            .unwrap_or_default();
        lines.push(format!(
            "{}{} {}{help}",
            " ".repeat(before),
            "^".repeat(marked),
            error.message
        ));
    }
    lines.join("\n")
}

/// Compares the findings of the expressions, which are set apart by empty lines.
#[track_caller]
fn check(expected: &str) {
    let environment = declared();
    let sources = expected
        .trim()
        .split("\n\n")
        .filter_map(|block| block.lines().next());
    let found: Vec<_> = sources
        .map(|source| findings(source, &environment))
        .collect();
    assert_eq!(found.join("\n\n"), expected.trim());
}

#[test]
fn unknown_names_come_with_a_suggestion() {
    check(
        r#"
dta.x > 1
^^^ unknown name `dta`: did you mean `data`?

fact.os == nil
^^^^ unknown name `fact`: did you mean `facts`?

data.x > limit
         ^^^^^ unknown name `limit`: known names are `data`, `facts` and `identity`

lenn(data.x) > 1
^^^^ unknown function `lenn`: did you mean `len`?

Len(data.x) == 1
^^^ unknown function `Len`: did you mean `len`?

length == 1
^^^^^^ unknown name `length`: known names are `data`, `facts` and `identity`

filter(data.x, itm > 1) == nil
               ^^^ unknown name `itm`: known names are `data`, `facts` and `identity`

let used = 1; usd > 1
              ^^^ unknown name `usd`: did you mean `used`?
"#,
    );
}

#[test]
fn every_finding_is_reported() {
    check(
        r#"
dta.x > 1 and fcts.y < 2 and upper(1) == 2
^^^ unknown name `dta`: did you mean `data`?
              ^^^^ unknown name `fcts`: did you mean `facts`?
                             ^^^^^^^^^^^^^ a string and an int are never equal: turn text into a number with `int(…)` or `float(…)`
                                   ^ the argument of `upper` is an int, but must be a string
"#,
    );
}

#[test]
fn operands_that_can_only_fail() {
    check(
        r#"
"a" < 1
^^^^^^^ `<` cannot be used with a string and an int: turn text into a number with `int(…)` or `float(…)`

identity > 5
^^^^^^^^^^^^ `>` cannot be used with a string and an int: turn text into a number with `int(…)` or `float(…)`

data.used < "80"
^^^^^^^^^^^^^^^^ `<` cannot be used with a float and a string: turn text into a number with `int(…)` or `float(…)`

data.used + "%" == identity
^^^^^^^^^^^^^^^ `+` cannot be used with a float and a string: turn the other operand into text with `string(…)`

not 1 in [1, 2]
^^^^^^^^^^^^^^^ `in` cannot be used with a bool and a list: write `x not in y`, or `not (x in y)`
    ^ the operand of `not` is an int, but must be a bool

"x" in identity
^^^^^^^^^^^^^^^ `in` cannot be used with a string and a string: use `contains` with the operands swapped

1 - identity > 0
^^^^^^^^^^^^ `-` cannot be used with an int and a string: turn text into a number with `int(…)` or `float(…)`

identity and true
^^^^^^^^ an operand of `and` is a string, but must be a bool

identity contains 1
^^^^^^^^^^^^^^^^^^^ `contains` cannot be used with a string and an int: turn text into a number with `int(…)` or `float(…)`

-identity == 1
 ^^^^^^^^ the operand of `-` is a string, but must be a number

data.used % 2 == 0
^^^^^^^^^^^^^ `%` cannot be used with a float and an int: turn numbers into integers with `int(…)`

1.5..data.count == nil
^^^^^^^^^^^^^^^ `..` cannot be used with a float and an int: turn numbers into integers with `int(…)`

true < false
^^^^^^^^^^^^ `<` cannot be used with a bool and a bool

[1] + [2] == nil
^^^^^^^^^ `+` cannot be used with a list and a list

data.x + [1] == nil
^^^^^^^^^^^^ `+` cannot be used with a list

7 % 0 == 1
    ^ nothing has a remainder when divided by zero

1 < data.count < identity
    ^^^^^^^^^^^^^^^^^^^^^ `<` cannot be used with an int and a string: turn text into a number with `int(…)` or `float(…)`

identity == 1
^^^^^^^^^^^^^ a string and an int are never equal: turn text into a number with `int(…)` or `float(…)`

identity in [1, 2]
^^^^^^^^^^^^^^^^^^ `in` cannot be used with a string and a list

1 in data
^^^^^^^^^ `in` cannot be used with an int and a map
"#,
    );
}

#[test]
fn members_of_what_has_none() {
    check(
        r#"
identity.name == nil
         ^^^^ a string has no member `name`

data.used.percent > 1
          ^^^^^^^ a float has no member `percent`

data.list.first > 1
          ^^^^^ a list has no member `first`

data.list[0].x == 1
             ^ an int has no member `x`

data.list["a"] == 1
          ^^^ a list has no member `a`

data.count[0] == 1
^^^^^^^^^^ an int cannot be indexed

identity[0:1][0] == 1
^^^^^^^^^^^^^ a string cannot be indexed

data.used[1:] == nil
^^^^^^^^^ a float has no parts; only a list or a string has

data.list[1.5:] == nil
          ^^^ the bound is a float, but must be an int

identity.length() > 1
         ^^^^^^ values have no methods, so there is no `length` to call: a function is called as `length(value)` or `value | length()`

data[1] == 1
     ^ a map cannot be indexed with an int
"#,
    );
}

#[test]
fn functions_with_other_arguments() {
    check(
        r#"
len() > 0
^^^^^ `len` takes 1 argument, not 0

len(1) > 0
    ^ the argument of `len` is an int, but must be a list, a map or a string

upper(identity, "x") == "X"
^^^^^^^^^^^^^^^^^^^^ `upper` takes 1 argument, not 2

get_fact() == 1
^^^^^^^^^^ `get_fact` takes 1 argument, not 0

get_fact(1) == 1
         ^ the argument of `get_fact` is an int, but must be a string

level(identity) > 1
^^^^^^^^^^^^^^^ `level` takes 2 arguments, not 1

level(identity, "x") > 1
                ^^^ the argument of `level` is a string, but must be a float

len == 1
^^^ `len` is a function, not a value: call it: `len(…)`

data(1) == 1
^^^^ `data` is a value, not a function

max("a") == 1
    ^^^ the argument of `max` is a string, but must be numbers or lists of numbers

sort(data.list, "down") == nil
                ^^^^^^ an order is "asc" or "desc"

sum(data.list, .x) > 1
                ^ an int has no member `x`

any(data.list, # + 1)
               ^^^^^ the predicate of `any` is an int, but must be a bool

filter(identity, true) == nil
       ^^^^^^^^ the argument of `filter` is a string, but must be a list

map(data.list) == nil
^^^^^^^^^^^^^^ `map` takes 2 arguments, not 1

concat() == nil
^^^^^^^^ `concat` takes 1 or more arguments, not 0
"#,
    );
}

#[test]
fn functions_that_are_none_of_ours() {
    check(
        r#"
now() > data.t
^^^ `now` is not available: expressions cannot read a clock: they depend on data and facts only

date("2026-01-01") == nil
^^^^ `date` is not available: expressions cannot read a clock: they depend on data and facts only

duration("1h") == 1
^^^^^^^^ `duration` is not available: expressions cannot read a clock: they depend on data and facts only

bitand(data.count, 1) == 1
^^^^^^ `bitand` is not available: expressions cannot work with bits
"#,
    );
}

#[test]
fn predicates_and_their_names() {
    check(
        r#"
# > 1
^ expected a value, found `#`: `#` is the item inside predicates, as in `filter(list, # > 1)`

.x == 1
^ expected a value, found `.`

filter(data.list, #index > 1) == nil
                  ^^^^^^ `#index` has no meaning here: a member of the item is `#.name`, or `.name` for short

map(data.list, #acc) == nil
               ^^^^ `#acc` has no meaning here: `map` has `#` and `#index`

reduce(data.list, #sum) == 1
                  ^^^^ `#sum` has no meaning here: `reduce` has `#`, `#index` and `#acc`
"#,
    );
}

#[test]
fn names_that_are_taken() {
    check(
        r#"
let data = 1; true
    ^^^^ `data` has a meaning already

let len = 1; true
    ^^^ `len` has a meaning already

let x = 1; let x = 2; true
               ^ `x` has a meaning already
"#,
    );
}

#[test]
fn results_that_are_not_boolean() {
    check(
        r#"
data.used
^^^^^^^^^ this is a float, but a boolean is needed: compare it with something, as in `… > 0`

data.count + 1
^^^^^^^^^^^^^^ this is an int, but a boolean is needed: compare it with something, as in `… > 0`

identity
^^^^^^^^ this is a string, but a boolean is needed: compare it with something, as in `… == "x"`

data.list
^^^^^^^^^ this is a list, but a boolean is needed: ask for its length, as in `len(…) > 0`

nil
^^^ this is nil, but a boolean is needed

{a: 1}
^^^^^^ this is a map, but a boolean is needed

data.count > 1 ? 1 : 2
^^^^^^^^^^^^^^^^^^^^^^ this is an int, but a boolean is needed: compare it with something, as in `… > 0`
"#,
    );
}

#[test]
fn regular_expressions() {
    check(
        r#"
identity matches "("
                 ^^^ this is not a regular expression: found open group without closing ')'

identity matches "[a-"
                 ^^^^^ this is not a regular expression: non-empty character class has no closing bracket after dash

identity matches '^node\d+'
                       ^^ this escape sequence is not known: write `\\` for a backslash, or put the text between backticks

identity matches "a{100000}{100000}"
                 ^^^^^^^^^^^^^^^^^^^ this is not a regular expression: compiled regex exceeded size limit
"#,
    );
}

#[test]
fn syntax() {
    check(
        r#"
data.used >
           ^ expected a value, the text ends here

data.used > 80 &&
                 ^ expected a value, the text ends here

(data.used > 80
               ^ expected `)` to close the parenthesis, the text ends here

data.used = 80
          ^ expected an operator or the end, found `=`: two values are compared with `==`

data.used > 80)
              ^ expected an operator or the end, found `)`

data.used 80
          ^^ expected an operator or the end, found a number

data.[0] == 1
     ^ expected a name after the dot, found `[`

[1, 2
     ^ expected `]` to close the list, the text ends here

{a 1}
   ^ expected `:` after the key, found a number

{a: 1
     ^ expected `}` to close the map, the text ends here

if true { true }
                ^ expected `else`, the text ends here

true ? false
            ^ expected `:` between the two values of `? :`, the text ends here

let = 1; true
    ^ expected a name after `let`, found `=`

1 not 2
      ^ expected `in`, `matches`, `contains`, `startsWith` or `endsWith` after `not`, found a number

true and
        ^ expected a value, the text ends here

data.x ?? 1 > 0
            ^ `>` and `??` cannot be mixed without parentheses: write `(a ?? b)` for the value with its default

"héllo" == 'x
           ^^ this quoted text is not closed

data.used > 80 @ 1
               ^ unexpected character `@`

all(data.list, # > 1; # < 2)
                    ^ expected the end of the predicate, found `;`: put several expressions in braces: `{ a; b }`

/* open
^^^^^^^ this comment is not closed
"#,
    );
}

#[test]
fn what_may_work_is_fine() {
    for source in [
        "all(data.list, let x = #; x > 1)",
        "get_fact(identity) ?? 1",
        "data.used < 80",
        r#"data.used >= 90 and identity != """#,
        "data.count == 1.0",
        r#"facts.os.family in ["Debian", "RedHat"]"#,
        "facts.os.familly == 1",
        "data.anything.goes > 1",
        r#"get_fact("a").b > 1"#,
        "data.flag",
        "not data.flag",
        r#"data.x == "a" or data.x == 1"#,
        "any(data.list, # > 1)",
        "len(data.list) > 0",
        "level(identity, 1) > 2",
        "level(identity, 1.5) > 2",
        "(data.used ?? 0) < 80",
        "data?.used < 1",
        "data.used != nil",
        r#"get_fact("x") ?? false"#,
        "data.count > 0 ? data.flag : false",
        "let used = data.used; used < 80",
        "all(data.list, {let x = #; x > 1})",
        r#"facts.nics | filter(# startsWith "eth") | len() > 1"#,
        "1 < data.count < 10",
        r#"identity | split(".") | first() == "node1""#,
    ] {
        assert_eq!(findings(source, &declared()), "fine", "{source}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let refused = |source: &str, message: &str| {
        let errors = compile(source, &declared()).expect_err(message);
        assert!(
            errors.iter().any(|error| error.message.contains(message)),
            "{errors:?}"
        );
    };
    refused(&"(".repeat(1000), "nested too deeply");
    refused(&"!".repeat(1000), "nested too deeply");
    refused(&format!("true{}", " and true".repeat(200)), "too large");
    refused(&format!("data{}", ".x".repeat(500)), "too large");
    refused(&format!("[{}] == nil", "1,".repeat(10_000)), "too large");
    refused(&" ".repeat(70_000), "longer than");
    let doubled = (0..40).fold("true".to_owned(), |inner, _| format!("({inner}) ?: false"));
    let Compiled { program, .. } = compile(&doubled, &declared()).unwrap();
    assert!(format!("{program:?}").len() < 100_000);
}

#[test]
fn what_is_just_small_enough_is_evaluated() {
    let nested = |open: &str, inside: &str, close: &str, times: usize| {
        format!("{}{inside}{}", open.repeat(times), close.repeat(times))
    };
    for source in [
        nested("(", "true", ")", 100),
        nested("not ", "true", "", 100),
        nested("[", "1", "]", 120) + " != nil",
        nested("{a: ", "1", "}", 120) + " != nil",
        nested("all([1], ", "true", ")", 100),
        nested("let x = ", "1", "; true", 1),
        nested("true ? ", "true", " : true", 100),
        format!("true{}", " and true".repeat(120)),
        format!("1{} > 0", " + 1".repeat(120)),
    ] {
        let program = compile(&source, &Environment::watcher()).unwrap().program;
        let (data, facts) = Default::default();
        let scope = Scope {
            data: &data,
            facts: &facts,
            identity: "",
        };
        assert_eq!(program.is_true(&scope), Ok(true), "{source}");
    }
}

#[test]
fn environments_may_have_other_names() {
    let environment = Environment {
        variables: BTreeMap::from([("classes".to_owned(), Type::List(Box::new(Type::String)))]),
        functions: BTreeMap::from([(
            "with".to_owned(),
            Signature {
                parameters: vec![Type::String],
                result: Type::Bool,
            },
        )]),
        expects_bool: true,
        undefined_is_nil: false,
    };
    assert_eq!(
        findings(r#"with("x") and "a" in classes"#, &environment),
        "fine"
    );
    assert_eq!(findings("1 in classes", &environment).lines().count(), 2);
    assert_eq!(findings("data.x > 1", &environment).lines().count(), 2);
    let environment = Environment {
        undefined_is_nil: true,
        ..environment
    };
    assert_eq!(findings("nothing == nil", &environment), "fine");
    assert_ne!(findings("nothing()", &environment), "fine");
}
