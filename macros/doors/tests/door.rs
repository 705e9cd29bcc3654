//! A program that embeds machines and an agent.

extern crate self as chorister;

/// What the facade offers to machines and agents.
pub mod codegen {
    pub use chorister_ddl::codegen::*;
    pub use chorister_ir::*;
    pub use chorister_lang::template::{Function, Node, Template, Term, literal};
}

chorister_macros::machine!("../../tests/golden/lamp/spec.yaml");
chorister_macros::machine!("../../tests/golden/lamp/spec.yaml" as light);
chorister_macros::agent!("../../tests/golden/agents/disk/spec.ddl.yaml");

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

#[test]
fn an_embedded_agent_is_typed() {
    let path = disk::UsagePath::try_from("/var".to_owned());
    assert_eq!(path.as_deref(), Ok("/var"));
    assert_eq!(disk::DDL.actions.len(), 5);
}
