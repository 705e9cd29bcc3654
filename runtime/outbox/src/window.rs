//! What is on its way.

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// How a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// With a place for a receipt.
    Asking,
    /// Without one.
    Plain,
}

/// Messages that were sent and not all heard of, in the order of the spool. Places are offsets in the spool behind a
/// message; numbers are those of a [`Pipeline`](chorister_bus::Pipeline), and never used twice.
#[derive(Debug, Default)]
pub(crate) struct Window {
    flights: VecDeque<Flight>,
    /// The number of the first of them.
    first: u64,
    /// The places behind those that arrived although one before them may not have.
    arrived: BTreeSet<u64>,
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Flight {
    /// The place behind it.
    end: u64,
    pub(crate) subject: Arc<str>,
    pub(crate) how: Sent,
    /// When it was sent.
    pub(crate) at: Duration,
    fate: Fate,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Unknown,
    Arrived,
    Refused,
}

/// Messages that need not be thought of any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// The place behind them.
    pub(crate) end: u64,
    /// How many arrived.
    pub(crate) told: u64,
    /// How many nobody takes.
    pub(crate) refused: u64,
}

impl Window {
    /// How many are on their way, counted from the first that has not arrived.
    pub(crate) fn len(&self) -> usize {
        self.flights.len()
    }

    /// The number that the next message gets.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.flights.len() as u64
    }

    /// A message was sent.
    pub(crate) fn sent(&mut self, end: u64, subject: Arc<str>, how: Sent, at: Duration) {
        self.flights.push_back(Flight {
            end,
            subject,
            how,
            at,
            fate: Fate::Unknown,
        });
    }

    /// A message is not sent, because it arrived before.
    pub(crate) fn skipped(&mut self, end: u64) {
        self.ground(end, Fate::Arrived);
    }

    /// A message is not sent, because nobody could take it.
    pub(crate) fn unsendable(&mut self, end: u64) {
        self.ground(end, Fate::Refused);
    }

    fn ground(&mut self, end: u64, fate: Fate) {
        self.flights.push_back(Flight {
            end,
            subject: Arc::default(),
            how: Sent::Plain,
            at: Duration::MAX,
            fate,
        });
    }

    /// Whether the message before a place arrived, though it was not known to be lost.
    pub(crate) fn has_arrived(&self, end: u64) -> bool {
        self.arrived.contains(&end)
    }

    /// A message on its way, by its number; `None` where it is there, or was given up.
    pub(crate) fn flight(&self, number: u64) -> Option<&Flight> {
        let place = number.checked_sub(self.first)?;
        let flight = self.flights.get(usize::try_from(place).ok()?)?;
        flight.is_on_its_way().then_some(flight)
    }

    /// All up to a number that have not arrived, with their numbers.
    pub(crate) fn until(&self, number: u64) -> impl Iterator<Item = (u64, &Flight)> {
        let flights = (self.first..=number).zip(&self.flights);
        flights.filter(|(_, flight)| flight.is_on_its_way())
    }

    /// A message arrived.
    pub(crate) fn arrive(&mut self, number: u64) {
        self.end(number, Fate::Arrived);
    }

    /// Nobody takes a message.
    pub(crate) fn refuse(&mut self, number: u64) {
        self.end(number, Fate::Refused);
    }

    fn end(&mut self, number: u64, fate: Fate) {
        let place = number.checked_sub(self.first);
        let place = place.and_then(|it| usize::try_from(it).ok());
        if let Some(flight) = place.and_then(|it| self.flights.get_mut(it)) {
            flight.fate = fate;
            self.arrived.insert(flight.end);
        }
    }

    /// Takes those whose fate is known from the front.
    pub(crate) fn advance(&mut self) -> Option<Done> {
        let mut done = Done::default();
        while let Some(flight) = self.flights.pop_front_if(|it| !it.is_on_its_way()) {
            self.first += 1;
            self.arrived.remove(&flight.end);
            done.end = flight.end;
            match flight.fate {
                Fate::Refused => done.refused += 1,
                _ => done.told += 1,
            }
        }
        (done != Done::default()).then_some(done)
    }

    /// Since when the oldest is on its way.
    pub(crate) fn waiting_since(&self) -> Option<Duration> {
        self.flights
            .iter()
            .find(|it| it.is_on_its_way())
            .map(|it| it.at)
    }

    /// Gives up all that are on their way; those that arrived among them stay known.
    pub(crate) fn give_up(&mut self) {
        self.first = self.next();
        self.flights.clear();
    }
}

impl Flight {
    fn is_on_its_way(&self) -> bool {
        self.fate == Fate::Unknown
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn send(window: &mut Window, end: u64) {
        window.sent(end, "a".into(), Sent::Asking, Duration::from_secs(end));
    }

    fn told(end: u64, told: u64) -> Option<Done> {
        Some(Done {
            end,
            told,
            refused: 0,
        })
    }

    #[test]
    fn the_front_waits_for_the_oldest() {
        let mut window = Window::default();
        for end in [10, 20, 30] {
            send(&mut window, end);
        }
        window.arrive(1);
        window.arrive(1);
        assert_eq!(window.advance(), None);
        assert_eq!(window.waiting_since(), Some(Duration::from_secs(10)));
        window.arrive(0);
        assert_eq!(window.advance(), told(20, 2));
        assert_eq!(window.next(), 3);
        assert_eq!(
            window
                .until(9)
                .map(|(number, _)| number)
                .collect::<Vec<_>>(),
            [2]
        );
    }

    #[test]
    fn what_arrived_is_known_after_a_break_and_late_answers_are_nobodys() {
        let mut window = Window::default();
        for end in [10, 20] {
            send(&mut window, end);
        }
        window.arrive(1);
        window.give_up();
        assert!(window.has_arrived(20));
        send(&mut window, 10);
        window.arrive(0);
        assert_eq!(window.advance(), None);
        window.skipped(20);
        window.arrive(2);
        assert_eq!(window.advance(), told(20, 2));
        assert!(!window.has_arrived(20));
    }

    proptest! {
        /// Whatever arrives, gets lost and is sent again: all arrive, none is told twice, and the front only moves on.
        #[test]
        fn everything_arrives_once(steps in proptest::collection::vec((0_u8..4, 0_u64..8), 1..200)) {
            let mut window = Window::default();
            let (mut next, mut front) = (1_u64, 0_u64);
            for (step, which) in steps {
                match step {
                    0 | 1 => {
                        if window.has_arrived(next) { window.skipped(next) } else { send(&mut window, next) }
                        next += 1;
                    }
                    2 => window.arrive(window.next().saturating_sub(which)),
                    _ => {
                        window.give_up();
                        next = front + 1;
                    }
                }
                if let Some(done) = window.advance() {
                    prop_assert_eq!(done.end, front + done.told);
                    front = done.end;
                }
                prop_assert_eq!(front + window.len() as u64 + 1, next);
            }
        }
    }
}
