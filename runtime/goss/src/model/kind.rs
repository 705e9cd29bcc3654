//! The kinds of resources and their attributes: one table for reading, checking, describing and evaluating.

use Actual::{Any, Bool, Int, List, Stream, Text};
use Role::{Common, Name, Setting};

/// A kind of resource, in the order of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A command that is run by `sh -c`.
    Command,
    /// A request by HTTP.
    Http,
    /// An address that is dialled.
    Addr,
    /// A name that is looked up.
    Dns,
    /// A package of the distribution.
    Package,
    /// A service of the init system.
    Service,
    /// A file, a directory or anything else with a path.
    File,
    /// Processes by the name of their command.
    Process,
    /// A user account.
    User,
    /// A group of users.
    Group,
    /// A port that something listens on.
    Port,
    /// A kernel parameter.
    KernelParam,
    /// A mounted file system.
    Mount,
    /// A network interface.
    Interface,
    /// A value in the file itself.
    Matching,
}

/// An attribute that a resource may have.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its key in the file.
    pub key: &'static str,
    /// What it is for.
    pub role: Role,
    /// What it says, for schemas and editors.
    pub description: &'static str,
}

/// What an attribute is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It expects something of a property.
    Property {
        /// The name of the property in results.
        name: &'static str,
        /// What values the property has.
        actual: Actual,
        /// Whether the kind requires it, and what its result means for the others.
        need: Need,
    },
    /// It is the real name of the thing.
    Name,
    /// It says how to look.
    Setting(Type),
    /// `title`, `meta` or `skip`.
    Common(Type),
}

/// Whether a resource requires a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is looked at if it is there.
    Optional,
    /// It is missed if it is not there.
    Required,
    /// As [`Need::Required`], and the others are skipped if it has an error, fails or is `false`.
    Gate,
}

/// What values a property has on a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actual {
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// One text.
    Text,
    /// A list of texts.
    List,
    /// Text that a list of patterns is held against line by line.
    Stream,
    /// Whatever the file says.
    Any,
}

/// What an attribute that is no property has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// One text.
    Text,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A whole number of milliseconds, and the default.
    Milliseconds(u64),
    /// A list of texts.
    Texts,
    /// A mapping.
    Map,
    /// Milliseconds or a duration such as `1s`; newer than goss 0.4.9.
    Delay,
    /// How many times; newer than goss 0.4.9.
    Count,
    /// Whatever it is.
    Any,
}

struct Row {
    kind: Kind,
    key: &'static str,
    type_name: &'static str,
    description: &'static str,
    attributes: &'static [Attribute],
}

// === impl Kind ===

impl Kind {
    /// All kinds, in the order of evaluation.
    pub const ALL: [Self; 15] = [
        Self::Command,
        Self::Http,
        Self::Addr,
        Self::Dns,
        Self::Package,
        Self::Service,
        Self::File,
        Self::Process,
        Self::User,
        Self::Group,
        Self::Port,
        Self::KernelParam,
        Self::Mount,
        Self::Interface,
        Self::Matching,
    ];

    /// The kind with this key, such as `kernel-param`.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.key == key).map(|row| row.kind)
    }

    /// The key of its resources at the top of a file.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.row().key
    }

    /// Its name in results, such as `KernelParam`.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        self.row().type_name
    }

    /// What its resources are, for schemas and documents.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.row().description
    }

    /// Its attributes: properties in the order of their results, then the real name, settings, and what all kinds have.
    pub fn attributes(self) -> impl Iterator<Item = &'static Attribute> + Clone {
        self.row().attributes.iter().chain(COMMON)
    }

    /// The attribute with this key.
    #[must_use]
    pub fn attribute(self, key: &str) -> Option<&'static Attribute> {
        self.attributes().find(|it| it.key == key)
    }

    /// Whether results show a real name beside the id.
    #[must_use]
    pub fn shows_name(self) -> bool {
        // Compat: goss 0.4.9: a command is shown by its id alone.
        !matches!(self, Self::Command | Self::Matching)
    }

    fn row(self) -> &'static Row {
        // The table has a row for every kind, in the same order; a test holds it to that.
        &TABLE[self as usize]
    }
}

// === impl Attribute ===

impl Attribute {
    /// The name of the property in results; the key where it is no property.
    #[must_use]
    pub fn property(&self) -> &'static str {
        match self.role {
            Role::Property { name, .. } => name,
            _ => self.key,
        }
    }

    /// What values the property has; [`Actual::Any`] where it is no property.
    #[must_use]
    pub fn actual(&self) -> Actual {
        match self.role {
            Role::Property { actual, .. } => actual,
            _ => Any,
        }
    }

    /// Whether it is a property that decides whether the others are looked at.
    #[must_use]
    pub fn is_gate(&self) -> bool {
        matches!(
            self.role,
            Role::Property {
                need: Need::Gate,
                ..
            }
        )
    }

    /// Whether it is text that a list of patterns is held against line by line.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.actual() == Stream
    }

    /// Whether it is a property that its kind requires.
    #[must_use]
    pub fn is_required(&self) -> bool {
        matches!(
            self.role,
            Role::Property {
                need: Need::Gate | Need::Required,
                ..
            }
        )
    }

    const fn with(key: &'static str, role: Role, description: &'static str) -> Self {
        Self {
            key,
            role,
            description,
        }
    }
}

const fn gate(key: &'static str, actual: Actual, description: &'static str) -> Attribute {
    named(key, key, actual, Need::Gate, description)
}

const fn required(key: &'static str, actual: Actual, description: &'static str) -> Attribute {
    named(key, key, actual, Need::Required, description)
}

const fn property(key: &'static str, actual: Actual, description: &'static str) -> Attribute {
    named(key, key, actual, Need::Optional, description)
}

/// A property whose name in results is not its key.
const fn named(
    key: &'static str,
    name: &'static str,
    actual: Actual,
    need: Need,
    description: &'static str,
) -> Attribute {
    Attribute::with(key, Role::Property { name, actual, need }, description)
}

const fn name(key: &'static str, description: &'static str) -> Attribute {
    Attribute::with(key, Name, description)
}

const fn setting(key: &'static str, kind: Type, description: &'static str) -> Attribute {
    Attribute::with(key, Setting(kind), description)
}

const fn timeout(default: u64) -> Attribute {
    setting(
        "timeout",
        Type::Milliseconds(default),
        "how long it may take, in milliseconds",
    )
}

const RETRY_COUNT: Attribute = setting("retry_count", Type::Count, "how often to try again");
const RETRY_DELAY: Attribute = setting(
    "retry_delay",
    Type::Delay,
    "how long to wait before another attempt",
);

const COMMON: &[Attribute] = &[
    Attribute::with("title", Common(Type::Text), "a line for people"),
    Attribute::with("meta", Common(Type::Map), "notes for people, by name"),
    Attribute::with(
        "skip",
        Common(Type::Bool),
        "whether every property is reported as skipped",
    ),
];

const TABLE: [Row; 15] = [
    Row {
        kind: Kind::Command,
        key: "command",
        type_name: "Command",
        description: "a command that is run by `sh -c`",
        attributes: &[
            required("exit-status", Int, "the exit code; -1 if a signal ended it"),
            property("stdout", Stream, "what it writes to standard output"),
            property("stderr", Stream, "what it writes to standard error"),
            name("exec", "the command; the id if it is not there"),
            timeout(10_000),
            RETRY_COUNT,
            RETRY_DELAY,
        ],
    },
    Row {
        kind: Kind::Http,
        key: "http",
        type_name: "HTTP",
        description: "a request by HTTP",
        attributes: &[
            gate("status", Int, "the status of the answer"),
            named(
                "headers",
                "Headers",
                Stream,
                Need::Optional,
                "the headers of the answer",
            ),
            named(
                "body",
                "Body",
                Stream,
                Need::Optional,
                "the body of the answer",
            ),
            name("url", "the URL; the id if it is not there"),
            setting("method", Type::Text, "the method of the request"),
            setting("request-body", Type::Text, "the body of the request"),
            setting(
                "request-headers",
                Type::Texts,
                "headers of the request, `Name: value`",
            ),
            setting(
                "allow-insecure",
                Type::Bool,
                "whether any certificate will do",
            ),
            setting(
                "no-follow-redirects",
                Type::Bool,
                "whether a redirection is the answer",
            ),
            setting("username", Type::Text, "the user for basic authentication"),
            setting(
                "password",
                Type::Text,
                "the password for basic authentication",
            ),
            setting(
                "ca-file",
                Type::Text,
                "a file with the authorities to trust",
            ),
            setting(
                "cert-file",
                Type::Text,
                "a file with the certificate to show",
            ),
            setting(
                "key-file",
                Type::Text,
                "a file with the key of the certificate",
            ),
            setting("proxy", Type::Text, "the URL of a proxy"),
            timeout(5_000),
        ],
    },
    Row {
        kind: Kind::Addr,
        key: "addr",
        type_name: "Addr",
        description: "an address that is dialled",
        attributes: &[
            required("reachable", Bool, "whether it can be dialled"),
            name(
                "address",
                "the address, `[net://]host:port`; the id if it is not there",
            ),
            setting("local-address", Type::Text, "the address to dial from"),
            timeout(500),
        ],
    },
    Row {
        kind: Kind::Dns,
        key: "dns",
        type_name: "DNS",
        description: "a name that is looked up",
        attributes: &[
            gate("resolvable", Bool, "whether there is an answer"),
            gate("resolveable", Bool, "the old spelling of `resolvable`"),
            property("addrs", List, "the answers, sorted"),
            name(
                "resolve",
                "what to look up, `[TYPE:]name`; the id if it is not there",
            ),
            setting("server", Type::Text, "the server to ask, `ip[:port]`"),
            timeout(500),
            RETRY_COUNT,
            RETRY_DELAY,
        ],
    },
    Row {
        kind: Kind::Package,
        key: "package",
        type_name: "Package",
        description: "a package of the operating system",
        attributes: &[
            gate("installed", Bool, "whether it is installed"),
            named(
                "versions",
                "version",
                List,
                Need::Optional,
                "the versions that are installed",
            ),
            name("name", "the package; the id if it is not there"),
            RETRY_COUNT,
            RETRY_DELAY,
        ],
    },
    Row {
        kind: Kind::Service,
        key: "service",
        type_name: "Service",
        description: "a service of the init system",
        attributes: &[
            property("enabled", Bool, "whether it starts with the system"),
            property("running", Bool, "whether it runs"),
            property("runlevels", List, "the run levels that it is enabled in"),
            name("name", "the service; the id if it is not there"),
        ],
    },
    Row {
        kind: Kind::File,
        key: "file",
        type_name: "File",
        description: "a file, a directory or anything else with a path",
        attributes: &[
            gate("exists", Bool, "whether there is something at this path"),
            property("mode", Text, "the permissions, four octal digits in quotes"),
            property("owner", Text, "the name of the owner"),
            property("uid", Int, "the number of the owner"),
            property("group", Text, "the name of the group"),
            property("gid", Int, "the number of the group"),
            named(
                "linked-to",
                "linkedto",
                Text,
                Need::Optional,
                "what a symbolic link says",
            ),
            property("filetype", Text, "what it is: file, directory, symlink …"),
            property("contains", Stream, "the old name of `contents`"),
            property("contents", Stream, "what the file holds"),
            property("size", Int, "its size in bytes"),
            property("md5", Text, "the checksum of its content, in lower case"),
            property("sha256", Text, "the checksum of its content, in lower case"),
            property("sha512", Text, "the checksum of its content, in lower case"),
            name("path", "the path; the id if it is not there"),
        ],
    },
    Row {
        kind: Kind::Process,
        key: "process",
        type_name: "Process",
        description: "processes by the name of their command",
        attributes: &[
            required("running", Bool, "whether there is a process with this name"),
            name(
                "comm",
                "the name of the command, 15 bytes at most; the id if it is not there",
            ),
        ],
    },
    Row {
        kind: Kind::User,
        key: "user",
        type_name: "User",
        description: "a user account",
        attributes: &[
            gate("exists", Bool, "whether there is such an account"),
            property("uid", Int, "its number"),
            property("gid", Int, "the number of its primary group"),
            property("home", Text, "its home directory"),
            property("groups", List, "the groups that it is in, sorted"),
            property("shell", Text, "its login shell"),
            name("username", "the account; the id if it is not there"),
        ],
    },
    Row {
        kind: Kind::Group,
        key: "group",
        type_name: "Group",
        description: "a group of users",
        attributes: &[
            gate("exists", Bool, "whether there is such a group"),
            property("gid", Int, "its number"),
            name("groupname", "the group; the id if it is not there"),
        ],
    },
    Row {
        kind: Kind::Port,
        key: "port",
        type_name: "Port",
        description: "a port that something listens on",
        attributes: &[
            gate("listening", Bool, "whether something listens"),
            property("ip", List, "the addresses that it listens on"),
            name(
                "port",
                "the port, `[net:]number`; the id if it is not there",
            ),
        ],
    },
    Row {
        kind: Kind::KernelParam,
        key: "kernel-param",
        type_name: "KernelParam",
        description: "a kernel parameter",
        attributes: &[
            required("value", Text, "its value"),
            name("name", "the parameter; the id if it is not there"),
        ],
    },
    Row {
        kind: Kind::Mount,
        key: "mount",
        type_name: "Mount",
        description: "a mounted file system",
        attributes: &[
            gate("exists", Bool, "whether something is mounted there"),
            property("opts", List, "the options of the mount"),
            property("vfs-opts", List, "the options of the file system"),
            property("source", Text, "what is mounted"),
            property("filesystem", Text, "the type of the file system"),
            property("usage", Int, "how much of it is used, in percent"),
            name("mountpoint", "the mount point; the id if it is not there"),
            timeout(1_000),
        ],
    },
    Row {
        kind: Kind::Interface,
        key: "interface",
        type_name: "Interface",
        description: "a network interface",
        attributes: &[
            gate("exists", Bool, "whether there is such an interface"),
            property(
                "addrs",
                List,
                "its addresses with the lengths of their networks",
            ),
            property("mtu", Int, "its greatest packet, in bytes"),
            name("name", "the interface; the id if it is not there"),
        ],
    },
    Row {
        kind: Kind::Matching,
        key: "matching",
        type_name: "Matching",
        description: "a value in the file itself",
        attributes: &[
            required("matches", Any, "what `content` should be"),
            setting("content", Type::Any, "the value that is looked at"),
            setting(
                "as-reader",
                Type::Bool,
                "whether `content` is taken as lines of text",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, at);
            assert_eq!(TABLE[at].kind, kind);
            assert_eq!(Kind::of_key(kind.key()), Some(kind));
        }
    }

    #[test]
    fn no_kind_has_a_key_twice() {
        for kind in Kind::ALL {
            let mut keys: Vec<_> = kind.attributes().map(|it| it.key).collect();
            let count = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), count, "{}", kind.key());
        }
    }
}
