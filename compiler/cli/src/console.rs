//! How the tool speaks: data on the standard output, messages on the standard error.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use chorister_spec::Severity;
use chorister_spec::render::Color;
use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};

/// How a command ended that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Clean,
    /// Specs have errors, or something is stale.
    Faulty,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    // On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// Where the tool writes.
#[derive(Debug)]
pub(crate) struct Console {
    when: When,
}

/// Styles that depend on whether there is colour at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Styles {
    pub(crate) error: Style,
    pub(crate) warning: Style,
    pub(crate) note: Style,
    pub(crate) good: Style,
    pub(crate) strong: Style,
    pub(crate) name: Style,
    pub(crate) faint: Style,
}

// === impl Console ===

impl Console {
    pub(crate) fn new(when: When) -> Self {
        Self { when }
    }

    /// Writes data. A reader who has gone away, as in `… | head`, is no error.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Writes a message; there is nobody to tell when that fails.
    pub(crate) fn say(&self, text: &str) {
        let mut err = io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Shows on a terminal how far a long work has come; an empty text takes that away.
    pub(crate) fn progress(&self, text: &str) {
        if io::stderr().is_terminal() {
            self.say(&format!("\r\x1b[K{text}"));
        }
    }

    /// Writes one line that begins with `note:`.
    pub(crate) fn note(&self, text: &str) {
        let Styles { note, .. } = self.message_styles();
        self.say(&format!("{note}note{note:#}: {text}\n"));
    }

    /// Writes why a command could not do its work.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let styles = self.message_styles();
        let red = styles.error;
        self.say(&format!(
            "{red}error{red:#}: {}\n",
            without_numbers(&format!("{error:#}"))
        ));
    }

    /// Whether data goes to a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// All columns of the terminal that data goes to.
    pub(crate) fn width(&self) -> Option<usize> {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map(|(width, _)| usize::from(width.0))
    }

    /// The columns of the terminal that data goes to, as far as people like to read them.
    pub(crate) fn columns(&self) -> Option<usize> {
        /// Longer lines are hard to read.
        const MOST: u16 = 100;
        let size = terminal_size::terminal_size_of(io::stdout());
        let columns = size.map_or(80, |(width, _)| width.0.clamp(40, MOST));
        self.is_terminal().then_some(usize::from(columns))
    }

    /// The styles of data.
    pub(crate) fn data_styles(&self) -> Styles {
        Styles::new(self.when.is_on(&io::stdout()))
    }

    /// The styles of messages.
    pub(crate) fn message_styles(&self) -> Styles {
        Styles::new(self.when.is_on(&io::stderr()))
    }

    /// Whether data is coloured.
    pub(crate) fn data_color(&self) -> Color {
        if self.when.is_on(&io::stdout()) {
            Color::Always
        } else {
            Color::Never
        }
    }

    /// Whether findings are coloured, which are messages.
    pub(crate) fn findings_color(&self) -> Color {
        if self.when.is_on(&io::stderr()) {
            Color::Always
        } else {
            Color::Never
        }
    }
}

/// The text without the numbers of errors of the operating system, which tell people nothing.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.parse::<i32>().is_ok() => plain.push_str(rest),
            _ => {
                plain.push_str(" (os error ");
                plain.push_str(part);
            }
        }
    }
    plain
}

// === impl Styles ===

impl Styles {
    /// No style at all.
    pub(crate) fn plain() -> Self {
        Self::new(false)
    }

    /// Whether nothing is coloured.
    pub(crate) fn is_plain(&self) -> bool {
        self.name == Style::new()
    }

    /// The style of a severity's name.
    pub(crate) fn of(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }

    fn new(on: bool) -> Self {
        let style = |style: Style| if on { style } else { Style::new() };
        let color = |color: AnsiColor| style(color.on_default());
        Self {
            error: style(AnsiColor::BrightRed.on_default().bold()),
            warning: style(AnsiColor::Yellow.on_default().bold()),
            note: style(AnsiColor::BrightGreen.on_default().bold()),
            good: style(AnsiColor::Green.on_default().bold()),
            strong: style(Style::new().bold()),
            name: color(AnsiColor::Cyan),
            faint: style(Style::new().dimmed()),
        }
    }
}

// === impl Outcome ===

impl Outcome {
    /// `Faulty` where something is.
    pub(crate) fn faulty_if(faulty: bool) -> Self {
        if faulty { Self::Faulty } else { Self::Clean }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Faulty => Self::from(1),
        }
    }
}

// === impl When ===

impl When {
    /// What the arguments ask for, found before they are parsed: help and errors about them are coloured too.
    pub(crate) fn among(arguments: &[OsString]) -> Self {
        let mut found = Self::default();
        let mut arguments = arguments.iter().filter_map(|it| it.to_str());
        while let Some(argument) = arguments.next() {
            let value = match argument {
                "--" => break,
                "--color" => arguments.next(),
                _ => argument.strip_prefix("--color="),
            };
            if let Some(Ok(when)) = value.map(|it| Self::from_str(it, true)) {
                found = when;
            }
        }
        found
    }

    pub(crate) fn for_clap(self) -> clap::ColorChoice {
        match self {
            Self::Auto => clap::ColorChoice::Auto,
            Self::Always => clap::ColorChoice::Always,
            Self::Never => clap::ColorChoice::Never,
        }
    }

    fn is_on(self, stream: &impl IsTerminal) -> bool {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|it| !it.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let capable = std::env::var_os("TERM").is_none_or(|it| it != "dumb");
                stream.is_terminal() && capable && !is_set("NO_COLOR")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_errors_are_left_out() {
        assert_eq!(
            without_numbers("cannot read x: No such file (os error 2): y"),
            "cannot read x: No such file: y"
        );
        assert_eq!(without_numbers("x (os error y)"), "x (os error y)");
    }

    #[test]
    fn colour_is_known_before_arguments_are_parsed() {
        let check = |line: &str, expect: When| {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(When::among(&arguments), expect, "{line}");
        };
        check("choristerc check x", When::Auto);
        check("choristerc --color never check x", When::Never);
        check("choristerc check --color=always x", When::Always);
        check("choristerc check -- --color=always", When::Auto);
        check("choristerc --color", When::Auto);
    }
}
