//! Rules parsed once and run often.

use std::fmt;

use super::question::Question;
use super::{Error, Members, Parameters, Session};
use crate::exec::Engine;
use crate::lang::{self, ast::Expr};
use crate::plan::Rewrite;

/// A rule parsed once; its parameters are bound by value at each run.
///
/// ```
/// use highsea::{Options, Parameters, Pool};
///
/// let pool = Pool::in_memory(Options::default())?;
/// pool.run("create customers (id int key, spend decimal(2))")?;
/// pool.run("insert into customers (id, spend) values (1, 19.99), (2, 250)")?;
///
/// let rule = pool.prepare("spend >= $min_spend")?;
/// assert_eq!(rule.count(&Parameters::new().with("min_spend", 100))?, 1);
/// assert_eq!(rule.count(&Parameters::new().with("min_spend", 10))?, 2);
/// # Ok::<(), highsea::Error>(())
/// ```
#[derive(Clone)]
pub struct Prepared {
    session: Session,
    text: String,
    rule: Expr,
}

impl Prepared {
    pub(crate) fn new(session: Session, text: &str) -> Result<Self, Error> {
        let rule = lang::parse_rule(text).map_err(|d| Error::from(d).placed(text, 0))?;
        Ok(Self { session, text: text.to_owned(), rule })
    }

    /// The same rule on a chosen executor.
    #[must_use]
    pub fn on(mut self, engine: Engine) -> Self {
        self.session.engine = engine;
        self
    }

    /// The same rule planned without a rewrite, which changes its speed and never its answer.
    #[must_use]
    pub fn without(mut self, rewrite: Rewrite) -> Self {
        self.session.rewrites = self.session.rewrites.without(rewrite);
        self
    }

    /// Counts the customers for whom the rule holds now.
    ///
    /// # Errors
    ///
    /// When a name or type is wrong, a parameter is not bound, a column cannot be read, or
    /// arithmetic overflows.
    pub fn count(&self, parameters: &Parameters) -> Result<u64, Error> {
        self.ask(parameters, |question, rule| question.count(rule))
    }

    /// The customers for whom the rule holds now.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub fn members(&self, parameters: &Parameters) -> Result<Members, Error> {
        self.ask(parameters, |question, rule| question.members(rule))
    }

    /// Whether the rule holds for anybody; stops at the first.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub fn exists(&self, parameters: &Parameters) -> Result<bool, Error> {
        self.ask(parameters, |question, rule| question.exists(rule))
    }

    fn ask<T>(
        &self,
        parameters: &Parameters,
        answer: impl Fn(&Question<'_>, &Expr) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let ask = || answer(&Question::with_parameters(&self.session, parameters)?, &self.rule);
        self.session.pool.making_room(ask).map_err(|error| error.placed(&self.text, 0))
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({})", self.text)
    }
}
