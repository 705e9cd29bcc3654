//! Holds a node, and every process that it starts, to what its distribution may do.
//!
//! On Linux this is done by Landlock: files, programs and TCP ports. What the running kernel cannot enforce is said
//! and not hidden: [`Held`] tells how far it goes. Elsewhere nothing is enforced, and that is said too.
//!
//! [`restrict`] applies to the calling thread and to what it starts from then on, so it is called before there is
//! another thread. There is no way back.

mod grants;
#[cfg(target_os = "linux")]
mod landlock;
mod loaders;
mod node;

#[cfg(test)]
mod tests;

use chorister_ir::Sandbox;

pub use node::Node;

/// How far a node is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// How much of it.
    pub extent: Extent,
    /// What is not enforced, each a sentence without a full stop.
    pub gaps: Vec<String>,
    /// Where more is allowed than was asked for, since no rule is finer, each a sentence without a full stop.
    pub wider: Vec<String>,
    /// What is granted and not there: what comes later under these names is refused until the node starts again.
    pub absent: Vec<String>,
}

/// How much of a sandbox is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All that was asked for.
    Full,
    /// Some of it.
    Partial,
    /// Nothing.
    Nothing,
}

/// Why a node could not be held, on a system that is able to.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be made: {0}")]
pub struct SandboxError(String);

/// Holds this thread, and whatever it starts from now on, to the sandbox and to what the node needs for itself.
///
/// # Errors
///
/// What the operating system refused although it knows how.
pub fn restrict(sandbox: &Sandbox, node: &Node) -> Result<Held, SandboxError> {
    let grants = grants::Grants::of(sandbox, node);
    enforce(sandbox, node, grants)
}

#[cfg(target_os = "linux")]
use self::landlock::enforce;

#[cfg(not(target_os = "linux"))]
fn enforce(_: &Sandbox, _: &Node, grants: grants::Grants) -> Result<Held, SandboxError> {
    Ok(Held {
        extent: Extent::Nothing,
        gaps: vec!["this operating system cannot hold a process to anything of it".to_owned()],
        wider: grants.wider,
        absent: grants.absent,
    })
}

// === impl Extent ===

impl Extent {
    /// The word for it: `full`, `partial` or `nothing`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Nothing => "nothing",
        }
    }
}
