//! Layer exec.
