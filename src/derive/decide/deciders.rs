//! The rules of a pool that are decided together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::formula::{Conjunction, Formula};
use super::masks::Masks;
use super::sieve::Sieve;
use crate::bind::{Computed, Derived, Predicate, Standing};
use crate::catalog::{Catalog, Group};
use crate::model::{AttributeId, Type};

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
    /// When each definition of the standing is computed, in its order.
    pub(in crate::derive) phases: Vec<Phase>,
    /// The rules, each after those that it reads.
    pub(super) rules: Vec<Rule>,
    /// The predicates, attribute by attribute.
    pub(in crate::derive) sieves: Vec<Sieve>,
    /// The sieve of an attribute.
    pub(super) sieve_of: HashMap<AttributeId, usize>,
    /// By predicate, the rules that hold it.
    pub(super) holders: Vec<Vec<u32>>,
    /// Words of all bits.
    pub(super) n_words: usize,
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
    /// The rule over the predicates' bits.
    pub(super) formula: Formula,
    /// The same, when it is no more than an `and`.
    pub(super) conjunction: Option<Conjunction>,
    /// The sieve of its own column, where other rules read it.
    pub(super) own: Option<usize>,
}

impl Rule {
    /// Whether it holds, given which predicates do.
    pub(super) fn holds(&self, holds: &mut impl FnMut(u32) -> bool) -> bool {
        match &self.conjunction {
            Some(conjunction) => conjunction.holds(holds),
            None => self.formula.holds(holds),
        }
    }
}

impl Deciders {
    /// Those of a pool's definitions that can be decided together.
    pub(crate) fn new(standing: &Standing, catalog: &Catalog) -> Self {
        let (mut phases, mut after) = (Vec::new(), BTreeSet::new());
        let (mut together, mut chosen) = (BTreeSet::new(), Vec::new());
        for derived in standing.attributes() {
            let reads = |ids: &BTreeSet<AttributeId>| derived.reads.iter().any(|r| ids.contains(r));
            let id = derived.attribute.id;
            phases.push(match rule_of(derived) {
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
            });
        }
        let mut found: BTreeMap<AttributeId, Predicates> = BTreeMap::new();
        chosen.iter().for_each(|(_, rule)| collect(rule, &mut found));
        let (mut sieves, mut n_words) = (Vec::with_capacity(found.len()), 0);
        for (attribute, predicates) in &found {
            let ty = catalog.by_id(*attribute).map_or(Type::Int, |attribute| attribute.ty);
            let sieve = Sieve::new(*attribute, ty, &predicates.all, n_words);
            n_words += sieve.n_words;
            sieves.push(sieve);
        }
        let sieve_of: HashMap<AttributeId, usize> =
            sieves.iter().enumerate().map(|(at, sieve)| (sieve.attribute, at)).collect();
        let mut holders = vec![Vec::new(); n_words * 64];
        let mut rules = Vec::with_capacity(chosen.len());
        for (number, (id, rule)) in chosen.into_iter().enumerate() {
            let bit = |attribute: AttributeId, predicate: &Predicate| {
                let place = found[&attribute].places[&format!("{predicate:?}")];
                sieves[sieve_of[&attribute]].first_word as u32 * 64 + place
            };
            let formula = formula(rule, &bit);
            let mut predicates = Vec::new();
            formula.predicates(&mut predicates);
            predicates.sort_unstable();
            predicates.dedup();
            for predicate in predicates {
                holders[predicate as usize].push(number as u32);
            }
            let (own, conjunction) = (sieve_of.get(&id).copied(), Conjunction::of(&formula));
            rules.push(Rule { id, formula, conjunction, own });
        }
        let sieve = |bit: u32| {
            let word = bit as usize / 64;
            sieves.partition_point(|sieve: &Sieve| sieve.first_word <= word) - 1
        };
        let masks = Masks::new(rules.iter().map(|rule| &rule.formula), sieves.len(), sieve);
        let groups = catalog.groups().iter().map(Group::id);
        let other_groups = groups.filter(|id| !together.contains(id)).collect();
        Self { phases, rules, sieves, sieve_of, holders, n_words, other_groups, masks }
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

    /// Whether any of them reads an attribute.
    pub(in crate::derive) fn reads(&self, id: AttributeId) -> bool {
        self.sieve_of.contains_key(&id)
    }

    /// The attribute that a predicate is about, by its bit among those of all.
    pub(in crate::derive) fn attribute_of(&self, bit: u32) -> AttributeId {
        let word = bit as usize / 64;
        let sieve = self.sieves.partition_point(|sieve| sieve.first_word <= word) - 1;
        self.sieves[sieve].attribute
    }

    /// The bit of a sieve's predicate among those of all.
    pub(in crate::derive) fn bit(&self, sieve: usize, bit: u32) -> u32 {
        self.sieves[sieve].first_word as u32 * 64 + bit
    }
}

/// The different predicates about one attribute.
#[derive(Default)]
struct Predicates {
    all: Vec<Predicate>,
    places: HashMap<String, u32>,
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

fn collect(rule: &Predicate, found: &mut BTreeMap<AttributeId, Predicates>) {
    match rule {
        Predicate::And(clauses) | Predicate::Or(clauses) => {
            clauses.iter().for_each(|clause| collect(clause, found));
        }
        Predicate::Not(clause) => collect(clause, found),
        leaf => {
            let Some(attribute) = Sieve::takes(leaf) else { return };
            let predicates = found.entry(attribute).or_default();
            let next = predicates.all.len() as u32;
            predicates.places.entry(format!("{leaf:?}")).or_insert_with(|| {
                predicates.all.push(leaf.clone());
                next
            });
        }
    }
}

fn formula(rule: &Predicate, bit: &impl Fn(AttributeId, &Predicate) -> u32) -> Formula {
    match rule {
        Predicate::Constant(flag) => Formula::Constant(*flag),
        Predicate::And(clauses) => Formula::And(clauses.iter().map(|c| formula(c, bit)).collect()),
        Predicate::Or(clauses) => Formula::Or(clauses.iter().map(|c| formula(c, bit)).collect()),
        Predicate::Not(clause) => Formula::Not(Box::new(formula(clause, bit))),
        leaf => match Sieve::takes(leaf) {
            Some(attribute) => Formula::Predicate(bit(attribute, leaf)),
            None => Formula::Constant(false),
        },
    }
}
