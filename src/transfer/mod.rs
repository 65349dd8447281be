//! Layer transfer.
