//! How much a source may hold.

use std::io::{self, Read};

/// How much a source may hold. What is above is one error, found before memory is spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the source; never more than 1 GiB, whatever is set.
    pub input: usize,
    /// Lists and mappings within one another; never more than 256, whatever is set.
    pub depth: usize,
    /// Keys and values, at most 2^30 whatever is set, once aliases and merge keys are replaced by what they stand for.
    pub nodes: usize,
    /// Bytes of scalar text, counted like `nodes` and with the same bound.
    pub text: usize,
    /// What to do with a second document.
    pub documents: Documents,
}

/// What to do with the documents after the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Documents {
    /// They are an error: a spec that is compiled says everything it means.
    #[default]
    One,
    /// They are not read, as upstream does.
    First,
}

// === impl Limits ===

impl Limits {
    /// The limits of a spec: 4 MiB, depth 64, 500,000 nodes, 16 MiB of text, one document.
    pub const SPEC: Self = Self {
        input: 4 << 20,
        depth: 64,
        nodes: 500_000,
        text: 16 << 20,
        documents: Documents::One,
    };

    /// The limits of a file that is found on a node: as [`Limits::SPEC`], but later documents are ignored.
    pub const LOADED: Self = Self {
        documents: Documents::First,
        ..Self::SPEC
    };

    /// The size that is enforced: positions count bytes in 32 bits.
    pub(crate) fn max_input(&self) -> usize {
        self.input.min(1 << 30)
    }

    /// The numbers that are enforced: nodes and text are counted in 32 bits.
    pub(crate) fn max_nodes(&self) -> usize {
        self.nodes.min(1 << 30)
    }

    pub(crate) fn max_text(&self) -> usize {
        self.text.min(1 << 30)
    }

    /// The depth that is enforced: the tree is built, read and dropped recursively.
    pub(crate) fn max_depth(&self) -> usize {
        self.depth.min(256)
    }

    /// Reads a source up to the limit, and one byte more so that [`parse`](crate::parse) can tell
    /// that there was more.
    ///
    /// # Errors
    /// What `reader` says.
    pub fn read(&self, reader: impl Read) -> io::Result<Vec<u8>> {
        let mut source = Vec::new();
        let most = u64::try_from(self.max_input())
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        reader.take(most).read_to_end(&mut source)?;
        Ok(source)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::SPEC
    }
}
