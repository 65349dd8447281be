//! The store as a whole, over every backend.
