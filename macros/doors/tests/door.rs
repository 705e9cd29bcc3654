//! A program that embeds machines.

extern crate self as chorister;

/// What the facade offers to machines.
pub mod codegen {
    pub use chorister_ir::*;
    pub use chorister_lang::template::{Function, Node, Template, Term, literal};
}

chorister_macros::machine!("../../tests/golden/lamp/spec.yaml");
chorister_macros::machine!("../../tests/golden/lamp/spec.yaml" as light);

#[test]
fn an_embedded_machine_is_typed_and_runs_in_the_engine() {
    assert_eq!(
        lamp::State::Off.next(lamp::Transition::TurnOn),
        Some(lamp::State::On)
    );
    assert_eq!(lamp::State::Off.next(lamp::Transition::TurnOff), None);
    assert_eq!(lamp::State::ALL.len(), 2);
    assert_eq!(lamp::Transition::ALL.len(), 2);
    assert_eq!(lamp::MACHINE.name, "lamp");
    assert_eq!(light::MACHINE.edge_list().count(), 2);
}
