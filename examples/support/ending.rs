//! The frame of a program: arguments, threads, errors, exit status.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::{Common, Given, Job, Signals};

/// How a program ended, where nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done.
    Finished,
    /// A signal interrupted it; what it had is saved.
    Interrupted,
}

/// Arguments that are wrong together, as more devices than models.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Runs a program and says how it ended: 0 for finished, 1 for an error, 130 or 143 for one that
/// SIGINT or SIGTERM interrupted. Wrong arguments, on the command line or in the file of
/// `--config`, end with 2 before anything is run, and so does a [`UsageError`].
///
/// ```
/// use dissensus_workbench::{Ending, Given, program};
/// #[derive(clap::Parser)]
/// struct Arguments {}
/// let ended = program(|_: &Given<Arguments>, _| Ok(Ending::Finished));
/// assert_eq!(format!("{ended:?}"), format!("{:?}", std::process::ExitCode::SUCCESS));
/// ```
pub fn program<T: Parser>(body: impl FnOnce(&Given<T>, Job) -> Result<Ending>) -> ExitCode {
    let given: Given<T> = Given::of_command_line();
    let ended = Signals::listen().and_then(|signals| {
        given.common().start()?;
        Ok((body(&given, Job::begin(&given, &signals))?, signals))
    });
    match ended {
        Ok((Ending::Finished, _)) => ExitCode::SUCCESS,
        Ok((Ending::Interrupted, signals)) => ExitCode::from(signals.status()),
        Err(error) => {
            let red = std::io::stderr().is_terminal();
            let (on, off) = if red {
                ("\x1b[31m", "\x1b[0m")
            } else {
                ("", "")
            };
            // Nobody is left to tell if standard error is closed.
            let _ = writeln!(std::io::stderr(), "{on}error:{off} {}", chain(&error));
            if error.is::<UsageError>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// An error and its causes, those left out that the text already holds.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        if text.is_empty() {
            text = said;
        } else if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
    }
    text
}

impl Common {
    /// Sets the number of threads; the first thing that a program does.
    fn start(&self) -> Result<()> {
        if let Some(threads) = self.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads.get())
                .build_global()
                .with_context(|| format!("--threads {threads}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_says_is_said_once() {
        let inner = anyhow::anyhow!("no space left");
        let middle = inner.context("runs/a: no space left");
        let outer = middle.context("writing the results");
        assert_eq!(chain(&outer), "writing the results: runs/a: no space left");
    }
}
