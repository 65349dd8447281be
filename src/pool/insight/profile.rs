//! `profile where RULE vs RULE`

use crate::bind::Asked;
use crate::catalog::{Attribute, EventTable};
use crate::exec::MemberSet;
use crate::index::Column;
use crate::insight::{
    CategoryProfile, EventParts, EventProfile, NumberProfile, Profile, apart, categories, counted,
    events, numbers, tells,
};
use crate::lang::ast;
use crate::model::{AttributeId, Type};
use crate::plan::StatementTime;
use crate::pool::Error;
use crate::pool::description::class_labels;
use crate::pool::question::Question;

/// A group and those it is compared with.
struct Compared {
    own: MemberSet,
    others: MemberSet,
    everybody: MemberSet,
}

impl Question<'_> {
    /// `profile where RULE vs RULE`
    pub(super) fn profile(&self, profile: &ast::Profile) -> Result<Profile, Error> {
        let sets = Compared {
            own: self.members_of_rule(profile.rule.as_ref())?,
            others: self.members_of_rule(profile.versus.as_ref())?,
            everybody: self.everybody(),
        };
        let time = self.time();
        let (mut all_categories, mut all_numbers) = (Vec::new(), Vec::new());
        for attribute in self.view.catalog.attributes() {
            self.load(&[attribute.id])?;
            all_categories.extend(self.category(attribute, &sets, &time)?);
            all_numbers.extend(self.number(attribute, &sets, &time)?);
        }
        all_categories.sort_by_key(|category| !category.is_class);
        let tables = self.view.catalog.tables().iter();
        let events = tables.map(|table| self.table_profile(table, &sets));
        let (own, others, total) = (sets.own.len(), sets.others.len(), sets.everybody.len());
        let written = |rule: &Option<ast::Expr>| rule.as_ref().map(ToString::to_string);
        Ok(Profile {
            rule: written(&profile.rule),
            versus: written(&profile.versus),
            now: self.view.settings.zone.format(self.now),
            customers: own,
            versus_customers: others,
            total,
            share: (total > 0).then(|| own as f64 / total as f64),
            apart: apart(&all_categories, &all_numbers, (own, others)),
            categories: all_categories,
            numbers: all_numbers,
            events: events.collect::<Result<_, _>>()?,
        })
    }

    fn category(
        &self,
        attribute: &Attribute,
        sets: &Compared,
        time: &StatementTime,
    ) -> Result<Option<CategoryProfile>, Error> {
        let (snapshot, reader) = (&self.view.snapshot, self.reader(time));
        let order = attribute.definition.as_ref().map(class_labels).unwrap_or_default();
        let order: Vec<_> = order.into_iter().map(|(label, _)| label).collect();
        let is_category = matches!(attribute.ty, Type::Text | Type::Set | Type::Bool);
        if !is_category && order.is_empty() {
            return Ok(None);
        }
        let of =
            |members: &MemberSet| self.settle(counted(snapshot, &reader, attribute.id, members));
        let (Some(own), Some(others)) = (of(&sets.own)?, of(&sets.others)?) else {
            return Ok(None);
        };
        let is_set = attribute.ty == Type::Set;
        let (own, others) = ((own, sets.own.len()), (others, sets.others.len()));
        Ok(Some(categories(attribute.name.clone(), is_set, &order, own, others)))
    }

    fn number(
        &self,
        attribute: &Attribute,
        sets: &Compared,
        time: &StatementTime,
    ) -> Result<Option<NumberProfile>, Error> {
        let Compared { own, others, everybody } = sets;
        let (snapshot, reader) = (&self.view.snapshot, self.reader(time));
        // Classes that are numbers are told value by value.
        let is_class = attribute.definition.as_ref().is_some_and(|d| !class_labels(d).is_empty());
        if is_class {
            return Ok(None);
        }
        let named = (attribute.id, attribute.name.as_str());
        let zone = &self.view.settings.zone;
        self.settle(numbers(snapshot, &reader, named, zone, [own, others, everybody]))
    }

    fn table_profile(&self, table: &EventTable, sets: &Compared) -> Result<EventProfile, Error> {
        let stored = &self.view.snapshot.events(table.id())?.snapshot;
        let (mut numbers, mut told): (Vec<(AttributeId, String)>, _) = (Vec::new(), Vec::new());
        for property in table.properties().attributes() {
            self.load_events(stored, &[property.id])?;
            let named = (property.id, property.name.clone());
            match &**stored.column(property.id)? {
                Column::Units(column) if column.ty.is_number() => {
                    // Whole numbers may well name products.
                    if column.ty == Type::Int {
                        told.push(named.clone());
                    }
                    numbers.push(named);
                }
                Column::Units(_) => {}
                column => {
                    let n_texts = column.dictionary().map_or(0, |texts| texts.len());
                    if tells(n_texts as u64, stored.n_customers().into()) {
                        told.push(named);
                    }
                }
            }
        }
        let asked = Asked::all_of(table);
        let parts = EventParts { table: table.name(), numbers: &numbers, told: &told };
        self.with_studies(
            &asked,
            table,
            &[],
            &[&sets.own, &sets.others],
            |studies| match studies {
                [own, others] => Ok(Some(events(&parts, own, others)?)),
                _ => Ok(None),
            },
        )?
        .ok_or_else(|| Error::Inner("a profile without those it compares".to_owned()))
    }
}
