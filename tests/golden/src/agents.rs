//! Agents: `agents/CASE/spec.ddl.yaml` becomes `out.rs`, and `ddl.json` for the tools of Choria, beside it.

/// Declares the module of each case and the list of them all.
macro_rules! cases {
    ($($module:ident = $path:literal, $spec:literal, $document:literal;)*) => {
        $(
            #[path = $path]
            #[rustfmt::skip]
            pub mod $module;
        )*

        /// Every case: the text of its spec, its DDL as Choria has it, and the agent that it became.
        pub const ALL: &[(&str, &str, &crate::codegen::Ddl)] =
            &[$((include_str!($spec), include_str!($document), &$module::DDL)),*];
    };
}

cases! {
    disk = "../agents/disk/out.rs", "../agents/disk/spec.ddl.yaml", "../agents/disk/ddl.json";
    jobs = "../agents/jobs/out.rs", "../agents/jobs/spec.ddl.yaml", "../agents/jobs/ddl.json";
    obstacle_course = "../agents/obstacle_course/out.rs", "../agents/obstacle_course/spec.ddl.yaml",
        "../agents/obstacle_course/ddl.json";
    remote = "../agents/remote/out.rs", "../agents/remote/spec.ddl.yaml", "../agents/remote/ddl.json";
}

#[cfg(test)]
#[path = "agent_tests.rs"]
pub(crate) mod tests;
