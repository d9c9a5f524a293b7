//! Progress bars and a clean stop, shared by the programs that train.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dissensus_bert::{Evaluated, Step};
use dissensus_lm::Error;
use dissensus_measure::Stage;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Draws one bar a member, and asks the run to save and stop after Ctrl-C or SIGTERM.
pub struct Bars {
    all: MultiProgress,
    /// The bar of each member of the present ensemble, and the tokens it has read.
    members: BTreeMap<usize, (ProgressBar, u64)>,
    name: String,
    stop: Arc<AtomicBool>,
    /// Tokens read since the program began.
    pub tokens_read: u64,
}

impl Bars {
    /// Takes over Ctrl-C and SIGTERM.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))?;
        Ok(Self {
            all: MultiProgress::new(),
            members: BTreeMap::new(),
            name: name.into(),
            stop,
            tokens_read: 0,
        })
    }
}

impl<M> dissensus_ensemble::Observer<M> for Bars {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        let style = "{prefix:<22} {bar:30} {pos:>5}/{len} steps  {msg}  {eta} left";
        let bar = ProgressBar::new(total)
            .with_position(done)
            .with_prefix(format!("{} member {member}", self.name));
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.reset_eta();
        self.members.insert(member, (self.all.add(bar), 0));
    }

    fn damaged(&mut self, member: usize, error: &Error) {
        eprintln!("warning: member {member}: {error}");
    }

    fn stepped(&mut self, member: usize, step: &Step) -> ControlFlow<()> {
        self.tokens_read += step.tokens;
        if let Some((bar, tokens)) = self.members.get_mut(&member) {
            *tokens += step.tokens;
            let rate = *tokens as f64 / bar.elapsed().as_secs_f64().max(1e-3);
            let bits = step.loss / std::f64::consts::LN_2;
            bar.set_message(format!("{bits:.2} bits  {rate:>7.0} tokens/s"));
            bar.inc(1);
        }
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn evaluated(&mut self, _member: usize, _found: &Evaluated) {}

    fn finished(&mut self, member: usize) {
        if let Some((bar, _)) = self.members.remove(&member) {
            bar.finish();
        }
    }
}

impl dissensus_measure::MeasureObserver for Bars {
    fn stage(&mut self, ensemble: &str, state: Option<&str>, stage: Stage) {
        self.name = ensemble.into();
        let state = state.map_or(String::new(), |state| format!(" ({state})"));
        eprintln!("{ensemble}: {stage:?}{state}");
    }
}
