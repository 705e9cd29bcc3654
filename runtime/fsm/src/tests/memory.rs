//! What an idle machine costs.

use core::mem::size_of;
use std::path::Path;
use std::sync::Arc;

use super::lab::{Build, Lab, every, exec, timer, two_states};
use crate::node::{Node, Watch};
use crate::registry::Slot;
use crate::{Instance, MachineRef};

/// What an allocator adds to a block, in bytes.
const BLOCK: usize = 16;

#[test]
fn a_hundred_thousand_idle_machines_are_small() {
    const COUNT: usize = 100_000;
    let mut lab = Lab::new();
    let machine = two_states("m")
        .watch("w", &["b"], ["", ""], exec("x"))
        .tune(every(3_600))
        .watch("t", &["b"], ["", "back"], timer(60));
    let machine = Arc::new(machine);
    let directory: Arc<Path> = Path::new("/var/lib/scout/machines/machine").into();
    lab.with(|fleet, cx| {
        for _ in 0..COUNT {
            let machine = MachineRef::Shared(Arc::clone(&machine));
            fleet.insert(machine, Instance::new([0; 16], Arc::clone(&directory)), cx);
        }
    });
    let fleet = &lab.fleet;
    assert_eq!(fleet.len(), COUNT);
    let node = size_of::<Node>() + BLOCK;
    let watches = 2 * size_of::<Watch>() + BLOCK;
    let slot = fleet.slots.capacity() * size_of::<Slot>() / COUNT;
    let queues = (fleet.due.bytes() + fleet.wall.bytes()) / COUNT;
    // A name of its own, which these do not have: an entry of a map three quarters full and a list of one.
    let name = (2 * size_of::<Vec<u32>>() + 1) * 4 / 3 + 16 + BLOCK;
    let own_directory = 2 * size_of::<usize>() + directory.as_os_str().len() + BLOCK;
    let bytes = node + watches + slot + queues + name + own_directory;
    println!(
        "{bytes} bytes a machine: node {node}, watchers {watches}, place {slot}, queues {queues}, \
         name {name}, directory {own_directory}"
    );
    assert!(bytes < 700, "{bytes}");
}
