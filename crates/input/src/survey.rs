//! The first reading: how long every record is, what is lost, and where the borders of the sets lie.

use dissensus_corpus::{BaseCounts, CharacterCounts, Region, Set, Sets, SplitParams, split};

use crate::file::InputFile;
use crate::part::{Part, Parts};
use crate::{Error, InputCounts, InputParams, Modality};

/// A file that was read once.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) file: InputFile,
    /// Parts of records with the set they belong to, in the order of the file.
    pub(crate) regions: Vec<(Set, Region)>,
    pub(crate) counts: InputCounts,
}

impl Survey {
    pub(crate) fn new(file: InputFile, params: &InputParams) -> Result<Self, Error> {
        let mut lengths = Vec::new();
        let mut counts = InputCounts {
            files: 1,
            ..InputCounts::default()
        };
        let mut parts = Parts::new(&file, params.modality)?;
        while let Some(part) = parts.try_next()? {
            add(&part, params.modality, &mut lengths, &mut counts);
        }
        counts.records = lengths.len() as u64;
        counts.blank_records = lengths.iter().filter(|&&length| length == 0).count() as u64;
        counts.symbols = lengths.iter().sum();
        if counts.symbols == 0 {
            return Err(Error::NothingLeft {
                file: file.path,
                modality: params.modality,
                records: counts.records,
                blank: counts.blank_records,
            });
        }
        let sets = divided(&lengths, params).map_err(|source| Error::Divide {
            file: file.path.clone(),
            source,
        })?;
        let size = |regions: &[Region]| regions.iter().map(Region::length).sum();
        (counts.training, counts.evaluation) = (size(&sets.training), size(&sets.evaluation));
        counts.analysis = size(&sets.analysis);
        Ok(Self {
            file,
            regions: in_order(sets),
            counts,
        })
    }
}

fn add(part: &Part, modality: Modality, lengths: &mut Vec<u64>, counts: &mut InputCounts) {
    // Records count from 1.
    lengths.resize(part.record as usize, 0);
    let length = match modality {
        Modality::Text => part.symbols.chars().count(),
        Modality::Dna => part.symbols.len(),
    };
    if let Some(last) = lengths.last_mut() {
        *last += length as u64;
    }
    match modality {
        Modality::Dna => counts.bases.merge(&BaseCounts::of(part.symbols.as_bytes())),
        Modality::Text => {
            let raw = part.raw.as_deref().unwrap_or_default();
            counts.characters.merge(&CharacterCounts::of(raw));
        }
    }
}

fn divided(
    lengths: &[u64],
    params: &InputParams,
) -> Result<Sets<Vec<Region>>, dissensus_corpus::Error> {
    let total: u64 = lengths.iter().sum();
    if params.whole {
        let all = split(lengths, &SplitParams::default())?.training;
        return Ok(Sets {
            analysis: all,
            ..Sets::default()
        });
    }
    let sizes = SplitParams::of_fractions(total, params.evaluation, params.analysis)?;
    split(lengths, &sizes.with_gap(params.gap))
}

fn in_order(sets: Sets<Vec<Region>>) -> Vec<(Set, Region)> {
    let of = |set: Set, regions: Vec<Region>| regions.into_iter().map(move |region| (set, region));
    of(Set::Training, sets.training)
        .chain(of(Set::Evaluation, sets.evaluation))
        .chain(of(Set::Analysis, sets.analysis))
        .collect()
}
