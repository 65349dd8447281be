//! The command line.

use std::path::PathBuf;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};
use highsea::Backend;

use crate::parameters::Binding;

/// Ask rules of a pool of customers.
#[derive(Debug, Parser)]
#[command(name = "highsea", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Directory of the pool, created when absent; without one a pool in memory
    pub(crate) pool: Option<PathBuf>,
    /// Run statements and exit (may be repeated; runs in order)
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    command: Vec<String>,
    /// Run a script and exit ("-" is standard input)
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// How answers are written: table, csv, json or jsonl
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    #[arg(hide_possible_values = true)]
    pub(crate) format: Format,
    /// Fix the clock for this session, such as 2026-11-22T10:30:00
    #[arg(long, value_name = "INSTANT")]
    pub(crate) now: Option<String>,
    /// Refuse every write
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Check the pool for damage, whole and decoded, and exit; opens it for reading
    #[arg(long, requires = "pool", conflicts_with_all = ["command", "file", "demo"])]
    pub(crate) verify: bool,
    /// Open a damaged pool as far as it can be trusted, repair it and exit; copy the pool first
    #[arg(long, requires = "pool", conflicts_with_all = ["command", "file", "demo", "verify"])]
    #[arg(conflicts_with = "read_only")]
    pub(crate) repair: bool,
    /// Bind `$NAME` to a number, date, text or ("a", "list") (may be repeated)
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<Binding>,
    /// Evaluation threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Backend of a pool that is created: sled or redb
    #[arg(long, value_name = "NAME", value_enum, default_value_t = BackendName::Sled)]
    #[arg(hide_possible_values = true)]
    backend: BackendName,
    /// Open a generated demonstration pool (no POOL given: in a temporary directory)
    #[arg(long)]
    pub(crate) demo: bool,
    /// Customers of the demonstration pool
    #[arg(long, value_name = "N", default_value_t = highsea::Demo::CUSTOMERS, requires = "demo")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub(crate) demo_customers: u32,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// A header and a line a row.
    Csv,
    /// One document per statement, on one line.
    Json,
    /// One object a row, each on a line.
    Jsonl,
}

/// What may keep a pool's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BackendName {
    /// In every build.
    Sled,
    /// In builds with the feature `redb`.
    Redb,
}

/// What the command line asks to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// The text of `-c`.
    Command(String),
    /// The file of `-f`.
    File(PathBuf),
}

const EXAMPLES: &str = "\
Examples:
  highsea --demo                                     a million invented customers, and a prompt
  highsea shop -c 'import customers from \"customers.csv\" key customer_id'
  highsea shop -c 'region = \"US\" and orders_90d >= 3'
  highsea shop --format json --param min=100 -c 'count spend_365d > $min'
  highsea shop -f report.hs > report.txt
  highsea --verify shop                              is anything damaged?

Exit status: 0 all statements succeeded, 1 a statement failed or found damage, 2 bad usage.";

impl Args {
    /// Reads the command line; on bad usage, `--help` and `--version` the process ends here.
    pub(crate) fn from_command_line() -> (Self, Vec<Job>) {
        let matches = Self::command().get_matches();
        let args = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        let jobs = args.jobs(&matches);
        (args, jobs)
    }

    /// The backend of a pool that is created.
    pub(crate) fn backend(&self) -> Backend {
        match self.backend {
            BackendName::Sled => Backend::Sled,
            BackendName::Redb => Backend::Redb,
        }
    }

    /// Every `-c` and `-f`, in the order they were written.
    fn jobs(&self, matches: &ArgMatches) -> Vec<Job> {
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let commands = self.command.iter().cloned().map(Job::Command);
        let files = self.file.iter().cloned().map(Job::File);
        let mut jobs: Vec<(usize, Job)> =
            places("command").zip(commands).chain(places("file").zip(files)).collect();
        jobs.sort_by_key(|(place, _)| *place);
        jobs.into_iter().map(|(_, job)| job).collect()
    }
}

impl Format {
    /// Whether a program reads the answers.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_keep_the_order_they_were_written_in() {
        let line = ["highsea", "p", "-c", "a", "-f", "b.hs", "--command=c", "-f", "-"];
        let matches = Args::command().try_get_matches_from(line).unwrap();
        let args = Args::from_arg_matches(&matches).unwrap();
        let jobs = args.jobs(&matches);
        let command = |text: &str| Job::Command(text.to_owned());
        let file = |path: &str| Job::File(path.into());
        assert_eq!(jobs, [command("a"), file("b.hs"), command("c"), file("-")]);
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }
}
