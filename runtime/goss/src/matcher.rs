//! Matchers: whether what was found is what is expected.
