//! How much memory there is, and how much of it is in use.

use std::fs;
use std::io;

/// Memory and swap space, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All that the kernel manages.
    pub total: u64,
    /// What nothing uses.
    pub free: u64,
    /// What programs can have without anything being swapped out: free memory and most of the caches.
    pub available: u64,
    /// Blocks of devices in memory.
    pub buffers: u64,
    /// Content of files in memory, with what is shared between programs.
    pub cached: u64,
    /// What is shared between programs: shared memory and `tmpfs`.
    pub shared: u64,
    /// What the kernel keeps for itself and can give back.
    pub reclaimable: u64,
    /// Swap space; 0 where there is none.
    pub swap_total: u64,
    /// Swap space that nothing uses.
    pub swap_free: u64,
}

/// Reads `/proc/meminfo`.
///
/// # Errors
///
/// It cannot be read, or does not say how much there is.
pub fn memory() -> io::Result<Memory> {
    parse(&fs::read_to_string("/proc/meminfo")?)
        .ok_or_else(|| crate::unreadable("/proc/meminfo does not say how much memory there is"))
}

fn parse(text: &str) -> Option<Memory> {
    let mut memory = Memory::default();
    let mut available = None;
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let Some(bytes) = bytes(value) else {
            continue;
        };
        match name {
            "MemTotal" => memory.total = bytes,
            "MemFree" => memory.free = bytes,
            "MemAvailable" => available = Some(bytes),
            "Buffers" => memory.buffers = bytes,
            "Cached" => memory.cached = bytes,
            "Shmem" => memory.shared = bytes,
            "SReclaimable" => memory.reclaimable = bytes,
            "SwapTotal" => memory.swap_total = bytes,
            "SwapFree" => memory.swap_free = bytes,
            _ => {}
        }
    }
    // Containers with a view of their own leave it out.
    memory.available = available.unwrap_or_else(|| {
        let caches = memory.buffers.saturating_add(memory.cached);
        memory
            .free
            .saturating_add(caches.saturating_sub(memory.shared))
    });
    (memory.total > 0).then_some(memory)
}

fn bytes(value: &str) -> Option<u64> {
    let value = value.trim();
    let kibibytes = value.strip_suffix("kB")?.trim_end();
    kibibytes.parse::<u64>().ok()?.checked_mul(1024)
}

// === impl Memory ===

impl Memory {
    /// What programs and the kernel hold and cannot give back at once, in bytes.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.total.saturating_sub(self.available)
    }

    /// Swap space in use, in bytes.
    #[must_use]
    pub const fn swap_used(&self) -> u64 {
        self.swap_total.saturating_sub(self.swap_free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_bytes() {
        let memory = parse(
            "MemTotal:       1000 kB\nMemFree:  200 kB\nMemAvailable: 600 kB\nHugePages_Total: 3\nSwapTotal: 50 kB\nSwapFree: 20 kB\n",
        )
        .unwrap();
        assert_eq!(memory.used(), 400 << 10);
        assert_eq!(memory.swap_used(), 30 << 10);
    }

    #[test]
    fn old_kernels_do_not_say_what_is_available() {
        let memory = parse(
            "MemTotal: 1000 kB\nMemFree: 200 kB\nBuffers: 50 kB\nCached: 300 kB\nShmem: 100 kB\n",
        );
        assert_eq!(memory.unwrap().available, 450 << 10);
    }

    #[test]
    fn without_a_total_there_is_no_answer() {
        assert_eq!(parse("MemFree: 200 kB\n"), None);
        assert_eq!(parse("\u{0}:::\n"), None);
    }

    #[test]
    fn this_machine_has_memory() {
        let memory = memory().unwrap();
        assert!(memory.total >= memory.available && memory.available > 0);
    }
}
