//! Names of machines as names of directories.

use std::fmt::Write as _;

/// Longest name of a directory that file systems take, less room for what is appended to it.
const LONGEST: usize = 200;

/// A name under which exactly this machine keeps its files.
///
/// Letters, digits, `-`, `_` and inner dots stay as they are; every other byte becomes `%XX`. A name that is
/// too long is cut and ends in a number drawn from all of it.
pub(crate) fn directory(machine: &str) -> String {
    let mut name = String::with_capacity(machine.len());
    for (at, byte) in machine.bytes().enumerate() {
        let plain =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && at > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() {
        name.push('%');
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST - 17);
        let _ = write!(name, "%{:016x}", fnv(machine.as_bytes()));
    }
    name
}

/// The 64-bit FNV-1a hash: the same on every start and every computer.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(machine: &str, expect: &str) {
        assert_eq!(directory(machine), expect);
    }

    #[test]
    fn ordinary_names_stay_readable() {
        check("disk-space_2", "disk-space_2");
        check("v1.2", "v1.2");
    }

    #[test]
    fn no_name_leads_out_of_its_directory() {
        check("..", "%2E.");
        check("../x", "%2E.%2Fx");
        check("a/b", "a%2Fb");
        check("ü\0", "%C3%BC%00");
        check("", "%");
    }

    #[test]
    fn long_names_stay_apart() {
        let one = directory(&"x".repeat(5000));
        let two = directory(&"x".repeat(5001));
        assert!(one.len() <= LONGEST && two.len() <= LONGEST);
        assert_ne!(one, two);
    }
}
