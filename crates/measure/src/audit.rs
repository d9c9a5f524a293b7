//! The measures of the study on models that somebody else trained.

mod members;

use std::path::PathBuf;

use burn::tensor::Device;
use dissensus_report::{Ensemble, Results};
use dissensus_tokenize::Tokenizer;

use crate::{
    AnalysisDocuments, AnalysisParams, AnalysisSet, Data, Error, INIT, Input, MeasureObserver,
    MeasureParams, MeasurementSetup, Oracle, Stage, TRAINED, TokenBoundaries, add_learned_fraction,
    control_loss, sequences,
};
use members::AuditedMembers;

/// What is audited, and on what.
///
/// ```
/// use dissensus_measure::{AuditParams, Data, Input};
/// let input = Input::BuiltIn { symbols: 400_000, seed: 1 };
/// let mut params = AuditParams::new(vec!["MODEL_A".into(), "MODEL_B".into()], Data::Dna, input);
/// params.analysis.sequences = 400;
/// assert_eq!((params.name.as_str(), params.max_length), ("audited", None));
/// assert!(params.validate().is_err()); // there are no such folders
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuditParams {
    /// Name of the ensemble in the report. Default `audited`.
    pub name: String,
    /// Hugging Face folders, one a member, each with `config.json`, weights and tokenizer. A model without layers among others that
    /// have some is no member but their control.
    pub folders: Vec<PathBuf>,
    /// What the sequences are.
    pub data: Data,
    /// Where they come from.
    pub input: Input,
    /// Whether all of the files is measured on, or only the analysis set of their split. Default false.
    pub whole: bool,
    /// How the analysis set is drawn. Its seed is also that of the untrained models.
    pub analysis: AnalysisParams,
    /// Which measures are taken.
    pub measures: MeasureParams,
    /// Positions of a sequence, special tokens included; by default as many as the models have, at most 512.
    pub max_length: Option<usize>,
}

/// Positions at most where nobody asked for more: attention grows with their square.
const LONGEST: usize = 512;

impl AuditParams {
    /// An audit of these models on this data.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>, data: Data, input: Input) -> Self {
        Self {
            name: "audited".into(),
            folders,
            data,
            input,
            whole: false,
            analysis: AnalysisParams::default(),
            measures: MeasureParams::default(),
            max_length: None,
        }
    }

    /// Checks all that can be checked before the first model is read.
    ///
    /// # Errors
    /// [`Error::Option`] without a folder or sequences or with a rate that is none, [`Error::Missing`] for a file or folder that is
    /// not there.
    pub fn validate(&self) -> Result<(), Error> {
        Error::check(
            !self.folders.is_empty(),
            "folders",
            "none",
            "at least one folder",
        )?;
        let count = self.analysis.sequences;
        Error::check(count > 0, "analysis_sequences", count, "at least 1")?;
        let rates = [
            Some(self.analysis.mask_rate),
            self.measures.fisher_mask_rate,
        ];
        for rate in rates.into_iter().flatten() {
            Error::check(
                rate > 0.0 && rate < 1.0,
                "mask_rate",
                rate,
                "above 0 and below 1",
            )?;
        }
        for size in &self.measures.fisher_batches {
            Error::check(*size > 0, "fisher_batches", size, "at least 1")?;
        }
        for folder in &self.folders {
            for path in [folder.clone(), folder.join("config.json")] {
                Error::check_exists(&path)?;
            }
        }
        self.input.check()
    }

    fn settings(&self, members: &AuditedMembers, max_length: usize) -> Vec<(String, String)> {
        let named = |(name, value): (&str, String)| (name.to_string(), value);
        let pairs = [
            ("input", self.input.to_string()),
            ("whole", self.whole.to_string()),
            ("analysis_sequences", self.analysis.sequences.to_string()),
            ("mask_rate", self.analysis.mask_rate.to_string()),
            ("max_length", max_length.to_string()),
            (
                "special_tokens",
                "one before each sequence, and one behind it where the vocabulary has one".into(),
            ),
            ("seed", self.analysis.seed.to_string()),
        ];
        let mut all = pairs.map(named).to_vec();
        all.extend(self.measures.settings());
        all.extend(members.settings());
        all
    }
}

/// Measures the members as they are (`trained`) and fresh models of the same configurations (`init`).
///
/// # Errors
/// Those of [`AuditParams::validate`]; [`Error::Unmatched`] if the members' vocabularies, widths or tokenizers differ;
/// [`Error::Vocabulary`] for a token without a row in the models; and those of loading and measuring.
pub fn audit(
    params: &AuditParams,
    device: &Device,
    observer: &mut dyn MeasureObserver,
) -> Result<Results, Error> {
    params.validate()?;
    observer.stage(&params.name, None, Stage::Reading);
    let members = AuditedMembers::load(&params.folders, device)?;
    let max_length = members.positions(params.max_length.unwrap_or(LONGEST));
    let set = analysis_set(params, &members, max_length, observer)?;
    // Nothing is known of where their tokenizer divides a text.
    let boundaries = TokenBoundaries::Informative;
    let source = params.input.source(params.data)?;
    let oracle = source.map(|source| Oracle::new(source.as_ref(), &set, boundaries));
    let oracle = oracle.transpose()?;
    let setup = MeasurementSetup {
        ensemble: &params.name,
        set: &set,
        oracle: oracle.as_ref(),
        tokenizer: members.tokenizer.as_ref(),
        max_length,
        params: &params.measures,
    };
    let init = members.untrained(params.analysis.seed, device)?;
    let settings = params.settings(&members, max_length);
    let facts = facts(members.tokenizer.as_ref(), &set);
    let notes = [set.notes(), members.notes(params.max_length)].concat();
    let count = members.models.len();
    let init = setup.measure(INIT, &init, observer)?;
    let trained = setup.measure(TRAINED, &members.models, observer)?;
    let mut states = vec![init, trained];
    if let Some(control) = &members.control {
        let control = control_loss(std::slice::from_ref(control), &set)?;
        add_learned_fraction(
            &mut states,
            &control,
            oracle.as_ref().map(Oracle::loss_bits),
        )?;
    }
    let mut results = Results::new(settings);
    results.ensembles.push(Ensemble {
        name: params.name.clone(),
        members: count,
        facts,
        notes,
        states,
    });
    Ok(results)
}

fn analysis_set(
    params: &AuditParams,
    members: &AuditedMembers,
    max_length: usize,
    observer: &mut dyn MeasureObserver,
) -> Result<AnalysisSet, Error> {
    let documents = match params.whole {
        true => params.input.whole(params.data)?,
        false => params.input.documents(params.data)?,
    };
    observer.stage(&params.name, None, Stage::Tokenizing);
    let tokenizer = members.tokenizer.as_ref();
    let found = sequences(&documents.analysis, tokenizer, max_length)?;
    let documents = AnalysisDocuments {
        data: params.data,
        documents: &documents.analysis,
        soft_masked: &documents.soft_masked,
        tokenizer,
        vocabulary: members.vocabulary(),
    };
    AnalysisSet::new(&found, documents, &params.analysis)
}

fn facts(tokenizer: &dyn Tokenizer, set: &AnalysisSet) -> Vec<(String, f64)> {
    let vocabulary = (
        "vocabulary".to_string(),
        tokenizer.vocabulary().len() as f64,
    );
    std::iter::once(vocabulary).chain(set.facts()).collect()
}
