//! Machines found in a directory at run time, watched and reloaded.
