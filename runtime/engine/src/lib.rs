//! The engine's rim: clock, child processes, files, sockets and sinks around the pure core.
