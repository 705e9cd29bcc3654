//! What a spool promises, with files.

use proptest::prelude::*;

use super::*;

const SMALL: Limits = Limits {
    disk: 400,
    segment: 100,
    memory: 300,
};

fn line(number: usize) -> String {
    format!("subject id-{number} {{\"number\":{number:010}}}\n")
}

fn open(directory: &Path) -> Spool {
    Spool::open(directory.to_owned(), SMALL).unwrap()
}

/// The numbers of the lines that wait.
fn waiting(spool: &Spool) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut at = spool.told();
    loop {
        let (from, bytes) = spool.read(at, 1 << 20);
        if bytes.is_empty() {
            return numbers;
        }
        for line in bytes.split_inclusive(|it| *it == b'\n') {
            let read = Line::read(line.trim_ascii_end()).unwrap();
            numbers.push(read.id.strip_prefix("id-").unwrap().parse().unwrap());
        }
        at = from + bytes.len() as u64;
    }
}

#[test]
fn lines_wait_in_order_over_restarts_until_they_are_told() {
    let home = tempfile::tempdir().unwrap();
    let spool = open(home.path());
    for number in 0..8 {
        spool.append(line(number).as_bytes());
    }
    let size = line(0).len() as u64;
    assert_eq!(waiting(&spool), (0..8).collect::<Vec<_>>());
    assert_eq!(spool.tally().waiting, 8);
    spool.done(5 * size, 5, 0);
    spool.sync();
    let spool = open(home.path());
    assert_eq!(waiting(&spool), [5, 6, 7]);
    assert_eq!(spool.tally().waiting, 3);
    spool.append(line(8).as_bytes());
    spool.done(9 * size, 4, 0);
    assert!(spool.is_empty());
    assert_eq!(spool.tally().waiting, 0);
    let spool = open(home.path());
    assert!(spool.is_empty());
    spool.append(line(9).as_bytes());
    assert_eq!(waiting(&spool), [9]);
}

#[test]
fn the_oldest_make_room_and_are_counted() {
    let home = tempfile::tempdir().unwrap();
    let spool = open(home.path());
    for number in 0..40 {
        spool.append(line(number).as_bytes());
    }
    let kept = waiting(&spool);
    let tally = spool.tally();
    assert_eq!(kept.last(), Some(&39));
    assert_eq!(
        (tally.dropped, tally.waiting),
        (40 - kept.len() as u64, kept.len() as u64)
    );
    assert!(tally.bytes <= SMALL.disk);
    // Whoever was reading what is gone goes on with the oldest that is left.
    let (from, bytes) = spool.read(0, 1 << 20);
    assert!(from > 0 && !bytes.is_empty());
}

#[test]
fn half_a_line_is_cut_off() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).append(line(0).as_bytes());
    let path = segment::path(home.path(), 0);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"subject id-1 {\"nu");
    fs::write(&path, bytes).unwrap();
    let spool = open(home.path());
    assert_eq!(waiting(&spool), [0]);
    spool.append(line(1).as_bytes());
    assert_eq!(waiting(&spool), [0, 1]);
    assert_eq!(waiting(&open(home.path())), [0, 1]);
}

#[test]
fn a_disk_that_takes_nothing_is_done_without_and_tried_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("events");
    let spool = open(&folder);
    spool.append(line(0).as_bytes());
    // The next file has no place to be.
    fs::remove_dir_all(&folder).unwrap();
    spool.writer().file = None;
    for number in 1..4 {
        spool.append(line(number).as_bytes());
    }
    // What was on the disk is gone with it.
    assert_eq!(waiting(&spool), [1, 2, 3]);
    assert_eq!(spool.tally().dropped, 1);
    fs::create_dir(&folder).unwrap();
    spool.append(line(4).as_bytes());
    assert_eq!(waiting(&spool), [1, 2, 3, 4]);
    for number in 5..9 {
        spool.append(line(number).as_bytes());
    }
    assert_eq!(waiting(&open(&folder)), [4, 5, 6, 7, 8]);
}

#[test]
fn a_file_that_was_cut_costs_its_lines_only() {
    let home = tempfile::tempdir().unwrap();
    let spool = open(home.path());
    for number in 0..8 {
        spool.append(line(number).as_bytes());
    }
    fs::write(segment::path(home.path(), 0), "").unwrap();
    let left = waiting(&spool);
    assert!(left.len() >= 4 && left.ends_with(&[7]), "{left:?}");
    assert_eq!(spool.tally().dropped + left.len() as u64, 8);
}

#[tokio::test]
async fn whoever_waits_for_the_end_hears_of_it() {
    let home = tempfile::tempdir().unwrap();
    let spool = Arc::new(open(home.path()));
    spool.emptied().await;
    spool.append(line(0).as_bytes());
    let other = Arc::clone(&spool);
    let task = tokio::spawn(async move { other.emptied().await });
    tokio::task::yield_now().await;
    spool.done(line(0).len() as u64, 1, 0);
    task.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against a list: whatever is put, told and opened again, the newest wait in order, and none is told twice.
    #[test]
    fn a_spool_is_a_queue(steps in proptest::collection::vec((0_u8..4, 1_usize..6), 1..40)) {
        let home = tempfile::tempdir().unwrap();
        let mut spool = open(home.path());
        let (mut next, mut told) = (0, 0);
        for (step, count) in steps {
            match step {
                0 | 1 => {
                    let lines: String = (next..next + count).map(line).collect();
                    spool.append(lines.as_bytes());
                    next += count;
                }
                2 => {
                    let (from, bytes) = spool.read(spool.told(), 1 << 20);
                    let lines: Vec<&[u8]> = bytes.split_inclusive(|it| *it == b'\n').take(count).collect();
                    let size: usize = lines.iter().map(|it| it.len()).sum();
                    if size > 0 {
                        told = waiting(&spool)[lines.len() - 1] + 1;
                        spool.done(from + size as u64, lines.len() as u64, 0);
                    }
                }
                _ => spool = open(home.path()),
            }
            let left = waiting(&spool);
            prop_assert!(left.windows(2).all(|it| it[0] + 1 == it[1]), "{:?}", left);
            prop_assert_eq!(left.last().map_or(next, |it| it + 1), next);
            prop_assert!(left.first().is_none_or(|it| *it >= told));
            prop_assert_eq!(spool.tally().waiting, left.len() as u64);
        }
    }
}
