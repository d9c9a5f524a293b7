//! What a program was given: a command line, with a file of options behind it.

use std::ffi::OsString;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, Error, FromArgMatches as _, Parser};
use clap_complete::Shell;
use toml::{Table, Value};

use crate::Common;
use crate::remote::fetched;

/// Options that say where a run goes, how it is shown or which part of it this process does, never
/// what comes out.
const NOT_OF_THE_RESULTS: [&str; 14] = [
    "help",
    "version",
    "config",
    "completions",
    "out",
    "threads",
    "verbose",
    "json",
    "quiet",
    "resume",
    "share",
    "only_members",
    "measure_only",
    "collect",
];

/// The arguments of a program, its own and those that every program has, and the same as a file
/// that repeats the run.
///
/// `--config FILE` names a file of TOML whose keys are the long names of options, and the names of
/// arguments without one; the command line comes before the file, the file before environment and
/// defaults.
#[derive(Debug)]
pub struct Given<T> {
    arguments: T,
    common: Common,
    name: String,
    toml: String,
}

impl<T> Deref for Given<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.arguments
    }
}

impl<T: Parser> Given<T> {
    /// Reads the command line of this process; wrong arguments end it with 2, what the hub does not
    /// give with 1, help and completions with 0.
    #[must_use]
    pub fn of_command_line() -> Self {
        Self::of(std::env::args_os().collect()).unwrap_or_else(|error| {
            if error.kind() != ErrorKind::Io {
                error.exit();
            }
            // The arguments are right, and what they name cannot be had; nobody is left to tell if
            // standard error is closed.
            let _ = error.print();
            std::process::exit(1);
        })
    }

    /// Reads a command line, whose first word is the program.
    ///
    /// # Errors
    /// Those of the command line, of the file that it names, and requests for help, which are
    /// errors to clap.
    pub fn of(mut words: Vec<OsString>) -> Result<Self, Error> {
        let name = words.first().map(PathBuf::from).unwrap_or_default();
        let name = name
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let own = T::command();
        let about = own.get_about().cloned().unwrap_or_default();
        // The arguments of every program bring a description of their own.
        let mut command = Common::augment_args(own)
            .about(about)
            .bin_name(name.clone())
            .display_name(name.clone());
        command.build();
        // Nothing is required yet: it may stand in the file.
        let loose = command.clone().mut_args(|arg| arg.required(false));
        let typed = loose.try_get_matches_from(&words)?;
        if let Some(shell) = typed.get_one::<Shell>("completions") {
            clap_complete::generate(*shell, &mut command, name, &mut std::io::stdout());
            std::process::exit(0);
        }
        let file = typed.get_one::<PathBuf>("config");
        if let Some(path) = file {
            words = with_file(&mut command, words, &typed, path)?;
        }
        let mut matches = command
            .try_get_matches_from_mut(&words)
            .map_err(|error| in_file(&mut command, error, file))?;
        let mut toml = written(&command, &matches, &name);
        let fetched = fetched(&words);
        let fetched = fetched.map_err(|problem| command.error(ErrorKind::Io, problem))?;
        if let Some(found) = fetched {
            // The run is repeated with the commits, and carried out on the files.
            let pinned = command.try_get_matches_from_mut(&found.pinned)?;
            toml = written(&command, &pinned, &name);
            matches = command.try_get_matches_from_mut(&found.local)?;
        }
        Ok(Self {
            arguments: T::from_arg_matches_mut(&mut matches)?,
            common: Common::from_arg_matches_mut(&mut matches)?,
            name,
            toml,
        })
    }
}

impl<T> Given<T> {
    /// The arguments that every program has.
    #[must_use]
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// The name of the program.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The contents of the file that repeats the run.
    #[must_use]
    pub fn toml(&self) -> &str {
        &self.toml
    }
}

/// An error of the whole, which names the file that a part of it comes from.
fn in_file(command: &mut Command, error: Error, file: Option<&PathBuf>) -> Error {
    let Some(path) = file.filter(|_| error.use_stderr()) else {
        return error;
    };
    let said = error.to_string();
    let said = said.trim_start_matches("error: ");
    let said = said.split("\n\nUsage").next().unwrap_or(said);
    let text = format!("{said}, with the options of {}", path.display());
    command.error(error.kind(), text)
}

/// The command line with the options of a file that it does not have itself.
fn with_file(
    command: &mut Command,
    words: Vec<OsString>,
    typed: &ArgMatches,
    path: &Path,
) -> Result<Vec<OsString>, Error> {
    let refuse = |command: &mut Command, problem: String| {
        let text = format!("{}: {problem}", path.display());
        command.error(ErrorKind::InvalidValue, text)
    };
    let table = std::fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|text| text.parse::<Table>().map_err(|error| error.to_string()));
    let table = table.map_err(|problem| refuse(command, problem))?;
    let (mut options, mut behind) = (Vec::new(), Vec::new());
    for (key, value) in &table {
        let Some(arg) = command.get_arguments().find(|arg| key_of(arg) == key) else {
            let name = command.get_bin_name().unwrap_or_default();
            let problem = format!("{key} is no option of {name}");
            return Err(refuse(&mut command.clone(), problem));
        };
        if is_overruled(command, arg, typed) {
            continue;
        }
        let said = spelled(arg, value);
        let said = said.map_err(|expected| {
            let problem = format!("{key} = {value}, expected {expected}");
            refuse(&mut command.clone(), problem)
        })?;
        match arg.get_long() {
            Some(_) => options.extend(said),
            None => behind.extend(said),
        }
    }
    let mut all = words.into_iter();
    let mut whole: Vec<OsString> = all.by_ref().take(1).collect();
    whole.extend(options.into_iter().map(OsString::from));
    whole.extend(all);
    if !behind.is_empty() {
        whole.push("--".into());
    }
    whole.extend(behind.into_iter().map(OsString::from));
    Ok(whole)
}

/// What an argument is called in a file.
fn key_of(arg: &Arg) -> &str {
    arg.get_long().unwrap_or(arg.get_id().as_str())
}

fn is_typed(typed: &ArgMatches, arg: &Arg) -> bool {
    typed.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

/// Whether the command line has this argument, or one that it cannot stand beside.
fn is_overruled(command: &Command, arg: &Arg, typed: &ArgMatches) -> bool {
    is_typed(typed, arg) || conflicts(command, arg).any(|other| is_typed(typed, other))
}

/// The arguments that one cannot stand beside, whichever of the two says so.
fn conflicts<'a>(command: &'a Command, arg: &'a Arg) -> impl Iterator<Item = &'a Arg> {
    let said = |one: &Arg, other: &Arg| {
        let mut against = command.get_arg_conflicts_with(one).into_iter();
        against.any(|found| found.get_id() == other.get_id())
    };
    let others = command.get_arguments();
    others.filter(move |other| said(arg, other) || said(other, arg))
}

/// A value of a file as words of a command line, or what is expected.
fn spelled(arg: &Arg, value: &Value) -> Result<Vec<String>, &'static str> {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let word = |text: String| match &long {
        Some(long) => format!("{long}={text}"),
        None => text,
    };
    if !arg.get_action().takes_values() {
        return match value {
            Value::Boolean(true) => Ok(long.into_iter().collect()),
            Value::Boolean(false) => Ok(Vec::new()),
            _ => Err("true or false"),
        };
    }
    match value {
        Value::Array(values) if !is_list(arg) && values.len() != 1 => Err("one value"),
        Value::Array(values) if values.is_empty() => Ok(long.into_iter().collect()),
        Value::Array(values) => values.iter().map(|v| Ok(word(plain(v)?))).collect(),
        one => Ok(vec![word(plain(one)?)]),
    }
}

/// A single value as it is typed.
fn plain(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(flag) => Ok(flag.to_string()),
        Value::Datetime(time) => Ok(time.to_string()),
        Value::Array(_) | Value::Table(_) => Err("a value or a list of values"),
    }
}

fn is_list(arg: &Arg) -> bool {
    let many = |range: clap::builder::ValueRange| range.max_values() > 1;
    matches!(arg.get_action(), ArgAction::Append) || arg.get_num_args().is_some_and(many)
}

/// Everything that decides the results, as TOML.
fn written(command: &Command, matches: &ArgMatches, name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "# {name} {version}. Files are named as seen from where it ran.\n# To repeat it: {name} --config run.toml --out ANOTHER_FOLDER\n"
    );
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let explicit = |arg: &Arg| {
            let source = matches.value_source(arg.get_id().as_str());
            source.is_some_and(|source| source != ValueSource::DefaultValue)
        };
        let is_beaten = !explicit(arg) && conflicts(command, arg).any(explicit);
        if NOT_OF_THE_RESULTS.contains(&id) || is_beaten {
            continue;
        }
        if let Some(value) = value_of(arg, matches) {
            text += &format!("{} = {value}\n", key_of(arg));
        }
    }
    text
}

/// What an argument was given or is by default; a flag only where it stands.
fn value_of(arg: &Arg, matches: &ArgMatches) -> Option<Value> {
    let id = arg.get_id().as_str();
    if !arg.get_action().takes_values() {
        return matches.get_flag(id).then_some(Value::Boolean(true));
    }
    // A list may be given and have no values.
    matches.value_source(id)?;
    let raw = matches.get_raw(id).into_iter().flatten();
    let mut values = raw.map(|raw| typed_value(&raw.to_string_lossy()));
    if is_list(arg) {
        return Some(Value::Array(values.collect()));
    }
    values.next()
}

/// A number where it is spelled as one is printed, text elsewhere.
fn typed_value(raw: &str) -> Value {
    match (raw.parse::<i64>(), raw.parse::<f64>()) {
        (Ok(number), _) if number.to_string() == raw => Value::Integer(number),
        (_, Ok(number)) if number.is_finite() && number.to_string() == raw => Value::Float(number),
        _ => Value::String(raw.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads files.
    #[derive(Debug, Parser)]
    struct Arguments {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[arg(long, default_value_t = 100)]
        tokens: u64,
        #[arg(long, conflicts_with = "tokens")]
        epochs: Option<u64>,
        #[arg(long, default_value_t = 0.5)]
        rate: f64,
        #[arg(long, num_args = 0..)]
        along: Option<Vec<f64>>,
        #[arg(long)]
        quick: bool,
    }

    fn given(words: &[&str]) -> Result<Given<Arguments>, String> {
        let words = std::iter::once(&"tool").chain(words);
        Given::of(words.map(OsString::from).collect()).map_err(|error| error.to_string())
    }

    fn with(file: &str, words: &[&str]) -> Result<Given<Arguments>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("run.toml");
        std::fs::write(&path, file).expect("written");
        let config = format!("--config={}", path.display());
        given(&[&[config.as_str()], words].concat())
    }

    #[test]
    fn what_a_run_writes_gives_the_same_arguments() {
        let first = given(&[
            "a.fa", "-1", "--epochs", "3", "--along", "--quick", "--rate", "1e-4", "--out", "x",
        ]);
        let first = given(&[
            "--quick", "a.fa", "--epochs", "3", "--rate", "1e-4", "--along",
        ])
        .or(first)
        .expect("arguments");
        assert!(!first.toml().contains("tokens") && !first.toml().contains("out ="));
        let again = with(first.toml(), &["--threads", "2"]).expect("arguments");
        assert_eq!(again.toml(), first.toml());
        assert_eq!(
            (again.epochs, again.rate, again.quick),
            (Some(3), 1e-4, true)
        );
        assert_eq!(again.along, Some(Vec::new()));
        assert_eq!(again.files, [PathBuf::from("a.fa")]);
        assert_eq!(again.name(), "tool");
        assert!(again.common().threads.is_some());
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let file = "files = ['a', 'b']\nepochs = 3\nrate = 2\n";
        let found = with(file, &["--rate", "7", "--tokens", "9"]).expect("arguments");
        assert_eq!((found.rate, found.tokens, found.epochs), (7.0, 9, None));
        assert_eq!(found.files.len(), 2);
        let found = with(file, &["c"]).expect("arguments");
        assert_eq!((found.rate, found.epochs), (2.0, Some(3)));
        assert_eq!(found.files, [PathBuf::from("c")]);
    }

    #[test]
    fn help_begins_with_what_the_program_is_for() {
        let help = given(&["--help"]).expect_err("help ends the program");
        assert!(help.starts_with("Reads files\n"), "{help}");
        assert!(help.contains("In every program:"), "{help}");
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_the_file() {
        let cases = [
            ("files = ['a']\nrates = 1\n", "rates is no option of tool"),
            ("files = ['a']\nquick = 1\n", "expected true or false"),
            ("files = ['a']\nrate = 'x'\n", "invalid value 'x'"),
            ("files = ['a']\nrate = [1, 2]\n", "expected one value"),
            ("rate = 1\n", "required"),
            ("rate = \n", "rate"),
        ];
        for (file, expected) in cases {
            let said = with(file, &[]).expect_err(file);
            assert!(said.contains(expected), "{said}");
            assert!(said.contains("run.toml"), "{said}");
        }
        let said = given(&["--config", "absent.toml"]).expect_err("no file");
        assert!(said.contains("absent.toml: No such file"), "{said}");
    }
}
