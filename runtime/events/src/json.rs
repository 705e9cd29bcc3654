//! JSON as Go's `encoding/json` writes it.

use std::io::Write as _;

/// The digits of escapes and UUIDs.
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a string in quotes.
// Compat: go-choria internal use of encoding/json: `<`, `>` and `&` are escaped, and so are the two line
// separators of Unicode, which some readers take for line ends.
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let (escape, length): (&[u8], usize) = match byte {
            b'"' => (b"\\\"", 1),
            b'\\' => (b"\\\\", 1),
            b'\n' => (b"\\n", 1),
            b'\r' => (b"\\r", 1),
            b'\t' => (b"\\t", 1),
            0x08 => (b"\\b", 1),
            0x0c => (b"\\f", 1),
            b'<' => (b"\\u003c", 1),
            b'>' => (b"\\u003e", 1),
            b'&' => (b"\\u0026", 1),
            0xe2 if bytes[at..].starts_with(b"\xe2\x80\xa8") => (b"\\u2028", 3),
            0xe2 if bytes[at..].starts_with(b"\xe2\x80\xa9") => (b"\\u2029", 3),
            0..0x20 => (b"", 1),
            _ => continue,
        };
        out.extend_from_slice(&bytes[done..at]);
        if escape.is_empty() {
            let low = HEX[usize::from(byte & 15)];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], low]);
        } else {
            out.extend_from_slice(escape);
        }
        done = at + length;
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

/// Appends an integer.
pub(crate) fn integer(value: i128, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = write!(out, "{value}");
}

/// Appends a number, the shortest that reads back as the same; 0 for one that JSON cannot hold.
// Compat: go-choria internal use of encoding/json: an exponent below 1e-6 and from 1e21, always signed when
// positive.
pub(crate) fn float(value: f64, out: &mut Vec<u8>) {
    let size = value.abs();
    if !value.is_finite() {
        out.push(b'0');
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        match text.split_once('e') {
            Some((mantissa, exponent)) if !exponent.starts_with('-') => {
                let _ = write!(out, "{mantissa}e+{exponent}");
            }
            _ => out.extend_from_slice(text.as_bytes()),
        }
    } else {
        let _ = write!(out, "{value}");
    }
}

/// Appends a UUID in quotes.
pub(crate) fn uuid(id: [u8; 16], out: &mut Vec<u8>) {
    let mut text = [b'-'; 38];
    text[0] = b'"';
    text[37] = b'"';
    let mut at = 1;
    for (place, byte) in id.into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    out.extend_from_slice(&text);
}

/// Appends the members of an object with text values, in the order of their keys.
pub(crate) fn texts<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, (key, value)) in pairs.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        string(key, out);
        out.push(b':');
        string(value, out);
    }
    out.push(b'}');
}

/// Appends a list of texts.
pub(crate) fn strings<'a>(items: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        string(item, out);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_as_go_escapes_them() {
        let check = |text: &str, expect: &str| {
            assert_eq!(written(|out| string(text, out)), expect);
        };
        check("plain", r#""plain""#);
        check("a<b>&c", r#""a\u003cb\u003e\u0026c""#);
        check("\"\\/\n\r\t\u{8}\u{c}", r#""\"\\/\n\r\t\b\f""#);
        check("\0\u{1b}\u{7f}", "\"\\u0000\\u001b\u{7f}\"");
        check("\u{2027}\u{2028}\u{2029}ü", "\"\u{2027}\\u2028\\u2029ü\"");
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let check = |value: f64, expect: &str| {
            assert_eq!(written(|out| float(value, out)), expect);
        };
        check(0.0, "0");
        check(12.0, "12");
        check(-2.5, "-2.5");
        check(581.68, "581.68");
        check(0.000001, "0.000001");
        check(0.00000099, "9.9e-7");
        check(1e20, "100000000000000000000");
        check(1e21, "1e+21");
        check(-1.5e300, "-1.5e+300");
        check(f64::NAN, "0");
    }

    #[test]
    fn uuids_have_their_dashes() {
        let id = core::array::from_fn(|at| at as u8 * 17);
        assert_eq!(
            written(|out| uuid(id, out)),
            r#""00112233-4455-6677-8899-aabbccddeeff""#
        );
    }

    proptest! {
        #[test]
        fn any_string_reads_back(text in any::<String>()) {
            let read: String = serde_json::from_str(&written(|out| string(&text, out))).unwrap();
            prop_assert_eq!(read, text);
        }

        #[test]
        fn any_number_reads_back(value in any::<f64>().prop_filter("finite", |it| it.is_finite())) {
            let read: f64 = written(|out| float(value, out)).parse().unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
