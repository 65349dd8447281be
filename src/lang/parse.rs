//! From text to syntax tree: checks before the grammar, the grammar, the tree.

use pest::Parser;

use super::ast::{Expr, Statement};
use super::build;
use super::grammar::{Grammar, Pair, Rule};
use super::{Diagnostic, places, precheck, syntax};

/// Parses a rule, such as `region = "US" and orders_90d >= 3`.
///
/// Every word is read as a rule reads it: `count > 3` is about an attribute named `count`.
///
/// # Errors
///
/// When the text is no rule, nests deeper than 200 levels, or holds a literal that does not exist.
pub(crate) fn parse_rule(text: &str) -> Result<Expr, Diagnostic> {
    let rule = build::expression(parse(text, Rule::RuleInput)?).map_err(|error| *error)?;
    places::check_rule(&rule).map_err(|error| *error)?;
    Ok(rule)
}

/// Parses exactly one statement; a semicolon may end it.
///
/// # Errors
///
/// When the text is no statement or more than one, nests deeper than 200 levels, repeats a clause,
/// or holds a literal or a type that does not exist.
pub(crate) fn parse_statement(text: &str) -> Result<Statement, Diagnostic> {
    let statement = build::statement(parse(text, Rule::StatementInput)?);
    let statement = statement.map_err(|error| *error)?;
    places::check_statement(&statement).map_err(|error| *error)?;
    Ok(statement)
}

/// The first part of what the grammar makes of the text.
fn parse(text: &str, rule: Rule) -> Result<Pair<'_>, Diagnostic> {
    precheck::check(text)?;
    let parsed = Grammar::parse(rule, text).map_err(|error| syntax::diagnose(text, error))?;
    let input = parsed.into_iter().next().map(Pair::into_inner);
    input.and_then(|mut parts| parts.next()).ok_or_else(|| syntax::unreadable(0))
}
