//! Keeps an agent that fails again and again from being asked.

use core::time::Duration;

use chorister_ddl::AgentState;
use jiff::Timestamp;

/// How many failures in a row open it.
const FAILURES: u32 = 5;

/// How long it stays open before one request is let through to see.
const PAUSE: Duration = Duration::from_secs(60);

/// Whether requests reach an agent. Only what is the agent's own fault counts: that it was not done in time, or panicked.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    state: State,
    failures: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// Opened by failures; one request may try after this.
    Open { until: Timestamp },
    /// One request tries.
    Trying,
    /// Opened by somebody, who alone closes it.
    Held,
}

impl Breaker {
    /// What it does.
    #[must_use]
    pub const fn state(&self) -> AgentState {
        match self.state {
            State::Closed => AgentState::Active,
            State::Open { .. } | State::Trying => AgentState::Tripped,
            State::Held => AgentState::Paused,
        }
    }

    /// Whether a request may pass now. One that may has to be followed by [`Breaker::succeeded`] or [`Breaker::failed`].
    pub fn admit(&mut self, now: Timestamp) -> bool {
        match self.state {
            State::Closed => true,
            State::Open { until } if now >= until => {
                self.state = State::Trying;
                true
            }
            State::Open { .. } | State::Trying | State::Held => false,
        }
    }

    /// The agent answered, whatever it answered.
    pub fn succeeded(&mut self) {
        self.failures = 0;
        if self.state == State::Trying {
            self.state = State::Closed;
        }
    }

    /// The agent did not answer in time, or panicked.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        let opens = self.state == State::Trying || self.failures >= FAILURES;
        if opens && self.state != State::Held {
            let until = now.saturating_add(PAUSE).unwrap_or(Timestamp::MAX);
            self.state = State::Open { until };
        }
    }

    /// No request passes until [`Breaker::release`].
    pub fn hold(&mut self) {
        self.state = State::Held;
    }

    /// Requests pass again.
    pub fn release(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn five_failures_in_a_row_open_it_for_a_minute() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            assert!(breaker.admit(at(0)));
            breaker.failed(at(0));
        }
        breaker.succeeded();
        for _ in 0..5 {
            assert!(breaker.admit(at(1)));
            breaker.failed(at(1));
        }
        assert_eq!(breaker.state(), AgentState::Tripped);
        assert!(!breaker.admit(at(60)));
        assert!(breaker.admit(at(61)), "one may try");
        assert!(!breaker.admit(at(61)), "and no other");
        breaker.failed(at(62));
        assert!(!breaker.admit(at(121)));
        assert!(breaker.admit(at(122)));
        breaker.succeeded();
        assert_eq!(breaker.state(), AgentState::Active);
        assert!(breaker.admit(at(122)));
    }

    #[test]
    fn what_somebody_holds_stays_held() {
        let mut breaker = Breaker::default();
        breaker.hold();
        assert!(!breaker.admit(at(1_000_000)));
        breaker.failed(at(0));
        breaker.succeeded();
        assert_eq!(breaker.state(), AgentState::Paused);
        breaker.release();
        assert!(breaker.admit(at(0)));
    }
}
