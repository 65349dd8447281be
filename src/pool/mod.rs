//! Layer pool.
