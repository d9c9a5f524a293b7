//! The measures of the study on models that somebody else trained.

use std::path::PathBuf;

use burn::tensor::Device;
use dissensus_bert::MaskedLm;
use dissensus_report::Ensemble;
use dissensus_tokenize::load;

use crate::{
    AnalysisDocuments, AnalysisSet, ContextUse, Data, Error, Input, MeasureObserver,
    MeasurementSetup, Oracle, Stage, TokenBoundaries, sequences,
};

/// What is audited, and on what.
#[derive(Debug, Clone, PartialEq)]
pub struct Audited {
    /// Name of the ensemble in the report.
    pub name: String,
    /// Hugging Face folders, one a member, each with `config.json`, weights and `tokenizer.json`.
    pub folders: Vec<PathBuf>,
    /// What the sequences are.
    pub data: Data,
    /// Where they come from; the analysis set of the split is used.
    pub input: Input,
    /// Sequences that the predictions are taken on.
    pub analysis_sequences: usize,
    /// Sequences that the Fisher information is taken on; 0 leaves it out.
    pub fisher_sequences: usize,
    /// Sequences that the use of context is measured on; 0 leaves it out.
    pub context_sequences: usize,
    /// Positions of a sequence, special tokens included.
    pub max_length: usize,
    /// Seed of the masks and of the untrained control.
    pub seed: u64,
}

/// Measures the members as they are (`trained`) and fresh models of the same configuration (`init`, the control).
///
/// # Errors
/// [`Error::Option`] without a folder, [`Error::Unmatched`] if the members' vocabularies or tokenizers differ, and those of
/// loading and measuring.
pub fn audit(
    audited: &Audited,
    device: &Device,
    observer: &mut dyn MeasureObserver,
) -> Result<Ensemble, Error> {
    let Some(first) = audited.folders.first() else {
        return Err(Error::Option {
            option: "folders",
            found: "empty".into(),
            expected: "at least one folder",
        });
    };
    observer.stage(&audited.name, None, Stage::Reading);
    let trained: Vec<MaskedLm> = audited
        .folders
        .iter()
        .map(|f| MaskedLm::load(f, device))
        .collect::<Result<_, _>>()?;
    let tokenizer = load(first.join("tokenizer.json"))?;
    matched(audited, &trained, &tokenizer.to_json()?)?;
    let documents = audited.input.documents(audited.data)?;
    observer.stage(&audited.name, None, Stage::Tokenizing);
    let longest = trained
        .iter()
        .map(|m| m.config().max_position_embeddings)
        .min();
    let max_length = audited
        .max_length
        .min(longest.unwrap_or(audited.max_length));
    let analysis = sequences(&documents.analysis, tokenizer.as_ref(), max_length)?;
    let ground = AnalysisDocuments {
        data: audited.data,
        documents: &documents.analysis,
        soft_masked: &documents.soft_masked,
        tokenizer: tokenizer.as_ref(),
        vocabulary: trained[0].config().vocab_size,
    };
    let count = audited.analysis_sequences;
    let set = AnalysisSet::new(&analysis, ground, count, audited.seed)?;
    let oracle = match audited.input.source(audited.data) {
        // Nothing is known of how their tokenizer cuts.
        Some(source) => Some(Oracle::new(
            source.as_ref(),
            &set,
            TokenBoundaries::Informative,
        )?),
        None => None,
    };
    let special: Vec<u32> = tokenizer.specials().ids().collect();
    let fresh = |(model, seed): (&MaskedLm, u64)| {
        MaskedLm::new(model.config(), audited.seed.wrapping_add(seed), device)
    };
    let init: Vec<MaskedLm> = trained
        .iter()
        .zip(1..)
        .map(fresh)
        .collect::<Result<_, _>>()?;
    let subject = MeasurementSetup {
        ensemble: &audited.name,
        set: &set,
        oracle: oracle.as_ref(),
        context: (audited.context_sequences > 0).then_some(ContextUse {
            set: &set,
            tokenizer: tokenizer.as_ref(),
            targets: audited.context_sequences,
            max_length,
            seed: audited.seed,
        }),
        special: &special,
        fisher_sequences: audited.fisher_sequences,
    };
    let states = vec![
        subject.measure("init", init, observer)?,
        subject.measure("trained", trained, observer)?,
    ];
    let facts = [
        ("vocabulary", tokenizer.vocabulary().len() as f64),
        ("symbols per token", analysis.symbols_per_token()),
        ("masked positions", set.positions() as f64),
    ];
    Ok(Ensemble {
        name: audited.name.clone(),
        members: audited.folders.len(),
        facts: facts
            .map(|(name, value)| (name.to_string(), value))
            .to_vec(),
        states,
    })
}

/// Members can be compared only if the same id is the same token in all of them.
fn matched(audited: &Audited, models: &[MaskedLm], tokenizer: &str) -> Result<(), Error> {
    let expected = models[0].config().vocab_size;
    for (member, (model, folder)) in models.iter().zip(&audited.folders).enumerate() {
        let found = model.config().vocab_size;
        let unmatched = |what, found: String, expected: String| Error::Unmatched {
            what,
            member,
            found,
            expected,
        };
        if found != expected {
            return Err(unmatched(
                "the vocabulary",
                found.to_string(),
                expected.to_string(),
            ));
        }
        if load(folder.join("tokenizer.json"))?.to_json()? != tokenizer {
            return Err(unmatched(
                "the tokenizer",
                "another".into(),
                "the same".into(),
            ));
        }
    }
    Ok(())
}
