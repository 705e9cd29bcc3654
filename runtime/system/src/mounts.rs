//! Mounted file systems and the room in them.
