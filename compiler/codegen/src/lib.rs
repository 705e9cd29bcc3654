//! The compiler's back end: checked machines and distributions become readable Rust.
//!
//! One function, [`generate`], stands behind the three doors: build scripts call [`compile`], the author's tool writes
//! what it returns into the tree, and the macro `machine!` takes the items of one machine from [`items`]. What is wrong
//! with a spec is the business of `chorister-spec`; nothing is emitted while anything is.
//!
//! Only [`files`] and the door for build scripts touch the file system. Output depends on the text of the specs alone:
//! no time, no absolute path, no version of a tool.

mod agents;
mod budget;
mod build_script;
mod bundle;
mod capabilities;
mod classes;
mod emit;
pub mod explore;
pub mod files;
mod generate;
mod goss;
mod library;
mod load;
mod manifest;
mod naming;
mod one;
mod plugins;
pub mod standard;
mod suites;

pub use build_script::{compile, test};
pub use bundle::check_programs;
pub use classes::{check_class, class_manifest};
pub use emit::{AgentProvenance, ClassProvenance, Provenance, agent, class, data, items, machine};
pub use files::{Disk, Files};
pub use generate::{Layout, Output, check, generate};
pub use goss::{Gossfiles, check_goss, check_gossfiles};
pub use library::agent_library;
pub use manifest::machine as machine_manifest;
pub use naming::Name;
pub use one::{OneAgent, OneMachine, one_agent, one_class, one_machine};
pub use suites::{Gatherer, Suites, is_class_file, is_test_file};

/// Applies a function to every item, on as many threads as there are processors; results keep the order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    /// Items that are not worth a thread.
    const FEW: usize = 16;
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    if threads == 1 || items.len() <= FEW {
        return items.iter().map(each).collect();
    }
    let each = &each;
    let size = items.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(size)
            .map(|chunk| scope.spawn(move || chunk.iter().map(each).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}
