//! Whole plans: rewrites keep what a rule means, and the order of clauses is nothing.

use proptest::prelude::*;

use super::explain::{Describer, Trace};
use super::rewrite::{LOGICAL, PHYSICAL};
use super::testing::{
    AGE, JOINED, LAST_ORDER, REGION, SPEND, TAGS, VIP, World, assert_text, attribute, number,
    time_of,
};
use super::{Leaf, LogicalPlan, PhysicalPlan, Rank, RankBy, Rewrite, Rewrites};
use super::{build, explain, plan, plan_traced};
use crate::bind::{KeyTest, Predicate, RankBy as BoundBy, RankSpec};
use crate::model::{
    AttributeId, Comparison, Duration, Range, RangeSet, RankAmount, Side, Span, TextTest,
    TimeFunction, Unit,
};

fn ranges() -> impl Strategy<Value = RangeSet> {
    let some = prop::collection::vec((-2i64..12, 0i64..4), 0..3).prop_map(|pairs| {
        RangeSet::from_ranges(pairs.into_iter().filter_map(|(low, n)| Range::new(low, low + n)))
    });
    prop_oneof![
        5 => some.clone(),
        2 => some.prop_map(|set| set.complement()),
        1 => (-2i64..12).prop_map(RangeSet::at_least),
        1 => Just(RangeSet::all()),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

fn leaf() -> impl Strategy<Value = Leaf<LogicalPlan>> {
    let units = prop::sample::select(vec![AGE, VIP, REGION, SPEND]);
    let functions = vec![
        TimeFunction::Year,
        TimeFunction::Month,
        TimeFunction::Weekday,
        TimeFunction::DaysSince,
        TimeFunction::YearsSince,
    ];
    let time = prop::sample::select(vec![JOINED, LAST_ORDER]);
    let of_time = (prop::sample::select(functions), time, comparison(), -2i64..60);
    prop_oneof![
        6 => (units, ranges(), any::<bool>())
            .prop_map(|(attribute, ranges, missing)| Leaf::Values { attribute, ranges, missing }),
        2 => prop::collection::btree_set(0u32..3, 0..3)
            .prop_map(|codes| Leaf::Elements { attribute: TAGS, codes: codes.into_iter().collect() }),
        1 => ranges().prop_map(|ranges| Leaf::Size { attribute: TAGS, ranges }),
        1 => prop::collection::btree_set(0u32..9, 0..4).prop_map(|keys| {
            Leaf::TextKeys(std::sync::Arc::new(keys.iter().map(|key| format!("C{key}")).collect()))
        }),
        1 => (prop::option::of(any::<u64>()), 0u64..3)
            .prop_map(|(below, seed)| Leaf::Sample { below, seed }),
        1 => ranges().prop_map(|ranges| Leaf::Function {
            attribute: JOINED,
            function: TimeFunction::Month,
            ranges,
        }),
        2 => of_time.prop_map(|(function, of, op, n)| Leaf::Compare {
            left: time_of(function, of),
            op,
            right: number(n),
        }),
        1 => comparison().prop_map(|op| Leaf::Compare {
            left: attribute(SPEND),
            op,
            right: attribute(AGE),
        }),
    ]
}

fn plans() -> impl Strategy<Value = LogicalPlan> {
    let leaf =
        (leaf(), any::<bool>()).prop_map(|(leaf, negated)| LogicalPlan::Leaf { leaf, negated });
    let start = prop_oneof![8 => leaf, 1 => any::<bool>().prop_map(LogicalPlan::Constant)];
    start.prop_recursive(4, 24, 4, |inner| {
        let rank = (inner.clone(), 0u64..30, any::<bool>(), any::<bool>());
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 0..5).prop_map(LogicalPlan::And),
            4 => prop::collection::vec(inner.clone(), 0..5).prop_map(LogicalPlan::Or),
            2 => inner.prop_map(|child| LogicalPlan::Not(Box::new(child))),
            1 => rank.prop_map(|(among, count, outside, top)| LogicalPlan::leaf(ranked(
                among,
                count,
                outside,
                if top { Side::Top } else { Side::Bottom },
            ))),
        ]
    })
}

fn ranked(among: LogicalPlan, count: u64, outside: bool, side: Side) -> Leaf<LogicalPlan> {
    Leaf::Rank(Box::new(Rank {
        by: RankBy::Column(AGE),
        side,
        amount: RankAmount::Count(count),
        per: outside.then_some(REGION),
        among: Some(among),
        outside,
    }))
}

/// The same plan with the children of every junction turned round by `turn`.
fn turned(plan: LogicalPlan, turn: usize) -> LogicalPlan {
    plan.rewrite(&mut |part| match part {
        LogicalPlan::And(children) => LogicalPlan::And(rotated(children, turn)),
        LogicalPlan::Or(children) => LogicalPlan::Or(rotated(children, turn)),
        other => other,
    })
}

fn rotated(mut children: Vec<LogicalPlan>, turn: usize) -> Vec<LogicalPlan> {
    let by = turn % children.len().max(1);
    children.rotate_left(by);
    if turn % 2 == 1 {
        children.reverse();
    }
    children
}

/// What the planner does after lowering.
fn finished(plan: LogicalPlan, world: &World, rewrites: Rewrites) -> PhysicalPlan {
    super::planner::finished(plan, world.context(), rewrites)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_rewrite_alone_keeps_the_rows(plan in plans(), seed in 0u64..9) {
        let world = World::random(seed);
        let cx = world.context();
        let rows = world.rows(&plan);
        for (rewrite, apply) in LOGICAL {
            let rewritten = apply(plan.clone(), &cx);
            prop_assert_eq!(&world.rows(&rewritten), &rows, "{:?}: {:?}", rewrite, rewritten);
        }
        for (rewrite, apply) in PHYSICAL {
            let rewritten = apply(build::physical(plan.clone(), &cx), &cx);
            prop_assert_eq!(&world.physical_rows(&rewritten), &rows, "{:?}", rewrite);
        }
    }

    #[test]
    fn all_rewrites_and_all_but_one_keep_the_rows(plan in plans(), seed in 0u64..9) {
        let world = World::random(seed);
        let rows = world.rows(&plan);
        let but_one = Rewrite::ALL.map(|rewrite| Rewrites::all().without(rewrite));
        for rewrites in but_one.into_iter().chain([Rewrites::all(), Rewrites::none()]) {
            let physical = finished(plan.clone(), &world, rewrites);
            prop_assert_eq!(&world.physical_rows(&physical), &rows, "{:?}", rewrites);
        }
    }

    #[test]
    fn the_order_of_clauses_is_nothing(plan in plans(), turn in 1usize..9, seed in 0u64..9) {
        let world = World::random(seed);
        let text = |plan: LogicalPlan| {
            let physical = finished(plan, &world, Rewrites::all());
            let planned = super::Planned { physical, trace: Trace::default() };
            explain(&planned, world.context(), None).to_string()
        };
        prop_assert_eq!(text(turned(plan.clone(), turn)), text(plan));
    }

    #[test]
    fn what_is_simplified_is_not_simplified_further(plan in plans(), seed in 0u64..9) {
        let world = World::random(seed);
        let once = super::planner::simplified(plan.clone(), world.context());
        let twice = super::planner::simplified(once.clone(), world.context());
        prop_assert_eq!(once, twice);
        for (rewrite, apply) in LOGICAL {
            // The others may make parents alike by what they do to children, which the planner's
            // next round sees to.
            if matches!(rewrite, Rewrite::TimeFunctions | Rewrite::PushNot) {
                let once = apply(plan.clone(), &world.context());
                prop_assert_eq!(&apply(once.clone(), &world.context()), &once, "{:?}", rewrite);
            }
        }
    }

    #[test]
    fn node_numbers_are_unique_and_dense(plan in plans(), seed in 0u64..9) {
        let world = World::random(seed);
        let physical = finished(plan, &world, Rewrites::all());
        let mut ids = Vec::new();
        let mut open: Vec<&super::Node> = physical.shared.iter().chain([&physical.root]).collect();
        while let Some(node) = open.pop() {
            ids.push(node.id);
            open.extend(node.children());
        }
        ids.sort_unstable();
        prop_assert_eq!(ids, (0..physical.n_nodes()).collect::<Vec<usize>>());
    }

    #[test]
    fn estimates_stay_within_the_pool(plan in plans(), seed in 0u64..9) {
        let world = World::random(seed);
        let physical = finished(plan.clone(), &world, Rewrites::all());
        prop_assert!(physical.root.estimate.rows <= 70);
        if physical.root.estimate.is_exact {
            let n = world.rows(&plan).into_iter().filter(|holds| *holds).count();
            prop_assert_eq!(physical.root.estimate.rows, n as u64);
        }
    }
}

fn days(amount: i64) -> Duration {
    Duration { amount, unit: Unit::Day }
}

fn units(attribute: AttributeId, ranges: RangeSet) -> Predicate {
    Predicate::Units { attribute, ranges }
}

#[test]
fn a_rule_is_explained_from_its_spans_to_its_counts() {
    let world = World::sample();
    let recent =
        Predicate::Within { attribute: LAST_ORDER, span: Span::Last(days(30)), negated: false };
    let rule = Predicate::And(vec![
        Predicate::Not(Box::new(Predicate::Or(vec![
            units(AGE, RangeSet::below(18)),
            units(AGE, RangeSet::above(200)),
        ]))),
        recent,
        Predicate::Text {
            attribute: REGION,
            test: TextTest::any_of(["US".to_owned(), "nowhere".to_owned()]),
            negated: false,
        },
    ]);
    let planned = plan_traced(&rule, world.context(), Rewrites::all()).unwrap();
    let counts = vec![7; planned.physical.n_nodes()];
    let explanation = explain(&planned, world.context(), Some(&counts));
    assert_text(
        &explanation.to_string(),
        r#"
        now: 2026-11-22T10:00:00Z (UTC)
        last_order within last 30 days: from 2026-10-23T10:00:00.000001Z to 2026-11-22T10:00:00Z
        rule:
          And
            Not
              Or
                Values: age <= 17
                Values: age >= 201
            Values: last_order between 2026-10-23T10:00:00.000001Z and 2026-11-22T10:00:00Z
            Values: region = "US"
        push `not` into leaves:
          And
            And
              Values: age >= 18 or is null
              Values: age <= 200 or is null
            Values: last_order between 2026-10-23T10:00:00.000001Z and 2026-11-22T10:00:00Z
            Values: region = "US"
        flatten:
          And
            Values: age >= 18 or is null
            Values: age <= 200 or is null
            Values: last_order between 2026-10-23T10:00:00.000001Z and 2026-11-22T10:00:00Z
            Values: region = "US"
        merge ranges within `and`:
          And
            Values: age between 18 and 200 or is null
            Values: last_order between 2026-10-23T10:00:00.000001Z and 2026-11-22T10:00:00Z
            Values: region = "US"
        order by cost and selectivity:
          And
            Values: last_order between 2026-10-23T10:00:00.000001Z and 2026-11-22T10:00:00Z
            Values: region = "US"
            Values: age between 18 and 200 or is null
        plan:
          And (7; expected ≈ 5 of 200)
            Values: last_order between 2026-10-23T10:00:00.000001Z and 2026-11-22T10:00:00Z (7; expected ≈ 22 of 200; last_order missing for 40)
            Values: region = "US" (7; region missing for 10)
            Values: age between 18 and 200 or is null (7; expected ≈ 151 of 200; age missing for 20)
        "#,
    );
}

#[test]
fn spans_out_of_range_name_the_attribute() {
    let world = World::sample();
    let years = Duration { amount: 9_000, unit: Unit::Year };
    let rule = Predicate::Within { attribute: JOINED, span: Span::Last(years), negated: false };
    let error = plan(&rule, world.context(), Rewrites::all()).unwrap_err();
    assert!(error.is_user_error());
    assert_eq!(
        error.to_string(),
        "`joined within last 9000 years`: the span reaches outside the years 1 to 9999",
    );
    let hours = Duration { amount: 5, unit: Unit::Hour };
    let rule =
        Predicate::Anniversary { attribute: JOINED, span: Span::Next(hours), negated: false };
    let error = plan(&rule, world.context(), Rewrites::all()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`joined anniversary within next 5 hours`: a date has no hours; use days, weeks, months, \
         quarters or years",
    );
}

#[test]
fn leaves_of_every_kind_are_lowered() {
    let world = World::sample();
    let lowered = |rule: &Predicate| {
        let physical = plan(rule, world.context(), Rewrites::none()).unwrap();
        Describer::new(world.context()).outline(&physical)
    };
    let elements = |elements: &[&str]| elements.iter().map(|e| (*e).to_owned()).collect();
    let set = |elements| Predicate::SetEquals { attribute: TAGS, elements };
    assert_text(
        &lowered(&set(elements(&["a", "c"]))),
        r#"
        And
          Size: size(tags) = 2
          Elements: tags contains "a"
          Elements: tags contains "c"
        "#,
    );
    assert_text(&lowered(&set(vec![])), "Size: size(tags) = 0");
    let unknown = set(elements(&["nobody has this"]));
    let physical = plan(&unknown, world.context(), Rewrites::all()).unwrap();
    assert_text(&Describer::new(world.context()).outline(&physical), "Nothing");
    assert_text(&lowered(&Predicate::Known(TAGS)), "Everything");
    let key = KeyTest::Text { test: TextTest::StartsWith("C".to_owned()), negated: true };
    assert_text(&lowered(&Predicate::Key(key)), r#"KeyTest: not (customer_id starts with "C")"#);
    let rank = Predicate::Rank(Box::new(RankSpec {
        by: BoundBy::Scalar(attribute(SPEND)),
        side: Side::Top,
        amount: RankAmount::Percent("1.5".parse().unwrap()),
        per: Some(REGION),
        among: Some(units(VIP, RangeSet::point(1))),
        negated: false,
    }));
    assert_text(
        &lowered(&rank),
        "
        Rank: spend in top 1.5% per region among
          Values: vip = true
        ",
    );
    let anniversary =
        Predicate::Anniversary { attribute: JOINED, span: Span::Next(days(7)), negated: false };
    assert_text(&lowered(&anniversary), "Function: joined anniversary between 11-22 and 11-28");
}

#[test]
fn ten_thousand_clauses_and_a_million_points_take_no_quadratic_time() {
    let world = World::sample();
    let clause = |n: i64| {
        Predicate::And(vec![
            units(AGE, RangeSet::from_points([n, n + 2])),
            units(SPEND, RangeSet::at_least(n)),
        ])
    };
    let rule = Predicate::Or((0..10_000).map(clause).collect());
    let million = RangeSet::from_points((0..1_000_000).map(|n| n * 3));
    let rule = Predicate::And(vec![rule, units(SPEND, million)]);
    let start = std::time::Instant::now();
    plan(&rule, world.context(), Rewrites::all()).unwrap();
    // Seconds even in a debug build on a busy machine; a quadratic step would take minutes.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
