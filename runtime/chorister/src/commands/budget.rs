//! What a node uses of what it may use, in words.

use chorister_engine::{BudgetStatus, size};

use super::ask::aligned;

/// One line where nothing is limited, otherwise a row for each thing with what is left of it.
pub(super) fn text(budget: &BudgetStatus) -> String {
    let BudgetStatus {
        memory,
        events,
        forks,
    } = budget;
    let used = memory.used.map_or_else(|| "unknown".to_owned(), size);
    if memory.limit.is_none() && events.limit.is_none() && forks.limit.is_none() {
        return format!(
            "memory {used}, over the last minute {} events and {} commands a second\n",
            rate(events.per_second),
            rate(forks.per_second),
        );
    }
    let heading = ["BUDGET", "USED", "OF", "HEADROOM", ""].map(str::to_owned);
    let row = |name: &str, used: String, of: Option<String>, left: Option<f64>, remark: String| {
        [
            name.to_owned(),
            used,
            of.unwrap_or_else(|| "-".to_owned()),
            left.map_or_else(|| "-".to_owned(), |it| format!("{:.0} %", it * 100.0)),
            remark,
        ]
    };
    let share = |left: Option<f64>, limit: Option<f64>| Some(left? / limit?.max(f64::EPSILON));
    let rows = [
        heading,
        row(
            "memory",
            used,
            memory.limit.map(size),
            share(
                memory.headroom.map(|it| it as f64),
                memory.limit.map(|it| it as f64),
            ),
            String::new(),
        ),
        row(
            "events",
            format!("{}/s", rate(events.per_second)),
            events.limit.map(|it| format!("{it}/s")),
            share(events.headroom, events.limit.map(f64::from)),
            remarks(&[
                (events.shed, "announcements not published"),
                (events.over, "events beyond it"),
            ]),
        ),
        row(
            "commands",
            format!("{}/s", rate(forks.per_second)),
            forks.limit.map(|it| format!("{it}/s")),
            share(forks.headroom, forks.limit.map(f64::from)),
            remarks(&[
                (forks.waiting as u64, "waiting"),
                (forks.delayed, "delayed"),
            ]),
        ),
    ];
    format!("\n{}", aligned(&rows))
}

/// A rate with as many digits as matter.
fn rate(per_second: f64) -> String {
    let digits = match per_second {
        0.0 => 0,
        it if it < 0.1 => 3,
        it if it < 10.0 => 1,
        _ => 0,
    };
    format!("{per_second:.digits$}")
}

fn remarks(counts: &[(u64, &str)]) -> String {
    let told = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<_> = told
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use chorister_engine::{EventUse, ForkUse, MemoryUse};

    use super::*;

    #[test]
    fn without_limits_there_is_one_line() {
        let budget = BudgetStatus {
            memory: MemoryUse {
                used: Some(5 << 20),
                ..MemoryUse::default()
            },
            ..BudgetStatus::default()
        };
        assert_eq!(
            text(&budget),
            "memory 5 MiB, over the last minute 0 events and 0 commands a second\n"
        );
    }

    #[test]
    fn limits_are_shown_with_what_is_left() {
        let budget = BudgetStatus {
            memory: MemoryUse {
                used: Some(3 << 20),
                limit: Some(12 << 20),
                headroom: Some(9 << 20),
            },
            events: EventUse {
                per_second: 40.0,
                limit: Some(50),
                headroom: Some(10.0),
                shed: 3,
                over: 0,
            },
            forks: ForkUse {
                per_second: 0.25,
                waiting: 2,
                delayed: 7,
                ..ForkUse::default()
            },
        };
        assert_eq!(
            text(&budget),
            "\nBUDGET    USED   OF      HEADROOM\n\
             memory    3 MiB  12 MiB  75 %\n\
             events    40/s   50/s    20 %      3 announcements not published\n\
             commands  0.2/s  -       -         2 waiting, 7 delayed\n"
        );
    }
}
