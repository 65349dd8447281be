//! Where a move of the clock has to stop, so that nobody enters a group and leaves it unseen.
//!
//! A move is one commit, which tells how things are after it. Whoever turned and turned back in
//! between is told only when the move is made in steps. Most turn once at most: who has a single
//! due, or dues that all turn the same way. The others are brought together in a small pool of
//! their own; that is taken through the move in halves, and halves of these, until nobody has two
//! dues in a part, so that it is known at which due who turned. The steps are then as long as can be.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use super::crossing::Counted;
use super::decide::Deciders;
use super::due::Watch;
use super::dues::Due;
use super::effects::{AllCounted, DOWN, Effects, Looking, UP};
use super::events::DeriveError;
use super::horizon::Horizons;
use super::refresh::Refresh;
use crate::bind::{Derived, Standing};
use crate::exec::ExecError;
use crate::index::{Snapshot, Touched};
use crate::model::{AttributeId, Instant, Moves, RowId, TableId};
use crate::parallel::Executor;

/// Dues that are looked at together; a move over more is made in halves.
const MANY: usize = 1 << 21;
/// Instants at which a ranking may be another up to which it is looked at after each.
const FEW_RANKED: usize = 64;

/// Where a move of the clock stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stops {
    /// The instants, ascending.
    pub(crate) at: Vec<Instant>,
    /// How far the move was looked at: from there on it is to be looked at again.
    pub(crate) until: Instant,
}

/// What is known of the definitions before a move.
struct Known<'a> {
    /// The definitions, each after those that it reads, and the numbers of what each counts.
    definitions: Vec<(&'a Derived, Vec<usize>)>,
    counted: AllCounted<'a>,
    /// Which way what is counted turns each.
    effects: HashMap<AttributeId, Effects>,
    /// When a definition may turn for anybody.
    of_all: BTreeMap<AttributeId, BTreeSet<i64>>,
    /// Those whose turns are told.
    told: BTreeSet<AttributeId>,
}

/// Whom the dues may turn both ways: a bit for each definition whose turns are told.
struct Ways {
    n_words: usize,
    /// By what is counted and whether it begins to, who may turn up and who down.
    bits: Vec<[[Vec<u64>; 2]; 2]>,
    /// Who may turn at an instant for anybody.
    of_all: Vec<u64>,
}

/// That a definition turned for a customer at a due.
type Flip = (i64, RowId, AttributeId);

impl Watch<'_> {
    /// Where a move of the clock from an instant to a later one has to stop, so that none of those
    /// definitions of which something holds turns twice for a customer within a step.
    ///
    /// # Errors
    ///
    /// As [`next_change`](Self::next_change), and when arithmetic overflows for a customer.
    pub(crate) fn stops(
        &self,
        from: Instant,
        to: Instant,
        is_told: impl Fn(AttributeId) -> bool,
    ) -> Result<Stops, DeriveError> {
        let told = self.standing.attributes().map(|derived| derived.attribute.id);
        let told: BTreeSet<AttributeId> = told.filter(|id| is_told(*id)).collect();
        let mut until = to;
        if told.is_empty() {
            return Ok(Stops { at: Vec::new(), until });
        }
        let (known, dues) = loop {
            let known = self.known(from, until, told.clone());
            let dues = self.all_dues(&known, from, until)?;
            let half = from.micros() + (until.micros() - from.micros()) / 2;
            match Instant::from_micros(half).filter(|half| *half > from) {
                Some(half) if dues.len() > MANY => until = half,
                _ => break (known, dues),
            }
        };
        let mut stops = BTreeSet::new();
        for instants in known.told.iter().filter_map(|id| known.of_all.get(id)) {
            stops.extend(instants.iter().rev().skip(1));
        }
        self.stops_of_ranks(&known, &dues, &mut stops);
        let rows = known.turning_both_ways(&dues);
        if !rows.is_empty() {
            let moving = Moving { watch: *self, known: &known };
            cut(moving.flips(&rows, &dues, from, until)?, &mut stops);
        }
        Ok(Stops { at: stops.into_iter().filter_map(Instant::from_micros).collect(), until })
    }

    /// All dues within a move, by customer and instant; more than are looked at together, where
    /// there are more.
    fn all_dues(
        &self,
        known: &Known<'_>,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<Due>, DeriveError> {
        let mut dues = Vec::new();
        for counted in known.counted.all.iter().copied().enumerate() {
            if dues.len() > MANY {
                return Ok(dues);
            }
            self.dues(counted, from, to, &mut dues)?;
        }
        dues.retain(|due| self.snapshot.is_alive(due.row));
        dues.sort_unstable();
        dues.dedup();
        Ok(dues)
    }

    /// What is known of the definitions before a move.
    fn known(&self, from: Instant, to: Instant, told: BTreeSet<AttributeId>) -> Known<'_> {
        let mut counted = AllCounted::default();
        let mut definitions = Vec::new();
        for derived in self.standing.attributes() {
            let own: Vec<usize> =
                Counted::all(derived).into_iter().map(|one| counted.number(one)).collect();
            definitions.push((derived, own));
        }
        let (mut effects, mut of_all) = (HashMap::new(), BTreeMap::new());
        let within = |at: &Instant| from < *at && *at <= to;
        for (id, end) in self.catalog.endings().filter(|(_, end)| within(end)) {
            of_all.insert(id, BTreeSet::from([end.micros()]));
        }
        for (derived, own) in &definitions {
            let looking =
                Looking { catalog: self.catalog, derived, own, counted: &counted, known: &effects };
            let found = looking.effects();
            let turns = derived.turns.iter().copied().filter(within);
            let mut instants: BTreeSet<i64> = turns.map(Instant::micros).collect();
            if derived.moves == Moves::Daily {
                instants.extend(self.midnights(from, to).into_iter().map(Instant::micros));
            }
            for read in &derived.reads {
                instants.extend(of_all.get(read).into_iter().flatten());
            }
            effects.insert(derived.attribute.id, found);
            of_all.insert(derived.attribute.id, instants);
        }
        Known { definitions, counted, effects, of_all, told }
    }

    /// Stops at every instant at which a ranking may be another, where these are few.
    fn stops_of_ranks(&self, known: &Known<'_>, dues: &[Due], stops: &mut BTreeSet<i64>) {
        for (derived, _) in &known.definitions {
            let id = derived.attribute.id;
            if !(derived.ranks || derived.grades) || !self.is_ranking_moved(derived, known) {
                continue;
            }
            let counted = known.effects.get(&id);
            let counts = |due: &&Due| {
                counted.is_some_and(|counted| counted.contains_key(&(due.counted as usize)))
            };
            let mut instants: BTreeSet<i64> = BTreeSet::new();
            for due in dues.iter().filter(counts) {
                instants.insert(due.at);
                if instants.len() > FEW_RANKED {
                    break;
                }
            }
            if instants.len() <= FEW_RANKED {
                stops.extend(instants.iter().rev().skip(1));
            }
        }
    }

    /// Whether what a definition ranks moves with the clock, as far as can be told.
    fn is_ranking_moved(&self, derived: &Derived, known: &Known<'_>) -> bool {
        if !derived.keeps_rankings() || self.rankings.of(derived.attribute.id).is_none() {
            return true;
        }
        let mut read = Vec::new();
        derived.aggregates.gradings().for_each(|grading| grading.reads(&mut read));
        let is_moved = |id: &AttributeId| {
            derived.aggregates.is_passing(*id)
                || derived.timed.iter().any(|timed| timed.attribute == *id)
                || known.effects.get(id).is_some_and(|effects| !effects.is_empty())
                || known.of_all.get(id).is_some_and(|instants| !instants.is_empty())
        };
        read.iter().any(is_moved)
    }
}

impl Known<'_> {
    /// The customers whom the dues may turn both ways, ascending; the dues are in their order.
    fn turning_both_ways(&self, dues: &[Due]) -> Vec<RowId> {
        let ways = self.ways();
        let n_of_all: BTreeSet<i64> =
            self.told.iter().filter_map(|id| self.of_all.get(id)).flatten().copied().collect();
        let mut found = Vec::new();
        let (mut up, mut down) = (vec![0; ways.n_words], vec![0; ways.n_words]);
        for of_row in dues.chunk_by(|a, b| a.row == b.row) {
            let first = of_row[0].at;
            let is_single = of_row.iter().all(|due| due.at == first);
            if is_single && (n_of_all.is_empty() || n_of_all.iter().eq([&first])) {
                continue;
            }
            up.copy_from_slice(&ways.of_all);
            down.copy_from_slice(&ways.of_all);
            for due in of_row {
                let [of_up, of_down] = &ways.bits[due.counted as usize][usize::from(due.begins)];
                up.iter_mut().zip(of_up).for_each(|(all, more)| *all |= more);
                down.iter_mut().zip(of_down).for_each(|(all, more)| *all |= more);
            }
            if up.iter().zip(&down).any(|(up, down)| up & down != 0) {
                found.push(of_row[0].row);
            }
        }
        found
    }

    fn ways(&self) -> Ways {
        let n_words = self.told.len().div_ceil(64);
        let none = || [vec![0u64; n_words], vec![0u64; n_words]];
        let mut bits: Vec<[[Vec<u64>; 2]; 2]> =
            self.counted.all.iter().map(|_| [none(), none()]).collect();
        let mut of_all = vec![0u64; n_words];
        for (place, id) in self.told.iter().enumerate() {
            let (word, bit) = (place / 64, 1u64 << (place % 64));
            if self.of_all.get(id).is_some_and(|instants| !instants.is_empty()) {
                of_all[word] |= bit;
            }
            for (number, turns) in self.effects.get(id).into_iter().flatten() {
                for (of_number, turn) in bits[*number].iter_mut().zip(turns) {
                    if turn & UP != 0 {
                        of_number[0][word] |= bit;
                    }
                    if turn & DOWN != 0 {
                        of_number[1][word] |= bit;
                    }
                }
            }
        }
        Ways { n_words, bits, of_all }
    }
}

/// Adds the fewest stops between flips, so that none comes twice in a step.
fn cut(mut flips: Vec<Flip>, stops: &mut BTreeSet<i64>) {
    flips.sort_unstable();
    flips.dedup();
    let mut turned: HashSet<(RowId, AttributeId)> = HashSet::new();
    let mut before: Option<i64> = None;
    for at_once in flips.chunk_by(|a, b| a.0 == b.0) {
        let at = at_once[0].0;
        let is_stopped = before.is_some_and(|before| stops.range(before..at).next().is_some());
        let is_again = at_once.iter().any(|(_, row, id)| turned.contains(&(*row, *id)));
        if is_stopped || is_again {
            stops.extend(before.filter(|_| !is_stopped));
            turned.clear();
        }
        turned.extend(at_once.iter().map(|(_, row, id)| (*row, *id)));
        before = Some(at);
    }
}

/// Customers who are taken through a move of the clock by themselves.
#[derive(Clone, Copy)]
struct Moving<'a> {
    watch: Watch<'a>,
    known: &'a Known<'a>,
}

/// Some customers, as they are at an instant, and the instants at which they are looked at.
struct Part {
    snapshot: Snapshot,
    /// Their rows in the pool.
    rows: Vec<RowId>,
    /// The dues of each, ascending.
    dues: Vec<Vec<i64>>,
}

/// What a part needs to be brought from an instant to another.
struct Means<'a> {
    standing: &'a Standing,
    deciders: &'a OnceLock<Deciders>,
    attributes: Vec<AttributeId>,
    tables: BTreeMap<TableId, Vec<AttributeId>>,
    keys: bool,
    of_all: Vec<i64>,
}

impl Moving<'_> {
    /// Which definitions turn for which of some customers, and when.
    fn flips(
        &self,
        rows: &[RowId],
        dues: &[Due],
        from: Instant,
        to: Instant,
    ) -> Result<Vec<Flip>, DeriveError> {
        let (watch, known) = (self.watch, self.known);
        let is_moved = |derived: &Derived| {
            let id = derived.attribute.id;
            let is_known = watch.rankings.of(id).is_some() && derived.keeps_rankings();
            let is_of_rows = is_known || !derived.ranks && !derived.grades;
            let counts = known.effects.get(&id).is_some_and(|effects| !effects.is_empty());
            let turns = known.of_all.get(&id).is_some_and(|instants| !instants.is_empty());
            is_of_rows && (counts || turns || derived.moves != Moves::Never)
        };
        let (standing, deciders) = (watch.standing.of_some(is_moved), OnceLock::new());
        let all: Vec<&Derived> = standing.attributes().collect();
        let refresh = Refresh { watch, before: None, from, to };
        let (attributes, tables) = refresh.needs(&all);
        let mut attributes: BTreeSet<AttributeId> = attributes.into_iter().collect();
        attributes.extend(all.iter().flat_map(|derived| derived.reads.iter().copied()));
        attributes.extend(all.iter().map(|derived| derived.attribute.id));
        attributes.extend(watch.catalog.endings().map(|(id, _)| id));
        let of_all: BTreeSet<i64> = known.of_all.values().flatten().copied().collect();
        let means = Means {
            standing: &standing,
            deciders: &deciders,
            attributes: attributes.into_iter().collect(),
            tables,
            keys: all.iter().any(|derived| derived.keys),
            of_all: of_all.into_iter().collect(),
        };
        let n_bytes = size_of_val(rows) * (4 + means.attributes.len());
        let _charge = watch.budget.charge(n_bytes).map_err(ExecError::from)?;
        watch.snapshot.load(&means.attributes, watch.threads, watch.budget)?;
        let (picked, tables) = (&means.attributes[..], &means.tables);
        let snapshot = watch.snapshot.picked(rows, picked, tables, means.keys, watch.threads)?;
        let mut part = Part { snapshot, rows: rows.to_vec(), dues: Vec::with_capacity(rows.len()) };
        for of_row in dues.chunk_by(|a, b| a.row == b.row) {
            if rows.binary_search(&of_row[0].row).is_ok() {
                let mut own: Vec<i64> = of_row.iter().map(|due| due.at).collect();
                own.extend(&means.of_all);
                own.sort_unstable();
                own.dedup();
                part.dues.push(own);
            }
        }
        let mut flips = Vec::new();
        self.halve(&means, &part, from, to, &mut flips)?;
        Ok(flips)
    }

    /// Finds the flips of customers who have two dues and more each within a move.
    fn halve(
        &self,
        means: &Means<'_>,
        part: &Part,
        from: Instant,
        to: Instant,
        flips: &mut Vec<Flip>,
    ) -> Result<(), DeriveError> {
        let mut instants: Vec<i64> = part.dues.iter().flatten().copied().collect();
        instants.sort_unstable();
        instants.dedup();
        let [_, .., _] = instants[..] else { return Ok(()) };
        let Some(middle) = Instant::from_micros(instants[(instants.len() - 1) / 2]) else {
            return Ok(());
        };
        drop(instants);
        let later = self.half(means, part, &part.snapshot, (from, middle), flips)?;
        self.half(means, part, &later, (middle, to), flips)?;
        Ok(())
    }

    /// Takes customers through a half of a move, from how they are at its start to its end.
    fn half(
        &self,
        means: &Means<'_>,
        part: &Part,
        start: &Snapshot,
        (from, to): (Instant, Instant),
        flips: &mut Vec<Flip>,
    ) -> Result<Snapshot, DeriveError> {
        let (later, turned) = self.moved(means, start, from, to)?;
        let within = |at: &&i64| from.micros() < **at && **at <= to.micros();
        let own = |dues: &Vec<i64>| dues.iter().filter(within).copied().collect();
        let dues: Vec<Vec<i64>> = part.dues.iter().map(own).collect();
        for (place, id) in turned {
            if let [at] = dues[place.0 as usize][..] {
                flips.push((at, part.rows[place.0 as usize], id));
            }
        }
        let several = |place: &usize| dues[*place].len() > 1;
        let places: Vec<usize> = (0..dues.len()).filter(several).collect();
        if !places.is_empty() {
            let own: Vec<RowId> = places.iter().map(|place| RowId(*place as u32)).collect();
            let (attributes, tables) = (&means.attributes[..], &means.tables);
            let executor = self.executor(own.len());
            let snapshot = start.picked(&own, attributes, tables, means.keys, executor)?;
            let rows = places.iter().map(|place| part.rows[*place]).collect();
            let dues = places.iter().map(|place| dues[*place].clone()).collect();
            self.halve(means, &Part { snapshot, rows, dues }, from, to, flips)?;
        }
        Ok(later)
    }

    /// Some customers at a later instant, and which definitions whose turns are told turned for
    /// whom in between.
    fn moved(
        &self,
        means: &Means<'_>,
        snapshot: &Snapshot,
        from: Instant,
        to: Instant,
    ) -> Result<(Snapshot, Vec<(RowId, AttributeId)>), DeriveError> {
        let executor = self.executor(snapshot.n_rows() as usize);
        let (horizons, nothing) = (Horizons::default(), Touched::default());
        let watch = Watch {
            standing: means.standing,
            deciders: means.deciders,
            snapshot,
            horizons: &horizons,
            executor,
            threads: executor,
            is_part: true,
            ..self.watch
        };
        let refreshed = Refresh { watch, before: None, from, to }.after(&nothing)?;
        let mut turned = Vec::new();
        for id in refreshed.dirty.columns.keys().filter(|id| self.known.told.contains(*id)) {
            if self.watch.catalog.group_by_id(*id).is_some() {
                let (came, went) = refreshed.snapshot.flags_since(snapshot, *id, executor)?;
                for chunks in [came, went] {
                    let size = snapshot.size();
                    let members = crate::exec::MemberSet::new(size, snapshot.n_rows(), chunks);
                    turned.extend(members.iter().map(|row| (row, *id)));
                }
                continue;
            }
            for (_, _, rows) in refreshed.snapshot.turns_since(snapshot, *id, &nothing, executor)? {
                turned.extend(rows.iter().map(|row| (RowId(row), *id)));
            }
        }
        Ok((refreshed.snapshot, turned))
    }

    fn executor(&self, n: usize) -> &Executor {
        if n > 1_024 { self.watch.threads } else { self.watch.executor }
    }
}
