//! How a message lies in the spool: its subject, its id and what it says, with spaces between them.

/// A message that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The subject that it is published on.
    pub subject: &'a str,
    /// What streams tell it from others by.
    pub id: &'a str,
    /// What it says, without line feeds.
    pub payload: &'a [u8],
}

impl<'a> Line<'a> {
    /// Appends it, without a line feed.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.subject.as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.id.as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.payload);
    }

    /// Reads one, without its line feed; `None` where it is none, as after a loss of power.
    #[must_use]
    pub fn read(line: &'a [u8]) -> Option<Self> {
        let mut parts = line.splitn(3, |it| *it == b' ');
        let mut word = || {
            let word = core::str::from_utf8(parts.next()?).ok()?;
            let is_word = !word.is_empty() && word.bytes().all(|it| it.is_ascii_graphic());
            is_word.then_some(word)
        };
        let (subject, id) = (word()?, word()?);
        let payload = parts.next()?;
        let is_whole = payload.starts_with(b"{") && payload.ends_with(b"}");
        is_whole.then_some(Self {
            subject,
            id,
            payload,
        })
    }
}

/// The id of an event, as it is written: the first member `id`. An event without one has none.
#[must_use]
pub fn event_id(json: &[u8]) -> &str {
    let found = (|| {
        let text = core::str::from_utf8(json).ok()?;
        let (_, after) = text.split_once(r#""id":""#)?;
        let (id, _) = after.split_once('"')?;
        Some(id)
    })();
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_event_has_the_id_that_is_written_first() {
        let json = br#"{"specversion":"1.0","id":"a-1","data":{"id":"b"}}"#;
        assert_eq!(event_id(json), "a-1");
        assert_eq!(event_id(b"{}"), "");
        assert_eq!(event_id(b"\xff"), "");
    }

    #[test]
    fn what_a_loss_of_power_leaves_is_no_line() {
        for line in [
            &b""[..],
            b"a",
            b"a b",
            b"a b ",
            b"a b {",
            b" b {}",
            b"a  {}",
            b"\0\0\0\0",
            b"a\0 b {}",
            b"a \xff {}",
        ] {
            assert_eq!(Line::read(line), None, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn lines_read_back(subject in "[a-z.]{1,20}", id in "[a-f0-9-]{1,36}", text in "[ -~]{0,40}") {
            let payload = format!("{{{text}}}").into_bytes();
            let line = Line { subject: &subject, id: &id, payload: &payload };
            let mut out = Vec::new();
            line.write(&mut out);
            prop_assert_eq!(Line::read(&out), Some(line));
        }
    }
}
