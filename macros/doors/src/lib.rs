//! machine!: compile one specification in place.
