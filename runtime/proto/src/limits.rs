//! What no message may exceed. All sizes are in bytes.

/// A transport, which is what one NATS message carries. A broker allows 1 MiB unless it is told otherwise.
pub const TRANSPORT: usize = 8 << 20;
/// A secure request or secure reply.
pub const SECURE: usize = 6 << 20;
/// A request or a reply.
pub const MESSAGE: usize = 5 << 20;
/// A body.
pub const BODY: usize = 4 << 20;
/// A certificate with its intermediates, as PEM text.
pub const CERTIFICATES: usize = 256 << 10;
/// A token.
pub const TOKEN: usize = 64 << 10;
/// A name: of a sender, a caller, a collective, an agent, an action, a subject, an id.
pub const NAME: usize = 1024;
/// Hops of a transport.
pub const HOPS: usize = 64;
/// Subjects that a federation broker is to publish to.
pub const TARGETS: usize = 1000;
/// A filter, as JSON.
pub const FILTER: usize = 256 << 10;
/// Entries of one kind in a filter.
pub const FILTERS: usize = 1000;
