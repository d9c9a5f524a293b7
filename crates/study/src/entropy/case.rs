//! One ensemble: its data under its tokenizer, trained and measured.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use dissensus_bert::{Config, Data as TrainingData, MaskedLm};
use dissensus_ensemble::{Existing, MemberState, Outcome, Plan, Run, train, train_members};
use dissensus_fisher::FisherParams;
use dissensus_input::{Documents, Modality, SequenceParams, TokenCounts};
use dissensus_lm::Devices;
use dissensus_measure::{
    AnalysisParams, AnalysisSet, AnalysisVocabulary, Input, LossFloor, MeasureParams,
    MeasurementSetup, Oracle, Stage, TokenBoundaries, add_learned_fraction, control_loss,
    fisher_while_training, tokens_changed_by_substitution,
};
use dissensus_report::Ensemble;
use dissensus_source::Source;
use dissensus_tokenize::{Role, Tokenizer};

use super::follow::{FollowMembers, name_along, read_along, read_fisher_steps};
use super::{Arm, Follow, Options, StoredSequences, masking};
use crate::present::UNIGRAM_LOSS;
use crate::{Error, StudyObserver};

type Trained = Outcome<Config>;

/// Subfolder of an ensemble's control.
pub(crate) const CONTROL: &str = "control";
/// Texts in which one symbol is replaced to see how many tokens change.
const EDITS: usize = 200;

/// Documents of each modality, whose files are read to find the borders of their sets once a study.
#[derive(Debug, Default)]
pub(crate) struct ReadOnce(Vec<Arc<Documents>>);

impl ReadOnce {
    fn documents(&mut self, input: &Input, modality: Modality) -> Result<Arc<Documents>, Error> {
        let read = self.0.iter().find(|read| read.modality() == modality);
        if let Some(read) = read {
            return Ok(Arc::clone(read));
        }
        let read = Arc::new(input.documents(modality)?);
        self.0.push(Arc::clone(&read));
        Ok(read)
    }
}

/// What one ensemble is trained and measured on.
pub(crate) struct Case {
    pub(crate) name: String,
    /// Shared by the arms that read the same files.
    pub(crate) documents: Arc<Documents>,
    /// The source of the documents, where it is known.
    pub(crate) source: Option<Box<dyn Source>>,
    pub(crate) tokenizer: Box<dyn Tokenizer>,
    pub(crate) boundaries: TokenBoundaries,
}

impl Case {
    /// The case of an arm of the study; `read` has the documents of arms before it.
    pub(crate) fn of_arm(
        options: &Options,
        arm: Arm,
        read: &mut ReadOnce,
        observer: &mut dyn StudyObserver,
    ) -> Result<Self, Error> {
        observer.stage(arm.name(), None, Stage::Reading);
        let input = options.input(arm.modality());
        let documents = read.documents(input, arm.modality())?;
        observer.read(arm.name(), documents.counts());
        observer.stage(arm.name(), None, Stage::Tokenizing);
        Ok(Self {
            name: arm.name().into(),
            source: input.source(arm.modality())?,
            boundaries: arm.boundaries(),
            tokenizer: arm.tokenizer(
                &documents,
                options.vocabulary_of(arm.modality()),
                options.kmer,
            )?,
            documents,
        })
    }

    /// Encodes the documents, once, and draws what is masked in the analysis.
    pub(crate) fn prepare(self, options: &Options) -> Result<Prepared, Error> {
        let tokenizer = self.tokenizer.as_ref();
        let params = SequenceParams::default()
            .with_max_length(options.max_length)
            // Choosing a checkpoint needs fewer sequences than measuring it.
            .with_held_out(options.analysis_sequences);
        let sets = self.documents.encode(tokenizer, &params)?;
        let masking = masking(&options.recipe, tokenizer)?;
        let vocabulary = AnalysisVocabulary {
            modality: self.documents.modality(),
            tokenizer,
            rows: tokenizer.vocabulary().len(),
        };
        let analysis = AnalysisParams::default()
            .with_sequences(options.analysis_sequences)
            .with_seed(options.analysis_seed());
        Ok(Prepared {
            set: AnalysisSet::new(&sets.analysis, vocabulary, &analysis)?,
            counts: sets.training_counts,
            unigram_loss: OnceCell::new(),
            data: TrainingData::new(
                StoredSequences::new(sets.training),
                sets.evaluation.ids,
                masking,
            ),
            case: self,
        })
    }
}

/// A case, ready to be trained and measured.
pub(crate) struct Prepared {
    pub(crate) case: Case,
    pub(crate) data: TrainingData,
    /// What became of the training documents.
    counts: TokenCounts,
    /// Counted once, as it reads all of the training set.
    unigram_loss: OnceCell<f64>,
    pub(crate) set: AnalysisSet,
}

impl Prepared {
    fn vocabulary(&self) -> usize {
        self.case.tokenizer.vocabulary().len()
    }

    pub(crate) fn train(
        &self,
        options: &Options,
        folder: &Path,
        devices: &Devices,
        existing: Existing,
        observer: &mut dyn StudyObserver,
    ) -> Result<Trained, Error> {
        observer.unigram_loss(&self.case.name, self.unigram_loss()?);
        observer.stage(&self.case.name, None, Stage::Training);
        let (plan, control) = self.plans(options)?;
        let mut follower = self.follower(options, folder, observer);
        let trained = self.run(&plan, folder, devices, existing, &mut follower)?;
        follower.follow.finish()?;
        if options.control && matches!(trained, Trained::Finished(_)) {
            let folder = folder.join(CONTROL);
            // A study that was interrupted may have trained the members and not yet begun the
            // control.
            let existing = Existing::Resume;
            observer.stage(&self.control_name(), None, Stage::Training);
            if self.run(&control, &folder, devices, existing, observer)? == Trained::Interrupted {
                return Ok(Trained::Interrupted);
            }
        }
        Ok(trained)
    }

    /// Trains some members and their controls beside other processes; false if the observer
    /// interrupted it.
    pub(crate) fn train_members(
        &self,
        options: &Options,
        members: &[usize],
        folder: &Path,
        devices: &Devices,
        observer: &mut dyn StudyObserver,
    ) -> Result<bool, Error> {
        observer.stage(&self.case.name, None, Stage::Training);
        let (plan, control) = self.plans(options)?;
        let (tokenizer, data) = (self.case.tokenizer.as_ref(), &self.data);
        let mut follower = self.follower(options, folder, observer);
        let finished = train_members(
            folder,
            &plan,
            data,
            tokenizer,
            devices,
            members,
            &mut follower,
        )?;
        follower.follow.finish()?;
        if !finished || !options.control {
            return Ok(finished);
        }
        let folder = folder.join(CONTROL);
        observer.stage(&self.control_name(), None, Stage::Training);
        Ok(train_members(
            &folder, &control, data, tokenizer, devices, members, observer,
        )?)
    }

    /// What the controls are called while they train.
    fn control_name(&self) -> String {
        format!("{} {CONTROL}", self.case.name)
    }

    /// The plans of the members and of their controls.
    fn plans(&self, options: &Options) -> Result<(Plan<Config>, Plan<Config>), Error> {
        let pad = self.case.tokenizer.specials().require(Role::Pad)?;
        let size = self.vocabulary();
        Ok((options.plan(size, pad)?, options.control_plan(size, pad)?))
    }

    fn follower<'a>(
        &'a self,
        options: &'a Options,
        folder: &'a Path,
        observer: &'a mut dyn StudyObserver,
    ) -> FollowMembers<'a> {
        let sequences = self.set.first(options.fisher_sequences);
        FollowMembers {
            follow: Follow::new(sequences, FisherParams::default(), options.fisher_every),
            folder,
            along: &options.along,
            totals: vec![0; options.members],
            inner: observer,
        }
    }

    fn run(
        &self,
        plan: &Plan<Config>,
        folder: &Path,
        devices: &Devices,
        existing: Existing,
        observer: &mut dyn StudyObserver,
    ) -> Result<Trained, Error> {
        Ok(train(
            folder,
            plan,
            &self.data,
            self.case.tokenizer.as_ref(),
            devices,
            existing,
            observer,
        )?)
    }

    pub(crate) fn measure(
        &self,
        options: &Options,
        run: &Run<Config>,
        devices: &Devices,
        observer: &mut dyn StudyObserver,
    ) -> Result<Ensemble, Error> {
        let (case, set) = (&self.case, &self.set);
        let oracle = self.oracle(observer)?;
        let params = MeasureParams::default()
            .with_fisher_sequences(options.fisher_sequences)
            .with_context_sequences(options.context_sequences);
        let setup = MeasurementSetup {
            ensemble: &case.name,
            set,
            oracle: oracle.as_ref(),
            tokenizer: case.tokenizer.as_ref(),
            max_length: options.max_length,
            params: &params,
        };
        let mut states = Vec::new();
        for state in states_of(run, options, devices) {
            let (name, models) = state?;
            states.push(setup.measure(&name, &models, observer)?);
        }
        if let Some(trained) = states.last_mut() {
            let steps = (0..options.members).map(|member| read_fisher_steps(run.folder(), member));
            let steps = steps.collect::<Result<Vec<_>, _>>()?;
            trained.measures.extend(fisher_while_training(&steps)?);
        }
        let mut facts = self.facts(options)?;
        if options.control {
            let controls = Run::<Config>::open(run.folder().join(CONTROL))?;
            let control = control_loss(&controls.models(MemberState::Trained, devices)?, set)?;
            let documents = &case.documents;
            let floor = LossFloor::new(&case.name, oracle.as_ref(), documents, set, observer)?;
            facts.extend(floor.and_then(LossFloor::fact));
            add_learned_fraction(&mut states, &control, floor.map(LossFloor::bits))?;
        }
        Ok(Ensemble {
            name: case.name.clone(),
            members: options.members,
            facts,
            notes: set.notes(),
            states,
        })
    }

    /// What a perfect model would predict, where the source is known.
    fn oracle(&self, observer: &mut dyn StudyObserver) -> Result<Option<Oracle>, Error> {
        let (case, set) = (&self.case, &self.set);
        let Some(source) = &case.source else {
            return Ok(None);
        };
        observer.stage(&case.name, None, Stage::Oracle);
        Ok(Some(Oracle::new(source.as_ref(), set, case.boundaries)?))
    }

    fn facts(&self, options: &Options) -> Result<Vec<(String, f64)>, Error> {
        let (set, training) = (&self.set, &self.counts);
        let named = |(name, value): (&str, f64)| (name.to_string(), value);
        let counts = [
            ("vocabulary", self.vocabulary() as f64),
            ("training sequences", self.data.training.len() as f64),
            ("training tokens", training.tokens as f64),
            ("training symbols", training.symbols as f64),
            ("training tokens dropped", training.dropped as f64),
        ];
        let mut facts = counts.map(named).to_vec();
        facts.extend(set.facts());
        let mut push = |name: &str, value| facts.push((name.to_string(), value));
        push(UNIGRAM_LOSS, self.unigram_loss()?);
        let texts: Vec<&str> = set.windows().iter().map(|w| w.text.as_str()).collect();
        let texts = &texts[..texts.len().min(EDITS)];
        let letters = set.letters().map_or(&[][..], |map| map.letters());
        let letters: String = letters.iter().collect();
        let tokenizer = self.case.tokenizer.as_ref();
        let seed = options.analysis_seed();
        if let Some(changed) = tokens_changed_by_substitution(texts, &letters, tokenizer, seed)? {
            push("tokens changed by one substitution", changed);
        }
        if let Some(source) = &self.case.source {
            let rate = source.entropy_rate();
            push("entropy rate, bits per symbol, at least", rate.low);
            push("entropy rate, bits per symbol, at most", rate.high);
        }
        Ok(facts)
    }

    /// Mean `-log2` of the masked tokens' frequencies in the training set, ½ added to each count:
    /// what a model that looks at no other token can reach.
    fn unigram_loss(&self) -> Result<f64, Error> {
        if let Some(known) = self.unigram_loss.get() {
            return Ok(*known);
        }
        let mut counts = vec![0.5; self.vocabulary()];
        let ordinary = |id: &&u32| !self.case.tokenizer.specials().contains(**id);
        self.data.visit_training(|_, ids| {
            for &id in ids.iter().filter(ordinary) {
                counts[id as usize] += 1.0;
            }
            Ok::<_, dissensus_lm::Error>(())
        })?;
        let total: f64 = counts.iter().sum();
        let targets = self.set.masked().iter().flat_map(|m| &m.targets);
        let bits = targets.map(|&id| -(counts[id as usize] / total).log2());
        let mean = bits.sum::<f64>() / self.set.positions().max(1) as f64;
        Ok(*self.unigram_loss.get_or_init(|| mean))
    }
}

/// The members in each state that is measured, in order of time, on the devices in turn; the models
/// of one state at a time are in memory.
fn states_of<'a>(
    run: &'a Run<Config>,
    options: &'a Options,
    devices: &'a Devices,
) -> impl Iterator<Item = Result<(String, Vec<MaskedLm>), Error>> + 'a {
    let whole = |state: MemberState| Ok((state.name().to_string(), run.models(state, devices)?));
    let along = options.along.iter().map(move |&fraction| {
        let read = |m| read_along(run.folder(), m, fraction, devices.of(m));
        let members = (0..options.members).map(read);
        Ok((name_along(fraction), members.collect::<Result<_, _>>()?))
    });
    std::iter::once(MemberState::Init)
        .map(whole)
        .chain(along)
        .chain(std::iter::once(MemberState::Trained).map(whole))
}
