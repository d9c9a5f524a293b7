//! Progress bars and a clean stop, shared by the programs that train.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dissensus_bert::{Evaluated, Step};
use dissensus_study::Stage;
use indicatif::{ProgressBar, ProgressStyle};

/// Draws one bar a member, and asks the run to save and stop after Ctrl-C or SIGTERM.
pub struct Bars {
    bar: ProgressBar,
    name: String,
    stop: Arc<AtomicBool>,
    tokens: u64,
    /// Tokens read since the program began.
    pub tokens_read: u64,
}

impl Bars {
    /// Takes over Ctrl-C.
    pub fn new() -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))?;
        let (bar, name) = (ProgressBar::hidden(), String::new());
        Ok(Self {
            bar,
            name,
            stop,
            tokens: 0,
            tokens_read: 0,
        })
    }
}

impl dissensus_ensemble::Observer for Bars {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        let style = "{prefix:<22} {bar:30} {pos:>5}/{len} steps  {msg}  {eta} left";
        self.bar = ProgressBar::new(total)
            .with_position(done)
            .with_prefix(format!("{} member {member}", self.name));
        if let Ok(style) = ProgressStyle::with_template(style) {
            self.bar.set_style(style);
        }
        self.bar.reset_eta();
        self.tokens = 0;
    }

    fn stepped(&mut self, _member: usize, step: &Step) -> ControlFlow<()> {
        (self.tokens, self.tokens_read) =
            (self.tokens + step.tokens, self.tokens_read + step.tokens);
        let rate = self.tokens as f64 / self.bar.elapsed().as_secs_f64().max(1e-3);
        let bits = step.loss / std::f64::consts::LN_2;
        self.bar
            .set_message(format!("{bits:.2} bits  {rate:>7.0} tokens/s"));
        self.bar.inc(1);
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn evaluated(&mut self, _member: usize, _found: &Evaluated) {}

    fn finished(&mut self, _member: usize) {
        self.bar.finish();
    }
}

impl dissensus_study::Observer for Bars {
    fn stage(&mut self, ensemble: &str, state: Option<&str>, stage: Stage) {
        self.name = ensemble.into();
        let state = state.map_or(String::new(), |state| format!(" ({state})"));
        eprintln!("{ensemble}: {stage:?}{state}");
    }
}
