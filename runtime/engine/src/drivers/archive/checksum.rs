//! SHA-256.

use core::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use super::Stop;
use crate::files::at;

/// A SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checksum([u8; 32]);

/// Computes a [`Checksum`] piece by piece.
#[derive(Clone)]
pub(super) struct Hasher(Context);

// === impl Checksum ===

impl Checksum {
    /// Reads 64 hexadecimal digits of either case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut sum = [0; 32];
        let (digits, rest) = text.as_bytes().as_chunks::<2>();
        if digits.len() != sum.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in sum.iter_mut().zip(digits) {
            let digit = |it: u8| {
                char::from(it)
                    .to_digit(16)
                    .and_then(|it| u8::try_from(it).ok())
            };
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Some(Self(sum))
    }

    pub(super) fn of(content: &[u8]) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(content);
        hasher.finish()
    }

    /// The checksum of a regular file.
    ///
    /// # Errors
    ///
    /// If there is no such file, it cannot be read, or it is time to stop.
    pub(super) fn of_file(path: &Path, stop: &Stop) -> Result<Self, String> {
        let failed = |error| at(path, &error).to_string();
        // Before it is opened, which waits for ever on a pipe.
        if !fs::symlink_metadata(path).map_err(failed)?.is_file() {
            return Err(format!("{} is not a file", path.display()));
        }
        let mut file = File::open(path).map_err(failed)?;
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            stop.check()?;
            let read = file.read(&mut buffer).map_err(failed)?;
            match buffer.get(..read) {
                None | Some([]) => return Ok(hasher.finish()),
                Some(piece) => hasher.update(piece),
            }
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

// === impl Hasher ===

impl Hasher {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub(super) fn finish(self) -> Checksum {
        let mut sum = [0; 32];
        for (to, from) in sum.iter_mut().zip(self.0.finish().as_ref()) {
            *to = *from;
        }
        Checksum(sum)
    }
}
