//! Random sequences, as text and as what they mean: every choice of events is tried.

use super::asked::{Filter, Window, hundredths};
use super::random::Random;
use super::world::{CATEGORIES, DAY, Event, HOUR, Visit, World};

/// A sequence: the text, and its steps.
pub struct Sequence {
    pub text: String,
    steps: Vec<Step>,
    span: Window,
}

struct Step {
    negated: bool,
    of_orders: bool,
    filter: Filter,
    /// A page or category, of visits.
    page: Option<&'static str>,
    beside: Option<Beside>,
    within: Option<i64>,
}

/// What is asked of a step beside an earlier one.
#[derive(Clone, Copy)]
enum Beside {
    /// Its category or page is the other's.
    SameText(usize),
    /// It is a larger order than the other.
    Larger(usize),
    /// It is an order of another category, both known.
    AnotherText(usize),
}

/// An event of either table.
#[derive(Clone, Copy)]
enum Happened<'w> {
    Order(&'w Event),
    Visit(&'w Visit),
}

impl Happened<'_> {
    fn at(self) -> i64 {
        match self {
            Self::Order(order) => order.at,
            Self::Visit(visit) => visit.at,
        }
    }

    fn text(self) -> Option<&'static str> {
        match self {
            Self::Order(order) => order.category,
            Self::Visit(visit) => visit.page,
        }
    }

    fn amount(self) -> Option<i64> {
        match self {
            Self::Order(order) => order.amount,
            Self::Visit(_) => None,
        }
    }
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

impl Sequence {
    /// A random sequence at an instant.
    pub fn random(random: &mut Random, now: i64) -> Self {
        let n_steps = random.between(2, 4) as usize;
        let mut steps: Vec<Step> = Vec::new();
        for at in 0..n_steps {
            let after_denied = steps.last().is_some_and(|step| step.negated);
            let negated = at > 0 && !after_denied && random.one_in(3);
            steps.push(Step::random(random, &steps, negated, at + 1 == n_steps));
        }
        let span = if random.one_in(3) { Window::random(random, now) } else { Window::None };
        let named = |at: usize| {
            steps.iter().any(|step| step.beside.is_some_and(|beside| beside.step() == at))
        };
        let texts: Vec<String> =
            (0..steps.len()).map(|at| steps[at].text(at, named(at), &steps)).collect();
        let over = span.text().map_or(String::new(), |span| format!(" over {span}"));
        Self { text: format!("sequence({}{over})", texts.join(" then ")), steps, span }
    }

    /// Whether it holds for a customer.
    pub fn holds(&self, world: &World, customer: i64) -> bool {
        self.go_on(world, customer, 0, &mut Vec::new())
    }

    /// Whether the steps from one on can be chosen, those before it being so.
    fn go_on<'w>(
        &self,
        world: &'w World,
        customer: i64,
        at: usize,
        chosen: &mut Vec<(usize, Happened<'w>)>,
    ) -> bool {
        let Some(step) = self.steps.get(at) else { return true };
        let last = chosen.last().map(|(_, event)| event.at());
        if step.negated && at + 1 == self.steps.len() {
            let end = last.unwrap() + step.within.unwrap();
            let comes = |event: Happened<'_>| last.unwrap() < event.at() && event.at() <= end;
            let events = step.events(world, customer, chosen);
            return end <= world.now && !events.into_iter().any(comes);
        }
        let (denied, at) = if step.negated { (Some(step), at + 1) } else { (None, at) };
        let step = &self.steps[at];
        for event in step.events(world, customer, chosen) {
            let time = event.at();
            let is_later = last.is_none_or(|last| last < time);
            let is_near = step.within.zip(last).is_none_or(|(within, last)| time - last <= within);
            if !is_later || !is_near || !self.span.holds(time, world.now) {
                continue;
            }
            let between = |other: &Happened<'_>| last.unwrap() < other.at() && other.at() < time;
            let is_denied =
                denied.is_some_and(|step| step.events(world, customer, chosen).iter().any(between));
            if is_denied {
                continue;
            }
            chosen.push((at, event));
            let goes_on = self.go_on(world, customer, at + 1, chosen);
            chosen.pop();
            if goes_on {
                return true;
            }
        }
        false
    }
}

impl Beside {
    fn step(self) -> usize {
        match self {
            Self::SameText(step) | Self::Larger(step) | Self::AnotherText(step) => step,
        }
    }
}

impl Step {
    fn random(random: &mut Random, before: &[Self], negated: bool, is_last: bool) -> Self {
        let of_orders = random.one_in(2);
        let events: Vec<usize> = (0..before.len()).filter(|at| !before[*at].negated).collect();
        let beside = (!events.is_empty() && random.one_in(2)).then(|| {
            let other = random.pick(&events);
            match random.between(0, 2) {
                1 if of_orders && before[other].of_orders => Beside::Larger(other),
                2 => Beside::AnotherText(other),
                _ => Beside::SameText(other),
            }
        });
        let may_limit = !before.is_empty() && (!negated || is_last);
        let must_limit = negated && is_last;
        let within = may_limit && (must_limit || random.one_in(2));
        let filter = if of_orders { Filter::random(random, 1) } else { Filter::None };
        let page = (!of_orders && random.one_in(2)).then(|| random.pick(&CATEGORIES));
        let within = within.then(|| random.pick(&[HOUR, 10 * HOUR, DAY, 7 * DAY, 40 * DAY]));
        Self { negated, of_orders, filter, page, beside, within }
    }

    fn text_property(&self) -> &'static str {
        if self.of_orders { "category" } else { "page" }
    }

    fn text(&self, at: usize, is_named: bool, steps: &[Self]) -> String {
        let own = self.text_property();
        let mut clauses: Vec<String> = self.filter.text().into_iter().collect();
        clauses.extend(self.page.map(|page| format!("page = \"{page}\"")));
        clauses.extend(self.beside.map(|beside| {
            let name = NAMES[beside.step()];
            let other = steps[beside.step()].text_property();
            match beside {
                Beside::SameText(_) => format!("{own} = {name}.{other}"),
                Beside::AnotherText(_) => format!("{own} != {name}.{other}"),
                Beside::Larger(_) => format!("amount > {name}.amount + {}", hundredths(50)),
            }
        }));
        let table = if self.of_orders { "orders" } else { "visits" };
        let mut text = format!("{}{table}", if self.negated { "no " } else { "" });
        if !clauses.is_empty() {
            text += &format!(" where {}", clauses.join(" and "));
        }
        if is_named {
            text += &format!(" as {}", NAMES[at]);
        }
        if let Some(within) = self.within {
            text += &format!(" within {} hours", within / HOUR);
        }
        text
    }

    /// The events of a customer that the step may be, those before it being chosen.
    fn events<'w>(
        &self,
        world: &'w World,
        customer: i64,
        chosen: &[(usize, Happened<'w>)],
    ) -> Vec<Happened<'w>> {
        let region = world.customers.get(&customer).copied().flatten();
        let orders = world.events_of(customer).filter(|order| self.filter.holds(order, region));
        let visits = world.visits_of(customer);
        let visits = visits.filter(|visit| self.page.is_none_or(|page| visit.page == Some(page)));
        let all: Vec<Happened<'w>> = match self.of_orders {
            true => orders.map(Happened::Order).collect(),
            false => visits.map(Happened::Visit).collect(),
        };
        let fits = |event: &Happened<'w>| {
            let Some(beside) = self.beside else { return true };
            let other = chosen.iter().find(|(step, _)| *step == beside.step()).unwrap().1;
            match beside {
                Beside::SameText(_) => event.text().is_some() && event.text() == other.text(),
                Beside::AnotherText(_) => {
                    event.text().zip(other.text()).is_some_and(|(own, other)| own != other)
                }
                Beside::Larger(_) => {
                    let amounts = event.amount().zip(other.amount());
                    amounts.is_some_and(|(own, other)| own > other + 50)
                }
            }
        };
        all.into_iter().filter(fits).collect()
    }
}
