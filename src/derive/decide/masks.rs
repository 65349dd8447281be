//! All rules of one customer at once.
//!
//! A rule is mostly an `and` of clauses about one attribute each. For every class of an attribute's
//! values there is a mask: the rules none of whose clauses about that attribute fail in the class.
//! The masks of a customer's values, joined by `and`, leave the rules that may hold; only those with
//! clauses about several attributes are then looked at one by one.
//!
//! Where classes are numbered, neighbours differ in few rules: masks are made in one pass over the
//! classes, and where there are too many to keep, every so-manieth is kept and the others are made
//! of the one before them.

use std::sync::OnceLock;

use super::Deciders;
use super::formula::Formula;
use super::known::Known;
use super::sieve::{Class, Sieve};
use super::units::{MISSING, Units};

/// Words of the masks that are kept of one attribute with numbered classes.
const MOST_WORDS: usize = 1 << 19;

/// The masks of some deciders.
#[derive(Debug)]
pub(super) struct Masks {
    /// Words of a mask.
    pub(super) n_words: usize,
    n_rules: usize,
    /// Rules with a clause about several attributes, or about none.
    mixed: Vec<u64>,
    of: Vec<OfSieve>,
}

/// The clauses about one attribute, and their masks.
#[derive(Debug)]
struct OfSieve {
    /// The rules with clauses about it alone, and these.
    clauses: Vec<(u32, Formula)>,
    /// The rules with any clause about it.
    about: Vec<u64>,
    /// The rules with a clause about it and others.
    mixed: Vec<u64>,
    sweep: OnceLock<Sweep>,
}

/// The masks of numbered classes.
#[derive(Debug)]
struct Sweep {
    /// Of so many classes one is kept.
    stride: u32,
    /// Masks one after the other: of class 0, of class 1, and of every so-manieth after that.
    kept: Vec<u64>,
    /// The clauses that may turn at a class, class after class.
    turns: Vec<u32>,
    /// Where those of each class begin; one more at the end.
    starts: Vec<u32>,
}

impl Masks {
    /// The masks of rules, none made yet; `sieve` tells which a predicate is of.
    #[expect(single_use_lifetimes, reason = "`impl Trait` cannot elide it")]
    pub(super) fn new<'f>(
        formulas: impl ExactSizeIterator<Item = &'f Formula>,
        n_sieves: usize,
        sieve: impl Fn(u32) -> usize,
    ) -> Self {
        let n_rules = formulas.len();
        let n_words = n_rules.div_ceil(64);
        let none = || vec![0u64; n_words];
        let of = || {
            let (clauses, sweep) = (Vec::new(), OnceLock::new());
            OfSieve { clauses, about: none(), mixed: none(), sweep }
        };
        let mut of: Vec<OfSieve> = std::iter::repeat_with(of).take(n_sieves).collect();
        let mut mixed = none();
        for (rule, formula) in formulas.enumerate() {
            for clause in formula.clauses() {
                let mut predicates = Vec::new();
                clause.predicates(&mut predicates);
                let mut sieves: Vec<usize> = predicates.into_iter().map(&sieve).collect();
                sieves.sort_unstable();
                sieves.dedup();
                sieves.iter().for_each(|at| set(&mut of[*at].about, rule));
                if let [only] = sieves[..] {
                    of[only].add(rule as u32, clause);
                    continue;
                }
                set(&mut mixed, rule);
                sieves.iter().for_each(|at| set(&mut of[*at].mixed, rule));
            }
        }
        Self { n_words, n_rules, mixed, of }
    }

    /// The rules with any clause about a sieve's attribute, ascending.
    pub(super) fn about(&self, at: usize) -> impl Iterator<Item = u32> + '_ {
        let about = &self.of[at].about;
        let has = |rule: &u32| about[*rule as usize / 64] >> (rule % 64) & 1 == 1;
        (0..self.n_rules as u32).filter(has)
    }

    /// Every rule.
    fn all(&self, words: &mut Vec<u64>) {
        words.clear();
        words.resize(self.n_words, u64::MAX);
        if let Some(last) = words.last_mut().filter(|_| !self.n_rules.is_multiple_of(64)) {
            *last = (1 << (self.n_rules % 64)) - 1;
        }
    }

    /// Whether a rule has a clause about several attributes, or about none.
    pub(super) fn is_mixed(&self, rule: u32) -> bool {
        self.mixed[rule as usize / 64] >> (rule % 64) & 1 == 1
    }
}

impl OfSieve {
    /// Adds a clause of a rule; the rules ascend.
    fn add(&mut self, rule: u32, clause: &Formula) {
        match self.clauses.last_mut().filter(|(of, _)| *of == rule) {
            Some((_, Formula::And(clauses))) => clauses.push(clause.clone()),
            Some((_, before)) => {
                let before_it = std::mem::replace(before, Formula::Constant(true));
                *before = Formula::And(vec![before_it, clause.clone()]);
            }
            None => self.clauses.push((rule, clause.clone())),
        }
    }
}

/// Rules that are left of all.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) words: Vec<u64>,
    /// The places of words that are not zero, once they are few.
    few: Option<Vec<u32>>,
    scratch: Vec<u64>,
}

impl Left {
    /// Words up to which all are looked at.
    const FEW: usize = 4;

    /// Every rule.
    pub(super) fn all(&mut self, masks: &Masks) {
        masks.all(&mut self.words);
        self.few = None;
    }

    /// Notes which words are left, where looking at these alone pays.
    pub(super) fn thin(&mut self) {
        let n = self.words.len();
        if n <= Self::FEW {
            return;
        }
        if let Some(few) = &mut self.few {
            few.retain(|at| self.words[*at as usize] != 0);
        } else {
            let left = (0u32..).zip(&self.words).filter(|(_, word)| **word != 0);
            let left: Vec<u32> = left.map(|(at, _)| at).take(n / 4 + 1).collect();
            self.few = (left.len() <= n / 4).then_some(left);
        }
    }

    fn join(&mut self, mask: &[u64]) {
        match &self.few {
            Some(few) => few.iter().for_each(|at| self.words[*at as usize] &= mask[*at as usize]),
            None => self.words.iter_mut().zip(mask).for_each(|(left, mask)| *left &= mask),
        }
    }

    fn meets(&self, rules: &[u64]) -> bool {
        match &self.few {
            Some(few) => few.iter().any(|at| self.words[*at as usize] & rules[*at as usize] != 0),
            None => self.words.iter().zip(rules).any(|(left, rules)| left & rules != 0),
        }
    }

    /// The rules that are left, ascending.
    pub(super) fn rules(&self) -> impl Iterator<Item = u32> + '_ {
        let all = self.few.is_none().then_some(0..self.words.len() as u32);
        let few = self.few.iter().flatten().copied();
        few.chain(all.into_iter().flatten()).flat_map(|at| {
            let mut word = self.words[at as usize];
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros())?;
                word &= word - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

impl Deciders {
    /// Leaves those rules none of whose clauses about a sieve's attribute fail in a class.
    pub(super) fn join(&self, at: usize, class: &Class, left: &mut Left) {
        let of = &self.masks.of[at];
        match class {
            Class::Known(known) => {
                left.join(known.mask.get_or_init(|| self.mask_of(at, known)));
            }
            Class::Numbered(class) => {
                let Some(units) = self.sieves[at].numbered() else { return };
                let sweep = of.sweep.get_or_init(|| self.sweep(at, units, MOST_WORDS));
                let mut scratch = std::mem::take(&mut left.scratch);
                left.join(self.mask_in(at, units, sweep, *class, &mut scratch));
                left.scratch = scratch;
            }
        }
    }

    /// Whether any rule that is left is about a sieve's attribute.
    pub(super) fn is_about(&self, at: usize, left: &Left) -> bool {
        left.meets(&self.masks.of[at].about)
    }

    /// Of rules that may hold by new and by old values of some sieves' attributes, those that may
    /// turn: all that may hold by one of them alone, and those that may hold by any and have clauses
    /// about several attributes, one of them among these.
    pub(super) fn turning(&self, new: &Left, old: &Left, sieves: &[usize], into: &mut Left) {
        let words = new.words.iter().zip(&old.words);
        into.few = None;
        into.words.clear();
        into.words.extend(words.map(|(new, old)| new ^ old));
        for at in sieves {
            let both = new.words.iter().zip(&old.words).zip(&self.masks.of[*at].mixed);
            let turning = into.words.iter_mut().zip(both);
            turning.for_each(|(word, ((new, old), mixed))| *word |= mixed & (new | old));
        }
        into.thin();
    }

    /// The mask of a class that is told by the predicates that hold.
    fn mask_of(&self, at: usize, known: &Known) -> Box<[u64]> {
        let first = self.sieves[at].first;
        let mut mask = vec![u64::MAX; self.masks.n_words].into_boxed_slice();
        for (rule, clause) in &self.masks.of[at].clauses {
            if !clause.holds(&mut |predicate| known.holds(predicate - first)) {
                clear(&mut mask, *rule as usize);
            }
        }
        mask
    }

    /// The mask of a numbered class: one that is kept, or made in some room.
    fn mask_in<'m>(
        &self,
        at: usize,
        units: &Units,
        sweep: &'m Sweep,
        class: u32,
        room: &'m mut Vec<u64>,
    ) -> &'m [u64] {
        let n_words = self.masks.n_words;
        let kept = |place: usize| &sweep.kept[place * n_words..(place + 1) * n_words];
        if class == MISSING {
            return kept(0);
        }
        let (place, beyond) = ((class - 1) / sweep.stride, (class - 1) % sweep.stride);
        let before = kept(place as usize + 1);
        if beyond == 0 {
            return before;
        }
        room.clear();
        room.extend_from_slice(before);
        let clauses = &self.masks.of[at].clauses;
        let turns = sweep.starts[(class - beyond + 1) as usize]..sweep.starts[class as usize + 1];
        for turn in &sweep.turns[turns.start as usize..turns.end as usize] {
            turn_clause(&self.sieves[at], units, &clauses[*turn as usize], class, room);
        }
        room
    }

    /// Checks that the masks of numbered classes are the same however many are kept.
    #[cfg(test)]
    pub(crate) fn check_masks(&self) {
        for (at, sieve) in self.sieves.iter().enumerate() {
            let Some(units) = sieve.numbered() else { continue };
            let sweeps = [0, 4 * self.masks.n_words, MOST_WORDS].map(|n| self.sweep(at, units, n));
            for class in 0..units.n_classes() as u32 {
                let mut expected = vec![u64::MAX; self.masks.n_words];
                for clause in &self.masks.of[at].clauses {
                    turn_clause(sieve, units, clause, class, &mut expected);
                }
                for sweep in &sweeps {
                    let mut room = Vec::new();
                    assert_eq!(self.mask_in(at, units, sweep, class, &mut room), expected);
                }
            }
        }
    }

    /// Makes the masks of a sieve's classes, and keeps about so many words of them.
    fn sweep(&self, at: usize, units: &Units, most_words: usize) -> Sweep {
        let (sieve, clauses) = (&self.sieves[at], &self.masks.of[at].clauses);
        let (n_classes, n_words) = (units.n_classes(), self.masks.n_words);
        let n_kept = (most_words / n_words.max(1)).max(2);
        let stride = (n_classes - 1).div_ceil(n_kept) as u32;
        let mut turning: Vec<(u32, u32)> = Vec::new();
        for (number, (_, clause)) in (0u32..).zip(clauses) {
            let mut predicates = Vec::new();
            clause.predicates(&mut predicates);
            let turns =
                predicates.iter().flat_map(|predicate| units.turns(predicate - sieve.first));
            turning.extend(turns.map(|class| (class, number)));
        }
        turning.sort_unstable();
        turning.dedup();
        let mut starts = Vec::with_capacity(n_classes + 1);
        let start = |class: usize| turning.partition_point(|(of, _)| (*of as usize) < class) as u32;
        starts.extend((0..=n_classes).map(start));
        let turns: Vec<u32> = turning.into_iter().map(|(_, clause)| clause).collect();
        let mut mask = vec![u64::MAX; n_words];
        let mut kept = Vec::with_capacity((n_classes / stride as usize + 2) * n_words);
        for class in [MISSING, MISSING + 1] {
            clauses.iter().for_each(|clause| turn_clause(sieve, units, clause, class, &mut mask));
            kept.extend_from_slice(&mask);
        }
        for class in 2..n_classes as u32 {
            let turns =
                &turns[starts[class as usize] as usize..starts[class as usize + 1] as usize];
            for turn in turns {
                turn_clause(sieve, units, &clauses[*turn as usize], class, &mut mask);
            }
            if (class - 1) % stride == 0 {
                kept.extend_from_slice(&mask);
            }
        }
        Sweep { stride, kept, turns, starts }
    }
}

/// Notes in a mask whether a clause holds in a class.
fn turn_clause(
    sieve: &Sieve,
    units: &Units,
    (rule, clause): &(u32, Formula),
    class: u32,
    mask: &mut [u64],
) {
    match clause.holds(&mut |predicate| units.holds(predicate - sieve.first, class)) {
        true => set(mask, *rule as usize),
        false => clear(mask, *rule as usize),
    }
}

fn set(words: &mut [u64], bit: usize) {
    words[bit / 64] |= 1 << (bit % 64);
}

fn clear(words: &mut [u64], bit: usize) {
    words[bit / 64] &= !(1 << (bit % 64));
}
