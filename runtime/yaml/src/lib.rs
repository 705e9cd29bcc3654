//! The one reader of YAML and JSON.
