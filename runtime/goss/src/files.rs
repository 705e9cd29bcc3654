//! The files that a goss file is made of, as answers of whoever may look.

/// Reads files for [`load`](crate::load) and for templates.
///
/// Paths are as written: absolute, or relative to the directory that the whole run is in.
pub trait Files {
    /// The content of a file.
    ///
    /// # Errors
    /// Why it cannot be read, without its path: `no such file or directory`.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// The names in a directory, in any order; the empty path is the directory that the run is in. Nothing if it cannot
    /// be read.
    fn names(&self, directory: &str) -> Vec<String>;

    /// Whether there is anything at this path.
    fn exists(&self, path: &str) -> bool;
}

/// No files at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("no such file or directory".to_owned())
    }

    fn names(&self, _directory: &str) -> Vec<String> {
        Vec::new()
    }

    fn exists(&self, _path: &str) -> bool {
        false
    }
}
