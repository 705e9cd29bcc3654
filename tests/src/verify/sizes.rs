//! Compares the release binaries with their size budgets.

use std::path::Path;
use std::process::ExitCode;

/// Binary, and its budget in bytes.
///
/// Scout's budget is 8 MiB. It has been over that since it evaluates goss files, speaks HTTPS and shows a dashboard;
/// until that is mended it must not get worse.
const BUDGETS: &[(&str, u64)] = &[("scout", 11 << 20), ("chorister", 20 << 20)];

#[expect(clippy::print_stderr, reason = "the result, for the person who waits")]
fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let mut result = ExitCode::SUCCESS;
    for (name, budget) in BUDGETS {
        let path = target.join("release").join(name);
        match std::fs::metadata(&path) {
            Ok(file) => {
                let verdict = if file.len() <= *budget {
                    "within"
                } else {
                    "over"
                };
                eprintln!(
                    "{name}: {} bytes, {verdict} its budget of {budget}",
                    file.len()
                );
                if file.len() > *budget {
                    result = ExitCode::FAILURE;
                }
            }
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                result = ExitCode::FAILURE;
            }
        }
    }
    result
}
