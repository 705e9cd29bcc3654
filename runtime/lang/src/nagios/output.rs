//! What a monitoring plugin prints.

use super::Measurement;

/// The output of a plugin, taken apart.
///
/// The first line is text, `|` and performance data. Further lines are more text, up to another `|`; what
/// follows that is more performance data, on as many lines as there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output<'a> {
    /// The first line without its performance data.
    pub text: &'a str,
    /// The further lines without theirs.
    pub details: &'a str,
    /// All that was measured, in the order in which it was printed.
    pub measurements: Vec<Measurement>,
}

// === impl Output ===

impl<'a> Output<'a> {
    /// Takes an output apart. Performance data that says nothing is left out.
    #[must_use]
    pub fn parse(output: &'a str) -> Self {
        let (first, rest) = output
            .trim()
            .split_once('\n')
            .unwrap_or((output.trim(), ""));
        let (text, data) = first.split_once('|').unwrap_or((first, ""));
        let (details, more) = rest.split_once('|').unwrap_or((rest, ""));
        let measurements = Measurement::parse_all(data).chain(Measurement::parse_all(more));
        Self {
            text: text.trim(),
            details: details.trim(),
            measurements: measurements.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels<'a>(output: &'a Output<'_>) -> Vec<&'a str> {
        output
            .measurements
            .iter()
            .map(|it| it.label.as_str())
            .collect()
    }

    #[test]
    fn the_example_of_the_guidelines() {
        let output = Output::parse(
            "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n\
             / 15272 MB (77%);\n/boot 68 MB (69%);\n\
             /var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n\
             /home=69357MB;253404;253409;0;253414\n/var/log=818MB;970;975;0;980\n",
        );
        assert_eq!(output.text, "DISK OK - free space: / 3326 MB (56%);");
        assert!(output.details.starts_with("/ 15272") && output.details.ends_with("(84%);"));
        assert_eq!(labels(&output), ["/", "/boot", "/home", "/var/log"]);
    }

    #[test]
    fn more_bars_are_no_more_than_separators() {
        let output = Output::parse("LOG WARNING: 2 matches for \"a|b\" | matches=2;1;5");
        assert_eq!(output.text, "LOG WARNING: 2 matches for \"a");
        assert_eq!(labels(&output), ["matches"]);
    }

    #[test]
    fn text_without_data_and_data_without_text() {
        assert_eq!(Output::parse(" fine \n").text, "fine");
        assert_eq!(labels(&Output::parse("|a=1")), ["a"]);
        assert_eq!(Output::parse("|"), Output::default());
        assert_eq!(Output::parse(""), Output::default());
    }

    proptest! {
        #[test]
        fn any_output_is_taken_apart(output in "[ -~|='\\n\\t;]{0,60}|\\PC{0,60}") {
            let output = Output::parse(&output);
            prop_assert!(!output.text.contains('|'));
            for it in &output.measurements {
                prop_assert!(it.value.is_none_or(f64::is_finite));
            }
        }
    }
}
