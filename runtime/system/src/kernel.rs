//! Parameters of the kernel.

use std::io::{self, Read};
use std::path::Path;

/// The longest value that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The value of a parameter such as `net.ipv4.ip_forward`, without the white space around it.
///
/// Every dot separates, so an interface whose name has a dot cannot be named.
///
/// # Errors
///
/// There is no such parameter, or it cannot be read.
pub fn parameter(name: &str) -> io::Result<String> {
    let path = Path::new("/proc/sys").join(name.replace('.', "/").trim_start_matches('/'));
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(LONGEST)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_by_their_dotted_name() {
        assert_eq!(parameter("kernel.ostype").unwrap(), "Linux");
        assert!(parameter("kernel.no_such_parameter").is_err());
        assert!(parameter("kernel").is_err());
        assert!(parameter("....etc.hostname").is_err());
        assert!(parameter("").is_err());
    }
}
