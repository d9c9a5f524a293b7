//! Where the Fisher information of models sits, beside fresh models of the same shape.

use dissensus_fisher::{FisherParams, LabelChoice};
use dissensus_lm::{Devices, Masked, Masking};
use dissensus_measure::{INIT, MeasuredModel, TRAINED, fisher, fisher_by_batch};
use dissensus_report::{Ensemble, Results, State};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Error;

/// What a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FisherSubjects {
    /// Trained models, and fresh ones of the same shapes beside them.
    #[default]
    Both,
    /// Trained models alone.
    Trained,
    /// Models that are fresh themselves, and no other.
    Fresh,
}

/// How the Fisher information of several models is mapped.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct FisherMapParams {
    /// What one example is, and what its labels are. Default: a sequence, observed.
    pub fisher: FisherParams,
    /// Batch sizes of the Fisher information of mean gradients, beside that of each example.
    /// Default: none.
    pub batches: Vec<usize>,
    /// What stands beside what. Default: fresh models beside trained ones.
    pub subjects: FisherSubjects,
    /// Seed of the first fresh model; each further one has the next. Default: 0.
    pub seed: u64,
}

impl FisherMapParams {
    /// Sets what one example is, and what its labels are.
    #[must_use]
    pub fn with_fisher(self, fisher: FisherParams) -> Self {
        Self { fisher, ..self }
    }

    /// Sets the batch sizes of mean gradients.
    #[must_use]
    pub fn with_batches(self, batches: impl Into<Vec<usize>>) -> Self {
        let batches = batches.into();
        Self { batches, ..self }
    }

    /// Sets what stands beside what.
    #[must_use]
    pub fn with_subjects(self, subjects: FisherSubjects) -> Self {
        Self { subjects, ..self }
    }

    /// Sets the seed of the fresh models.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }
}

/// The Fisher information of models on masked sequences, of a vocabulary of so many tokens, by
/// group of parameters; `began` is told of each state. Of models on the devices in turn the fresh
/// ones are each on the device behind that of its own.
///
/// # Errors
/// Those of the measures, and of models that cannot be drawn anew.
pub fn fisher_map(
    models: &[Box<dyn MeasuredModel>],
    (masked, tokens): (&[Masked], usize),
    params: &FisherMapParams,
    devices: &Devices,
    mut began: impl FnMut(&str),
) -> Result<Results, Error> {
    let state = |name: &str, members: &[Box<dyn MeasuredModel>]| {
        let mut measures = fisher(members, masked, tokens, params.fisher)?;
        measures.extend(fisher_by_batch(members, masked, &params.batches)?);
        Ok::<_, Error>(State {
            name: name.into(),
            measures,
        })
    };
    let mut states = Vec::new();
    if params.subjects == FisherSubjects::Both {
        began(INIT);
        let seeds = (0..).map(|member| params.seed.wrapping_add(member));
        let twins = models.iter().zip(seeds).enumerate();
        let twins =
            twins.map(|(index, (model, seed))| model.random_twin(seed, devices.of(index + 1)));
        states.push(state(INIT, &twins.collect::<Result<Vec<_>, _>>()?)?);
    }
    let name = if params.subjects == FisherSubjects::Fresh {
        INIT
    } else {
        TRAINED
    };
    began(name);
    states.push(state(name, models)?);
    let positions: usize = masked.iter().map(|m| m.positions.len()).sum();
    let facts = [("sequences", masked.len()), ("masked positions", positions)];
    let mut results = Results::new(settings(params));
    results.ensembles.push(Ensemble {
        name: "checkpoints".into(),
        members: models.len(),
        facts: facts
            .map(|(name, count)| (name.into(), count as f64))
            .into(),
        notes: Vec::new(),
        states,
    });
    Ok(results)
}

/// The seed, and the labels where they are not those observed.
fn settings(params: &FisherMapParams) -> Vec<(String, String)> {
    let mut all = vec![("seed".into(), params.seed.to_string())];
    if params.fisher.labels != LabelChoice::Observed {
        all.push(("labels".into(), params.fisher.labels.to_string()));
    }
    if let LabelChoice::Hutchinson { .. } = params.fisher.labels {
        all.push(("draws".into(), params.fisher.draws.to_string()));
    }
    all
}

/// So many sequences of uniform random tokens, some masked: what a model is asked that nobody has
/// trained.
///
/// Ids 0 to 4 are those of the special tokens, of which 4 is the mask, and are not drawn.
///
/// ```
/// let found = dissensus_study::uniform_sequences(64, 3, 20, 1)?;
/// assert_eq!(found.len(), 3);
/// assert!(found.iter().all(|masked| masked.ids.len() == 20));
/// assert!(found.iter().flat_map(|masked| &masked.targets).all(|target| (5..64).contains(target)));
/// # Ok::<(), dissensus_study::Error>(())
/// ```
///
/// # Errors
/// [`Error::Option`] for a vocabulary of special tokens alone.
pub fn uniform_sequences(
    vocabulary: usize,
    count: usize,
    length: usize,
    seed: u64,
) -> Result<Vec<Masked>, Error> {
    const SPECIALS: [u32; 5] = [0, 1, 2, 3, 4];
    if vocabulary <= SPECIALS.len() {
        return Err(Error::Option {
            option: "vocabulary",
            found: vocabulary.to_string(),
            expected: "more than the 5 special tokens",
        });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut token = |_| rng.random_range(5..vocabulary as u32);
    let mut sequence = |_| (0..length).map(&mut token).collect::<Vec<u32>>();
    let ids: Vec<Vec<u32>> = (0..count).map(&mut sequence).collect();
    Ok(Masking::analysis(vocabulary, 4, &SPECIALS).mask_all(&ids, seed)?)
}

/// The fractions of embeddings, transformer and head, a line a state.
#[must_use]
pub fn fisher_lines(results: &Results) -> Vec<String> {
    let share = |state: &State, group: &str| {
        let found = state.find(&format!("fisher/{group}"), None)?;
        Some(format!("{group} {}", found.shown()))
    };
    let line = |state: &State| {
        let groups = ["embeddings", "transformer", "head"];
        let shares: Vec<String> = groups.iter().filter_map(|g| share(state, g)).collect();
        format!("{:<8} {}", state.name, shares.join(", "))
    };
    let states = results.ensembles.iter().flat_map(|e| &e.states);
    states.map(line).collect()
}
