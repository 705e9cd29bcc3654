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
    /// Where TCP connections go.
    pub connect: Connect,
}

/// Where TCP connections may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connect {
    /// To these ports, on any server.
    Ports(&'static [u16]),
    /// Anywhere, because that is granted.
    Anywhere,
    /// Anywhere, although less is granted: the port of a server is not known.
    Unknown,
}

impl Sandbox {
    /// Nothing at all, to be completed.
    pub const EMPTY: Self = Self {
        exec: &[],
        read: &[],
        write: &[],
        connect: Connect::Ports(&[]),
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

impl Connect {
    /// The ports, where others are out of bounds.
    #[must_use]
    pub const fn ports(&self) -> Option<&'static [u16]> {
        match self {
            Self::Ports(ports) => Some(ports),
            Self::Anywhere | Self::Unknown => None,
        }
    }
}
