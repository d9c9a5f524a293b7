//! SIGINT and SIGTERM: a clean stop where one is possible, an end at once elsewhere.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use anyhow::{Context, Result};
use nix::sys::signal::{SigSet, Signal};

/// Listens to SIGINT and SIGTERM.
///
/// While something runs that can be saved, the first signal asks it to stop and the second ends the
/// program; at all other times the first ends it. Files are whole or absent either way.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    asked: Arc<AtomicBool>,
    saves: Arc<AtomicBool>,
    number: Arc<AtomicU8>,
}

impl Signals {
    /// Begins to listen; comes before any other thread, because those that exist already would
    /// still be ended by the signals.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn listen() -> Result<Self> {
        let (signals, mut awaited) = (Self::default(), SigSet::empty());
        awaited.add(Signal::SIGINT);
        awaited.add(Signal::SIGTERM);
        awaited
            .thread_block()
            .context("SIGINT and SIGTERM cannot be listened to")?;
        let heard = signals.clone();
        std::thread::spawn(move || {
            while let Ok(signal) = awaited.wait() {
                heard.take(signal);
            }
        });
        Ok(signals)
    }

    fn take(&self, signal: Signal) {
        self.number.store(signal as i32 as u8, Ordering::SeqCst);
        let again = self.asked.swap(true, Ordering::SeqCst);
        if again || !self.saves.load(Ordering::SeqCst) {
            self.end();
        }
        let text = "stopping after this step; once more to end at once";
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Says whether what runs now looks at [`Self::asked`] and saves.
    pub fn saves(&self, saves: bool) {
        self.saves.store(saves, Ordering::SeqCst);
    }

    /// Says that what begins now is not saved. Ends the program if a stop was asked for that
    /// nobody looked at, such as one in the last step of a training.
    pub fn saves_no_more(&self) {
        // In this order: a signal comes before the look, or finds that it is to end the program.
        self.saves(false);
        if self.asked() {
            self.end();
        }
    }

    fn end(&self) -> ! {
        let _ = writeln!(std::io::stderr(), "interrupted");
        std::process::exit(i32::from(self.status()));
    }

    /// The exit status after a signal: 128 and its number.
    #[must_use]
    pub fn status(&self) -> u8 {
        128 + self.number.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use clap::Parser as _;

    use super::*;
    use crate::{Bars, Common};

    #[derive(clap::Parser)]
    struct Told {
        #[command(flatten)]
        common: Common,
    }

    /// Set for the process that is ended.
    const ENDED: &str = "DISSENSUS_TEST_ENDED";

    #[test]
    fn a_stop_asked_for_in_the_last_step_ends_the_program_where_what_is_not_saved_begins() {
        if std::env::var_os(ENDED).is_some() {
            let signals = Signals::default();
            let mut bars = Bars::new(&Told::parse_from(["test", "--quiet"]).common, &signals);
            bars.count("training", 1);
            signals.take(Signal::SIGTERM);
            // Heard while something runs that can be saved: it goes on.
            assert!(signals.asked());
            bars.begin("measuring");
            std::process::exit(0);
        }
        let name = "signals::tests::a_stop_asked_for_in_the_last_step_ends_the_program_where_what_is_not_saved_begins";
        let mut itself = Command::new(std::env::current_exe().unwrap());
        let found = itself
            .args(["--exact", name, "--nocapture"])
            .env(ENDED, "1")
            .output()
            .unwrap();
        let said = String::from_utf8(found.stderr).unwrap();
        assert_eq!(found.status.code(), Some(128 + 15), "{said}");
        assert!(said.contains("stopping after this step"), "{said}");
        assert!(said.trim_end().ends_with("interrupted"), "{said}");
    }
}
