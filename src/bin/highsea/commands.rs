//! Lines that start with a dot: the shell's own commands.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::args::Format;
use crate::errors::Failure;
use crate::flow::{Flow, Stop};
use crate::help;
use crate::output::write_out;
use crate::shell::Shell;

/// A command, read.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help(String),
    Mode(Format),
    Timing(Switch),
    Follow(Switch),
    Read(PathBuf),
    Open(Option<PathBuf>),
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Every command's name, as it is typed.
pub(crate) const NAMES: [&str; 7] =
    [".help", ".mode", ".timing", ".follow", ".read", ".open", ".quit"];

/// Runs a dot line.
pub(crate) fn run(shell: &mut Shell, line: &str) -> Flow {
    match parse(line).map_err(|failure| shell.fail(&failure))? {
        Command::Help(topic) => match help::about(&topic, shell.is_demo()) {
            Some(text) => write_out(&text),
            None => Err(shell.fail(&unknown("help topic", &topic, &help::TOPICS))),
        },
        Command::Mode(format) => {
            shell.output.format = format;
            Ok(())
        }
        Command::Timing(timing) => {
            shell.output.timing = timing == Switch::On;
            Ok(())
        }
        Command::Follow(follow) => shell.follow(follow == Switch::On),
        Command::Read(path) => shell.run_file(&path),
        Command::Open(path) => shell.reopen(path.as_deref()),
        Command::Quit => Err(Stop::Quit),
    }
}

fn parse(line: &str) -> Result<Command, Failure<'static>> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = unquoted(argument.trim());
    match name {
        ".help" | ".h" | ".?" => Ok(Command::Help(argument.to_owned())),
        ".mode" => choice(name, argument).map(Command::Mode),
        ".timing" => choice(name, argument).map(Command::Timing),
        ".follow" => choice(name, argument).map(Command::Follow),
        ".read" if argument.is_empty() => Err(needs(".read", "FILE")),
        ".read" => Ok(Command::Read(argument.into())),
        ".open" if argument.is_empty() => Ok(Command::Open(None)),
        ".open" => Ok(Command::Open(Some(argument.into()))),
        ".quit" | ".exit" | ".q" => Ok(Command::Quit),
        _ => Err(unknown("command", name, &NAMES)),
    }
}

/// One of the words that an argument may be.
fn choice<T: ValueEnum>(name: &str, argument: &str) -> Result<T, Failure<'static>> {
    T::from_str(argument, true).map_err(|_| {
        let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        needs(name, &names.join("|"))
    })
}

fn needs(name: &str, argument: &str) -> Failure<'static> {
    Failure::new("command", format!("the command is `{name} {argument}`"))
}

fn unknown(what: &str, name: &str, known: &[&str]) -> Failure<'static> {
    let failure = Failure::new("unknown-command", format!("unknown {what} `{name}`"));
    match nearest(name, known) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("there are {}", known.join(", "))),
    }
}

/// The known name that a mistyped one most resembles: it begins so, or differs in few letters.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let begins = known.iter().find(|known| name.len() > 1 && known.starts_with(name));
    let distance = |known: &&&str| strsim::damerau_levenshtein(name, known);
    let close = known.iter().filter(|known| distance(known) <= 2).min_by_key(distance);
    begins.or(close).copied()
}

fn unquoted(text: &str) -> &str {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    quote.and_then(|quote| text[1..].strip_suffix(quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_take_their_arguments() {
        let read = |line: &str| parse(line).ok();
        assert_eq!(read(".follow on"), Some(Command::Follow(Switch::On)));
        assert_eq!(read(".mode JSON"), Some(Command::Mode(Format::Json)));
        assert_eq!(read(".timing off;"), Some(Command::Timing(Switch::Off)));
        assert_eq!(read(".read 'my file.hs'"), Some(Command::Read("my file.hs".into())));
        assert_eq!(read(".open"), Some(Command::Open(None)));
        assert_eq!(read("  .quit "), Some(Command::Quit));
        for wrong in [".mode", ".mode xml", ".read", ".timing maybe", ".frobnicate"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mistyped_command_has_a_neighbour() {
        assert_eq!(nearest(".hlep", &NAMES), Some(".help"));
        assert_eq!(nearest(".ti", &NAMES), Some(".timing"));
        assert_eq!(nearest(".frobnicate", &NAMES), None);
    }
}
