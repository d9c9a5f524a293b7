//! Which measures follow the entropy of the data, and which what was not learned of it?

mod correlation;
mod figures;
mod report;

use std::path::Path;

use dissensus_ensemble::{Existing, Outcome as Trained};
use dissensus_input::Modality;
use dissensus_lm::Devices;
use dissensus_measure::{MeasureKey, TRAINED, TokenBoundaries, documents_of_source};
use dissensus_report::{Ensemble, Results};
use dissensus_source::{Alphabet, Interleaved, Markov, Source};
use dissensus_tokenize::{Character, Layout};

pub use correlation::{Correlation, correlations};
pub(crate) use report::{LEAD, TITLE, cells};
pub use report::{sweep_findings, sweep_tables, write_sweep};

use crate::entropy::Case;
use crate::{Error, Options, StudyObserver};

/// A grid of sources: how much a symbol leaves open, against how far away stands what tells it.
///
/// Each cell is a chain of letters on a ring ([`Markov::ring`]), [`Interleaved`] at a distance. The
/// letters are equally frequent, so all there is to learn is what other letters tell. One knob says
/// how much they leave open; the other only how far away they stand, which changes nothing for a
/// perfect model with an endless window. A distance beyond the window leaves nothing to be learned:
/// entropy without anything unlearned.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Entropy rates of the sources, in bits per letter.
    pub entropies: Vec<f64>,
    /// Distances at which their information stands, in letters.
    pub distances: Vec<usize>,
    /// Number of letters, at most 94; each is a token.
    pub letters: usize,
    /// Letters of each training set.
    pub symbols: usize,
    /// How each cell is trained and measured; its arms and inputs are not looked at.
    pub study: Options,
}

/// Names of the two knobs among the facts of a cell.
pub(crate) const ENTROPY: &str = "source entropy rate, bits per letter";
pub(crate) const DISTANCE: &str = "distance of the information, letters";

/// How a call of [`sweep`] ended.
#[derive(Debug, Clone, PartialEq)]
pub enum SweepOutcome {
    /// Every cell is measured: one ensemble a cell.
    Finished(Box<Results>),
    /// The observer interrupted the training; everything is saved.
    Interrupted,
}

impl Default for Grid {
    /// Four entropies by four distances, the last beyond the window, for three `tiny` members each.
    fn default() -> Self {
        let mut study = Options {
            max_length: 32,
            analysis_sequences: 400,
            fisher_sequences: 64,
            context_sequences: 0,
            control: false,
            along: Vec::new(),
            ..Options::default()
        };
        study.training.batch = 64;
        study.training.budget = dissensus_bert::Budget::Steps(350);
        Self {
            entropies: vec![1.5, 3.0, 4.5, 5.5],
            distances: vec![1, 4, 12, 64],
            letters: 64,
            symbols: 400_000,
            study,
        }
    }
}

impl Grid {
    /// The source of a cell.
    ///
    /// # Errors
    /// [`Error::Source`] for an entropy or a distance that no source has.
    pub fn source(&self, entropy: f64, distance: usize) -> Result<Interleaved<Markov>, Error> {
        let letters: String = ('!'..='~')
            .filter(|c| !"<>[]".contains(*c))
            .take(self.letters)
            .collect();
        let inner = Markov::ring(Alphabet::new(&letters)?, entropy)?;
        Ok(Interleaved::new(inner, distance)?)
    }

    fn case(&self, entropy: f64, distance: usize) -> Result<Case, Error> {
        let source = self.source(entropy, distance)?;
        let letters = source.alphabet().letters().chars();
        let documents = documents_of_source(&source, Modality::Text, self.symbols, self.study.seed);
        Ok(Case {
            name: cell_name(entropy, distance),
            boundaries: TokenBoundaries::Fixed,
            tokenizer: Box::new(Character::new(letters, Layout::Standard)?),
            documents: documents.into(),
            source: Some(Box::new(source)),
        })
    }

    /// The names of the cells, in the order in which they are trained.
    pub(crate) fn cell_names(&self) -> Vec<String> {
        let cells = self.entropies.iter().flat_map(|&entropy| {
            let distances = self.distances.iter();
            distances.map(move |&distance| cell_name(entropy, distance))
        });
        cells.collect()
    }

    /// What is written into the results.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let joined = |values: Vec<String>| values.join(" ");
        let grid = [
            (
                "entropies",
                joined(self.entropies.iter().map(f64::to_string).collect()),
            ),
            (
                "distances",
                joined(self.distances.iter().map(usize::to_string).collect()),
            ),
            ("letters", self.letters.to_string()),
            ("symbols", self.symbols.to_string()),
        ];
        let unused = [
            "arms",
            "text",
            "dna",
            "vocabulary",
            "dna_vocabulary",
            "kmer",
            "along",
        ];
        let study = self.study.settings().into_iter();
        grid.into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .chain(study.filter(|(name, _)| !unused.contains(&name.as_str())))
            .collect()
    }
}

fn cell_name(entropy: f64, distance: usize) -> String {
    format!("entropy-{entropy}-distance-{distance}")
}

/// Trains and measures an ensemble for every cell of a grid, each in a folder of its own below
/// `folder`, on several devices as [`run`](crate::run()).
///
/// # Errors
/// Those of the options, the sources, the training and the measures; for a cell that is there and
/// not to be continued, before the first is trained.
pub fn sweep(
    grid: &Grid,
    folder: &Path,
    devices: &Devices,
    existing: Existing,
    observer: &mut dyn StudyObserver,
) -> Result<SweepOutcome, Error> {
    grid.study.check(devices)?;
    // A cell is trained for minutes before the next is looked at.
    for cell in grid.cell_names() {
        existing.check(&folder.join(cell))?;
    }
    let mut results = Results::new(grid.settings());
    for &entropy in &grid.entropies {
        for &distance in &grid.distances {
            let prepared = grid.case(entropy, distance)?.prepare(&grid.study)?;
            let cell = folder.join(&prepared.case.name);
            let run = match prepared.train(&grid.study, &cell, devices, existing, observer)? {
                Trained::Finished(run) => run,
                Trained::Interrupted => return Ok(SweepOutcome::Interrupted),
            };
            let mut found = prepared.measure(&grid.study, &run, devices, observer)?;
            found.facts.push((ENTROPY.into(), entropy));
            found.facts.push((DISTANCE.into(), distance as f64));
            observer.measured(&found);
            results.ensembles.push(found);
        }
    }
    Ok(SweepOutcome::Finished(Box::new(results)))
}

/// A fact of a cell.
fn fact(cell: &Ensemble, name: &str) -> Option<f64> {
    let found = cell.facts.iter().find(|(fact, _)| fact == name)?;
    Some(found.1)
}

/// The mean of a measure over the trained members of a cell.
fn trained<'a>(cell: &'a Ensemble, key: &MeasureKey) -> Option<&'a dissensus_report::Measure> {
    key.find(cell.state(TRAINED)?)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn a_cell_that_is_there_is_refused_before_the_first_is_trained() {
        let folder = tempfile::tempdir().unwrap();
        let grid = Grid {
            entropies: vec![1.5],
            distances: vec![1, 4],
            ..Grid::default()
        };
        let last = folder.path().join(cell_name(1.5, 4));
        std::fs::create_dir(&last).unwrap();
        std::fs::write(last.join("config.toml"), "").unwrap();
        let (device, refuse) = (Device::flex().into(), Existing::Refuse);
        let found = sweep(&grid, folder.path(), &device, refuse, &mut ());
        assert!(
            found
                .unwrap_err()
                .to_string()
                .contains("already holds a run")
        );
        assert!(!folder.path().join(cell_name(1.5, 1)).exists());
    }

    #[test]
    fn the_knobs_are_apart() {
        let grid = Grid::default();
        for &entropy in &grid.entropies {
            let near = grid.source(entropy, 1).unwrap();
            let far = grid.source(entropy, 12).unwrap();
            assert_eq!(near.entropy_rate(), far.entropy_rate());
            assert!((near.entropy_rate().middle() - entropy).abs() < 1e-6);
            assert_eq!(near.inner().table(), far.inner().table());
        }
    }
}
