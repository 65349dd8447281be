//! A place of its own for each test, what a run of the shell left there, and a shell that is talked to.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Three customers, one of whom has told little.
pub(crate) const CREATE: &str = "create customers (customer_id text key, region text, age int, \
                      spend decimal(2), birth_date date, tags set)";

pub(crate) const INSERT: &str = "insert into customers (customer_id, region, age, spend, birth_date, tags) \
                      values (\"C1\", \"US\", 31, 19.99, 1995-02-28, (\"new\", \"vip\")), \
                      (\"C2\", \"深圳\", 40, 1200, null, ()), (\"C3\", null, null, null, null, ())";

/// A place of its own for each test.
pub(crate) struct Place(pub(crate) TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A place whose pool holds the three customers.
    pub(crate) fn with_customers() -> Self {
        let place = Self::new();
        let made = place.run(&["pool", "-c", CREATE, "-c", INSERT]);
        assert_eq!(made.status(), 0, "{}", made.stderr);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_highsea"));
        command.args(args).current_dir(self.0.path());
        command.env("HOME", self.0.path()).env_remove("XDG_STATE_HOME").env_remove("NO_COLOR");
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::from(self.command(args).output().unwrap())
    }

    /// Runs with text on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A shell that has failed reads no more: the pipe may be closed.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::from(child.wait_with_output().unwrap())
    }
}

/// What a run of the shell left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    pub(crate) fn status(&self) -> i32 {
        self.code.expect("the shell was killed")
    }

    /// Every line of standard output as a document.
    pub(crate) fn documents(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The documents of a run that succeeded, without their times.
    pub(crate) fn answers(&self) -> Vec<Value> {
        assert_eq!(self.status(), 0, "{}", self.stderr);
        let mut documents = self.documents();
        for document in &mut documents {
            document.as_object_mut().unwrap().remove("elapsed_ms");
        }
        documents
    }

    /// The error document, which is all that stands on standard error.
    pub(crate) fn error(&self) -> Value {
        let document: Value =
            serde_json::from_str(self.stderr.trim_end()).unwrap_or_else(|error| {
                panic!("{error}: {}", self.stderr);
            });
        document["error"].clone()
    }
}

pub(crate) fn keys(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

pub(crate) fn json_args<'a>(commands: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["pool", "--format", "json"];
    for command in commands {
        args.extend(["-c", command]);
    }
    args
}

/// A shell that is being talked to.
pub(crate) struct Conversation {
    pub(crate) child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Conversation {
    pub(crate) fn new(place: &Place, args: &[&str]) -> Self {
        let mut command = place.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    pub(crate) fn say(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub(crate) fn end(mut self) -> (i32, String) {
        drop(self.child.stdin.take());
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code().unwrap(), stderr)
    }
}
