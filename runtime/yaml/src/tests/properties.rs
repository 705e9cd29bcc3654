use proptest::prelude::*;
use serde_json::{Map, Value as Json};

use super::*;
use crate::{Position, Scalar, Span, to_json};

/// Checks what holds for every source and result: places are those that counting gives, parents cover their
/// children, and the text of a bare scalar of one line is what the source has there.
pub(super) fn check_spans(source: &[u8], parsed: &Parsed) {
    let Ok(text) = core::str::from_utf8(source) else {
        return;
    };
    let source = Counted::new(text);
    for error in &parsed.errors {
        source.check(error.span);
        if let Some((span, _)) = &error.related {
            source.check(*span);
        }
    }
    if let Some(root) = &parsed.root {
        source.check_node(root);
    }
}

/// A source and the place of every byte of it.
struct Counted<'s> {
    text: &'s str,
    places: Vec<Position>,
}

impl<'s> Counted<'s> {
    fn new(text: &'s str) -> Self {
        let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut place = Position {
            offset: mark,
            ..Position::START
        };
        let mut places = vec![place; mark as usize];
        let mut chars = text[mark as usize..].chars().peekable();
        while let Some(char) = chars.next() {
            places.extend(std::iter::repeat_n(place, char.len_utf8()));
            place.offset += char.len_utf8() as u32;
            place.column += 1;
            if char == '\n' || char == '\r' && chars.peek() != Some(&'\n') {
                place = Position {
                    offset: place.offset,
                    line: place.line + 1,
                    column: 1,
                };
            }
        }
        places.push(place);
        Self { text, places }
    }

    fn check(&self, span: Span) {
        assert!(span.slice(self.text).is_some(), "{span:?}");
        assert!(span.start <= span.end, "{span:?}");
        for place in [span.start, span.end] {
            assert_eq!(place, self.places[place.offset as usize]);
        }
    }

    fn check_node(&self, node: &Node) {
        self.check(node.span);
        let covers = |child: Span| {
            let (outer, inner) = (node.span.range(), child.range());
            let is_elsewhere = node.alias_of.is_some();
            assert!(is_elsewhere || (outer.start <= inner.start && inner.end <= outer.end));
        };
        if let Some(scalar) = node.as_scalar() {
            self.check_scalar(node, scalar);
        }
        for item in node.items() {
            covers(item.span);
            self.check_node(item);
        }
        for entry in node.entries() {
            self.check(entry.key.span);
            if !matches!(entry.merge, Merge::From(_)) {
                covers(entry.key.span);
                covers(entry.value.span);
            }
            self.check_node(&entry.value);
        }
    }

    fn check_scalar(&self, node: &Node, scalar: &Scalar) {
        let written = node.span.slice(self.text).expect("a span of the source");
        let is_bare = node.alias_of.is_none() && scalar.style == Style::Plain;
        if is_bare && !written.contains(['\n', '\r']) {
            // An alias that is wrong stands for nothing.
            assert!(scalar.text == written || written.starts_with('*'));
        }
        for (at, char) in scalar.text.char_indices().take(50) {
            self.check(node.locate(at..at + char.len_utf8()));
        }
        self.check(node.locate(0..scalar.text.len()));
    }
}

fn check_bytes(source: &[u8]) {
    for format in [Format::Yaml, Format::Json] {
        for limits in [
            Limits::SPEC,
            Limits {
                depth: 4,
                nodes: 20,
                text: 40,
                ..Limits::LOADED
            },
        ] {
            let parsed = parse(source, format, &limits);
            check_spans(source, &parsed);
            let mut count = (0, 0);
            if let Some(root) = &parsed.root {
                weigh(root, 0, &limits, &mut count);
                let _ = to_json(root);
            }
            assert!(count.0 <= limits.nodes && count.1 <= limits.text);
        }
    }
}

/// Counts keys and values, and bytes of text.
fn weigh(node: &Node, depth: usize, limits: &Limits, count: &mut (usize, usize)) {
    count.0 += 1;
    let is_scalar = node.as_scalar().is_some();
    assert!(is_scalar || depth < limits.depth);
    count.1 += node.text().map_or(0, str::len);
    for item in node.items() {
        weigh(item, depth + 1, limits, count);
    }
    for entry in node.entries() {
        count.0 += 1;
        count.1 += entry.key.text.len();
        weigh(&entry.value, depth + 1, limits, count);
    }
}

/// Pieces of YAML in any order: likelier to get past the first line than arbitrary text.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b:", "c: ", "- ", "  ", "\n", "\n  ", "\n ", "\r\n", "\t", "[", "]", "{", "}", ", ",
        ": ", "? ", "'", "\"", "''", "\\n", "\\u00e9", "\\", "|", ">", "|-\n", ">+\n", "#", " # c",
        "&x ", "*x", "*x ", "<<: ", "!!str ", "!y ", "---\n", "...\n", "%", "@", "`", "é", "日本",
        "😀", "{{ x }}", "1.10", "012", "~", "true", "\u{85}", "\u{2028}", "\u{7}", "0", "x y",
        "\r",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

const MACHINE: &str = r#"# lamp
name: lamp
version: "1.0.0"
initial_state: 'OFF'
transitions:
  - name: turn_on
    from: [OFF, "ON"]
    destination: ON
  - {name: turn_off, from: [ON], destination: OFF}
defaults: &defaults
  timeout: 10s
  environment:
  - A='it''s'
  - "B=\u00e9\t"
watchers:
  - name: dusk
    type: exec
    state_match: [OFF]
    properties:
      <<: *defaults
      command: >-
        /bin/is-dark {{ lookup "data.lamp" "x" }}
        --verbose

        --more
      text: |
        é
          two

"#;

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        // The writer of YAML takes these for line ends, as YAML 1.1 did.
        any::<String>()
            .prop_map(|text| Json::String(text.replace(['\u{85}', '\u{2028}', '\u{2029}'], ""))),
        "[a-z0-9 :#\\-\\n'\"\\[{|>~.é\t]{0,12}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::btree_map("[a-zé \n\"\\\\.]{0,6}", inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Whether two values are the same; floats lose no more than their last digit in YAML.
fn is_same(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Array(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Json::Object(ours), Json::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| ours.0 == theirs.0 && is_same(ours.1, theirs.1))
        }
        (Json::Number(ours), Json::Number(theirs)) => {
            // Neither serde_json nor every writer is exact to the last digit.
            ours == theirs || ours.as_f64().zip(theirs.as_f64()).is_some_and(is_close)
        }
        _ => ours == theirs,
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(source: Vec<u8>) {
        check_bytes(&source);
    }

    #[test]
    fn arbitrary_text_never_panics(source: String) {
        check_bytes(source.as_bytes());
    }

    #[test]
    fn pieces_of_yaml_never_panic(source in pieces()) {
        check_bytes(source.as_bytes());
        check_bytes(format!("\u{feff}{source}").as_bytes());
    }

    #[test]
    fn edited_machines_never_panic(edits in prop::collection::vec((0..MACHINE.len(), 0..20usize, pieces()), 1..4)) {
        let mut source = MACHINE.to_owned();
        for (at, length, piece) in edits {
            let start = source.floor_char_boundary(at);
            let end = source.floor_char_boundary(start + length);
            source.replace_range(start..end, &piece);
        }
        check_bytes(source.as_bytes());
    }

    #[test]
    fn bytes_that_are_not_utf8_have_a_place(before in "[a-zé\\n]{0,20}", after: Vec<u8>) {
        let source = [before.as_bytes(), &[0xff], &after].concat();
        let errors = parse(&source, Format::Yaml, &Limits::SPEC).errors;
        prop_assert_eq!(errors[0].span.start, Position::START.after(&before));
    }

    #[test]
    fn json_is_what_serde_json_says(value in json_value(), pretty: bool) {
        let source = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let source = source.expect("JSON");
        let parsed = json(&source);
        check_spans(source.as_bytes(), &parsed);
        let root = parsed.into_result().map_err(|errors| TestCaseError::fail(format!("{errors:?}")))?;
        let theirs: Json = serde_json::from_str(&source).expect("JSON");
        prop_assert!(is_same(&to_json(&root), &theirs), "{}", source);
    }

    #[test]
    fn what_is_no_json_is_none_for_serde_json_too(source in "[\\[\\]{},:\" 0-9.eE+\\-truefalsn\\\\u]{0,12}") {
        let ours = json(&source).into_result().ok();
        let theirs = serde_json::from_str::<Json>(&source).ok();
        let has_duplicates = json(&source).errors.iter().any(|error| error.kind == crate::ErrorKind::DuplicateKey);
        if !has_duplicates {
            prop_assert_eq!(ours.is_some(), theirs.is_some(), "{}", source);
        }
    }

    #[test]
    fn yaml_is_what_serde_yaml_wrote(value in json_value()) {
        let source = serde_yaml::to_string(&value).expect("YAML");
        let parsed = yaml(&source);
        check_spans(source.as_bytes(), &parsed);
        let root = parsed.into_result().map_err(|errors| TestCaseError::fail(format!("{source}\n{errors:?}")))?;
        prop_assert!(is_same_text(&root, &value), "{}\n{}", source, show(&root));
    }

    #[test]
    fn every_character_of_a_text_is_found(text in "[a-c '\"\\\\é\n]{1,30}", style in 0..5u8) {
        let source = match style {
            0 => format!("a: '{}'", text.replace('\'', "''")),
            1 => format!("a: {text:?}").replace("\\'", "'"),
            2 => format!("a: |1+\n{}", text.split('\n').map(|line| format!(" {line}\n")).collect::<String>()),
            3 => format!("a: >1+\n{}", text.split('\n').map(|line| format!(" {line}\n")).collect::<String>()),
            _ => format!("a: x{text}"),
        };
        let parsed = yaml(&source);
        check_spans(source.as_bytes(), &parsed);
        let node = parsed.root.as_ref().and_then(|root| root.get("a"));
        let Some((node, scalar)) = node.and_then(|node| Some((node, node.as_scalar()?))) else { return Ok(()) };
        for (at, char) in scalar.text.char_indices() {
            let span = node.locate(at..at + char.len_utf8());
            let written = span.slice(&source).expect("a span");
            let is_escape = written.starts_with(['\\', '\'']);
            // Lines of a block that hold spaces only are not always followed.
            let is_unknown = matches!(style, 2 | 3) && span == node.span;
            let is_space = char.is_whitespace() && written.trim().is_empty();
            prop_assert!(written == char.to_string() || is_escape || is_space || is_unknown, "{:?} at {} is {:?}", char, at, written);
        }
    }
}

fn is_close((ours, theirs): (f64, f64)) -> bool {
    (ours - theirs).abs() <= theirs.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE
}

/// Whether a tree says what was written, scalars compared by their text where dialects differ.
fn is_same_text(node: &Node, value: &Json) -> bool {
    match (&node.value, value) {
        (Value::Sequence(items), Json::Array(values)) => {
            items.len() == values.len()
                && items
                    .iter()
                    .zip(values)
                    .all(|(item, value)| is_same_text(item, value))
        }
        (Value::Mapping(entries), Json::Object(map)) => {
            entries.len() == map.len()
                && entries.iter().zip(map).all(|(entry, (key, value))| {
                    entry.key.text == *key && is_same_text(&entry.value, value)
                })
        }
        (Value::Scalar(scalar), Json::String(text)) => scalar.text == *text,
        (Value::Scalar(scalar), Json::Number(number)) => {
            // `1e+300` is text upstream: what is written is the number all the same.
            scalar
                .text
                .parse()
                .ok()
                .zip(number.as_f64())
                .is_some_and(is_close)
        }
        (Value::Scalar(_), _) => to_json(node) == *value,
        _ => false,
    }
}
