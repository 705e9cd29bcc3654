//! A queue of lines and the thread that writes them, so that nobody waits for a slow reader or a full disk.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Hangup;

/// How many bytes may wait; lines that come then are lost and counted.
const ROOM: usize = 4 << 20;

/// How long to wait before writing is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How long to wait for a reader that is only slow.
const SLOW: Duration = Duration::from_millis(20);

/// What lines are written to.
pub trait Target: Send + 'static {
    /// Writes some of the bytes and says how many.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Opens again what may have been moved away.
    fn reopen(&mut self) {}

    /// For messages.
    fn name(&self) -> String;
}

/// Takes lines and never waits.
#[derive(Debug)]
pub struct Outlet {
    /// Lines that were not set apart yet.
    staged: Lines,
    /// Lines to be handed over.
    sealed: Lines,
    shared: Arc<Shared>,
    room: usize,
}

#[derive(Debug, Default)]
struct Lines {
    text: Vec<u8>,
    count: u64,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to do for the thread.
    work: Condvar,
    /// The thread has ended.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    lost: u64,
    reopen: bool,
    finishing: bool,
    is_ended: bool,
    hangup: Option<Hangup>,
}

// === impl Outlet ===

impl Outlet {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(target: impl Target) -> io::Result<Self> {
        Self::with_room(target, ROOM)
    }

    fn with_room(mut target: impl Target, room: usize) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        // It ends by itself when it is told to finish, or with the process.
        std::thread::Builder::new()
            .name("events".to_owned())
            .stack_size(128 << 10)
            .spawn(move || {
                theirs.write_all(&mut target);
                theirs.state().is_ended = true;
                theirs.ended.notify_all();
            })?;
        Ok(Self {
            staged: Lines::default(),
            sealed: Lines::default(),
            shared,
            room,
        })
    }

    /// Takes a line, to which a line feed is added.
    pub fn line(&mut self, line: &[u8]) {
        self.staged.text.extend_from_slice(line);
        self.staged.text.push(b'\n');
        self.staged.count += 1;
    }

    /// Sets apart the lines that were taken.
    pub fn seal(&mut self) {
        if self.sealed.text.is_empty() {
            std::mem::swap(&mut self.sealed, &mut self.staged);
        } else {
            self.sealed.text.append(&mut self.staged.text);
            self.sealed.count += std::mem::take(&mut self.staged.count);
        }
    }

    /// Hands over the lines that were set apart.
    pub fn settle(&mut self) {
        let lines = &mut self.sealed;
        if lines.text.is_empty() {
            return;
        }
        let mut state = self.shared.state();
        if state.is_ended || state.waiting.len().saturating_add(lines.text.len()) > self.room {
            state.lost = state.lost.saturating_add(lines.count);
        } else if state.waiting.is_empty() {
            std::mem::swap(&mut state.waiting, &mut lines.text);
            self.shared.work.notify_one();
        } else {
            state.waiting.extend_from_slice(&lines.text);
        }
        drop(state);
        lines.text.clear();
        lines.count = 0;
    }

    /// Has the target opened again.
    pub fn reopen(&self) {
        self.shared.state().reopen = true;
        self.shared.work.notify_one();
    }

    /// Says whom to tell when the target's reader is gone.
    pub fn attach(&self, hangup: Hangup) {
        self.shared.state().hangup = Some(hangup);
    }

    /// How many lines found no room, or were given up.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.state().lost
    }

    /// Waits until everything is written, but no longer than this.
    pub fn finish(&mut self, limit: Duration) {
        self.seal();
        self.settle();
        let mut state = self.shared.state();
        state.finishing = true;
        self.shared.work.notify_one();
        let waited = self
            .shared
            .ended
            .wait_timeout_while(state, limit, |it| !it.is_ended);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

// === impl Shared ===

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: writes until it is told to finish.
    fn write_all(&self, target: &mut impl Target) {
        let mut chunk = Vec::new();
        while self.take(&mut chunk, target) {
            if !self.write(&chunk, target) {
                return;
            }
            chunk.clear();
            // An unusual burst does not keep its memory for ever.
            chunk.shrink_to(64 << 10);
        }
    }

    /// Waits for lines; false when there will be none.
    fn take(&self, chunk: &mut Vec<u8>, target: &mut impl Target) -> bool {
        let mut state = self.state();
        loop {
            if std::mem::take(&mut state.reopen) {
                target.reopen();
            }
            if !state.waiting.is_empty() {
                std::mem::swap(chunk, &mut state.waiting);
                return true;
            }
            if state.finishing {
                return false;
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes a chunk, however long it takes; false when it is no use to go on.
    fn write(&self, chunk: &[u8], target: &mut impl Target) -> bool {
        let mut rest = chunk;
        let mut trouble: Option<(Instant, u64)> = None;
        while !rest.is_empty() {
            match target.write(rest) {
                Ok(count) if count > 0 => {
                    rest = rest.get(count..).unwrap_or_default();
                    if let Some((since, lost)) = trouble.take() {
                        tracing::info!(
                            sink = target.name(),
                            seconds = since.elapsed().as_secs(),
                            lost = self.state().lost.saturating_sub(lost),
                            "Events are written again"
                        );
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.pause(SLOW) {
                        return self.give_up(rest);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    if let Some(hangup) = &self.state().hangup {
                        hangup.hang_up();
                    }
                    return self.give_up(rest);
                }
                failed => {
                    if trouble.is_none() {
                        let error = failed.err().map_or_else(
                            || "nothing can be written".to_owned(),
                            |it| it.to_string(),
                        );
                        trouble = Some((Instant::now(), self.state().lost));
                        tracing::warn!(
                            sink = target.name(),
                            error,
                            "Events cannot be written; they are kept while there is room and \
                             written when it works again"
                        );
                    }
                    if !self.pause(RETRY) {
                        return self.give_up(rest);
                    }
                    if std::mem::take(&mut self.state().reopen) {
                        target.reopen();
                    }
                }
            }
        }
        true
    }

    /// Waits a while; false when it is time to finish.
    fn pause(&self, time: Duration) -> bool {
        let state = self.state();
        let (state, _) = self
            .work
            .wait_timeout_while(state, time, |it| !it.finishing && !it.reopen)
            .unwrap_or_else(PoisonError::into_inner);
        !state.finishing
    }

    /// Counts what will not be written.
    fn give_up(&self, rest: &[u8]) -> bool {
        let mut state = self.state();
        let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let lost = lines(rest).saturating_add(lines(&state.waiting));
        state.lost = state.lost.saturating_add(lost);
        state.waiting = Vec::new();
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(100);

    /// A target that does what it is told for each write.
    struct Told {
        answers: mpsc::Receiver<io::Result<usize>>,
        written: mpsc::Sender<Vec<u8>>,
    }

    impl Target for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let answer = self.answers.recv().unwrap_or(Ok(usize::MAX));
            let count = answer?.min(bytes.len());
            let _ = self.written.send(bytes[..count].to_vec());
            Ok(count)
        }

        fn name(&self) -> String {
            "test".to_owned()
        }
    }

    fn told() -> (
        Told,
        mpsc::Sender<io::Result<usize>>,
        mpsc::Receiver<Vec<u8>>,
    ) {
        let (answer, answers) = mpsc::channel();
        let (written, seen) = mpsc::channel();
        (Told { answers, written }, answer, seen)
    }

    fn full() -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    #[test]
    fn lines_are_written_in_order_and_at_once() {
        let (target, answer, seen) = told();
        let mut outlet = Outlet::start(target).unwrap();
        outlet.line(b"one");
        outlet.line(b"two");
        outlet.seal();
        outlet.settle();
        answer.send(Ok(99)).unwrap();
        assert_eq!(seen.recv().unwrap(), b"one\ntwo\n");
        outlet.line(b"three");
        drop(answer);
        outlet.finish(LONG);
        assert_eq!(seen.recv().unwrap(), b"three\n");
        assert_eq!(outlet.lost(), 0);
    }

    #[test]
    fn a_partial_write_tears_no_line() {
        let (target, answer, seen) = told();
        let mut outlet = Outlet::start(target).unwrap();
        outlet.line(b"one");
        outlet.seal();
        outlet.settle();
        answer.send(Ok(2)).unwrap();
        answer.send(full()).unwrap();
        answer.send(Ok(99)).unwrap();
        // Asking to reopen also ends the wait.
        assert_eq!(seen.recv().unwrap(), b"on");
        outlet.reopen();
        assert_eq!(seen.recv().unwrap(), b"e\n");
        drop(answer);
        outlet.finish(LONG);
        assert_eq!(outlet.lost(), 0);
    }

    #[test]
    fn what_finds_no_room_is_lost_and_counted() {
        let (target, answer, seen) = told();
        let mut outlet = Outlet::with_room(target, 8).unwrap();
        outlet.line(b"first");
        outlet.seal();
        outlet.settle();
        for _ in 0..3 {
            outlet.line(b"0123456789");
            outlet.seal();
            outlet.settle();
        }
        assert_eq!(outlet.lost(), 3);
        drop(answer);
        outlet.finish(LONG);
        assert_eq!(seen.recv().unwrap(), b"first\n");
    }

    #[test]
    fn a_reader_that_is_gone_ends_it() {
        let (target, answer, _seen) = told();
        let mut outlet = Outlet::start(target).unwrap();
        let hangup = Hangup::new();
        outlet.attach(hangup.clone());
        outlet.line(b"one");
        outlet.seal();
        outlet.settle();
        answer.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(hangup.heard());
        outlet.finish(LONG);
        assert_eq!(outlet.lost(), 1);
        outlet.line(b"two");
        outlet.seal();
        outlet.settle();
        assert_eq!(outlet.lost(), 2);
    }

    #[test]
    fn the_end_does_not_wait_for_a_full_disk() {
        let (target, answer, _seen) = told();
        let mut outlet = Outlet::start(target).unwrap();
        outlet.line(b"one");
        answer.send(full()).unwrap();
        outlet.finish(LONG);
        assert_eq!(outlet.lost(), 1);
    }
}
