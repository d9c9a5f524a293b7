//! The first reading: how long every record is, what is lost, and where the borders of the sets
//! lie.

use std::collections::BTreeSet;
use std::sync::Arc;

use dissensus_corpus::{
    BaseCounts, CharacterCounts, Region, Set, Sets, SplitParams, split, split_by_record,
};

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
    /// Sequences of the intervals asked for that it has.
    pub(crate) sequences: BTreeSet<String>,
    /// Names of the records that are held out and that it has.
    pub(crate) held_out: BTreeSet<String>,
}

/// What is noted of each record.
#[derive(Default)]
struct RecordSummary {
    lengths: Vec<u64>,
    names: Vec<Arc<str>>,
}

impl Survey {
    /// Reads a file; nothing if it has none of the intervals that other files may have.
    pub(crate) fn new(file: InputFile, params: &InputParams) -> Result<Option<Self>, Error> {
        let mut noted = RecordSummary::default();
        let mut counts = InputCounts {
            files: 1,
            ..InputCounts::default()
        };
        let mut parts = Parts::new(&file, params.modality)?;
        while let Some(part) = parts.try_next()? {
            noted.add(&part, params.modality, &mut counts);
        }
        let (sequences, lengths) = (parts.found(), &noted.lengths);
        counts.records = lengths.len() as u64;
        counts.blank_records = lengths.iter().filter(|&&length| length == 0).count() as u64;
        counts.symbols = lengths.iter().sum();
        if counts.symbols == 0 && file.may_be_passed_over() {
            return Ok(None);
        }
        if counts.symbols == 0 {
            return Err(Error::NothingLeft {
                file: file.path,
                modality: params.modality,
                records: counts.records,
                blank: counts.blank_records,
            });
        }
        let sets = noted.divided(params).map_err(|source| Error::Divide {
            file: file.path.clone(),
            source,
        })?;
        let size = |regions: &[Region]| regions.iter().map(Region::length).sum();
        (counts.training, counts.evaluation) = (size(&sets.training), size(&sets.evaluation));
        counts.analysis = size(&sets.analysis);
        Ok(Some(Self {
            file,
            regions: in_order(sets),
            counts,
            sequences,
            held_out: noted.held_out(params),
        }))
    }
}

impl RecordSummary {
    /// The names of its records that are held out.
    fn held_out(&self, params: &InputParams) -> BTreeSet<String> {
        let names = self.names.iter().map(|name| name.to_string());
        names
            .filter(|name| params.held_out.contains(name))
            .collect()
    }

    fn add(&mut self, part: &Part, modality: Modality, counts: &mut InputCounts) {
        // Records count from 1.
        self.lengths.resize(part.record as usize, 0);
        self.names
            .resize(part.record as usize, Arc::clone(&part.name));
        let length = match modality {
            Modality::Text => part.symbols.chars().count(),
            Modality::Dna => part.symbols.len(),
        };
        if let Some(last) = self.lengths.last_mut() {
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

    fn divided(&self, params: &InputParams) -> Result<Sets<Vec<Region>>, dissensus_corpus::Error> {
        let lengths = &self.lengths;
        let total: u64 = lengths.iter().sum();
        let held = |name: &Arc<str>| params.held_out.iter().any(|held| **held == **name);
        let held_out: Vec<bool> = self.names.iter().map(held).collect();
        let everything = params.held_out.is_empty();
        if params.whole {
            let of = |(&length, &held): (&u64, &bool)| if everything || held { length } else { 0 };
            let lengths: Vec<u64> = lengths.iter().zip(&held_out).map(of).collect();
            let all = if lengths.iter().any(|&length| length > 0) {
                split(&lengths, &SplitParams::default())?.training
            } else {
                Vec::new()
            };
            return Ok(Sets {
                analysis: all,
                ..Sets::default()
            });
        }
        let sizes = SplitParams::of_fractions(total, params.evaluation, params.analysis)?;
        let sizes = sizes.with_gap(params.gap);
        if everything {
            return split(lengths, &sizes);
        }
        if !held_out.contains(&true) {
            // Another file has them.
            return Ok(Sets {
                training: split(lengths, &SplitParams::default())?.training,
                ..Sets::default()
            });
        }
        split_by_record(lengths, &held_out, &sizes)
    }
}

fn in_order(sets: Sets<Vec<Region>>) -> Vec<(Set, Region)> {
    let of = |set: Set, regions: Vec<Region>| regions.into_iter().map(move |region| (set, region));
    let mut all: Vec<(Set, Region)> = of(Set::Training, sets.training)
        .chain(of(Set::Evaluation, sets.evaluation))
        .chain(of(Set::Analysis, sets.analysis))
        .collect();
    all.sort_by_key(|(_, region)| (region.record, region.start));
    all
}
