//! Records as text.

use core::fmt::{Display, Write};

use domain::base::ParsedRecord;
use domain::base::rdata::UnknownRecordData;
use domain::base::wire::ParseError;
use domain::rdata::{A, Aaaa, Caa, Cname, Mx, Ns, Ptr, Srv, Txt};

use super::RecordType;

/// Adds what a record of this kind says.
///
/// # Errors
///
/// Its data are not those of its type.
pub(super) fn render(
    record: &ParsedRecord<'_, &[u8]>,
    kind: RecordType,
    records: &mut Vec<String>,
) -> Result<(), ParseError> {
    macro_rules! data {
        ($type:ty) => {
            match record.to_record::<$type>()? {
                Some(record) => record.into_data(),
                None => return Ok(()),
            }
        };
    }
    let text = match kind {
        RecordType::A => data!(A).addr().to_string(),
        RecordType::Aaaa => data!(Aaaa).addr().to_string(),
        RecordType::Cname => dotted(data!(Cname<_>).cname()),
        RecordType::Ns => dotted(data!(Ns<_>).nsdname()),
        RecordType::Ptr => dotted(data!(Ptr<_>).ptrdname()),
        RecordType::Mx => {
            let mail = data!(Mx<_>);
            format!("{} {}", mail.preference(), dotted(mail.exchange()))
        }
        RecordType::Srv => {
            let it = data!(Srv<_>);
            let target = dotted(it.target());
            format!("{} {} {} {target}", it.priority(), it.weight(), it.port())
        }
        RecordType::Txt => {
            records.extend(data!(Txt<_>).iter().map(escaped));
            return Ok(());
        }
        RecordType::Caa => {
            let it = data!(Caa<_>);
            let value = String::from_utf8_lossy(it.value());
            format!("{} {} {value}", it.flags().bits(), it.tag())
        }
        RecordType::Sshfp => {
            // The type is known to the library, but not read by it.
            let data = data!(UnknownRecordData<_>);
            let &[algorithm, kind, ref fingerprint @ ..] = *data.data() else {
                return Err(ParseError::ShortInput);
            };
            let mut text = format!("{algorithm} {kind} ");
            for byte in fingerprint {
                // Writing to a string cannot fail.
                let _ = write!(text, "{byte:02X}");
            }
            text
        }
    };
    records.push(text);
    Ok(())
}

fn dotted(name: &impl Display) -> String {
    let mut text = name.to_string();
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// A string of a `TXT` record as zone files write it, but for the quotes around it.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
    text
}
