//! How far a study is that goes on, and its page.

mod page;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use dissensus_bert::Config;
use dissensus_ensemble::{EnsembleObserver, Run};
use dissensus_lm::Step;
use dissensus_measure::{MeasureObserver, Stage};
use dissensus_report::{Ensemble, Results};

use super::curve::MemberCurve;
use crate::entropy::{CONTROL, Options};
use crate::sweep::Grid;
use page::Kind;

/// How far a study is: what is trained and measured of it, and the page of that.
///
/// It follows the study as an observer, knows no clock, and writes nothing.
///
/// ```
/// use dissensus_measure::{MeasureObserver, Stage};
/// use dissensus_study::{Options, StudyProgress};
/// let mut progress = StudyProgress::of_study(&Options::default(), "runs/mine");
/// progress.stage("text-bpe", None, Stage::Training);
/// assert_eq!(progress.to_string(), "Arm 1 of 3, text-bpe: training.");
/// assert!(progress.page(Vec::new())?.to_html()?.contains("to come"));
/// # Ok::<(), dissensus_study::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StudyProgress {
    results: Results,
    kind: Kind,
    /// The names of its parts, in their order.
    planned: Vec<String>,
    members: usize,
    folder: PathBuf,
    /// The part that it is at, and what it does there.
    now: Option<(String, Stage)>,
    /// The ensemble that trains, or trained last.
    trains: Name,
    trainings: BTreeMap<Name, BTreeMap<usize, MemberCurve>>,
    unigram: BTreeMap<String, f64>,
}

/// An ensemble, or the controls beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Name {
    ensemble: String,
    control: bool,
}

impl Name {
    /// As a study names what it trains.
    fn of(trained: &str) -> Self {
        let control = trained.strip_suffix(CONTROL).map(str::trim_end);
        Self {
            ensemble: control.unwrap_or(trained).into(),
            control: control.is_some(),
        }
    }

    fn folder(&self, of_study: &Path) -> PathBuf {
        let own = of_study.join(&self.ensemble);
        if self.control { own.join(CONTROL) } else { own }
    }
}

impl StudyProgress {
    /// Of a study of arms in a folder, not begun.
    #[must_use]
    pub fn of_study(options: &Options, folder: impl Into<PathBuf>) -> Self {
        let arms = options.arms.iter().map(|arm| arm.name().into()).collect();
        let results = Results::new(options.settings());
        Self::new(page::ARMS, arms, results, options.members, folder.into())
    }

    /// Of a sweep over a grid in a folder, not begun.
    #[must_use]
    pub fn of_sweep(grid: &Grid, folder: impl Into<PathBuf>) -> Self {
        let (cells, results) = (grid.cell_names(), Results::new(grid.settings()));
        let members = grid.study.members;
        Self::new(page::CELLS, cells, results, members, folder.into())
    }

    fn new(
        kind: Kind,
        planned: Vec<String>,
        results: Results,
        members: usize,
        folder: PathBuf,
    ) -> Self {
        Self {
            results,
            kind,
            planned,
            members,
            folder,
            now: None,
            trains: Name::default(),
            trainings: BTreeMap::new(),
            unigram: BTreeMap::new(),
        }
    }

    /// What is measured so far.
    #[must_use]
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Whether a member has begun to train.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        !self.trains.ensemble.is_empty()
    }

    fn member(&mut self, member: usize) -> &mut MemberCurve {
        let trainings = self.trainings.entry(self.trains.clone()).or_default();
        trainings.entry(member).or_default()
    }

    /// What earlier processes wrote of a member; nothing where that cannot be read, which whoever
    /// trains it says.
    fn written(&self, member: usize, steps: u64) -> MemberCurve {
        let run = Run::<Config>::open_unfinished(self.trains.folder(&self.folder));
        let rows = run.and_then(|run| run.steps(member)).unwrap_or_default();
        let rows = rows.iter().filter(|row| row.step <= steps);
        let mut curve = MemberCurve::default();
        rows.for_each(|row| curve.push(row.step, row.tokens, row.loss));
        curve
    }
}

impl<M> EnsembleObserver<M> for StudyProgress {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        let mut curve = MemberCurve::default();
        if done > 0 {
            curve = self.written(member, done);
        }
        curve.total = total;
        *self.member(member) = curve;
    }

    fn stepped(&mut self, member: usize, step: &Step) -> ControlFlow<()> {
        self.member(member).push(step.step, step.tokens, step.loss);
        ControlFlow::Continue(())
    }

    fn finished(&mut self, member: usize) {
        if self.member(member).is_empty() {
            *self.member(member) = self.written(member, u64::MAX);
        }
        self.member(member).finished = true;
    }
}

impl MeasureObserver for StudyProgress {
    fn stage(&mut self, ensemble: &str, _state: Option<&str>, stage: Stage) {
        let name = Name::of(ensemble);
        self.now = Some((name.ensemble.clone(), stage));
        if stage == Stage::Training {
            self.trains = name;
        }
    }

    fn unigram_loss(&mut self, ensemble: &str, bits: f64) {
        self.unigram.insert(ensemble.into(), bits);
    }

    fn measured(&mut self, ensemble: &Ensemble) {
        self.results.ensembles.push(ensemble.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arm;
    use dissensus_measure::{INIT, LOSS, MeasureKey, TRAINED};
    use dissensus_report::State;

    fn step(step: u64, loss: f64) -> Step {
        Step {
            step,
            total: 40,
            epoch: 1,
            loss,
            learning_rate: 0.1,
            gradient_norm: 1.0,
            tokens: 100,
            predicted: 15,
        }
    }

    fn measured(name: &str) -> Ensemble {
        let state = |state: &str, loss: f64| State {
            name: state.into(),
            measures: vec![
                MeasureKey::from(&LOSS)
                    .measure(loss)
                    .unwrap()
                    .with_oracle(1.25)
                    .unwrap(),
            ],
        };
        Ensemble {
            name: name.into(),
            members: 2,
            facts: Vec::new(),
            notes: Vec::new(),
            states: vec![state(INIT, 8.0), state(TRAINED, 2.0)],
        }
    }

    /// A study whose first arm is measured and whose second trains.
    fn midway() -> StudyProgress {
        let options = Options {
            arms: Arm::PUBLISHED.to_vec(),
            members: 2,
            ..Options::default()
        };
        let mut progress = StudyProgress::of_study(&options, "nowhere");
        let observer: &mut dyn crate::StudyObserver = &mut progress;
        observer.unigram_loss("text-bpe", 7.5);
        for name in ["text-bpe", "text-bpe control"] {
            observer.stage(name, None, Stage::Training);
            for member in 0..2 {
                observer.started(member, 0, 40);
                for number in 1..=40 {
                    assert!(observer.stepped(member, &step(number, 5.0)).is_continue());
                }
                observer.finished(member);
            }
        }
        observer.stage("text-bpe", Some(TRAINED), Stage::Fisher);
        observer.measured(&measured("text-bpe"));
        observer.unigram_loss("dna-bpe", 5.5);
        observer.stage("dna-bpe", None, Stage::Training);
        observer.started(1, 0, 40);
        let _ = observer.stepped(1, &step(1, 4.0));
        progress
    }

    #[test]
    fn a_page_midway_has_the_finished_arm_the_curves_and_the_arms_to_come() {
        let mut page = midway()
            .page(vec![("command".into(), "study".into())])
            .unwrap();
        page.running("Unfinished.", 15);
        let html = page.to_html().unwrap();
        for part in [
            "http-equiv=\"refresh\"",
            "Unfinished.",
            "id=\"progress\"",
            "id=\"training\"",
            "text-bpe, 2 members",
            "member 1: step 1 of 40",
            ">to come<",
            "<dd>study</dd>",
        ] {
            assert!(html.contains(part), "{part}");
        }
        // The levels and the controls are in the data of the figure.
        for role in ["frequencies", "oracle", "control"] {
            assert!(html.contains(&format!("\"role\":\"{role}\"")), "{role}");
        }
    }

    #[test]
    fn where_it_is_is_said_in_words() {
        let mut progress = midway();
        assert_eq!(
            progress.to_string(),
            "Arm 2 of 3, dna-bpe: training, member 1: step 1 of 40."
        );
        progress.stage("dna-bpe", Some(TRAINED), Stage::Fisher);
        assert_eq!(
            progress.to_string(),
            "Arm 2 of 3, dna-bpe: Fisher information."
        );
        progress.stage("dna-bpe control", None, Stage::Training);
        assert_eq!(
            progress.to_string(),
            "Arm 2 of 3, dna-bpe: training the controls."
        );
    }

    #[test]
    fn a_sweep_has_its_cells_instead_of_arms() {
        let progress = StudyProgress::of_sweep(&Grid::default(), "nowhere");
        assert_eq!(progress.to_string(), "0 of 16 cells are finished.");
        let html = progress.page(Vec::new()).unwrap().to_html().unwrap();
        assert_eq!(html.matches(">to come<").count(), 16);
    }
}
