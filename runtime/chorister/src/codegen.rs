//! Everything that generated code may name.
//!
//! This is the surface between a compiler and a library of different ages: names are added here, never changed.

#[cfg(feature = "network")]
pub use chorister_agents as standard;
#[cfg(feature = "native-checks")]
pub use chorister_checks as natives;
pub use chorister_ddl::codegen::*;
pub use chorister_engine::BundledFile;
pub use chorister_engine::drivers;
pub use chorister_ir::*;
pub use chorister_lang::cron::{Cron, Field};
pub use chorister_lang::expr::{Builtin, Entry, Expr, One, Operator, Program};
pub use chorister_lang::template::{Function, Node, Template, Term, literal};
#[cfg(feature = "rego")]
pub use chorister_policy::REGO;

pub use crate::card;
pub use crate::distribution::{
    Budget, CompiledAgent, CompiledClass, CompiledData, CompiledMachine, Distribution, Features,
    Loaded, LoadedBundle, Role, Setting, Spec,
};
pub use crate::enrolment;
pub use crate::external;
#[cfg(feature = "goss")]
pub use crate::goss::GOSS;
pub use crate::loader;
pub use crate::network;
