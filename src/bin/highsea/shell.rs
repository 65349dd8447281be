//! A pool, a session with it, and the running of statements.

use std::fs;
use std::path::Path;

use highsea::{Error, Follower, Options, Outcome, Parameters, Pool, Session, SourceSpan};

use crate::args::{Args, Format, Job};
use crate::errors::{self, Failure, tell};
use crate::flow::{Flow, Stop};
use crate::output::Output;
use crate::progress::Meter;
use crate::script::{End, Piece, Pieces, Script};
use crate::{commands, conversation, demo, interrupt};

/// What statements run in.
pub(crate) struct Shell {
    args: Args,
    pool: Pool,
    session: Session,
    meter: Meter,
    /// How answers are written.
    pub(crate) output: Output,
    /// Scripts that are reading one another.
    depth: usize,
    /// What keeps the clock close behind the system's, once that was asked for.
    follower: Option<Follower>,
}

/// Scripts that may read one another; more is a script that reads itself.
const MAX_DEPTH: usize = 32;

impl Shell {
    /// Opens the pool that the command line asks for.
    pub(crate) fn open(args: Args) -> Flow<Self> {
        let format = args.format;
        let meter = Meter::new();
        let pool = if args.demo {
            demo::open(&args, &meter)
        } else {
            open_pool(args.pool.as_deref(), &args)
        };
        let pool = pool.map_err(|error| fail(&Failure::from_error(&error), format))?;
        let session = session(&pool, &args, &meter)?;
        Ok(Self {
            args,
            pool,
            session,
            meter,
            output: Output::new(format),
            depth: 0,
            follower: None,
        })
    }

    /// Goes on with another pool; the parameters and the fixed clock stay.
    pub(crate) fn reopen(&mut self, path: Option<&Path>) -> Flow {
        let pool = open_pool(path, &self.args);
        let pool = pool.map_err(|error| fail(&Failure::from_error(&error), self.format()))?;
        self.session = session(&pool, &self.args, &self.meter)?;
        let followed = self.follower.take().is_some();
        self.pool = pool;
        if followed { self.follow(true) } else { Ok(()) }
    }

    /// Keeps the pool's clock close behind the system's, or lets it be.
    pub(crate) fn follow(&mut self, is_on: bool) -> Flow {
        self.follower = match is_on {
            true => Some(
                self.pool
                    .follow_clock()
                    .map_err(|error| fail(&Failure::from_error(&error), self.format()))?,
            ),
            false => None,
        };
        Ok(())
    }

    /// The pool.
    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Whether the pool is the demonstration's.
    pub(crate) fn is_demo(&self) -> bool {
        self.args.demo
    }

    /// How answers and failures are written.
    pub(crate) fn format(&self) -> Format {
        self.output.format
    }

    /// Runs what a `-c` or `-f` asks for.
    pub(crate) fn run_job(&mut self, job: &Job) -> Flow {
        match job {
            Job::Command(text) => self.run_script(&Script::new("-c", text.clone())),
            Job::File(path) if path.as_os_str() == "-" => conversation::run(self),
            Job::File(path) => self.run_file(path),
        }
    }

    /// Runs a script from a file.
    pub(crate) fn run_file(&mut self, path: &Path) -> Flow {
        let name = path.display().to_string();
        if self.depth == MAX_DEPTH {
            let message = format!("`{name}` is read within itself");
            return Err(self.fail(&Failure::new("too-deep", message)));
        }
        let bytes = fs::read(path).map_err(|error| self.unreadable(&name, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| self.not_utf8(&name))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        self.depth += 1;
        let flow = self.run_script(&Script::new(name, text));
        self.depth -= 1;
        flow
    }

    /// Runs every statement of a script, up to the first that fails.
    pub(crate) fn run_script(&mut self, script: &Script) -> Flow {
        let mut pieces = Pieces::from(&script.text, 0);
        while let Some(piece) = pieces.next(End::Reached) {
            self.run_piece(script, &piece)?;
        }
        Ok(())
    }

    /// Runs a statement or a dot command.
    pub(crate) fn run_piece(&mut self, script: &Script, piece: &Piece) -> Flow {
        match piece {
            Piece::Command(range) => commands::run(self, &script.text[range.clone()]),
            Piece::Statement(range) => {
                self.run_statement(script, SourceSpan::new(range.start, range.end))
            }
        }
    }

    /// Ctrl-C ends the work as well as the writing of a long answer.
    fn run_statement(&mut self, script: &Script, span: SourceSpan) -> Flow {
        let flow = interrupt::during(self.session.interrupt(), || self.answer(script, span));
        if flow == Err(Stop::Interrupted) && !self.format().is_json() {
            tell("interrupted");
        }
        flow
    }

    fn answer(&mut self, script: &Script, span: SourceSpan) -> Flow {
        let result = self.session.run_span(&script.text, span);
        self.meter.clear();
        match result {
            Ok(answer) => {
                self.output.answer(&answer)?;
                if found_damage(&answer.outcome) { Err(Stop::Failed) } else { Ok(()) }
            }
            Err(Error::Interrupted) if !self.format().is_json() => Err(Stop::Interrupted),
            Err(error) => Err(self.fail(&Failure::in_script(&error, script))),
        }
    }

    /// Tells of a failure that ends the script.
    pub(crate) fn fail(&self, failure: &Failure<'_>) -> Stop {
        fail(failure, self.format())
    }

    /// Says that a script cannot be read.
    pub(crate) fn unreadable(&self, name: &str, error: &std::io::Error) -> Stop {
        self.fail(&Failure::new("file", format!("cannot read `{name}`: {error}")))
    }

    /// Says that a script is no UTF-8.
    pub(crate) fn not_utf8(&self, name: &str) -> Stop {
        self.fail(&Failure::new("encoding", format!("`{name}` is not UTF-8 text")))
    }
}

/// Whether an answer is that something is wrong with the pool: it has been told, and ends the script.
fn found_damage(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Verified(verification) if !verification.is_ok())
}

fn fail(failure: &Failure<'_>, format: Format) -> Stop {
    errors::report(failure, format);
    if failure.is_interruption() { Stop::Interrupted } else { Stop::Failed }
}

/// Opens the pool at `path`, or one in memory.
pub(crate) fn open_pool(path: Option<&Path>, args: &Args) -> Result<Pool, Error> {
    let options = options(args);
    let options = if args.read_only || args.verify { options.read_only() } else { options };
    let options = if args.repair { options.salvage() } else { options };
    match path {
        Some(path) => Pool::open(path, options),
        None => Pool::in_memory(options),
    }
}

/// What the command line says about every pool, but for `--read-only`.
pub(crate) fn options(args: &Args) -> Options {
    let options = Options::default().backend(args.backend());
    match args.threads {
        Some(threads) => options.threads(threads.into()),
        None => options,
    }
}

/// A session with the command line's parameters and clock.
fn session(pool: &Pool, args: &Args, meter: &Meter) -> Flow<Session> {
    let mut session = pool.session();
    let bindings = args.parameters.iter();
    session.set_parameters(
        bindings.fold(Parameters::new(), |parameters, binding| binding.add_to(parameters)),
    );
    session.on_progress(meter.reporter());
    if let Some(now) = &args.now {
        session.fix_now(now).map_err(|error| {
            let script = Script::new("--now", now.clone());
            let stop = fail(&Failure::in_script(&error, &script), args.format);
            // Text that is no instant is bad usage; one before the last commit is the pool's.
            if error.position().is_some() { Stop::Usage } else { stop }
        })?;
    }
    Ok(session)
}
