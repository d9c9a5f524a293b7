//! What a program is busy with: a bar a stage on a terminal, plain lines elsewhere; and a clean
//! stop.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use dissensus_bert::{Evaluated, Step};
use dissensus_input::InputCounts;
use dissensus_lm::Error;
use dissensus_measure::Stage;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};

use crate::{Common, Signals};

/// Time between two plain lines where there is no terminal.
const PLAIN: Duration = Duration::from_secs(30);
/// Time before which a rate is not worth saying.
const SETTLED: Duration = Duration::from_secs(1);

/// Shows stages and members, and has the run save and stop after SIGINT or SIGTERM.
#[derive(Debug)]
pub struct Bars {
    how: BarStyle,
    signals: Signals,
    /// What is trained, as a reader knows it.
    name: String,
    /// The stage that runs.
    stage: Option<(String, ProgressBar, Instant)>,
    members: BTreeMap<usize, Member>,
    /// When the first member began to train.
    began: Option<Instant>,
    /// Tokens read since the program began.
    pub tokens_read: u64,
}

#[derive(Debug)]
enum BarStyle {
    Quiet,
    Plain,
    Terminal(MultiProgress),
}

/// One member that trains.
#[derive(Debug)]
struct Member {
    bar: ProgressBar,
    began: Instant,
    said: Instant,
    tokens: u64,
    first: u64,
}

impl Bars {
    /// Bars on standard error.
    #[must_use]
    pub fn new(common: &Common, signals: &Signals) -> Self {
        let how = match (common.quiet, std::io::stderr().is_terminal()) {
            (true, _) => BarStyle::Quiet,
            (false, true) => BarStyle::Terminal(MultiProgress::new()),
            (false, false) => BarStyle::Plain,
        };
        Self {
            how,
            signals: signals.clone(),
            name: String::new(),
            stage: None,
            members: BTreeMap::new(),
            began: None,
            tokens_read: 0,
        }
    }

    /// Says what is trained.
    pub fn named(&mut self, name: &str) {
        self.name = name.into();
    }

    /// Ends the stage that runs and begins another, which is not saved when a signal comes. One
    /// that came before and that nobody looked at ends the program here.
    pub fn begin(&mut self, stage: &str) {
        self.end();
        self.signals.saves_no_more();
        let bar = match &self.how {
            BarStyle::Terminal(all) => spinner(all, stage),
            BarStyle::Plain => {
                line(stage);
                ProgressBar::hidden()
            }
            BarStyle::Quiet => ProgressBar::hidden(),
        };
        self.stage = Some((stage.into(), bar, Instant::now()));
    }

    /// Ends the stage that runs and begins another of so many steps; each is saved, so a signal
    /// stops it after the one that runs.
    pub fn count(&mut self, stage: &str, steps: u64) {
        self.begin(stage);
        self.signals.saves(true);
        if let Some((_, bar, _)) = &self.stage {
            bar.set_length(steps);
            let template = "{msg:<24} {bar:30} {pos:>6}/{len}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
        }
    }

    /// Says how many steps of the stage are done, and hears whether a signal asked for a stop.
    pub fn counted(&mut self, done: u64) -> ControlFlow<()> {
        if let Some((_, bar, _)) = &self.stage {
            bar.set_position(done);
        }
        if self.signals.asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Ends the stage that runs.
    pub fn end(&mut self) {
        let Some((stage, bar, began)) = self.stage.take() else {
            return;
        };
        let time = began.elapsed();
        bar.finish_and_clear();
        if time >= SETTLED {
            self.say(&format!("{stage}: {:.1} s", time.as_secs_f64()));
        }
    }

    /// Whether nobody asked for a stop.
    fn goes_on(&self) -> ControlFlow<()> {
        if self.signals.asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Says how many tokens were read since the first member began to train.
    pub fn say_rate(&self) {
        let Some(began) = self.began else { return };
        let (tokens, seconds) = (self.tokens_read, began.elapsed().as_secs_f64());
        let rate = tokens as f64 / seconds;
        self.say(&format!(
            "{tokens} tokens in {seconds:.1} s: {rate:.0} a second"
        ));
    }

    /// A line among the bars.
    pub fn say(&self, text: &str) {
        match &self.how {
            BarStyle::Quiet => {}
            BarStyle::Plain => line(text),
            // Nobody is left to tell if the terminal is gone.
            BarStyle::Terminal(all) => drop(all.println(text)),
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.end();
        self.signals.saves(false);
    }
}

/// A line on standard error; nobody is left to tell if that is closed.
fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn spinner(all: &MultiProgress, stage: &str) -> ProgressBar {
    let bar = all.add(ProgressBar::new_spinner().with_message(stage.to_string()));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl<M> dissensus_ensemble::EnsembleObserver<M> for Bars {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        self.signals.saves(true);
        let prefix = format!("{} member {member}", self.name);
        let bar = match &self.how {
            BarStyle::Terminal(all) => all.add(ProgressBar::new(total)),
            _ => {
                ProgressBar::with_draw_target(Some(total), indicatif::ProgressDrawTarget::hidden())
            }
        };
        let template = "{prefix:<24} {bar:30} {pos:>5}/{len} steps  {msg}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(prefix);
        bar.set_position(done);
        bar.reset_eta();
        let now = Instant::now();
        self.began.get_or_insert(now);
        let member_bar = Member {
            bar,
            began: now,
            said: now,
            tokens: 0,
            first: done,
        };
        self.members.insert(member, member_bar);
    }

    fn damaged(&mut self, member: usize, error: &Error) {
        self.say(&format!("warning: {} member {member}: {error}", self.name));
    }

    fn stepped(&mut self, member: usize, step: &Step) -> ControlFlow<()> {
        self.tokens_read += step.tokens;
        let mut plain = None;
        if let Some(member) = self.members.get_mut(&member) {
            member.tokens += step.tokens;
            member.bar.inc(1);
            let message = member.message(step.loss / std::f64::consts::LN_2);
            if member.said.elapsed() >= PLAIN {
                member.said = Instant::now();
                plain = Some(format!(
                    "{}: {message}{}",
                    member.bar.prefix(),
                    member.left()
                ));
            }
            member.bar.set_message(message);
        }
        if let (BarStyle::Plain, Some(text)) = (&self.how, plain) {
            line(&text);
        }
        self.goes_on()
    }

    fn evaluated(&mut self, _member: usize, _found: &Evaluated) {}

    fn finished(&mut self, member: usize) {
        let Some(member) = self.members.remove(&member) else {
            return;
        };
        member.bar.finish();
        if matches!(self.how, BarStyle::Plain) {
            let steps = member.bar.position();
            let seconds = member.began.elapsed().as_secs_f64();
            line(&format!(
                "{}: {steps} steps, {seconds:.0} s",
                member.bar.prefix()
            ));
        }
    }
}

impl dissensus_study::TransferObserver for Bars {
    fn pretraining(&mut self, name: &str, step: &Step) -> ControlFlow<()> {
        self.tokens_read += step.tokens;
        if let Some((_, bar, _)) = &self.stage {
            let bits = step.loss / std::f64::consts::LN_2;
            bar.set_message(format!(
                "{name}: step {} of {}, {bits:.2} bits a token",
                step.step, step.total
            ));
        }
        self.goes_on()
    }

    fn cell(
        &mut self,
        key: &dissensus_study::CellKey,
        done: usize,
        total: usize,
    ) -> ControlFlow<()> {
        if done == 0 {
            self.begin("cells");
            self.signals.saves(true);
        }
        if let Some((_, bar, _)) = &self.stage {
            bar.set_message(format!("cell {} of {total}: {key}", done + 1));
        }
        if matches!(self.how, BarStyle::Plain) && done.is_multiple_of(total.div_ceil(10)) {
            line(&format!("cell {} of {total}: {key}", done + 1));
        }
        self.goes_on()
    }

    fn tuning(&mut self) -> ControlFlow<()> {
        self.goes_on()
    }
}

impl Member {
    /// Loss and rate, the rate only once it has settled.
    fn message(&self, bits: f64) -> String {
        let time = self.began.elapsed();
        if time < SETTLED {
            return format!("{bits:.2} bits");
        }
        let rate = self.tokens as f64 / time.as_secs_f64();
        format!("{bits:.2} bits  {rate:>7.0} tokens/s")
    }

    /// Steps and the time left, for a plain line.
    fn left(&self) -> String {
        let (at, total) = (self.bar.position(), self.bar.length().unwrap_or_default());
        let done = at.saturating_sub(self.first).max(1);
        let left = self
            .began
            .elapsed()
            .mul_f64(total.saturating_sub(at) as f64 / done as f64);
        format!("  step {at} of {total}, {} left", HumanDuration(left))
    }
}

impl dissensus_measure::MeasureObserver for Bars {
    fn stage(&mut self, ensemble: &str, state: Option<&str>, stage: Stage) {
        let state = state.map_or(String::new(), |state| format!(", {state} members"));
        if stage == Stage::Training {
            self.end();
            self.name = ensemble.into();
            return;
        }
        self.begin(&format!("{ensemble}: {}{state}", stage.description()));
    }

    fn read(&mut self, ensemble: &str, counts: &InputCounts) {
        self.say(&format!("{ensemble}: read {counts}"));
    }
}
