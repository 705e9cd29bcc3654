//! What the service manager says.
