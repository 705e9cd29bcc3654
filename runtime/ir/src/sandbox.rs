//! What a distribution may do, where it is held to that.

/// What the machines of a distribution may do: what they need, and what their author grants beyond it.
///
/// What a node needs for itself, such as its state directory, is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// Programs: absolute paths, with `*` and `?` in their last part, or names that are searched in `PATH`.
    pub exec: &'static [&'static str],
    /// Absolute paths of what is read; a directory stands for everything below it.
    pub read: &'static [&'static str],
    /// Absolute paths of what is written, and read too; a directory stands for everything below it.
    pub write: &'static [&'static str],
    /// The TCP ports of servers that are connected to; `None` where any may be.
    pub connect: Option<&'static [u16]>,
}

impl Sandbox {
    /// Nothing at all, to be completed.
    pub const EMPTY: Self = Self {
        exec: &[],
        read: &[],
        write: &[],
        connect: Some(&[]),
    };

    /// What any program may read, as far as it exists: libraries, shared data, and what the C library asks for.
    pub const COMMON_READ: [&str; 16] = [
        "/usr",
        "/lib",
        "/lib32",
        "/lib64",
        "/bin",
        "/sbin",
        "/etc/ld.so.cache",
        "/etc/ld.so.conf",
        "/etc/localtime",
        "/etc/nsswitch.conf",
        "/etc/passwd",
        "/etc/group",
        "/etc/hosts",
        "/etc/services",
        "/dev/urandom",
        "/dev/zero",
    ];

    /// What any program may read and write.
    pub const COMMON_WRITE: [&str; 1] = ["/dev/null"];
}
