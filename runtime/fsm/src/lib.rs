//! The engine's core: (state, event, now) to (state, effects), without IO.
