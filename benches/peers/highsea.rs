//! Highsea's side of the yardstick in `benches/peers/`: a process that does what lines of JSON on
//! its standard input say, one after the other, through the library alone, and answers each with a
//! line of JSON.
//!
//! Times are its own, in milliseconds, from the text of a question to its answer in memory; what
//! is made of the answer to compare it comes after. `benches/peers/run` builds and speaks to it.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use highsea::{Backend, Import, Key, Options, Parameters, Pool, Prepared};
use serde::Deserialize;
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

/// What a line asks for.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Request {
    /// Open or create a pool.
    Open { path: String, threads: usize, memory: u64, backend: Option<String> },
    /// Import a Parquet file of customers, or of events when a table is named.
    Import { path: String, table: Option<String>, columns: Option<Vec<String>> },
    /// Run statements of the language, and tell the last answer as the shell does.
    Run { text: String },
    /// Count the members of rules.
    Count { rules: Vec<String> },
    /// The keys of a rule's members, as whole numbers in memory.
    Ids { rule: String },
    /// The members of a rule, as the set the engine keeps, and as a bitmap of row numbers.
    Members { rule: String },
    /// The groups of a customer.
    Groups { key: i64 },
    /// Close the pool.
    Close,
}

/// What a reply holds beside the time it took.
type Reply = (f64, Value);

/// Runs something and tells how long it took.
fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(f64, T), Failure> {
    let start = Instant::now();
    let done = work()?;
    Ok((start.elapsed().as_secs_f64() * 1e3, done))
}

fn opened(pool: Option<&Pool>) -> Result<&Pool, Failure> {
    pool.ok_or_else(|| "no pool is open".into())
}

fn import(
    pool: &Pool,
    path: &str,
    table: Option<&str>,
    columns: Option<Vec<String>>,
) -> Result<Reply, Failure> {
    let import = match table {
        Some(table) => Import::events(table, path).customer("customer_id").at("ts").skip_errors(),
        None => Import::new(path).key("id"),
    };
    let import = match columns {
        Some(columns) => import.columns(columns),
        None => import,
    };
    let (ms, written) = timed(|| Ok(pool.import(&import)?))?;
    Ok((ms, json!({ "rows": written.rows, "rejected": written.rejected })))
}

/// The counts, and how much of the time came after the rules were parsed.
fn count(pool: &Pool, rules: &[String]) -> Result<Reply, Failure> {
    let none = Parameters::new();
    let (parse_ms, prepared) = timed(|| {
        let prepared = rules.iter().map(|rule| pool.prepare(rule));
        Ok(prepared.collect::<Result<Vec<Prepared>, _>>()?)
    })?;
    let (ms, counts) = timed(|| {
        let counts = prepared.iter().map(|rule| rule.count(&none));
        Ok(counts.collect::<Result<Vec<u64>, _>>()?)
    })?;
    Ok((parse_ms + ms, json!({ "counts": counts, "prepared_ms": ms })))
}

/// The keys, and what is compared of them.
fn ids(pool: &Pool, rule: &str) -> Result<Reply, Failure> {
    let (ms, ids) = timed(|| {
        let members = pool.prepare(rule)?.members(&Parameters::new())?;
        members.int_keys()?.ok_or_else(|| "the keys are no numbers".into())
    })?;
    let sum = ids.iter().fold(0_i64, |sum, id| sum.wrapping_add(*id));
    let mix = ids.iter().fold(0_i64, |mix, id| mix ^ id);
    Ok((ms, json!({ "count": ids.len(), "sum": sum, "xor": mix })))
}

fn members(pool: &Pool, rule: &str) -> Result<Reply, Failure> {
    let (ms, members) = timed(|| Ok(pool.prepare(rule)?.members(&Parameters::new())?))?;
    let (bitmap_ms, bitmap) = timed(|| Ok(members.to_bitmap()))?;
    Ok((ms, json!({ "count": bitmap.len(), "bitmap_ms": ms + bitmap_ms })))
}

fn run(pool: &Pool, text: &str) -> Result<Reply, Failure> {
    let (ms, answer) = timed(|| Ok(pool.run(text)?))?;
    Ok((ms, json!({ "answer": serde_json::to_value(&answer)? })))
}

fn groups(pool: &Pool, key: i64) -> Result<Reply, Failure> {
    let (ms, groups) = timed(|| Ok(pool.groups_of(&Key::Int(key))?))?;
    Ok((ms, json!({ "groups": groups })))
}

/// Does what was asked.
fn act(pool: &mut Option<Pool>, request: Request) -> Result<Reply, Failure> {
    match request {
        Request::Open { path, threads, memory, backend } => {
            let mut options = Options::default().threads(threads).memory_budget(memory);
            if let Some(name) = backend {
                let found = Backend::from_name(&name);
                options = options.backend(found.ok_or_else(|| format!("no backend `{name}`"))?);
            }
            let (ms, opened) = timed(|| Ok(Pool::open(path, options)?))?;
            let customers = opened.n_customers();
            *pool = Some(opened);
            Ok((ms, json!({ "customers": customers })))
        }
        Request::Import { path, table, columns } => {
            import(opened(pool.as_ref())?, &path, table.as_deref(), columns)
        }
        Request::Run { text } => run(opened(pool.as_ref())?, &text),
        Request::Count { rules } => count(opened(pool.as_ref())?, &rules),
        Request::Ids { rule } => ids(opened(pool.as_ref())?, &rule),
        Request::Members { rule } => members(opened(pool.as_ref())?, &rule),
        Request::Groups { key } => groups(opened(pool.as_ref())?, key),
        Request::Close => {
            let (ms, ()) = timed(|| {
                drop(pool.take());
                Ok(())
            })?;
            Ok((ms, json!({})))
        }
    }
}

fn answer(pool: &mut Option<Pool>, line: &str) -> Value {
    let done = serde_json::from_str(line).map_err(Failure::from).and_then(|asked| act(pool, asked));
    match done {
        Ok((ms, mut reply)) => {
            reply["ms"] = json!(ms);
            reply
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut pool = None;
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&mut pool, &line?))?;
        out.flush()?;
    }
    Ok(())
}
