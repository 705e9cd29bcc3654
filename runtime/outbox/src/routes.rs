//! Which subjects streams take, as far as that is known.

use core::time::Duration;
use std::collections::HashMap;

/// How long a broker that has a message may take until a stream confirms it.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// The same for a node that stops: what is told again at the next start was told twice where no stream takes it.
pub(crate) const HURRY: Duration = Duration::from_secs(1);

/// How long it is believed that no stream takes a subject.
pub const AGAIN: Duration = Duration::from_secs(600);

/// Where messages of a subject go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Route {
    /// Nobody knows yet.
    #[default]
    Unknown,
    /// A stream takes them.
    Stream,
    /// No stream does.
    Plain,
}

/// What is known of all subjects. Times are since any moment.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    known: HashMap<String, (Route, Duration)>,
}

impl Routes {
    /// Where messages of a subject go now.
    pub(crate) fn of(&self, subject: &str, now: Duration) -> Route {
        match self.known.get(subject) {
            Some((Route::Plain, since)) if now.saturating_sub(*since) >= AGAIN => Route::Unknown,
            Some((route, _)) => *route,
            None => Route::Unknown,
        }
    }

    /// Takes note of what was found out; true where it is news.
    pub(crate) fn learn(&mut self, subject: &str, route: Route, now: Duration) -> bool {
        let before = match self.known.get_mut(subject) {
            Some(known) => std::mem::replace(known, (route, now)).0,
            None => {
                self.known.insert(subject.to_owned(), (route, now));
                Route::Unknown
            }
        };
        before != route
    }

    /// Another broker may have other streams.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_out_is_believed_for_a_while() {
        let mut routes = Routes::default();
        let at = Duration::from_secs;
        assert_eq!(routes.of("a", at(0)), Route::Unknown);
        assert!(routes.learn("a", Route::Plain, at(0)));
        assert!(!routes.learn("a", Route::Plain, at(1)));
        assert!(routes.learn("b", Route::Stream, at(0)));
        assert_eq!(routes.of("a", at(600)), Route::Plain);
        assert_eq!(routes.of("a", at(601)), Route::Unknown);
        assert_eq!(routes.of("b", at(10_000)), Route::Stream);
        routes.forget();
        assert_eq!(routes.of("b", at(0)), Route::Unknown);
    }
}
