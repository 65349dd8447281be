//! Pools of every type and extreme, under names that are hard to write.

use highsea::{Day, Instant, Options, Parameters, Pool, Type, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::contents::{again, check_same};

/// Names that need back-quotes, and some that only look as if they did.
const NAMES: [&str; 24] = [
    "Total Spend",
    "import",
    "key",
    "a.b",
    "x, y",
    "--",
    "/* a */",
    "\"quoted\"",
    "it's",
    "地区",
    " lead",
    "90d",
    "null",
    "copy",
    "customers",
    "with",
    "a;b",
    "tab\there",
    "return\r",
    "%",
    "$p",
    "\\",
    "😀",
    "Ä",
];

fn types() -> impl Strategy<Value = Type> {
    let money = |code: &str| Type::Money { currency: code.parse().unwrap() };
    let mut all = vec![
        Type::Text,
        Type::Int,
        Type::Float,
        Type::Bool,
        Type::Date,
        Type::Timestamp,
        Type::Set,
        money("USD"),
        money("JPY"),
        money("KWD"),
    ];
    all.extend([0, 1, 9, 18].map(|scale| Type::Decimal { scale }));
    select(all)
}

fn text() -> impl Strategy<Value = String> {
    let known = ["", " ", "null", "NA", "\u{0}", "\r\n", "a|b", "\\|", "\u{feff}", "true", "007"];
    prop_oneof![
        "\\PC{0,6}".boxed(),
        select(known.to_vec()).prop_map(str::to_owned).boxed(),
        Just("x".repeat(70_000)).boxed(),
    ]
}

fn value(ty: Type) -> BoxedStrategy<Value> {
    let units = prop_oneof![
        4 => any::<i64>(),
        4 => -1_000i64..1_000,
        1 => select(vec![i64::MIN, i64::MAX, 0]),
    ];
    let known = match ty {
        Type::Text => text().prop_map(Value::Text).boxed(),
        Type::Set => return vec(text(), 0..4).prop_map(Value::set).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Float => any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| Value::Float(number + 0.0))
            .boxed(),
        Type::Date => (Day::MIN.days()..=Day::MAX.days())
            .prop_map(|days| Value::Date(Day::from_days(days.into()).unwrap()))
            .boxed(),
        Type::Timestamp => (Instant::MIN.micros()..=Instant::MAX.micros())
            .prop_map(|micros| Value::Timestamp(Instant::from_micros(micros).unwrap()))
            .boxed(),
        exact => units.prop_map(move |units| exact.value(units)).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 4 => known].boxed()
}

/// What identifies customers.
#[derive(Clone, Debug)]
enum Keys {
    /// Texts, under a name.
    Text(&'static str),
    /// Whole numbers, under a name.
    Int(&'static str),
    /// The customers' own numbers.
    Numbers,
}

#[derive(Clone, Debug)]
struct Shape {
    keys: Keys,
    columns: Vec<(&'static str, Type)>,
    rows: Vec<Vec<Value>>,
    /// One in so many customers is deleted again.
    deleted: usize,
    zone: &'static str,
    /// Whether the clock stands still.
    is_fixed: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    (vec(types(), 0..6), 0usize..40, Just(NAMES.to_vec()).prop_shuffle()).prop_flat_map(
        |(types, n_rows, names)| {
            let row: Vec<BoxedStrategy<Value>> = types.iter().map(|ty| value(*ty)).collect();
            let key = names[types.len()];
            let keys = select(vec![Keys::Text(key), Keys::Int(key), Keys::Numbers]);
            let zones = select(vec!["UTC", "Asia/Shanghai", "America/St_Johns"]);
            (vec(row, n_rows), keys, 2usize..9, zones, any::<bool>()).prop_map(
                move |(rows, keys, deleted, zone, is_fixed)| {
                    let names = names.iter().copied();
                    let taken = |name: &&str| matches!(keys, Keys::Numbers) && *name == "key";
                    let columns = names.filter(|name| !taken(name)).zip(types.clone()).collect();
                    Shape { keys, columns, rows, deleted, zone, is_fixed }
                },
            )
        },
    )
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

impl Shape {
    fn key(&self) -> &'static str {
        match self.keys {
            Keys::Text(name) | Keys::Int(name) => name,
            Keys::Numbers => "key",
        }
    }

    /// A key that is hard to write; a number's has a gap here and there.
    fn key_of(&self, row: usize) -> Value {
        let row = row as i64;
        match self.keys {
            Keys::Text(_) if row == 1 => " ".into(),
            Keys::Text(_) => format!("K\"{row}\u{1}").into(),
            Keys::Int(_) if row == 1 => i64::MIN.into(),
            Keys::Int(_) => (row * row - 9).into(),
            Keys::Numbers => (row + 1 + row / 5).into(),
        }
    }

    /// The pool, its values bound and never written.
    fn pool(&self) -> Pool {
        let pool = Pool::in_memory(Options::default().threads(1).chunk_bits(6)).unwrap();
        if self.is_fixed {
            pool.run("set now = 2011-12-09T23:59:59.000001").unwrap();
        }
        pool.run(&format!("set timezone = \"{}\"", self.zone)).unwrap();
        let attributes = self.columns.iter().map(|(name, ty)| format!("{} {ty}", quoted(name)));
        let key = match self.keys {
            Keys::Text(name) => Some(format!("{} text key", quoted(name))),
            Keys::Int(name) => Some(format!("{} int key", quoted(name))),
            Keys::Numbers => None,
        };
        let mut columns: Vec<String> = attributes.chain(key).collect();
        if columns.is_empty() {
            columns.push("`Total Spend` int".to_owned());
        }
        pool.run(&format!("create customers ({})", columns.join(", "))).unwrap();
        self.fill(&pool);
        pool
    }

    fn fill(&self, pool: &Pool) {
        let mut names = vec![quoted(self.key())];
        names.extend(self.columns.iter().map(|(name, _)| quoted(name)));
        let marks: Vec<String> = (0..names.len()).map(|at| format!("$p{at}")).collect();
        let insert =
            format!("insert into customers ({}) values ({})", names.join(", "), marks.join(", "));
        let mut session = pool.session();
        for (at, row) in self.rows.iter().enumerate() {
            let mut parameters = Parameters::new().with("p0", self.key_of(at));
            for (value, column) in row.iter().zip(1..) {
                parameters = parameters.with(format!("p{column}"), value.clone());
            }
            session.set_parameters(parameters);
            session.run(&insert).unwrap_or_else(|error| panic!("{insert}: {row:?}: {error}"));
        }
        for at in (0..self.rows.len()).step_by(self.deleted) {
            session.set_parameters(Parameters::new().with("p", self.key_of(at)));
            session.run(&format!("delete customers where {} = $p", quoted(self.key()))).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn every_shape_of_pool_survives(shape in shapes()) {
        let folder = tempfile::tempdir().unwrap();
        let pool = shape.pool();
        check_same(&pool, &again(&pool, &folder.path().join("dump")));
    }
}
