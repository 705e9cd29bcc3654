//! What is told of a job: messages in the folder of submissions, which wait there for a node.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use chorister_outbox::submission::{Folder, Submission, unique_id};
use jiff::Timestamp;

use super::order::Order;

/// Most bytes of output in one message.
const PIECE: u64 = 64 << 10;

/// Most bytes of a job's output that are told, of each kind.
const MOST: u64 = 1 << 20;

/// Tells of a job; of nothing where there is no such folder.
pub(super) struct Teller {
    folder: Option<Folder>,
    /// `choria.executor.REQUEST.ID`
    prefix: String,
    identity: String,
    outputs: [Output; 2],
}

/// A file of output, and how much of it was told.
struct Output {
    name: &'static str,
    file: PathBuf,
    told: u64,
}

impl Teller {
    pub(super) fn new(folder: Option<Folder>, order: &Order, place: &Path) -> Self {
        let output = |name: &'static str| Output {
            name,
            file: place.join(name),
            told: 0,
        };
        Self {
            folder,
            prefix: format!("choria.executor.{}.{}", token(&order.requestid), order.id),
            identity: order.identity.clone(),
            outputs: [output("stdout"), output("stderr")],
        }
    }

    /// Tells something, and says whether it will arrive. It blocks.
    ///
    /// Compat: go-choria providers/execution/exec.go: subjects, the priority, and that it has to arrive.
    pub(super) fn tell(&self, what: &str, payload: Vec<u8>) -> bool {
        let Some(folder) = &self.folder else {
            return true;
        };
        let subject = format!("{}.{what}", self.prefix);
        let mut message = Submission::new(unique_id(), subject, payload, Timestamp::now());
        message.priority = 1;
        message.reliable = true;
        message.max_tries = 0;
        message.identity.clone_from(&self.identity);
        "executor".clone_into(&mut message.sender);
        folder.put(&message).is_ok()
    }

    /// Tells what was printed since, and says whether that was all of it. It blocks.
    pub(super) fn tell_output(&mut self) -> bool {
        let mut is_all = true;
        for at in 0..self.outputs.len() {
            while let Some(piece) = self.outputs.get(at).and_then(Output::next) {
                let Some(output) = self.outputs.get(at) else {
                    break;
                };
                let length = piece.len() as u64;
                if !self.tell(&format!("out.{}", output.name), piece) {
                    is_all = false;
                    break;
                }
                if let Some(output) = self.outputs.get_mut(at) {
                    output.told += length;
                }
            }
        }
        is_all
    }
}

impl Output {
    /// What is to be told next; nothing where there is nothing, or it would be too much.
    fn next(&self) -> Option<Vec<u8>> {
        let most = PIECE.min(MOST.saturating_sub(self.told));
        let mut file = File::open(&self.file).ok()?;
        file.seek(SeekFrom::Start(self.told)).ok()?;
        let mut piece = Vec::new();
        file.take(most).read_to_end(&mut piece).ok()?;
        (!piece.is_empty()).then_some(piece)
    }
}

/// The id of a request as one token of a subject.
fn token(id: &str) -> &str {
    let is_part = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    match !id.is_empty() && id.bytes().all(is_part) {
        true => id,
        false => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_not_told() {
        assert_eq!(token("2KgJ-0123"), "2KgJ-0123");
        assert_eq!(token("a.b"), "unknown");
        assert_eq!(token("*"), "unknown");
        assert_eq!(token(""), "unknown");
    }

    #[test]
    fn output_is_told_piece_by_piece_and_once() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("stdout");
        let mut output = Output {
            name: "stdout",
            file: file.clone(),
            told: 0,
        };
        assert_eq!(output.next(), None);
        std::fs::write(&file, vec![b'x'; PIECE as usize + 2]).unwrap();
        assert_eq!(output.next().map(|it| it.len() as u64), Some(PIECE));
        output.told = PIECE;
        assert_eq!(output.next(), Some(b"xx".to_vec()));
        output.told = PIECE + 2;
        assert_eq!(output.next(), None);
        std::fs::write(&file, vec![b'x'; MOST as usize + 2]).unwrap();
        output.told = MOST;
        assert_eq!(output.next(), None);
    }
}
