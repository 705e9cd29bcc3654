//! What generated agents may name; the facade has it as `chorister::codegen`.

pub use core::future::Future;

pub use chorister_ir::ddl::{
    Action, ActionRun, Aggregate, Ddl, Display, ExecAction, ExecOutputs, Extract, Function, Input,
    InputKind, MachineAction, Metadata, Output, Provider, Taken, Validation, ValueType, WaitFor,
};
pub use serde::{self, Deserialize, Serialize};
pub use serde_json::{Map, Value};

pub use crate::{
    Agent, Call, Calling, Data, Failure, Invalid, Pending, RequestContext, answer, check_text,
    declared, take,
};
