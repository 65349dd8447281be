//! The parser that pest makes of `grammar/*.pest`.

#![allow(missing_docs, reason = "one variant for each rule of the grammar, described there")]

use pest_derive::Parser;

/// The grammar's parser.
#[derive(Parser)]
#[grammar = "grammar/lexical.pest"]
#[grammar = "grammar/time.pest"]
#[grammar = "grammar/expression.pest"]
#[grammar = "grammar/statement.pest"]
pub(super) struct Grammar;

/// One piece of parsed text.
pub(super) type Pair<'i> = pest::iterators::Pair<'i, Rule>;
