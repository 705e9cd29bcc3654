//! Packets of the network time protocol.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The size of a packet, in bytes.
pub(super) const SIZE: usize = 48;

/// Seconds from the first day of the protocol, in 1900, to that of Unix.
const EPOCH: u64 = 2_208_988_800;

/// Units of a timestamp in a second.
const UNITS: f64 = 4_294_967_296.0;

/// A point in time, in 2⁻³² seconds since 1900, or since 2036 when that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timestamp(u64);

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// How far it is from a reference clock; 0 says that it gives no time.
    pub(super) stratum: u8,
    /// Whether its clock follows another.
    pub(super) synchronised: bool,
    /// Why it gives no time, as four letters.
    pub(super) reference: String,
    /// When the question arrived.
    pub(super) received: Timestamp,
    /// When the answer left.
    pub(super) sent: Timestamp,
}

/// A question that leaves now.
pub(super) fn question(now: Timestamp) -> [u8; SIZE] {
    let mut packet = [0; SIZE];
    // No leap second, version 4, a client.
    put(&mut packet, 0, [0b0010_0011]);
    put(&mut packet, 40, now.0.to_be_bytes());
    packet
}

/// What a server answers at once.
#[cfg(test)]
pub(super) fn answer(question: &[u8; SIZE], now: Timestamp, stratum: u8) -> [u8; SIZE] {
    let mut packet = [0; SIZE];
    put(&mut packet, 0, [0b0010_0100, stratum]);
    put(&mut packet, 24, read::<8>(question, 40));
    put(&mut packet, 32, now.0.to_be_bytes());
    put(&mut packet, 40, now.0.to_be_bytes());
    packet
}

fn put<const N: usize>(packet: &mut [u8; SIZE], at: usize, bytes: [u8; N]) {
    if let Some(place) = packet.get_mut(at..at + N) {
        place.copy_from_slice(&bytes);
    }
}

fn read<const N: usize>(packet: &[u8; SIZE], at: usize) -> [u8; N] {
    let bytes = packet.get(at..).and_then(<[u8]>::first_chunk::<N>);
    bytes.copied().unwrap_or([0; N])
}

// === impl Timestamp ===

impl Timestamp {
    /// Seconds from another point in time to this one; less than 68 years.
    pub(super) fn since(self, other: Self) -> f64 {
        self.0.wrapping_sub(other.0).cast_signed() as f64 / UNITS
    }

    #[cfg(test)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "tests are not that far away"
    )]
    pub(super) fn plus(self, seconds: f64) -> Self {
        Self(self.0.wrapping_add_signed((seconds * UNITS) as i64))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since: Duration = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = since.as_secs().wrapping_add(EPOCH);
        let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }
}

// === impl Reply ===

impl Reply {
    /// The answer to the question that was sent then; `None` for everything else.
    pub(super) fn read(packet: &[u8; SIZE], asked: Timestamp) -> Option<io::Result<Self>> {
        const SERVER: u8 = 4;

        let [flags, stratum] = read::<2>(packet, 0);
        let time = |at| Timestamp(u64::from_be_bytes(read::<8>(packet, at)));
        if flags & 0b111 != SERVER || time(24) != asked {
            return None;
        }
        let reply = Self {
            stratum,
            synchronised: flags >> 6 != 0b11,
            reference: read::<4>(packet, 12).escape_ascii().to_string(),
            received: time(32),
            sent: time(40),
        };
        if reply.stratum > 0 && (reply.sent.0 == 0 || reply.received.0 == 0) {
            return Some(Err(io::Error::other("it answers without a time")));
        }
        Some(Ok(reply))
    }
}
