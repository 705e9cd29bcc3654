//! What a node says: CloudEvents, console lines, Prometheus text.
