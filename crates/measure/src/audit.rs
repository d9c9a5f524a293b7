//! The measures of the study on models that somebody else trained.

mod members;

use std::path::PathBuf;

use dissensus_input::{Documents, FramingChoice, Modality, SequenceParams, Set};
use dissensus_lm::Devices;
use dissensus_report::{Ensemble, Results};
use dissensus_tokenize::{Framing, Tokenizer};

use crate::{
    AnalysisParams, AnalysisSet, AnalysisVocabulary, Error, INIT, Input, LossFloor,
    MeasureObserver, MeasureParams, MeasurementSetup, OpenFolder, Oracle, Stage, TRAINED,
    TokenBoundaries, add_learned_fraction, control_loss,
};
use members::{AuditedFolders, AuditedMembers};

/// What is audited, and on what.
///
/// ```
/// use dissensus_input::Modality;
/// use dissensus_measure::{AuditParams, Input};
/// let input = Input::BuiltIn { symbols: 400_000, seed: 1 };
/// let mut params =
///     AuditParams::new(vec!["MODEL_A".into(), "MODEL_B".into()], Modality::Dna, input);
/// params.analysis.sequences = 400;
/// assert_eq!((params.name.as_str(), params.max_length), ("audited", None));
/// assert!(params.validate().is_err()); // there are no such folders
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuditParams {
    /// Name of the ensemble in the report. Default `audited`.
    pub name: String,
    /// Hugging Face folders, one a member, each with `config.json`, weights and tokenizer. Models
    /// without layers among others that have some are no members but their controls.
    pub folders: Vec<PathBuf>,
    /// What the sequences are made of.
    pub modality: Modality,
    /// Where they come from. The analysis set of each file is measured on, which may be all of it
    /// ([`InputParams::whole`](dissensus_input::InputParams::whole)).
    pub input: Input,
    /// How the analysis set is drawn. Its seed is also that of the untrained models.
    pub analysis: AnalysisParams,
    /// Which measures are taken.
    pub measures: MeasureParams,
    /// Positions of a sequence, special tokens included; by default as many as the models have, at
    /// most 512.
    pub max_length: Option<usize>,
    /// Which special tokens stand around a sequence. Default: as the tokenizer says.
    pub framing: FramingChoice,
}

/// Positions at most where nobody asked for more: attention grows with their square.
const LONGEST: usize = 512;

/// A note where controls have no learned fraction to give.
const NO_REFERENCE: &str = "no part of the files is set apart for training: without a reference \
    that learned from it, the fraction learned is not known";

impl AuditParams {
    /// An audit of these models on these sequences.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>, modality: Modality, input: Input) -> Self {
        Self {
            name: "audited".into(),
            folders,
            modality,
            input,
            analysis: AnalysisParams::default(),
            measures: MeasureParams::default(),
            max_length: None,
            framing: FramingChoice::default(),
        }
    }

    /// Checks all that can be checked before the first model is read.
    ///
    /// # Errors
    /// [`Error::Option`] without a folder or sequences or with a rate that is none,
    /// [`Error::Missing`] for a file or folder that is not there.
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
        self.input.validate()
    }

    /// What is written into the results; values that differ between ensembles carry the ensemble's
    /// name.
    fn settings(&self, audited: &[AuditedEnsemble]) -> Vec<(String, String)> {
        let named = |(name, value): (&str, String)| (name.to_string(), value);
        let pairs = [
            ("input", self.input.to_string()),
            ("whole", self.input.is_whole().to_string()),
            ("analysis_sequences", self.analysis.sequences.to_string()),
            ("mask_rate", self.analysis.mask_rate.to_string()),
            (
                "max_length",
                one_or_each(audited, |a| a.max_length.to_string()),
            ),
            (
                "special_tokens",
                one_or_each(audited, |a| a.special_tokens.clone()),
            ),
            ("seed", self.analysis.seed.to_string()),
        ];
        let mut all = pairs.map(named).to_vec();
        all.extend(self.measures.settings());
        let names = audited.iter().flat_map(|a| &a.names).enumerate();
        all.extend(names.map(|(index, name)| (format!("member {index}"), name.clone())));
        let controls: Vec<&String> = audited.iter().flat_map(|a| &a.control_names).collect();
        let label = |index| match controls.len() {
            1 => "control".into(),
            _ => format!("control {index}"),
        };
        let controls = controls.iter().enumerate();
        all.extend(controls.map(|(index, name)| (label(index), (*name).clone())));
        all
    }
}

/// One value if all ensembles have the same, else each with the ensemble's name.
fn one_or_each(audited: &[AuditedEnsemble], of: impl Fn(&AuditedEnsemble) -> String) -> String {
    let values: Vec<String> = audited.iter().map(of).collect();
    match values.split_first() {
        Some((first, others)) if others.iter().all(|value| value == first) => first.clone(),
        _ => {
            let each = audited.iter().zip(values);
            let each = each.map(|(a, value)| format!("{}: {value}", a.ensemble.name));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

/// Measures the members as they are (`trained`) and models of the same shapes that nobody has
/// trained (`init`). The folders are opened on the devices in turn, and the untrained model of a
/// shape is on the device behind that of its own.
///
/// `open` reads a folder: [`open_folder`](crate::open_folder) if all are of one architecture.
/// Models of several architectures, vocabularies, widths or tokenizers cannot be compared with one
/// another; those that can be are one ensemble each, and a note says why the others are not among
/// them. What a model cannot be measured by is said by name, too.
///
/// # Errors
/// Those of [`AuditParams::validate`]; [`Error::NothingMeasured`] if no folder has a model of which
/// the measures can be taken; [`Error::Vocabulary`] for a token without a row in the models; and
/// those of opening and measuring.
pub fn audit(
    params: &AuditParams,
    open: &OpenFolder<'_>,
    devices: &Devices,
    observer: &mut dyn MeasureObserver,
) -> Result<Results, Error> {
    params.validate()?;
    observer.stage(&params.name, None, Stage::Reading);
    let AuditedFolders {
        ensembles,
        left_out,
    } = AuditedFolders::open(&params.folders, open, devices)?;
    let documents = params.input.documents(params.modality)?;
    observer.read(&params.name, documents.counts());
    let names = ensemble_names(&params.name, &ensembles);
    let mut audited = Vec::with_capacity(ensembles.len());
    for (members, name) in ensembles.into_iter().zip(names) {
        let found = audit_members(params, &name, members, &documents, devices, observer)?;
        observer.measured(&found.ensemble);
        audited.push(found);
    }
    if let Some(first) = audited.first_mut() {
        first.ensemble.notes.extend(left_out);
    }
    let mut results = Results::new(params.settings(&audited));
    let ensembles = audited.into_iter().map(|audited| audited.ensemble);
    results.ensembles.extend(ensembles);
    Ok(results)
}

/// The name asked for if there is one ensemble, else the names of the members' folders.
fn ensemble_names(name: &str, ensembles: &[AuditedMembers]) -> Vec<String> {
    if ensembles.len() == 1 {
        return vec![name.to_string()];
    }
    let mut names: Vec<String> = Vec::with_capacity(ensembles.len());
    for members in ensembles {
        let own = members.folders.join(", ");
        let twice = (2..).map(|number| format!("{own} ({number})"));
        let mut candidates = std::iter::once(own.clone()).chain(twice);
        names.extend(candidates.find(|candidate| !names.contains(candidate)));
    }
    names
}

/// An ensemble that was measured, and what of it is written beside the results.
struct AuditedEnsemble {
    ensemble: Ensemble,
    names: Vec<String>,
    control_names: Vec<String>,
    max_length: usize,
    special_tokens: String,
}

fn audit_members(
    params: &AuditParams,
    name: &str,
    members: AuditedMembers,
    documents: &Documents,
    devices: &Devices,
    observer: &mut dyn MeasureObserver,
) -> Result<AuditedEnsemble, Error> {
    let max_length = members.positions(params.max_length.unwrap_or(LONGEST));
    observer.stage(name, None, Stage::Tokenizing);
    let set = analysis_set(params, &members, max_length, documents)?;
    let tokenizer = members.tokenizer.as_ref();
    // Nothing is known of where their tokenizer divides a text.
    let boundaries = TokenBoundaries::Informative;
    let source = params.input.source(params.modality)?;
    let oracle = source.map(|source| Oracle::new(source.as_ref(), &set, boundaries));
    let oracle = oracle.transpose()?;
    let setup = MeasurementSetup {
        ensemble: name,
        set: &set,
        oracle: oracle.as_ref(),
        tokenizer,
        max_length,
        params: &params.measures,
    };
    let init = members.untrained(params.analysis.seed, devices)?;
    let mut states = vec![setup.measure(INIT, &init, observer)?];
    drop(init);
    states.push(setup.measure(TRAINED, &members.models, observer)?);
    let mut ensemble = Ensemble {
        name: name.to_string(),
        members: members.models.len(),
        facts: facts(tokenizer, &set),
        notes: [set.notes(), members.notes(params.max_length)].concat(),
        states,
    };
    add_learned(&mut ensemble, &members, documents, &setup, observer)?;
    Ok(AuditedEnsemble {
        ensemble,
        max_length,
        special_tokens: framed(set.framing(), tokenizer),
        names: members.names,
        control_names: members.control_names,
    })
}

/// The fraction learned, beside controls: what it refers to is a fact, and a note where that is
/// not known.
fn add_learned(
    ensemble: &mut Ensemble,
    members: &AuditedMembers,
    documents: &Documents,
    setup: &MeasurementSetup<'_>,
    observer: &mut dyn MeasureObserver,
) -> Result<(), Error> {
    if members.controls.is_empty() {
        return Ok(());
    }
    let control = control_loss(&members.controls, setup.set)?;
    let floor = LossFloor::new(&ensemble.name, setup.oracle, documents, setup.set, observer)?;
    ensemble.facts.extend(floor.and_then(LossFloor::fact));
    let unknown = floor.is_none().then(|| NO_REFERENCE.to_string());
    ensemble.notes.extend(unknown);
    add_learned_fraction(&mut ensemble.states, &control, floor.map(LossFloor::bits))
}

fn analysis_set(
    params: &AuditParams,
    members: &AuditedMembers,
    max_length: usize,
    documents: &Documents,
) -> Result<AnalysisSet, Error> {
    let tokenizer = members.tokenizer.as_ref();
    let sequences = SequenceParams::default()
        .with_max_length(max_length)
        .with_framing(params.framing)
        .with_held_out(params.analysis.sequences);
    let found = documents.encode_set(Set::Analysis, tokenizer, &sequences)?;
    let vocabulary = AnalysisVocabulary {
        modality: params.modality,
        tokenizer,
        rows: members.vocabulary(),
    };
    AnalysisSet::new(&found, vocabulary, &params.analysis)
}

/// The special tokens around each sequence, by name.
fn framed(framing: &Framing, tokenizer: &dyn Tokenizer) -> String {
    let name = |id: &u32| tokenizer.vocabulary().token(*id).unwrap_or("?").to_owned();
    let names = |ids: &[u32]| ids.iter().map(name).collect::<Vec<_>>().join(" ");
    format!("{} … {}", names(&framing.before), names(&framing.after))
        .trim()
        .to_owned()
}

fn facts(tokenizer: &dyn Tokenizer, set: &AnalysisSet) -> Vec<(String, f64)> {
    let vocabulary = (
        "vocabulary".to_string(),
        tokenizer.vocabulary().len() as f64,
    );
    std::iter::once(vocabulary).chain(set.facts()).collect()
}
