//! The parts of a pair, taken one by one.

use pest::iterators::Pairs;

use crate::lang::ast::{Name, TextLiteral};
use crate::lang::escape::{unescape, unquote_name};
use crate::lang::grammar::{Pair, Rule};
use crate::lang::syntax::unreadable;
use crate::lang::{Diagnostic, SourceSpan};

/// What every building step gives.
///
/// Boxed, since building recurses and every step keeps room for its error.
pub(super) type Built<T> = Result<T, Box<Diagnostic>>;

/// The parts of a pair, in order.
pub(super) struct Parts<'i> {
    pairs: Pairs<'i, Rule>,
    whole: Pair<'i>,
}

impl<'i> Parts<'i> {
    /// The parts of `pair`.
    pub(super) fn of(pair: Pair<'i>) -> Self {
        Self { pairs: pair.clone().into_inner(), whole: pair }
    }

    /// The next part.
    pub(super) fn next(&mut self) -> Built<Pair<'i>> {
        self.pairs.next().ok_or_else(|| broken(&self.whole))
    }

    /// The next part, if there is one.
    pub(super) fn next_if_any(&mut self) -> Option<Pair<'i>> {
        self.pairs.next()
    }

    /// The next part, when it is of this rule.
    pub(super) fn take(&mut self, rule: Rule) -> Option<Pair<'i>> {
        if self.pairs.peek()?.as_rule() == rule { self.pairs.next() } else { None }
    }

    /// The next part of this rule, those before it passed over.
    pub(super) fn find(&mut self, rule: Rule) -> Built<Pair<'i>> {
        self.pairs.find(|pair| pair.as_rule() == rule).ok_or_else(|| broken(&self.whole))
    }

    /// All the other parts of this rule.
    pub(super) fn all(self, rule: Rule) -> impl Iterator<Item = Pair<'i>> {
        self.pairs.filter(move |pair| pair.as_rule() == rule)
    }

    /// All the other parts.
    pub(super) fn rest(self) -> Pairs<'i, Rule> {
        self.pairs
    }
}

/// The diagnostic for a pair whose parts are not those of the grammar.
pub(super) fn broken(pair: &Pair<'_>) -> Box<Diagnostic> {
    Box::new(unreadable(pair.as_span().start()))
}

/// Where a pair stands, blanks after it left out.
///
/// pest counts blanks before an absent optional part to the pair; the last part knows its true end.
pub(super) fn extent(pair: &Pair<'_>) -> SourceSpan {
    let start = pair.as_span().start();
    let mut last = pair.clone();
    while let Some(part) = last.clone().into_inner().next_back() {
        last = part;
    }
    SourceSpan::new(start, last.as_span().end())
}

/// A name, its back-quotes taken off.
pub(super) fn name(pair: &Pair<'_>) -> Name {
    Name { text: unquote_name(pair.as_str()), span: extent(pair) }
}

/// A text in quotes.
pub(super) fn text(pair: &Pair<'_>) -> Built<TextLiteral> {
    let text = unescape(pair.as_str()).map_err(|_| broken(pair))?;
    Ok(TextLiteral { text, span: extent(pair) })
}
