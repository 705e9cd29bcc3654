//! `choristerc explain`.

use crate::support::Place;

#[test]
fn a_code_has_a_page() {
    let place = Place::new(&[]);
    for code in ["CH0206", "ch0206", "206"] {
        let run = place.run(&["explain", code]);
        assert_eq!(run.code, Some(0));
        assert!(
            run.out
                .starts_with("# CH0206: a transition does not exist\n"),
            "{}",
            run.out
        );
    }
}

#[test]
fn all_codes_are_listed() {
    let run = Place::new(&[]).run(&["explain", "--list"]);
    assert!(
        run.out
            .contains("\nCH0206  error    a transition does not exist\n"),
        "{}",
        run.out
    );
    let run = Place::new(&[]).run(&["explain", "--list", "--json"]);
    let codes: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(codes[0]["code"], "CH0001");
}

#[test]
fn what_is_no_code_is_a_usage_error() {
    let run = Place::new(&[]).run(&["explain", "CH2060"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("there is no code CH2060"), "{}", run.err);
}
