//! What came of a property.
