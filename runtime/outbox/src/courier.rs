//! Brings what is in a spool to a broker.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use chorister_bus::{Answer, Backoff, Connection, Link, Pipeline, PublishError};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::Spool;
use crate::line::Line;
use crate::routes::{HURRY, PATIENCE, Route, Routes};
use crate::window::{Done, Sent, Window};

/// How many messages may be on their way.
const WIDTH: usize = 512;

/// How many bytes are read from the spool at a time; no line is longer.
const PAGE: usize = 2 << 20;

/// How many bytes are read where fewer lines are expected.
const FEW: usize = 128 << 10;

/// How often what waits is made to outlive a loss of power. A spool that is emptied as fast as it fills wears no medium.
const SYNC: Duration = Duration::from_secs(1);

/// Sends what is in a spool, as long as there is a broker.
#[derive(Debug)]
pub struct Courier {
    spool: Arc<Spool>,
    connection: Connection,
    pipeline: Pipeline,
    window: Window,
    routes: Routes,
    page: Page,
    /// What times are counted from.
    began: Instant,
    /// When a mark was sent that has not come back.
    mark: Option<Duration>,
    /// Whether messages went out plain since the last mark.
    is_unmarked: bool,
    done: watch::Sender<Done>,
}

/// Lines that were read.
#[derive(Debug, Default)]
struct Page {
    /// The place of the next one.
    at: u64,
    rest: Bytes,
}

/// Why sending began anew.
enum Break {
    /// The connection was closed.
    Closed,
    /// The broker went away.
    Down,
    /// It has to be tried again, after a while.
    Again(String),
}

impl Courier {
    /// Waits for the first broker and sends from then on, until the connection is closed.
    pub async fn run(spool: Arc<Spool>, connection: Connection) {
        let Ok(pipeline) = Pipeline::open(&connection).await else {
            return;
        };
        let (done, seen) = watch::channel(Done {
            end: spool.told(),
            ..Done::default()
        });
        let courier = Self {
            window: Window::default(),
            routes: Routes::default(),
            page: Page::default(),
            began: Instant::now(),
            mark: None,
            is_unmarked: false,
            done,
            pipeline,
            connection,
            spool: Arc::clone(&spool),
        };
        tokio::select! {
            () = courier.deliver() => {}
            () = keep(spool, seen) => {}
        }
    }

    async fn deliver(mut self) {
        let mut link = self.connection.link();
        let mut tries = 0;
        loop {
            let Ok(this) = link.wait_for(is_up).await.map(|it| number(&it)) else {
                return;
            };
            self.page = Page {
                at: self.done.borrow().end.max(self.spool.told()),
                rest: Bytes::new(),
            };
            let before = self.page.at;
            let reason = self.connected(&mut link, this).await;
            self.window.give_up();
            self.mark = None;
            match reason {
                Break::Closed => return,
                // Another broker may have other streams.
                Break::Down => self.routes.forget(),
                Break::Again(reason) => {
                    let is_new = tries == 0 || self.done.borrow().end > before;
                    tries = if is_new { 1 } else { tries + 1 };
                    if is_new {
                        tracing::warn!(%reason, "events are sent again");
                    }
                    sleep(Backoff::FiveSeconds.wait(tries, fastrand::f64())).await;
                }
            }
        }
    }

    /// Sends while this connection to a broker lasts.
    async fn connected(&mut self, link: &mut watch::Receiver<Link>, this: Option<u64>) -> Break {
        loop {
            tokio::select! {
                biased;
                () = is_over(link, this) => return Break::Down,
                filled = self.fill() => if let Err(reason) = filled {
                    return reason;
                },
            }
            let overdue = self.overdue();
            let is_idle = self.window.len() < WIDTH;
            tokio::select! {
                biased;
                () = is_over(link, this) => return Break::Down,
                answer = self.pipeline.next() => {
                    let Some((number, answer)) = answer else { return Break::Closed };
                    if let Err(reason) = self.hear(number, answer) {
                        return reason;
                    }
                }
                () = self.spool.news(), if is_idle => {}
                () = sleep_until(overdue) => if let Err(reason) = self.ask().await {
                    return reason;
                },
            }
            if let Some(done) = self.window.advance() {
                self.done.send_modify(|it| {
                    it.end = done.end;
                    it.told += done.told;
                    it.refused += done.refused;
                });
            }
        }
    }

    /// Sends as much as may be on its way.
    async fn fill(&mut self) -> Result<(), Break> {
        while self.window.len() < WIDTH {
            if self.page.rest.is_empty() {
                self.turn().await;
                if self.page.rest.is_empty() {
                    break;
                }
            }
            self.send().await?;
        }
        if std::mem::take(&mut self.is_unmarked) {
            self.send_mark().await?;
        }
        Ok(())
    }

    /// Reads the next lines.
    async fn turn(&mut self) {
        let at = self.page.at;
        let spool = Arc::clone(&self.spool);
        let read = spawn_blocking(move || match spool.read(at, FEW) {
            (_, few) if few.is_empty() => spool.read(at, PAGE),
            found => found,
        });
        // It fails only while the process ends.
        let (at, lines) = read.await.unwrap_or_default();
        self.page = Page {
            at,
            rest: Bytes::from(lines),
        };
    }

    /// Sends the next line of the page.
    async fn send(&mut self) -> Result<(), Break> {
        let size = self.page.rest.iter().position(|it| *it == b'\n');
        let size = size.unwrap_or(self.page.rest.len());
        let bytes = self.page.rest.slice(..size);
        let end = self.page.at + size as u64 + 1;
        let now = self.began.elapsed();
        let sent = match Line::read(&bytes) {
            Some(_) if self.window.has_arrived(end) => {
                self.window.skipped(end);
                Ok(())
            }
            None => {
                self.window.unsendable(end);
                Ok(())
            }
            Some(line) => {
                let payload = bytes.slice_ref(line.payload);
                let (how, sent) = match self.routes.of(line.subject, now) {
                    Route::Plain => {
                        self.is_unmarked = true;
                        (Sent::Plain, self.pipeline.tell(line.subject, payload).await)
                    }
                    Route::Stream | Route::Unknown => {
                        let (number, subject) = (self.window.next(), line.subject);
                        let sent = self.pipeline.send(number, subject, payload, line.id).await;
                        (Sent::Asking, sent)
                    }
                };
                match &sent {
                    Ok(()) => self.window.sent(end, line.subject.into(), how, now),
                    Err(error @ PublishError::TooLarge { .. }) => {
                        tracing::warn!(subject = line.subject, id = line.id, %error, "an event is dropped");
                        self.window.unsendable(end);
                    }
                    Err(_) => {}
                }
                sent
            }
        };
        match sent {
            Ok(()) | Err(PublishError::TooLarge { .. }) => {
                let rest = size.saturating_add(1).min(self.page.rest.len());
                self.page.rest = self.page.rest.slice(rest..);
                self.page.at = end;
                Ok(())
            }
            Err(error) => Err(Break::Again(error.to_string())),
        }
    }

    /// Takes note of what was heard of a message.
    fn hear(&mut self, number: u64, answer: Answer) -> Result<(), Break> {
        let now = self.began.elapsed();
        if answer == Answer::Mark {
            self.mark = None;
            return self.returned(number, now);
        }
        let Some(flight) = self.window.flight(number) else {
            return Ok(());
        };
        let subject = Arc::clone(&flight.subject);
        let route = match answer {
            Answer::Kept(_) => Route::Stream,
            Answer::Refused(PublishError::Unacceptable(reason)) => {
                tracing::warn!(%subject, %reason, "an event is dropped");
                self.window.refuse(number);
                return Ok(());
            }
            Answer::NobodyListens | Answer::Mark | Answer::Refused(PublishError::NoStream) => {
                Route::Plain
            }
            Answer::Refused(error) => return Err(Break::Again(error.to_string())),
        };
        self.learn(&subject, route, now);
        self.window.arrive(number);
        Ok(())
    }

    /// The broker has everything up to a number.
    fn returned(&mut self, number: u64, now: Duration) -> Result<(), Break> {
        let mut there = Vec::new();
        let mut streamless = Vec::new();
        let patience = self.patience();
        for (number, flight) in self.window.until(number) {
            match flight.how {
                Sent::Plain => there.push(number),
                Sent::Asking if now.saturating_sub(flight.at) < patience => {}
                Sent::Asking if self.routes.of(&flight.subject, now) == Route::Stream => {
                    return Err(Break::Again(format!(
                        "the stream of {} confirms nothing",
                        flight.subject
                    )));
                }
                Sent::Asking => {
                    streamless.push(Arc::clone(&flight.subject));
                    there.push(number);
                }
            }
        }
        for subject in streamless {
            self.learn(&subject, Route::Plain, now);
        }
        for number in there {
            self.window.arrive(number);
        }
        Ok(())
    }

    fn learn(&mut self, subject: &str, route: Route, now: Duration) {
        if self.routes.learn(subject, route, now) {
            match route {
                Route::Plain => tracing::info!(subject, "no stream keeps these events"),
                _ => tracing::debug!(subject, "a stream keeps these events"),
            }
        }
    }

    /// How long a stream may take to confirm what the broker has.
    fn patience(&self) -> Duration {
        match self.spool.is_awaited() {
            true => HURRY,
            false => PATIENCE,
        }
    }

    /// When the oldest message, or the last mark, has been on its way for too long.
    fn overdue(&self) -> Instant {
        let since = self.mark.or_else(|| self.window.waiting_since());
        let wait = since.map_or(Duration::from_secs(3600), |it| {
            it.saturating_add(self.patience())
        });
        // Those that need not be waited for were sent at no time.
        self.began + wait.min(self.began.elapsed() + Duration::from_secs(3600))
    }

    /// Finds out whether the broker has what is on its way.
    async fn ask(&mut self) -> Result<(), Break> {
        match self.mark {
            Some(_) => Err(Break::Again("the broker is silent".to_owned())),
            None if self.window.waiting_since().is_none() => Ok(()),
            None => self.send_mark().await,
        }
    }

    async fn send_mark(&mut self) -> Result<(), Break> {
        let last = self.window.next().saturating_sub(1);
        self.mark = Some(self.began.elapsed());
        let sent = self.pipeline.mark(last).await;
        sent.map_err(|error| Break::Again(error.to_string()))
    }
}

fn is_up(link: &Link) -> bool {
    number(link).is_some()
}

/// Which of all connections that is; `None` while there is none.
const fn number(link: &Link) -> Option<u64> {
    match link {
        Link::Up { reconnects, .. } => Some(*reconnects),
        _ => None,
    }
}

/// Waits until a connection is gone, also where there is another one already.
async fn is_over(link: &mut watch::Receiver<Link>, this: Option<u64>) {
    // A connection that nobody tells of any more is none.
    drop(link.wait_for(|it| number(it) != this).await);
}

/// Writes down what was told, and has what waits outlive a loss of power.
async fn keep(spool: Arc<Spool>, mut seen: watch::Receiver<Done>) {
    let mut noted = *seen.borrow_and_update();
    loop {
        let changed = timeout(SYNC, seen.changed()).await;
        let spool = Arc::clone(&spool);
        let work = match changed {
            Ok(Err(_)) => return,
            Ok(Ok(())) => {
                let now = *seen.borrow_and_update();
                let (told, refused) = (now.told - noted.told, now.refused - noted.refused);
                noted = now;
                spawn_blocking(move || spool.done(now.end, told, refused))
            }
            Err(_) if spool.is_empty() => continue,
            Err(_) => spawn_blocking(move || spool.sync()),
        };
        drop(work.await);
    }
}
