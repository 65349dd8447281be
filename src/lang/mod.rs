//! The language: text to syntax tree, the canonical printer, diagnostics.
//!
//! This layer knows no attribute and does no I/O; it is the only one that names pest. The grammar
//! itself stands in `grammar/*.pest` and nowhere else.

pub(crate) mod ast;
mod diagnostic;

pub use diagnostic::{Code, Diagnostic, SourceSpan};
