//! What generated agents may name; the facade has it as `chorister::codegen`.

pub use core::future::Future;

pub use chorister_ir::ddl::{
    Action, ActionRun, Aggregate, Aggregation, DataDdl, Ddl, Display, ExecAction, ExecOutputs,
    Extract, Input, InputKind, JobAction, MachineAction, Metadata, Output, Provider, Taken,
    Validation, ValueType, WaitFor,
};
pub use chorister_ir::{
    Argument, Json, List, Member, Pair, ParameterId, Part, Text, Variable, Word, list, text,
};
pub use serde::{self, Deserialize, Serialize};
pub use serde_json::{Map, Value};

pub use crate::{
    Agent, Call, Calling, Data, DataPlugin, Failure, Invalid, Pending, RequestContext, answer,
    asked, checked, declared, default, nothing, take,
};
