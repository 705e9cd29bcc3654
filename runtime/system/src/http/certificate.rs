//! What a server shows: until when it is who it says it is.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The times of an X.509 certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// It is not valid before.
    pub not_before: Timestamp,
    /// It is not valid after.
    pub not_after: Timestamp,
}

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version, which is there or not.
const VERSION: u8 = 0xa0;

/// Elements of DER, one after the other.
struct Elements<'a>(&'a [u8]);

// === impl Certificate ===

impl Certificate {
    /// Reads the times out of a certificate in DER; `None` if it is none.
    #[must_use]
    pub fn parse(der: &[u8]) -> Option<Self> {
        let certificate = Elements(der).expect(SEQUENCE)?;
        let mut fields = Elements(Elements(certificate).expect(SEQUENCE)?);
        // Version, serial number, signature, issuer, validity.
        if fields.0.first() == Some(&VERSION) {
            fields.next()?;
        }
        for _ in 0..3 {
            fields.next()?;
        }
        let mut validity = Elements(fields.expect(SEQUENCE)?);
        Some(Self {
            not_before: time(validity.next()?)?,
            not_after: time(validity.next()?)?,
        })
    }
}

// === impl Elements ===

impl<'a> Elements<'a> {
    /// The content of the next element, which has to have this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|it| it.0 == tag).map(|it| it.1)
    }

    /// The tag and the content of the next element.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first & 0x7f);
        if first & 0x80 != 0 {
            let (digits, after) = rest.split_at_checked(length.min(5))?;
            let number =
                |sum: usize, digit: &u8| sum.checked_mul(256)?.checked_add((*digit).into());
            length = digits.iter().try_fold(0, number)?;
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

/// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
fn time((tag, text): (u8, &[u8])) -> Option<Timestamp> {
    let text = core::str::from_utf8(text).ok()?;
    let year_digits = match tag {
        UTC_TIME => 2,
        GENERALIZED_TIME => 4,
        _ => return None,
    };
    let (year, rest) = text.split_at_checked(year_digits)?;
    let year: i16 = year.parse().ok()?;
    let year = match tag {
        UTC_TIME if year < 50 => year.checked_add(2000)?,
        UTC_TIME => year.checked_add(1900)?,
        _ => year,
    };
    let number = |index: usize| rest.get(index * 2..index * 2 + 2)?.parse().ok();
    let time = DateTime::new(
        year,
        number(0)?,
        number(1)?,
        number(2)?,
        number(3)?,
        number(4)?,
        0,
    );
    let zoned = time.ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag, 0x82];
        bytes.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        bytes.extend(content);
        bytes
    }

    #[test]
    fn both_forms_of_time_are_read() {
        let validity = [
            element(UTC_TIME, b"500101000000Z"),
            element(GENERALIZED_TIME, b"20501231235959Z"),
        ];
        let fields = [
            element(VERSION, b"\x02\x01\x02"),
            element(2, b"\x01"),
            element(SEQUENCE, b""),
            element(SEQUENCE, b""),
            element(SEQUENCE, &validity.concat()),
        ];
        let certificate = element(SEQUENCE, &element(SEQUENCE, &fields.concat()));
        let certificate = Certificate::parse(&certificate).unwrap();
        assert_eq!(certificate.not_before.to_string(), "1950-01-01T00:00:00Z");
        assert_eq!(certificate.not_after.to_string(), "2050-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn no_certificate_breaks_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Certificate::parse(&bytes);
            let _ = Certificate::parse(&element(SEQUENCE, &element(SEQUENCE, &bytes)));
        }
    }
}
