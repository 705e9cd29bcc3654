//! The compiler's front end: reads specs, checks them, lowers them to the IR, and says what is wrong.
