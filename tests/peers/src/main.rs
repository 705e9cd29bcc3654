//! `cargo run -p chorister-peers`: fetches all programs of others that tests need.

use std::process::ExitCode;
use std::time::Instant;

use chorister_peers::{Peer, fetch, promised};

#[expect(clippy::print_stderr, reason = "progress for the person who waits")]
fn main() -> ExitCode {
    let mut result = ExitCode::SUCCESS;
    for peer in Peer::ALL {
        let start = Instant::now();
        let name = peer.name();
        match fetch(peer) {
            Ok(it) if it.fresh => {
                eprintln!("{name}: fetched in {} s", start.elapsed().as_secs());
            }
            Ok(_) => eprintln!("{name}: is there"),
            Err(error) => {
                eprintln!("{name}: cannot be had, its tests are left out: {error:#}");
                if promised() {
                    result = ExitCode::FAILURE;
                }
            }
        }
    }
    result
}
