//! Definitions of derived attributes.

use super::aggregate::column_type;
use super::aggregates::Later;
use super::names::Bound;
use super::rule::rule;
use super::source::symbolic_source;
use super::term::{Term, TermKind, value};
use super::timing::Beside;
use super::{Aggregate, Aggregates, Predicate, Scope, Sequence, Timed, mentions};
use crate::catalog::{Attribute, Definition};
use crate::lang::ast::{Expr, ExprKind, List, Test};
use crate::lang::{Code, Diagnostic};
use crate::model::{AttributeId, Choice, Instant, Moves, Source, TableId, Ties, Type};

/// A derived attribute whose definition is bound. Its moments and spans are symbolic, so that it is
/// bound once and computed at any instant.
#[derive(Clone, Debug)]
pub(crate) struct Derived {
    /// The attribute.
    pub(crate) attribute: Attribute,
    /// What it asks of events.
    pub(crate) aggregates: Aggregates,
    /// What it is computed as, the answers about events among what it reads.
    pub(crate) computed: Computed,
    /// The attributes of customers that it reads, derived ones among them: sorted.
    pub(crate) reads: Vec<AttributeId>,
    /// The tables whose events it asks about: sorted.
    pub(crate) tables: Vec<TableId>,
    /// How often it changes because the clock moves, other than by events that come into a span of
    /// its questions and leave it.
    pub(crate) moves: Moves,
    /// Dates and timestamps that it reads by spans which move with the clock.
    pub(crate) timed: Vec<Timed>,
    /// Instants at which it changes of anybody, since its rule compares the clock with them.
    pub(crate) turns: Vec<Instant>,
    /// Whether what it is for one customer depends on others by a ranking of texts, or one within
    /// another, so that it is computed anew of everybody.
    pub(crate) ranks: bool,
    /// Whether there are classes of customers in it, which have their place in a ranking.
    pub(crate) grades: bool,
    /// Whether it reads the customers' keys.
    pub(crate) keys: bool,
}

impl Derived {
    /// Whether it has classes that are kept current by those who changed and were displaced.
    pub(crate) fn keeps_rankings(&self) -> bool {
        self.grades && !self.ranks
    }
}

/// What a derived attribute is computed as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Computed {
    /// A value.
    Value(Source),
    /// Whether a rule holds.
    Rule(Predicate),
}

/// Binds a definition that is not yet in the catalog: its type.
///
/// # Errors
///
/// A diagnostic for what has no meaning, and for a parameter, which has a value for one statement.
pub(crate) fn definition_type(expr: &Expr, scope: &Scope<'_>) -> Bound<Type> {
    let (_, _, ty) = bind(expr, scope, scope.catalog.next_attribute(), Kind::Attribute)?;
    Ok(ty)
}

/// Checks the rule of a dynamic group, whose column has a number, if it is in the catalog already.
///
/// # Errors
///
/// As [`definition_type`].
pub(crate) fn check_group_rule(
    rule: &Expr,
    group: Option<AttributeId>,
    scope: &Scope<'_>,
) -> Bound<()> {
    let end = group.unwrap_or_else(|| scope.catalog.next_attribute());
    bind(rule, scope, end, Kind::Group)?;
    Ok(())
}

/// What is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An attribute: a value, or whether a rule holds.
    Attribute,
    /// The members of a group: whether a rule holds.
    Group,
}

/// Binds the definition of a derived attribute of the catalog.
///
/// # Errors
///
/// As [`definition_type`].
pub(crate) fn derived(
    attribute: &Attribute,
    definition: &Definition,
    scope: &Scope<'_>,
) -> Bound<Derived> {
    let kind = match scope.catalog.group_by_id(attribute.id) {
        Some(_) => Kind::Group,
        None => Kind::Attribute,
    };
    let (aggregates, computed, _) = bind(definition.expr(), scope, attribute.id, kind)?;
    let (asked, sequences) = (aggregates.asked(), aggregates.sequences());
    let of_asked = asked.iter().map(Aggregate::moves);
    let mut moves = of_asked.chain(sequences.iter().map(Sequence::moves)).max().unwrap_or_default();
    let (mut reads, mut beside) = (Vec::new(), Beside::default());
    let (mut ranks, mut keys) = (false, false);
    match &computed {
        Computed::Value(source) => {
            source.attributes(&mut reads);
            moves = moves.max(source.moves());
        }
        Computed::Rule(predicate) => {
            reads.extend(mentions::attributes(predicate));
            moves = moves.max(predicate.moves_beside(scope.zone, &mut beside));
            (ranks, keys) = (predicate.ranks(), mentions::reads_keys(predicate));
        }
    }
    let mut read_by_gradings = Vec::new();
    for later in aggregates.later() {
        match later {
            Later::Case(case) => {
                for (rule, choice) in &case.arms {
                    reads.extend(mentions::attributes(rule));
                    moves = moves.max(rule.moves_beside(scope.zone, &mut beside));
                    (ranks, keys) = (ranks || rule.ranks(), keys || mentions::reads_keys(rule));
                    if let Choice::Source(source) = choice {
                        source.attributes(&mut reads);
                        moves = moves.max(source.moves());
                    }
                }
            }
            Later::Grading(grading) => {
                grading.reads(&mut read_by_gradings);
                moves = moves.max(grading.moves_beside(scope.zone, &mut beside));
                keys |= grading.reads_keys();
                let among = grading.among.as_ref();
                ranks |= grading.grades.ties == Ties::ByKey || among.is_some_and(Predicate::ranks);
            }
        }
    }
    // Nothing is known of when an answer about events comes to a bound.
    let (passing, timed): (Vec<Timed>, Vec<Timed>) =
        beside.timed.into_iter().partition(|timed| aggregates.is_passing(timed.attribute));
    if !passing.is_empty() {
        moves = Moves::Always;
    }
    let later = aggregates.later().iter().map(|later| later.attribute().id);
    let grades = aggregates.gradings().next().is_some();
    ranks |= later.into_iter().any(|id| read_by_gradings.contains(&id));
    reads.extend(read_by_gradings);
    reads.retain(|id| !aggregates.is_passing(*id));
    let steps = sequences.iter().flat_map(|sequence| &sequence.steps);
    let of_customers = asked.iter().flat_map(|asked| &asked.of_customers);
    let of_customers = of_customers.chain(steps.flat_map(|step| &step.of_customers));
    reads.extend(of_customers.map(|(_, id)| *id));
    let mut tables: Vec<TableId> = aggregates.tables().collect();
    tables.sort_unstable();
    tables.dedup();
    let (attribute, reads) = (attribute.clone(), mentions::sorted(reads));
    Ok(Derived {
        attribute,
        aggregates,
        computed,
        reads,
        tables,
        moves,
        timed,
        turns: beside.turns,
        ranks,
        grades,
        keys,
    })
}

fn bind(
    expr: &Expr,
    scope: &Scope<'_>,
    end: AttributeId,
    kind: Kind,
) -> Bound<(Aggregates, Computed, Type)> {
    refuse_parameters(expr)?;
    let aggregates = Aggregates::bind_definition(expr, scope, end)?;
    let scope = Scope { aggregates: &aggregates, ..*scope };
    if kind == Kind::Group {
        let computed = Computed::Rule(rule(expr, &scope)?);
        return Ok((aggregates, computed, Type::Bool));
    }
    let (computed, ty) = match value(expr, &scope) {
        Ok(term) => (Computed::Value(symbolic_source(&term)?), value_type(&term)?),
        Err(error) if error.code == Code::NotARule && error.span == expr.span => {
            (Computed::Rule(rule(expr, &scope)?), Type::Bool)
        }
        Err(error) => return Err(error),
    };
    Ok((aggregates, computed, ty))
}

/// The type of the column that holds a value.
fn value_type(term: &Term<'_>) -> Bound<Type> {
    match &term.kind {
        TermKind::Attribute(attribute) if attribute.ty != Type::Set => Ok(attribute.ty),
        TermKind::Attribute(_) => {
            let message = format!("{} is a set, and no attribute is derived as one", term.origin);
            Err(Diagnostic::new(Code::TypeMismatch, term.span(), message))
        }
        TermKind::Key(_) => {
            let message = "a derived attribute cannot be the key, which `key` names already";
            Err(Diagnostic::new(Code::Unsupported, term.span(), message))
        }
        _ => {
            let no_value = || {
                let message = format!("{} is no value that customers can have", term.origin);
                Diagnostic::new(Code::TypeMismatch, term.span(), message)
            };
            column_type(term.scalar().ok_or_else(no_value)?.ty, term)
        }
    }
}

/// Refuses `$name`, which is bound for one statement.
fn refuse_parameters(expr: &Expr) -> Bound<()> {
    let list = match &expr.kind {
        ExprKind::Parameter(name) => Some(name.as_str()),
        ExprKind::Test { test: Test::In(list) | Test::ContainsMany(_, list), .. } => match list {
            List::Parameter(name) => Some(name.text.as_str()),
            List::Values(_) => None,
        },
        _ => None,
    };
    if let Some(name) = list {
        let message = format!("`${name}` has a value for one statement, and a definition is kept");
        return Err(
            Diagnostic::new(Code::Unsupported, expr.span, message).hint("write the value itself")
        );
    }
    expr.parts(&mut |part| refuse_parameters(part))
}
