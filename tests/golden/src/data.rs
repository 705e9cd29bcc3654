//! Data plugins: `data/CASE/spec.ddl.yaml` becomes `out.rs`, and `ddl.json` for the tools of Choria, beside it.

#[path = "../data/mount/out.rs"]
#[rustfmt::skip]
pub mod mount;
#[path = "../data/queue/out.rs"]
#[rustfmt::skip]
pub mod queue;

/// Every case: the text of its spec, its DDL as Choria has it, and the plugin that it became.
pub const ALL: &[(&str, &str, &crate::codegen::DataDdl)] = &[
    (
        include_str!("../data/mount/spec.ddl.yaml"),
        include_str!("../data/mount/ddl.json"),
        &mount::DDL,
    ),
    (
        include_str!("../data/queue/spec.ddl.yaml"),
        include_str!("../data/queue/ddl.json"),
        &queue::DDL,
    ),
];

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
