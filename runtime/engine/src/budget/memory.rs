//! The memory of this process.

use std::io::Read;

/// Most bytes of the few numbers that the kernel prints.
const LENGTH: u64 = 256;

/// Resident memory of this process in bytes, where the kernel tells.
pub(super) fn resident() -> Option<u64> {
    let mut text = String::new();
    let file = std::fs::File::open("/proc/self/statm").ok()?;
    file.take(LENGTH).read_to_string(&mut text).ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(u64::try_from(rustix::param::page_size()).ok()?)
}
