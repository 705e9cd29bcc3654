//! Certificates for as long as a node runs.

use core::time::Duration;

use jiff::Timestamp;

use crate::{EnrolError, Order, Pod, Standing};

/// The pauses after what did not work: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(600));

/// The longest time between two looks at the clock, which may be set.
const LOOK: Duration = Duration::from_secs(3600);

/// How much earlier than that a certificate may be renewed, as a part of its last third.
const EARLY: f64 = 0.1;

/// Waits until there is a certificate that counts, and gets one where there is none. `report` is told why that takes so
/// long, and then that it is over.
pub async fn obtain<R: Future<Output = ()>>(
    order: &Order,
    pod: &Pod,
    report: impl Fn(Option<String>) -> R,
) {
    let mut pauses = Pauses::default();
    loop {
        match missing(order, pod).await {
            Ok(()) => break,
            Err(error) => report(Some(format!("there is no certificate yet: {error}"))).await,
        }
        tokio::time::sleep(pauses.next()).await;
    }
    report(None).await;
}

/// Gets a certificate where none counts.
async fn missing(order: &Order, pod: &Pod) -> Result<(), EnrolError> {
    match order.standing(Timestamp::now())? {
        Standing::Good { .. } => Ok(()),
        Standing::Missing | Standing::Ended(_) => order.place(pod).await,
    }
}

/// Gets a new certificate each time that two thirds of the time of the present one are over. `report` is told why that does
/// not work, and when it does. Never ends.
pub async fn keep<R: Future<Output = ()>>(
    order: &Order,
    pod: &Pod,
    report: impl Fn(Option<String>) -> R,
) {
    // Pods that began together do not ask together.
    let early = EARLY * fastrand::f64();
    let mut pauses = Pauses::default();
    loop {
        let pause = match renew(order, pod, early).await {
            Ok(Renewal::Later(pause)) => {
                pauses = Pauses::default();
                pause
            }
            // What is due again at once must not be asked for all the time.
            Ok(Renewal::Done) => {
                report(None).await;
                pauses.next()
            }
            Err(error) => {
                report(Some(format!("the certificate is not renewed: {error}"))).await;
                pauses.next()
            }
        };
        tokio::time::sleep(pause).await;
    }
}

enum Renewal {
    Done,
    Later(Duration),
}

/// Gets a new certificate if it is time.
async fn renew(order: &Order, pod: &Pod, early: f64) -> Result<Renewal, EnrolError> {
    let now = Timestamp::now();
    if let Standing::Good { renew, ends } = order.standing(now)? {
        let last_third = Duration::try_from(ends.duration_since(renew)).unwrap_or_default();
        let left = Duration::try_from(renew.duration_since(now)).unwrap_or_default();
        let left = left.saturating_sub(last_third.mul_f64(early));
        if !left.is_zero() {
            return Ok(Renewal::Later(left.min(LOOK)));
        }
    }
    order.place(pod).await?;
    Ok(Renewal::Done)
}

/// Pauses that grow, each made longer or shorter by up to a half by chance.
struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(PAUSES.0)
    }
}

impl Pauses {
    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(PAUSES.1);
        pause.mul_f64(0.5 + fastrand::f64())
    }
}
