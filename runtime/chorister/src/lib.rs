//! What a distribution is made of: the codegen surface, the command line and run().
