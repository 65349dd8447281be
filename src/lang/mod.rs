//! The language: text to syntax tree, the canonical printer, diagnostics.
//!
//! ```text
//! text ─lexer─▶ precheck ─▶ grammar (pest) ─▶ build ─▶ places ─▶ ast ─▶ print
//!                  │            │ syntax, hints  │         │
//!                  └────────────┴────────────────┴─────────┴─▶ Diagnostic
//! ```
//!
//! This layer knows no attribute and does no I/O; it is the only one that names pest. The grammar
//! itself stands in `grammar/*.pest` and nowhere else. The lexer only cuts text into words: for
//! colours, for scripts, and for what can be said better before the grammar is asked.

pub(crate) mod ast;
mod diagnostic;

mod words;

mod lexer;

mod escape;
mod foreign;
mod trouble;

mod precheck;

mod grammar;

mod hints;
mod syntax;
mod wording;

mod build;
mod places;

mod parse;

mod print;

mod mentions;
mod nearest;
mod script;
mod tokenize;

#[cfg(test)]
mod tests;

pub use diagnostic::{Code, Diagnostic, SourceSpan};
pub(crate) use nearest::nearest;
pub(crate) use parse::{parse_rule, parse_statement};
pub use script::{Completeness, completeness, split};
pub use tokenize::{TokenKind, tokenize};
pub use words::keywords;
