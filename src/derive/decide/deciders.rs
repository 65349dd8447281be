//! The rules of a pool that are decided together.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Values;
use super::formula::Formula;
use super::masks::{Left, Masks};
use super::sieve::{Class, Sieve};
use crate::bind::{Computed, Derived, Predicate, Standing};
use crate::catalog::{Catalog, Group};
use crate::model::{AttributeId, RowId, Type};

/// When a definition is computed: each after those that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::derive) enum Phase {
    /// Before the rules that are decided together.
    Before,
    /// With them.
    Together,
    /// After them.
    After,
}

/// The definitions of a pool that are decided together, and all their predicates.
#[derive(Debug)]
pub(crate) struct Deciders {
    /// Where in the standing the definitions of each phase are.
    places: [Vec<usize>; 3],
    /// The rules, each after those that it reads.
    pub(super) rules: Vec<Rule>,
    /// The predicates, attribute by attribute.
    pub(in crate::derive) sieves: Vec<Sieve>,
    /// The sieve of an attribute.
    sieve_of: HashMap<AttributeId, usize>,
    /// By sieve, the rules that read its attribute, where that is another rule's column.
    pub(super) readers: Vec<Vec<u32>>,
    /// The rules whose columns have a value of everybody: all but those of groups.
    pub(super) unset: Vec<u32>,
    /// By predicate, its sieve.
    owners: Vec<u32>,
    /// The groups that are not decided together.
    other_groups: Vec<AttributeId>,
    /// What decides all rules of one customer at once.
    pub(super) masks: Masks,
}

/// A rule that is decided together with others.
#[derive(Debug)]
pub(super) struct Rule {
    /// The column that it is of.
    pub(super) id: AttributeId,
    /// The rule over numbered predicates.
    pub(super) formula: Formula,
    /// The sieve of its own column, where other rules read it.
    pub(super) own: Option<usize>,
}

impl Deciders {
    /// Those of a pool's definitions that can be decided together.
    pub(crate) fn new(standing: &Standing, catalog: &Catalog) -> Self {
        let (places, chosen) = phases(standing);
        let mut found: BTreeMap<AttributeId, Predicates<'_>> = BTreeMap::new();
        chosen.iter().for_each(|(_, rule)| collect(rule, &mut found));
        let (mut sieves, mut owners) = (Vec::with_capacity(found.len()), Vec::new());
        for (attribute, predicates) in &mut found {
            let ty = catalog.by_id(*attribute).map_or(Type::Int, |attribute| attribute.ty);
            predicates.first = owners.len() as u32;
            owners.resize(owners.len() + predicates.all.len(), sieves.len() as u32);
            sieves.push(Sieve::new(*attribute, ty, &predicates.all, predicates.first));
        }
        let sieve_of: HashMap<AttributeId, usize> =
            sieves.iter().enumerate().map(|(at, sieve)| (sieve.attribute, at)).collect();
        let number = |attribute: AttributeId, predicate: &Predicate| {
            let of = found.get(&attribute);
            of.map_or(0, |of| of.first + of.places.get(&told(predicate)).copied().unwrap_or(0))
        };
        let rule = |(id, rule): &(AttributeId, &Predicate)| Rule {
            id: *id,
            formula: formula(rule, &number),
            own: sieve_of.get(id).copied(),
        };
        let rules: Vec<Rule> = chosen.iter().map(rule).collect();
        let sieve = |predicate: u32| owners[predicate as usize] as usize;
        let masks = Masks::new(rules.iter().map(|rule| &rule.formula), sieves.len(), sieve);
        let mut readers = vec![Vec::new(); sieves.len()];
        for own in rules.iter().filter_map(|rule| rule.own) {
            readers[own] = masks.about(own).collect();
        }
        let is_group = |id| catalog.group_by_id(id).is_some();
        let unset = (0u32..).zip(&rules).filter(|(_, rule)| !is_group(rule.id));
        let unset = unset.map(|(number, _)| number).collect();
        let together: BTreeSet<AttributeId> = chosen.iter().map(|(id, _)| *id).collect();
        let groups = catalog.groups().iter().map(Group::id);
        let other_groups = groups.filter(|id| !together.contains(id)).collect();
        Self { places, rules, sieves, sieve_of, readers, unset, owners, other_groups, masks }
    }

    /// The columns of the groups whose rules hold of a customer.
    pub(in crate::derive) fn of_row(&self, row: RowId, values: &Values<'_>) -> Vec<AttributeId> {
        let mut left = Left::default();
        left.all(&self.masks);
        let told: Vec<OnceCell<Class>> = vec![OnceCell::new(); self.sieves.len()];
        let class = |at: usize| told[at].get_or_init(|| values.class(at, row));
        for at in 0..self.sieves.len() {
            if self.is_about(at, &left) {
                self.join(at, class(at), &mut left);
                left.thin();
            }
        }
        let mut holds = |predicate: u32| {
            let (at, own) = self.place_of(predicate);
            self.sieves[at].holds(own, class(at))
        };
        let is_so = |number: &u32| {
            !self.masks.is_mixed(*number) || self.rules[*number as usize].formula.holds(&mut holds)
        };
        let is_group = |number: &u32| self.unset.binary_search(number).is_err();
        let groups = left.rules().filter(is_group).filter(is_so);
        groups.map(|number| self.rules[number as usize].id).collect()
    }

    /// Whether there is none.
    pub(in crate::derive) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The groups whose members are told by their columns alone, ascending by number.
    pub(crate) fn other_groups(&self) -> &[AttributeId] {
        &self.other_groups
    }

    /// The columns that the rules are of.
    pub(in crate::derive) fn ids(&self) -> impl Iterator<Item = AttributeId> {
        self.rules.iter().map(|rule| rule.id)
    }

    /// Where in the standing the definitions of a phase are, each after those that it reads.
    pub(in crate::derive) fn places(&self, phase: Phase) -> &[usize] {
        &self.places[phase as usize]
    }

    /// The sieve of an attribute, if any of them reads it.
    pub(in crate::derive) fn sieve(&self, id: AttributeId) -> Option<usize> {
        self.sieve_of.get(&id).copied()
    }

    /// The sieve of a predicate, and its number there.
    pub(super) fn place_of(&self, predicate: u32) -> (usize, u32) {
        let at = self.owners[predicate as usize] as usize;
        (at, predicate - self.sieves[at].first)
    }
}

/// Where the definitions of each phase are, and the rules that are decided together.
fn phases(standing: &Standing) -> ([Vec<usize>; 3], Vec<(AttributeId, &Predicate)>) {
    let (mut places, mut after) = (<[Vec<usize>; 3]>::default(), BTreeSet::new());
    let (mut together, mut chosen) = (BTreeSet::new(), Vec::new());
    for (place, derived) in standing.attributes().enumerate() {
        let reads = |ids: &BTreeSet<AttributeId>| derived.reads.iter().any(|r| ids.contains(r));
        let id = derived.attribute.id;
        let phase = match rule_of(derived) {
            Some(rule) if !reads(&after) => {
                together.insert(id);
                chosen.push((id, rule));
                Phase::Together
            }
            _ if reads(&after) || reads(&together) => {
                after.insert(id);
                Phase::After
            }
            _ => Phase::Before,
        };
        places[phase as usize].push(place);
    }
    (places, chosen)
}

/// The different predicates about one attribute.
#[derive(Default)]
struct Predicates<'a> {
    all: Vec<&'a Predicate>,
    places: HashMap<String, u32>,
    /// The number of the first among those of all attributes.
    first: u32,
}

/// A predicate as what it says: equal ones are told alike.
fn told(predicate: &Predicate) -> String {
    format!("{predicate:?}")
}

/// The rule of a definition that can be decided with others: each of its predicates is about one
/// attribute, and nothing is asked of events.
fn rule_of(derived: &Derived) -> Option<&Predicate> {
    match &derived.computed {
        Computed::Rule(rule) if derived.aggregates.is_empty() && takes(rule) => Some(rule),
        _ => None,
    }
}

fn takes(rule: &Predicate) -> bool {
    match rule {
        Predicate::Constant(_) => true,
        Predicate::And(clauses) | Predicate::Or(clauses) => clauses.iter().all(takes),
        Predicate::Not(clause) => takes(clause),
        leaf => Sieve::takes(leaf).is_some(),
    }
}

fn collect<'a>(rule: &'a Predicate, found: &mut BTreeMap<AttributeId, Predicates<'a>>) {
    match rule {
        Predicate::And(clauses) | Predicate::Or(clauses) => {
            clauses.iter().for_each(|clause| collect(clause, found));
        }
        Predicate::Not(clause) => collect(clause, found),
        leaf => {
            let Some(attribute) = Sieve::takes(leaf) else { return };
            let predicates = found.entry(attribute).or_default();
            let next = predicates.all.len() as u32;
            predicates.places.entry(told(leaf)).or_insert_with(|| {
                predicates.all.push(leaf);
                next
            });
        }
    }
}

fn formula(rule: &Predicate, number: &impl Fn(AttributeId, &Predicate) -> u32) -> Formula {
    match rule {
        Predicate::Constant(flag) => Formula::Constant(*flag),
        Predicate::And(clauses) => {
            Formula::And(clauses.iter().map(|c| formula(c, number)).collect())
        }
        Predicate::Or(clauses) => Formula::Or(clauses.iter().map(|c| formula(c, number)).collect()),
        Predicate::Not(clause) => Formula::Not(Box::new(formula(clause, number))),
        leaf => match Sieve::takes(leaf) {
            Some(attribute) => Formula::Predicate(number(attribute, leaf)),
            None => Formula::Constant(false),
        },
    }
}
