//! What is printed in the end.

use std::collections::BTreeMap;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use dissensus_report::{Finding, Table, Verdict};

use crate::Common;

/// Findings that are printed at most; the page has all.
const FINDINGS: usize = 18;

/// Where a program prints.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    verbose: bool,
    json: bool,
    quiet: bool,
}

impl Terminal {
    /// As the arguments want it.
    #[must_use]
    pub fn new(common: &Common) -> Self {
        Self {
            verbose: common.verbose,
            json: common.json,
            quiet: common.quiet,
        }
    }

    /// Prints a line, unless only JSON or nothing is wanted.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn line(&self, text: &str) -> Result<()> {
        if self.quiet || self.json {
            return Ok(());
        }
        print(&format!("{text}\n"))
    }

    /// Prints the results as JSON, if that is wanted.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn results(&self, json: &str) -> Result<()> {
        if !self.json {
            return Ok(());
        }
        print(&format!("{}\n", json.trim_end()))
    }

    /// Prints findings, short; the page says chance, oracle and controls too.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn findings(&self, findings: &[Finding]) -> Result<()> {
        for finding in findings.iter().take(FINDINGS) {
            self.line(&short(finding, std::io::stdout().is_terminal()))?;
        }
        match findings.len().saturating_sub(FINDINGS) {
            0 => Ok(()),
            more => self.line(&format!("and {more} more in report.html")),
        }
    }

    /// Prints tables, if they are wanted.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn tables(&self, tables: &[Table]) -> Result<()> {
        let wanted = tables.iter().filter(|_| self.verbose);
        wanted
            .map(Table::to_string)
            .try_for_each(|table| self.line(&table))
    }

    /// Says where everything lies.
    ///
    /// # Errors
    /// Those of standard output, except that it is closed.
    pub fn written(&self, folder: &Path, paths: &[PathBuf]) -> Result<()> {
        let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in paths {
            let part = |part: Option<&std::ffi::OsStr>| {
                part.unwrap_or_default().to_string_lossy().into_owned()
            };
            let kind = kinds.entry(part(path.extension())).or_default();
            kind.push(part(path.file_name()));
        }
        let said = kinds.into_iter().map(|(ending, names)| match names.len() {
            0..4 => names.join(", "),
            count => format!("{count} .{ending}"),
        });
        let said: Vec<String> = said.collect();
        self.line(&format!("\nin {}: {}", folder.display(), said.join(", ")))?;
        let page = folder.join("report.html");
        if paths.contains(&page) {
            self.line(&format!("to read: {}", page.display()))?;
        }
        Ok(())
    }
}

/// A finding without what comes behind its first numbers, marked where it is shown.
fn short(finding: &Finding, colour: bool) -> String {
    let sentence = finding.sentence.split("; ").next().unwrap_or_default();
    let sentence = sentence.trim_end_matches('.');
    let shown = finding.verdict == Verdict::Shown;
    let (on, off) = if shown && colour {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("", "")
    };
    let mark = if shown { '+' } else { '-' };
    format!("{on}{mark} {sentence}.{off}")
}

/// Prints; a closed pipe wants no more and is no error.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_finding_keeps_its_numbers_and_loses_what_they_are_held_against() {
        let sentence = "A is more than B (loss): 1.0 [0.9 1.1] against 2.0 [1.9 2.1]; chance 3.0.";
        let finding = Finding::new(Verdict::Shown, sentence.into());
        assert_eq!(
            short(&finding, false),
            "+ A is more than B (loss): 1.0 [0.9 1.1] against 2.0 [1.9 2.1]."
        );
    }
}
