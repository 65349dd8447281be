//! Care standards, ownership and exchange rates, as definitions.
//!
//! What a standard asks for by rules, it keeps as dynamic groups of its own: `due S` of those who are
//! owed a visit, `idle S` of those who go back to the pool.

use std::fmt;
use std::sync::Arc;

use super::definitions::{Catalog, CatalogError, check_name};
use super::group::User;
use super::{Attribute, Created, Definition, EventTable};
use crate::lang::ast::{self, Care, Expr, Name, StatementKind, due_list};
use crate::lang::{self, Diagnostic, SourceSpan};
use crate::model::{AttributeId, Currency, Day, Decimal, Duration, Rates, TableId, Type};

/// The name of ownership's event table.
pub(crate) const MOVES: &str = "ownership";
/// Its properties: what happened, and whose the customer became or was.
pub(crate) const ACTION: &str = "action";
pub(crate) const OWNER: &str = "owner";
/// What may happen: somebody took a customer, let them go, or lost them to the pool.
pub(crate) const CLAIM: &str = "claim";
pub(crate) const RELEASE: &str = "release";
pub(crate) const LAPSE: &str = "lapse";

/// A care standard: what the members of a group are owed.
#[derive(Clone, PartialEq)]
pub struct Standard(Arc<ast::Standard>);

impl Eq for Standard {}

impl fmt::Debug for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Standard").field(&self.0.to_string()).finish()
    }
}

/// Who looks after whom: the attribute that says so, and the events of its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// The attribute.
    pub(crate) owner: AttributeId,
    /// The event table.
    pub(crate) moves: TableId,
}

impl Standard {
    pub(crate) fn new(standard: ast::Standard) -> Self {
        Self(Arc::new(standard))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name.text
    }

    /// The group that it is for; `None` when it is for every customer.
    pub fn group(&self) -> Option<&str> {
        self.0.group.as_ref().map(|group| group.text.as_str())
    }

    /// Its clauses.
    pub(crate) fn clauses(&self) -> &ast::Standard {
        &self.0
    }

    /// The statement that creates it.
    pub(crate) fn statement(&self) -> String {
        format!("create standard {}", self.0)
    }

    fn read(statement: &str) -> Result<Self, CatalogError> {
        let damaged = |why: String| CatalogError::Damaged(why);
        let statement = lang::parse_statement(statement).map_err(|e| damaged(e.message))?;
        match statement.kind {
            StatementKind::Care(Care::Create(standard)) => Ok(Self::new(standard)),
            _ => Err(damaged("a standard is none".to_owned())),
        }
    }

    /// The group of those who are owed a visit.
    pub(crate) fn due(&self) -> Option<String> {
        self.0.visit.as_ref().map(|_| due_list(self.name()))
    }

    /// The group of those whom their owners have left alone for too long.
    pub(crate) fn idle(&self) -> Option<String> {
        self.0.release.as_ref().map(|_| format!("idle {}", self.name()))
    }

    /// The groups that it keeps.
    pub(crate) fn lists(&self) -> impl Iterator<Item = String> {
        self.due().into_iter().chain(self.idle())
    }

    /// Whether it is for a group, or keeps it.
    fn concerns(&self, group: &str) -> bool {
        self.group() == Some(group) || self.lists().any(|list| list == group)
    }
}

impl Catalog {
    /// The care standards, in the order of their creation.
    pub(crate) fn standards(&self) -> &[Standard] {
        &self.standards
    }

    /// The standard of this very name.
    pub(crate) fn standard(&self, name: &str) -> Option<&Standard> {
        self.standards.iter().find(|standard| standard.name() == name)
    }

    /// The standard that keeps a group.
    pub(crate) fn keeper(&self, group: &str) -> Option<&Standard> {
        self.standards.iter().find(|standard| standard.lists().any(|list| list == group))
    }

    /// The attribute that says who looks after a customer, and the events of its changes.
    pub(crate) fn ownership(&self) -> Option<(&Attribute, &EventTable)> {
        let Ownership { owner, moves } = self.ownership?;
        Some((self.attributes.iter().find(|a| a.id == owner)?, self.table_by_id(moves)?))
    }

    /// What currencies were worth, where that is known.
    pub(crate) fn rates(&self) -> Option<&Arc<Rates>> {
        self.rates.as_ref()
    }

    /// Says what currencies were worth.
    pub(crate) fn set_rates(&mut self, rates: Rates) {
        self.rates = Some(Arc::new(rates));
    }

    /// Says which attribute and which events ownership goes by.
    pub(crate) fn set_ownership(&mut self, ownership: Option<Ownership>) {
        self.ownership = ownership;
    }

    /// Defines a standard, or another in its place; its groups that are new, those that have another
    /// rule, and those that are gone.
    pub(crate) fn put_standard(
        &mut self,
        standard: Standard,
        created: Created,
    ) -> Result<Kept, CatalogError> {
        check_name(standard.name())?;
        let before = self.standard(standard.name()).cloned();
        let mut kept = Kept::default();
        let gone = before.iter().flat_map(Standard::lists);
        for list in gone.filter(|list| standard.lists().all(|new| new != *list)) {
            self.check_list_unused(&list)?;
            kept.gone.push(self.remove_group(&list));
        }
        for (list, rule) in self.rules_of(&standard)? {
            let definition = Definition::new(rule);
            let is_kept = before.iter().flat_map(Standard::lists).any(|known| known == list);
            if is_kept {
                kept.altered.push(self.alter_group(&list, definition)?);
            } else {
                kept.added.push(self.add_group(&list, Some(definition), created)?);
            }
        }
        match self.standards.iter_mut().find(|known| known.name() == standard.name()) {
            Some(place) => *place = standard,
            None => self.standards.push(standard),
        }
        Ok(kept)
    }

    /// Removes a standard and its groups; what uses them goes too, or keeps it here.
    pub(crate) fn drop_standard(
        &mut self,
        name: &str,
        cascade: bool,
    ) -> Result<Vec<AttributeId>, CatalogError> {
        let unknown = || CatalogError::UnknownStandard(name.to_owned());
        let standard = self.standard(name).cloned().ok_or_else(unknown)?;
        let mut gone = Vec::new();
        for list in standard.lists() {
            match cascade {
                // It may have gone with the one before it.
                true if self.group(&list).is_none() => {}
                true => gone.extend(self.drop_group_with_users(&list)?),
                false => {
                    self.check_list_unused(&list)?;
                    gone.push(self.remove_group(&list));
                }
            }
        }
        self.standards.retain(|standard| standard.name() != name);
        Ok(gone)
    }

    /// Refuses to take a list from those who use it, other standards for its members among them.
    fn check_list_unused(&self, list: &str) -> Result<(), CatalogError> {
        let standards = self.standards.iter().filter(|standard| standard.group() == Some(list));
        let standards: Vec<Standard> = standards.cloned().collect();
        match &self.told_users(self.users(list, true), &standards)[..] {
            "" => Ok(()),
            users => Err(CatalogError::Used(list.to_owned(), users.to_owned())),
        }
    }

    /// Who uses something, as messages tell it: a standard in place of the groups that it keeps, and
    /// those standards that are for a group or keep it.
    pub(super) fn told_users(&self, users: Vec<User>, standards: &[Standard]) -> String {
        let mut named: Vec<&str> = standards.iter().map(Standard::name).collect();
        let mut others = Vec::with_capacity(users.len());
        for user in users {
            match self.keeper(&user.name).filter(|_| user.is_group).map(Standard::name) {
                Some(keeper) if named.contains(&keeper) => {}
                Some(keeper) => named.push(keeper),
                None => others.push(user),
            }
        }
        let others = Some(super::told(&others)).filter(|told| !told.is_empty());
        let named = named.into_iter().map(|name| format!("standard `{name}`"));
        others.into_iter().chain(named).collect::<Vec<String>>().join(", ")
    }

    /// The standards that are for a group, or keep it.
    pub(super) fn concerned(&self, group: &str) -> Vec<Standard> {
        self.standards.iter().filter(|standard| standard.concerns(group)).cloned().collect()
    }

    /// The groups that go when a group goes, since they are kept by a standard that concerns it.
    pub(super) fn lists_with(&self, group: &str) -> impl Iterator<Item = User> {
        let standards = self.standards.iter().filter(|standard| standard.concerns(group));
        let lists = standards.flat_map(Standard::lists);
        lists.map(|name| User { name, is_group: true })
    }

    /// Forgets the standards that concern groups which are gone.
    pub(super) fn forget_standards(&mut self, gone: &[User]) {
        let is_gone = |standard: &Standard| {
            gone.iter().any(|user| user.is_group && standard.concerns(&user.name))
        };
        self.standards.retain(|standard| !is_gone(standard));
    }

    /// The rules of the groups that a standard keeps.
    fn rules_of(&self, standard: &Standard) -> Result<Vec<(String, Expr)>, CatalogError> {
        let clauses = standard.clauses();
        let group = clauses.group.as_ref();
        let within = group.map_or_else(String::new, |group| format!("in group {group} and "));
        let mut rules = Vec::new();
        if let (Some(list), Some(visit)) = (standard.due(), &clauses.visit) {
            rules.push((list, format!("{within}{}", none_of(&visit.table, "", visit.every))));
        }
        if let (Some(list), Some(release)) = (standard.idle(), &clauses.release) {
            let Some((owner, moves)) = self.ownership() else {
                return Err(CatalogError::NoOwnership);
            };
            let (owner, moves) = (named(&owner.name), named(moves.name()));
            let claimed = format!(" where {ACTION} = \"{CLAIM}\"");
            let mut rule = format!("{within}{owner} is not null");
            rule += &format!(" and {}", none_of(&release.table, "", release.every));
            for length in longest(release.every, clauses.protect) {
                rule += &format!(" and {}", none_of(&moves, &claimed, length));
            }
            rules.push((list, rule));
        }
        let parsed = |(list, rule): (String, String)| match lang::parse_rule(&rule) {
            Ok(rule) => Ok((list, rule)),
            Err(Diagnostic { message, .. }) => Err(CatalogError::Damaged(message)),
        };
        rules.into_iter().map(parsed).collect()
    }
}

/// The columns of the groups that a standard keeps.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Those that are new.
    pub(crate) added: Vec<AttributeId>,
    /// Those that have another rule.
    pub(crate) altered: Vec<AttributeId>,
    /// Those that are no more.
    pub(crate) gone: Vec<AttributeId>,
}

/// The longer of two lengths of time; both, where that depends on the calendar.
fn longest(one: Duration, other: Option<Duration>) -> Vec<Duration> {
    let Some(other) = other else { return vec![one] };
    match (one.fixed_length(), other.fixed_length()) {
        (Some(a), Some(b)) => vec![if a >= b { one } else { other }],
        _ => vec![one, other],
    }
}

/// `no(contacts where … over last 30 days)`
fn none_of(table: &Name, filter: &str, length: Duration) -> String {
    format!("no({table}{filter} over last {length})")
}

fn named(name: &str) -> Name {
    Name { text: name.to_owned(), span: SourceSpan::default() }
}

/// The stored form of standards, ownership and rates.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct StoredCare {
    /// The statement that creates each standard.
    standards: Vec<String>,
    /// The numbers of the attribute and of the table that ownership goes by.
    ownership: Option<(u32, u32)>,
    rates: Option<StoredRates>,
}

/// What currencies were worth: the common one, and of each the day, the units and their digits.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct StoredRates {
    base: Option<String>,
    rows: Vec<(String, i32, i64, u8)>,
}

impl StoredRates {
    fn of(rates: &Rates) -> Self {
        let row = |(currency, day, rate): (Currency, Day, Decimal)| {
            // Rates have the digits of a column.
            let units = i64::try_from(rate.units()).unwrap_or(i64::MAX);
            (currency.to_string(), day.days(), units, rate.scale())
        };
        let base = rates.base().map(|base| base.to_string());
        Self { base, rows: rates.rows().map(row).collect() }
    }

    fn read(self) -> Result<Rates, String> {
        let row = |(currency, day, units, scale): (String, i32, i64, u8)| {
            let day = Day::from_days(day.into()).ok_or("a rate is of no day")?;
            let rate = Decimal::new(units.into(), scale.min(Decimal::MAX_SCALE));
            Ok::<_, String>((day, currency.parse::<Currency>()?, rate))
        };
        let base = self.base.map(|base| base.parse::<Currency>()).transpose()?;
        let rows = self.rows.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
        Rates::new(base, rows).map_err(|error| error.to_string())
    }
}

impl StoredCare {
    pub(super) fn of(catalog: &Catalog) -> Self {
        Self {
            standards: catalog.standards.iter().map(Standard::statement).collect(),
            ownership: catalog.ownership.map(|ownership| (ownership.owner.0, ownership.moves.0)),
            rates: catalog.rates.as_deref().map(StoredRates::of),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.standards.is_empty() && self.ownership.is_none() && self.rates.is_none()
    }

    /// Puts what was stored into the definitions that it is about.
    pub(super) fn read(self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let damaged = |what: &str| CatalogError::Damaged(what.to_owned());
        if let Some((owner, moves)) = self.ownership {
            let ownership = Ownership { owner: AttributeId(owner), moves: TableId(moves) };
            catalog.ownership = Some(ownership);
            if catalog.ownership().is_none_or(|(owner, _)| owner.ty != Type::Text) {
                return Err(damaged("ownership is of no attribute, or has no events"));
            }
        }
        let rates = self.rates.map(StoredRates::read).transpose();
        catalog.rates = rates.map_err(CatalogError::Damaged)?.map(Arc::new);
        for statement in &self.standards {
            let standard = Standard::read(statement)?;
            let has_group = standard.group().is_none_or(|group| catalog.group(group).is_some());
            if !has_group || standard.lists().any(|list| catalog.group(&list).is_none()) {
                return Err(damaged("a standard is of no group"));
            }
            catalog.standards.push(standard);
        }
        Ok(())
    }
}
