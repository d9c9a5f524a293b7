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
            let _ = writeln!(std::io::stderr(), "interrupted");
            std::process::exit(i32::from(self.status()));
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

    /// The exit status after a signal: 128 and its number.
    #[must_use]
    pub fn status(&self) -> u8 {
        128 + self.number.load(Ordering::SeqCst)
    }
}
