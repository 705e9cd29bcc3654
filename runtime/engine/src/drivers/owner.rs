//! Users and groups by name.

use std::io::{self, Read};
use std::path::Path;

/// The largest file of users or groups that is read.
const LARGEST: u64 = 16 << 20;

/// The number of a user: one of `/etc/passwd`, or a number as it is written.
///
/// # Errors
///
/// There is no such user.
pub(super) fn user(name: &str) -> Result<u32, String> {
    number(Path::new("/etc/passwd"), "user", name)
}

/// The number of a group: one of `/etc/group`, or a number as it is written.
///
/// # Errors
///
/// There is no such group.
pub(super) fn group(name: &str) -> Result<u32, String> {
    number(Path::new("/etc/group"), "group", name)
}

fn number(table: &Path, what: &str, name: &str) -> Result<u32, String> {
    let text = read(table).map_err(|error| format!("{}: {error}", table.display()))?;
    if let Some(id) = lookup(&text, name) {
        return Ok(id);
    }
    name.parse()
        .map_err(|_| format!("there is no {what} `{name}` in {}", table.display()))
}

fn read(table: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(table)?
        .take(LARGEST)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The third field of the line whose first field is the name.
fn lookup(text: &str, name: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, expect: Option<u32>) {
        assert_eq!(lookup(text, name), expect);
    }

    #[test]
    fn names_are_found_and_nonsense_is_not() {
        let text = "root:x:0:0:root:/root:/bin/sh\n# remark\nbroken:x\nweb:x:33:33::/:/bin/false\n";
        check(text, "web", Some(33));
        check(text, "root", Some(0));
        check(text, "we", None);
        check(text, "broken", None);
        check(text, "", None);
    }

    #[test]
    fn numbers_are_taken_as_they_are() {
        assert_eq!(user("4711"), Ok(4711));
        assert_eq!(user("root"), Ok(0));
        assert!(group("no such group").is_err());
    }
}
