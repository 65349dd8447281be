//! Values bound to `$name`.

use std::collections::BTreeMap;

use crate::lang::ast::Binding;
use crate::model::Value;

/// Values for a rule's parameters, bound by value and never by pasting text.
///
/// ```
/// use highsea::Parameters;
///
/// let parameters = Parameters::new().with("min_orders", 3).with_list("regions", ["US", "CA"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(BTreeMap<String, Binding>);

impl Parameters {
    /// No parameter bound.
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds `$name` to a value, in place of an earlier one.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), Binding::Value(value.into()));
        self
    }

    /// Binds `$name` to a list of values, in place of an earlier one.
    #[must_use]
    pub fn with_list<V: Into<Value>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.0.insert(name.into(), Binding::List(values));
        self
    }

    pub(crate) fn as_map(&self) -> &BTreeMap<String, Binding> {
        &self.0
    }
}
