//! Golden output of the compiler.
//!
//! Each folder beside `src` is a case: `spec.yaml` and the module `out.rs` that it becomes. That the text is fresh is
//! tested in `chorister-compiler` (`BLESS=1 cargo test -p chorister-compiler` rewrites it); that it compiles and
//! passes the lints is shown by this crate, and that it says what the front end read by the tests here.

extern crate self as chorister;

pub mod agents;
pub mod data;

/// The part of the facade's surface that machines name, without the engine.
pub mod codegen {
    pub use chorister_ddl::codegen::*;
    pub use chorister_ir::*;
    pub use chorister_lang::cron::{Cron, Field};
    pub use chorister_lang::expr::{Builtin, Entry, Expr, One, Operator, Program};
    pub use chorister_lang::template::{Function, Node, Template, Term, literal};
}

/// Declares the module of each case and the list of them all.
macro_rules! cases {
    ($($module:ident = $path:literal, $spec:literal;)*) => {
        $(
            #[path = $path]
            #[rustfmt::skip]
            pub mod $module;
        )*

        /// Every case: the text of its spec and the machine it became.
        pub const CASES: &[(&str, &codegen::Machine)] =
            &[$((include_str!($spec), &$module::MACHINE)),*];
    };
}

cases! {
    alike = "../alike/out.rs", "../alike/spec.yaml";
    every_watcher = "../every_watcher/out.rs", "../every_watcher/spec.yaml";
    lamp = "../lamp/out.rs", "../lamp/spec.yaml";
    no_transitions_fired = "../no_transitions_fired/out.rs", "../no_transitions_fired/spec.yaml";
    obstacle_course = "../obstacle_course/out.rs", "../obstacle_course/spec.yaml";
    odd_text = "../odd_text/out.rs", "../odd_text/spec.yaml";
    one_state = "../one_state/out.rs", "../one_state/spec.yaml";
    other_machines = "../other_machines/out.rs", "../other_machines/spec.yaml";
}

#[cfg(test)]
mod tests {
    use chorister_ir::{Edges, Machine};
    use chorister_spec::{Options, Source};

    use super::CASES;

    fn each(check: impl Fn(&Machine, &Machine)) {
        for (spec, compiled) in CASES {
            let options = Options {
                build: true,
                ..Options::default()
            };
            let checked =
                chorister_spec::machine::check(&Source::new("spec.yaml", *spec), &options);
            let loaded = checked.machine.expect("a golden spec has no errors");
            check(&loaded, compiled);
        }
    }

    #[test]
    fn compiled_edges_are_those_of_the_table() {
        each(|loaded, compiled| {
            assert!(matches!(compiled.edges, Edges::Compiled(_)));
            assert!(matches!(loaded.edges, Edges::Table(_)));
            for from in loaded.state_ids() {
                for transition in loaded.transition_ids() {
                    assert_eq!(
                        compiled.next(from, transition),
                        loaded.next(from, transition),
                        "{}: {} in {}",
                        loaded.name,
                        loaded.transition(transition),
                        loaded.state(from),
                    );
                }
            }
        });
    }

    #[test]
    fn what_was_printed_is_what_was_read() {
        each(|loaded, compiled| {
            let name = &loaded.name;
            assert_eq!(compiled.name, *name);
            assert_eq!(compiled.description, loaded.description, "{name}");
            assert_eq!(compiled.version, loaded.version, "{name}");
            assert_eq!(compiled.initial, loaded.initial, "{name}");
            assert_eq!(compiled.splay_start, loaded.splay_start, "{name}");
            assert_eq!(compiled.states, loaded.states, "{name}");
            assert_eq!(compiled.transitions, loaded.transitions, "{name}");
            assert_eq!(compiled.watchers, loaded.watchers, "{name}");
        });
    }
}
