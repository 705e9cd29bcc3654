//! Limits, batches and expectations.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::batches::Queue;
use crate::tally::{Taken, Tally};
use crate::{Batches, Discovery, Limit, LimitError, Pick, Standing};

fn nodes(number: usize) -> Vec<String> {
    (0..number).map(|it| format!("n{it}.example.net")).collect()
}

#[test]
fn limits_are_numbers_or_shares() {
    assert_eq!("10".parse(), Ok(Limit::Nodes(10)));
    assert_eq!("10%".parse(), Ok(Limit::Percent(10)));
    for wrong in ["", "%", "x", "-1", "101%", "1 %", "1.5%"] {
        assert!(matches!(
            wrong.parse::<Limit>(),
            Err(LimitError::Syntax { .. })
        ));
    }
    let few = Limit::Percent(1).apply(nodes(3), Pick::First);
    assert_eq!(
        few.expect_err("nobody").to_string(),
        "no targets left after applying target limits of '1%' to 3 nodes"
    );
    let more = Limit::Nodes(9).apply(nodes(3), Pick::First);
    assert_eq!(more, Ok(nodes(3)), "more than there are is all of them");
}

#[test]
fn names_need_nobody_to_be_asked() {
    let named = |identities: &[&str]| {
        let identities = identities.iter().map(|it| (*it).to_owned()).collect();
        Discovery::new(chorister_proto::Filter {
            identities,
            ..chorister_proto::Filter::agent("rpcutil")
        })
        .named()
    };
    assert_eq!(
        named(&["a", "b"]),
        Some(vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(named(&["a", "/b/"]), None);
    assert_eq!(named(&[]), None);
}

proptest! {
    #[test]
    fn limits_leave_a_part(
        number in 1..60usize,
        wanted in 0..80usize,
        percent in 0..=100u8,
        seed: u64,
    ) {
        let all = nodes(number);
        for (limit, most) in [
            (Limit::Nodes(wanted), wanted.min(number)),
            (Limit::Percent(percent), number * usize::from(percent) / 100),
        ] {
            prop_assert_eq!(limit.to_string().parse(), Ok(limit));
            for pick in [Pick::First, Pick::Random { seed }] {
                let Ok(left) = limit.apply(all.clone(), pick) else {
                    prop_assert_eq!(most, 0);
                    continue;
                };
                prop_assert_eq!(left.len(), most);
                let distinct: BTreeSet<_> = left.iter().collect();
                prop_assert_eq!(distinct.len(), most);
                prop_assert!(left.iter().all(|it| all.contains(it)));
                if pick == Pick::First {
                    prop_assert_eq!(&left[..], &all[..most]);
                } else {
                    let mut other = all.clone();
                    other.reverse();
                    prop_assert_eq!(limit.apply(other, pick), Ok(left));
                }
            }
        }
    }

    #[test]
    fn batches_are_all_nodes_in_their_order(number in 0..50usize, size in 1..20usize) {
        let all = nodes(number);
        let batches = NonZeroUsize::new(size).map(|size| Batches { size, sleep: Duration::ZERO });
        let mut queue = Queue::new(all.clone(), batches);
        let count = queue.batches();
        let mut asked = Vec::new();
        while let Some(batch) = queue.next() {
            prop_assert!(!batch.is_empty() && batch.len() <= size);
            prop_assert!(batch.len() == size || queue.is_empty());
            asked.extend(batch);
        }
        prop_assert_eq!(asked, all);
        prop_assert_eq!((queue.begun(), number.div_ceil(size)), (count, count));
    }

    /// Replies of anybody, held against the plainest account of the same.
    #[test]
    fn each_sender_counts_once(
        batches in prop::collection::vec(prop::collection::vec(0..12u8, 1..4), 1..4),
        replies in prop::collection::vec((0..4usize, 0..16u8), 0..40),
    ) {
        let name = |it: &u8| format!("n{it}");
        let mut tally = Tally::of_nodes();
        let mut asked = BTreeSet::new();
        let mut heard = BTreeSet::new();
        let mut unexpected = BTreeSet::new();
        for (at, batch) in batches.iter().enumerate() {
            let batch: Vec<_> = batch.iter().map(name).filter(|it| asked.insert(it.clone())).collect();
            tally.expect(&batch);
            for sender in replies.iter().filter(|it| it.0 == at).map(|it| name(&it.1)) {
                let wanted = if asked.contains(&sender) && heard.insert(sender.clone()) {
                    Taken::Counts(Standing::Expected)
                } else if !asked.contains(&sender) && unexpected.insert(sender.clone()) {
                    Taken::Counts(Standing::Unexpected)
                } else {
                    Taken::Duplicate
                };
                prop_assert_eq!(tally.take(&sender), wanted);
            }
            prop_assert_eq!(tally.is_complete(), batch.iter().all(|it| heard.contains(it)));
        }
        let silent: Vec<_> = asked.difference(&heard).cloned().collect();
        prop_assert_eq!(tally.silent(), silent);
        prop_assert_eq!(tally.unexpected(), unexpected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn whoever_invents_senders_fills_no_memory() {
    let mut tally = Tally::of_nodes();
    tally.expect(&["n1".to_owned()]);
    let strangers = (0..20_000).map(|it| tally.take(&format!("liar{it}")));
    let counted = strangers
        .filter(|it| *it == Taken::Counts(Standing::Unexpected))
        .count();
    assert_eq!(counted, 10_000);
    assert_eq!(tally.take("n1"), Taken::Counts(Standing::Expected));
    assert!(tally.is_complete());
}

#[test]
fn anybody_is_enough_when_so_many_answered() {
    let mut tally = Tally::of_anybody(2);
    for (sender, complete) in [("a", false), ("a", false), ("b", true)] {
        let _ = tally.take(sender);
        assert_eq!(tally.is_complete(), complete);
    }
    assert!(tally.silent().is_empty() && tally.unexpected().is_empty());
}
