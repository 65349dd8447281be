//! The shell: statements from the command line, a script, a host's pipe or a prompt, and their
//! answers on standard output.
//!
//! Standard output carries results only; diagnostics, timing and progress go to standard error.

mod args;
mod commands;
mod complete;
mod conversation;
mod demo;
mod errors;
mod flow;
mod help;
mod highlight;
mod history;
mod interrupt;
mod output;
mod parameters;
mod progress;
mod render;
mod repl;
mod script;
mod shell;
mod temporary;
mod terminal;

use std::io::IsTerminal;
use std::process::ExitCode;

use args::{Args, Job};
use flow::{Flow, Stop};
use script::Script;
use shell::Shell;

fn main() -> ExitCode {
    let (args, jobs) = Args::from_command_line();
    interrupt::install();
    let flow = run(args, &jobs);
    temporary::remove();
    match flow {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.exit_code(),
    }
}

fn run(args: Args, jobs: &[Job]) -> Flow {
    let (verifies, repairs) = (args.verify, args.repair);
    let mut shell = Shell::open(args)?;
    if verifies {
        return shell.run_script(&Script::new("--verify", "verify deep".to_owned()));
    }
    if repairs {
        return shell.run_script(&Script::new("--repair", "repair".to_owned()));
    }
    if jobs.is_empty() {
        return if std::io::stdin().is_terminal() {
            repl::run(&mut shell)
        } else {
            conversation::run(&mut shell)
        };
    }
    for job in jobs {
        match shell.run_job(job) {
            Err(Stop::Quit) => break,
            flow => flow?,
        }
    }
    Ok(())
}
