//! The whole study: an ensemble for each arm, measured and collected.

use std::path::Path;

use burn::tensor::Device;
use dissensus_bert::{Data as TrainingData, Masking};
use dissensus_ensemble::{Existing, Outcome as Trained, Run, State, train};
use dissensus_report::{Ensemble, Results};
use dissensus_tokenize::Tokenizer;

use crate::follow::{FollowMembers, read_takings};
use crate::measure::{Subject, fisher_while_training};
use crate::{
    AnalysisSet, Arm, Curve, Documents, Error, Follow, Information, Observer, Options, Sequences,
    Stage, sequences,
};

/// What a study found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Every measure.
    pub results: Results,
    /// The training loss of every member.
    pub losses: Vec<Curve>,
}

/// How a call of [`run`] ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Everything is measured.
    Finished(Box<Found>),
    /// The observer broke the training off; everything is saved.
    BrokenOff,
}

/// Runs a study in a folder: one subfolder an arm.
///
/// # Errors
/// Those of the options, the files, the training and the measures.
pub fn run(
    options: &Options,
    folder: &Path,
    device: &Device,
    existing: Existing,
    observer: &mut dyn Observer,
) -> Result<Outcome, Error> {
    options.validate()?;
    let mut found = Found {
        results: Results::new(options.settings()),
        losses: Vec::new(),
    };
    for (index, &arm) in options.arms.iter().enumerate() {
        let prepared = Prepared::new(options, arm, observer)?;
        observer.stage(arm.name(), None, Stage::Training);
        let folder = folder.join(arm.name());
        let run = match prepared.train(options, &folder, device, existing, observer)? {
            Trained::Finished(run) => run,
            Trained::BrokenOff => return Ok(Outcome::BrokenOff),
        };
        found.losses.extend(curves(&run, arm, index)?);
        found
            .results
            .ensembles
            .push(prepared.measure(options, &run, device, observer)?);
    }
    Ok(Outcome::Finished(Box::new(found)))
}

/// An arm's data, ready to be trained on and measured.
struct Prepared {
    arm: Arm,
    tokenizer: Box<dyn Tokenizer>,
    training: Sequences,
    evaluation: Sequences,
    analysis: Sequences,
    /// Bounds of the source's entropy rate in bits a symbol, where the source is known.
    entropy_rate: Option<(f64, f64)>,
}

impl Prepared {
    fn new(options: &Options, arm: Arm, observer: &mut dyn Observer) -> Result<Self, Error> {
        observer.stage(arm.name(), None, Stage::Reading);
        let input = options.input(arm.data());
        let documents: Documents = input.documents(arm.data())?;
        observer.stage(arm.name(), None, Stage::Tokenizing);
        let tokenizer = arm.tokenizer(&documents.training, options.vocabulary)?;
        let encode =
            |documents: &[String]| sequences(documents, tokenizer.as_ref(), options.max_length);
        Ok(Self {
            arm,
            training: encode(&documents.training)?,
            evaluation: encode(&documents.evaluation)?,
            analysis: encode(&documents.analysis)?,
            entropy_rate: input.source(arm.data()).map(|source| {
                let rate = source.entropy_rate();
                (rate.low, rate.high)
            }),
            tokenizer,
        })
    }

    fn vocabulary(&self) -> usize {
        self.tokenizer.vocabulary().len()
    }

    fn train(
        &self,
        options: &Options,
        folder: &Path,
        device: &Device,
        existing: Existing,
        observer: &mut dyn Observer,
    ) -> Result<Trained, Error> {
        let specials = self.tokenizer.specials();
        let keep: Vec<u32> = specials.ids().collect();
        let masking = Masking::training(self.vocabulary(), specials.mask, &keep);
        // Choosing a checkpoint needs fewer sequences than measuring it.
        let evaluation = self.evaluation.first(options.analysis_sequences).to_vec();
        let data = TrainingData::new(self.training.ids.clone(), evaluation, masking);
        let plan = options.plan(self.vocabulary(), specials.pad)?;
        let set = self.analysis_set(options)?;
        let masked = set.first(options.fisher_sequences);
        let mut observer = FollowMembers {
            follow: Follow::new(masked, Information::default(), options.fisher_every),
            folder,
            inner: observer,
        };
        let tokenizer = self.tokenizer.as_ref();
        let trained = train(
            folder,
            &plan,
            &data,
            tokenizer,
            device,
            existing,
            &mut observer,
        )?;
        observer.follow.finish()?;
        Ok(trained)
    }

    fn analysis_set(&self, options: &Options) -> Result<AnalysisSet, Error> {
        AnalysisSet::new(
            &self.analysis,
            options.analysis_sequences,
            self.vocabulary(),
            self.tokenizer.specials(),
            self.arm.data(),
            options.analysis_seed(),
        )
    }

    fn measure(
        &self,
        options: &Options,
        run: &Run,
        device: &Device,
        observer: &mut dyn Observer,
    ) -> Result<Ensemble, Error> {
        let set = self.analysis_set(options)?;
        let special: Vec<u32> = self.tokenizer.specials().ids().collect();
        let subject = Subject {
            ensemble: self.arm.name(),
            set: &set,
            special: &special,
            fisher_sequences: options.fisher_sequences,
        };
        let mut states = Vec::new();
        for state in State::ALL {
            states.push(subject.measure(state.name(), run.models(state, device)?, observer)?);
        }
        if let Some(trained) = states.last_mut() {
            let takings = (0..options.members).map(|member| read_takings(run.folder(), member));
            let takings = takings.collect::<Result<Vec<_>, _>>()?;
            trained.measures.extend(fisher_while_training(&takings)?);
        }
        Ok(Ensemble {
            name: self.arm.name().into(),
            members: options.members,
            facts: self.facts(&set),
            states,
        })
    }

    fn facts(&self, set: &AnalysisSet) -> Vec<(String, f64)> {
        let mut facts = vec![
            ("vocabulary", self.vocabulary() as f64),
            ("training sequences", self.training.ids.len() as f64),
            ("training tokens", self.training.tokens as f64),
            ("training symbols", self.training.symbols as f64),
            ("training tokens dropped", self.training.dropped as f64),
            ("symbols per token", self.analysis.symbols_per_token()),
            ("masked positions", set.positions() as f64),
        ];
        if let Some((low, high)) = self.entropy_rate {
            facts.push(("entropy rate, bits per symbol, at least", low));
            facts.push(("entropy rate, bits per symbol, at most", high));
        }
        facts
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect()
    }
}

/// Points that a loss curve is thinned to; each is the mean of its stretch.
const POINTS: usize = 150;

fn curves(run: &Run, arm: Arm, ensemble: usize) -> Result<Vec<Curve>, Error> {
    let mut curves = Vec::new();
    for member in 0..run.plan().members {
        let steps = run.steps(member)?;
        let stretch = steps.len().div_ceil(POINTS).max(1);
        let points = steps.chunks(stretch).map(|rows| {
            let loss = rows.iter().map(|row| row.loss).sum::<f64>() / rows.len() as f64;
            (
                rows[rows.len() - 1].step as f64,
                loss / std::f64::consts::LN_2,
            )
        });
        curves.push(Curve {
            name: format!("{arm}, member {member}"),
            ensemble,
            points: points.collect(),
        });
    }
    Ok(curves)
}
