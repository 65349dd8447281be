//! What the writers of a child do, step by step, and what a pool must hold after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use highsea::{Batch, Error, Pool, Value};

/// Customers that each writer works on.
const N_KEYS: u64 = 120;

/// A customer, as the pool and the model have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) n: Option<i64>,
    pub(crate) note: Option<String>,
    pub(crate) tags: Vec<String>,
}

/// A writer's customers by key.
pub(crate) type Customers = BTreeMap<String, Customer>;

/// One commit of a step.
#[derive(Clone, Debug)]
pub(crate) enum Commit {
    /// A batch: each customer with what it gets, or `None` when it goes.
    Batch(Vec<(String, Option<Customer>)>),
    /// The same customers by `insert`.
    Insert(Vec<(String, Customer)>),
    /// The same customers by `import`.
    Import(Vec<(String, Customer)>),
    /// `delete customers where key starts with … and n < …`
    Delete(i64),
}

/// Numbers without a pattern, the same in every process.
struct Random(u64);

impl Random {
    fn new(writer: u64, step: u64) -> Self {
        let mut random = Self((writer << 40 | step).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// What all keys of a writer begin with.
pub(crate) fn prefix(writer: u64) -> String {
    format!("w{writer}-")
}

/// The key of the customer whose `n` is the last step of a writer.
pub(crate) fn marker(writer: u64) -> String {
    format!("w{writer}-step")
}

fn customer(random: &mut Random, step: u64) -> Customer {
    let note = match random.below(4) {
        0 => None,
        1 => Some(String::new()),
        2 => Some(format!("step {step}")),
        // Long enough for a record of many pages now and then.
        _ => Some(
            "é".repeat(random.below(if step.is_multiple_of(16) { 4_000 } else { 40 }) as usize),
        ),
    };
    let n = (random.below(5) > 0).then(|| random.below(1_000) as i64);
    let tags = (0..random.below(3)).map(|tag| format!("t{}", tag * 3 + random.below(3))).collect();
    Customer { n, note, tags }
}

/// The commits of a step, in order; the last one sets the marker.
pub(crate) fn commits(writer: u64, step: u64) -> Vec<Commit> {
    let mut random = Random::new(writer, step);
    let mut some = |n: u64| -> Vec<(String, Customer)> {
        let one = |_| {
            let key = format!("{}{}", prefix(writer), random.below(N_KEYS));
            (key, customer(&mut random, step))
        };
        let mut some: Vec<_> = (0..n).map(one).collect();
        // An import takes each key once.
        some.sort_by(|a, b| a.0.cmp(&b.0));
        some.dedup_by(|a, b| a.0 == b.0);
        let n = Some(step as i64);
        some.push((marker(writer), Customer { n, ..Customer::default() }));
        some
    };
    match step % 8 {
        3 => vec![Commit::Insert(some(5))],
        6 => vec![Commit::Import(some(12))],
        7 => vec![Commit::Delete((step % 300) as i64), Commit::Batch(batch(some(1)))],
        n => {
            let mut changes = batch(some(1 + n));
            let gone = format!("{}{}", prefix(writer), step * 7 % N_KEYS);
            changes.insert(changes.len() / 2, (gone, None));
            vec![Commit::Batch(changes)]
        }
    }
}

fn batch(some: Vec<(String, Customer)>) -> Vec<(String, Option<Customer>)> {
    some.into_iter().map(|(key, customer)| (key, Some(customer))).collect()
}

impl Commit {
    /// Does to a model what the commit does to a pool.
    pub(crate) fn apply(&self, writer: u64, customers: &mut Customers) {
        match self {
            Self::Batch(changes) => changes.iter().for_each(|(key, customer)| match customer {
                Some(customer) => drop(customers.insert(key.clone(), customer.clone())),
                None => drop(customers.remove(key)),
            }),
            Self::Insert(some) | Self::Import(some) => {
                customers.extend(some.iter().cloned());
            }
            Self::Delete(below) => customers.retain(|key, customer| {
                *key == marker(writer) || customer.n.is_none_or(|n| n >= *below)
            }),
        }
    }

    /// Commits to a pool; `folder` is for the files of imports.
    pub(crate) fn write(&self, writer: u64, pool: &Pool, folder: &Path) -> Result<(), Error> {
        match self {
            Self::Batch(changes) => {
                let mut batch = Batch::new();
                for (key, customer) in changes {
                    match customer {
                        Some(customer) => batch.upsert(key.as_str(), values(customer)),
                        None => batch.delete(key.as_str()),
                    };
                }
                pool.write(&batch).map(drop)
            }
            Self::Insert(some) => {
                let rows: Vec<String> = some.iter().map(literal).collect();
                let rows = rows.join(", ");
                pool.run(&format!("insert into customers (id, n, note, tags) values {rows}"))
                    .map(drop)
            }
            Self::Import(some) => {
                let file = folder.join(format!("{writer}.jsonl"));
                std::fs::write(&file, some.iter().map(json).collect::<String>()).unwrap();
                let import = format!("import customers from \"{}\" key id", file.display());
                pool.run(&import).map(drop)
            }
            Self::Delete(below) => {
                let (prefix, marker) = (prefix(writer), marker(writer));
                let rule =
                    format!("key starts with \"{prefix}\" and n < {below} and key != \"{marker}\"");
                pool.run(&format!("delete customers where {rule}")).map(drop)
            }
        }
    }
}

fn values(customer: &Customer) -> [(&'static str, Value); 3] {
    let tags = Value::set(customer.tags.iter().cloned());
    [("n", customer.n.into()), ("note", customer.note.clone().into()), ("tags", tags)]
}

fn literal((key, customer): &(String, Customer)) -> String {
    let n = customer.n.map_or("null".to_owned(), |n| n.to_string());
    let note = customer.note.as_ref().map_or("null".to_owned(), |note| format!("\"{note}\""));
    let tags: Vec<String> = customer.tags.iter().map(|tag| format!("\"{tag}\"")).collect();
    let tags = if tags.is_empty() { "null".to_owned() } else { format!("({})", tags.join(", ")) };
    format!("(\"{key}\", {n}, {note}, {tags})")
}

fn json((key, customer): &(String, Customer)) -> String {
    let mut line = format!("{{\"id\": \"{key}\"");
    let n = customer.n.map_or("null".to_owned(), |n| n.to_string());
    write!(line, ", \"n\": {n}").unwrap();
    let note = customer.note.as_ref().map_or("null".to_owned(), |note| format!("\"{note}\""));
    write!(line, ", \"note\": {note}").unwrap();
    let tags: Vec<String> = customer.tags.iter().map(|tag| format!("\"{tag}\"")).collect();
    writeln!(line, ", \"tags\": [{}]}}", tags.join(", ")).unwrap();
    line
}

/// The customers of a writer that a pool holds.
pub(crate) fn found(pool: &Pool, writer: u64) -> Result<Customers, Error> {
    let rule = format!("key starts with \"{}\"", prefix(writer));
    let table = pool.query(&format!("select id, n, note, tags where {rule}"))?;
    let customer = |row: Vec<Value>| {
        let [key, n, note, tags]: [Value; 4] = row.try_into().unwrap();
        let n = if let Value::Int(n) = n { Some(n) } else { None };
        let note = if let Value::Text(note) = note { Some(note) } else { None };
        let Value::Set(tags) = tags else { panic!("tags are {tags:?}") };
        (key.to_string(), Customer { n, note, tags })
    };
    Ok(table.rows.into_iter().map(customer).collect())
}

/// The last step that a pool knows of a writer.
pub(crate) fn last_step(customers: &Customers, writer: u64) -> u64 {
    customers.get(&marker(writer)).and_then(|marker| marker.n).unwrap_or(0) as u64
}
