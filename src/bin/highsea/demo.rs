//! `--demo`: a pool of invented customers.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use highsea::{Demo, Error, Pool};

use crate::args::Args;
use crate::errors::tell;
use crate::output::duration;
use crate::progress::Meter;
use crate::render::grouped;
use crate::{shell, temporary};

/// Opens the demonstration pool, which is made when its place is empty.
pub(crate) fn open(args: &Args, meter: &Meter) -> Result<Pool, Error> {
    let path = match &args.pool {
        Some(path) => path.clone(),
        None => temporary_place()?,
    };
    let pool = Pool::open(&path, shell::options(args))?;
    if pool.key_column().is_none() && pool.n_customers() == 0 {
        make(&pool, args, meter)?;
    } else if !args.format.is_json() {
        let (path, customers) = (path.display(), grouped(pool.n_customers()));
        tell(&format!("`{path}` has {customers} customers already: opened as it is"));
    }
    if args.read_only { reopen_read_only(pool, &path, args) } else { Ok(pool) }
}

fn temporary_place() -> Result<PathBuf, Error> {
    temporary::directory()
        .map_err(|source: io::Error| Error::File { path: std::env::temp_dir(), source })
}

fn make(pool: &Pool, args: &Args, meter: &Meter) -> Result<(), Error> {
    let demo = Demo::new(args.demo_customers, Demo::SEED);
    let start = Instant::now();
    let report = |progress| meter.show(progress);
    let made = pool.load_demo(&demo, Some(&report));
    meter.clear();
    made?;
    if !args.format.is_json() {
        tell(&format!("{}\nMade in {}.\n", demo.description(), duration(start.elapsed())));
    }
    Ok(())
}

/// The pool was opened to be made; from now on every write is refused.
fn reopen_read_only(pool: Pool, path: &Path, args: &Args) -> Result<Pool, Error> {
    drop(pool);
    shell::open_pool(Some(path), args)
}
