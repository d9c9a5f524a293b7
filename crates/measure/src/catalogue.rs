//! Every measure that there is, once: what it is called, counted in, taken of, compared with.
//!
//! A measure's function takes its row from here, and tables, figures, sweep, labels and
//! `docs/results-format.md` read the same row. So a new measure is one row of [`CATALOGUE`] and one
//! file that computes it.

mod key;
mod markdown;
mod rows;

pub use key::MeasureKey;
pub use markdown::catalogue_markdown;
pub use rows::*;

use dissensus_input::Modality;
pub use dissensus_report::Better;

use crate::Paper;

/// What is known of a measure before it is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CatalogueRow {
    /// Its name in `results.json`; `*` stands for a part, such as a group of parameters or a class
    /// of letters.
    pub id: &'static str,
    /// Its name in tables; `*` as in the id.
    pub label: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// What it is a number of, and so what its interval is over.
    pub scope: Scope,
    /// What it is taken at, where it is a curve.
    pub argument: Option<Argument>,
    /// What chance alone gives, in words; nothing where that is not known.
    pub chance: Option<&'static str>,
    /// Which way is better, where one is.
    pub better: Option<Better>,
    /// Where it stands in the headline.
    pub headline: &'static [MeasureSelection],
    /// Where it stands in a sweep.
    pub sweep: &'static [MeasureSelection],
    /// The paper whose variant it is, where it is not ours.
    pub variant_of: Option<Paper>,
    /// What papers report of it.
    pub published: &'static [PublishedRow],
}

/// What a measure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A plain number.
    One,
    /// A fraction of a whole.
    Share,
    /// Bits.
    Bits,
    /// Bits a masked token.
    BitsPerToken,
    /// Bits a base, or a character.
    BitsPerSymbol,
    /// Squared nats, of squared gradients.
    SquaredNats,
}

impl Unit {
    /// As in `results.json`, for data of this kind.
    #[must_use]
    pub fn name(self, modality: Option<Modality>) -> String {
        match self {
            Self::One => "1".into(),
            Self::Share => "share".into(),
            Self::Bits => "bits".into(),
            Self::BitsPerToken => "bits/token".into(),
            Self::BitsPerSymbol => format!("bits/{}", modality.map_or("symbol", Modality::symbol)),
            Self::SquaredNats => "nats²".into(),
        }
    }
}

/// What a measure is a number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One value a member; their mean.
    Members,
    /// One value a pair of members; their mean.
    Pairs,
    /// One value of all members together.
    Ensemble,
    /// A count of what was asked.
    AnalysisSet,
}

impl Scope {
    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Pairs => "pairs",
            Self::Ensemble => "the ensemble",
            Self::AnalysisSet => "the analysis set",
        }
    }
}

/// What a curve is taken at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Argument {
    /// Probability mass of a nucleus.
    NucleusMass,
    /// Number of neighbours.
    Neighbours,
    /// Rank of a token by probability, from 1.
    Rank,
    /// Symbols visible around a masked token.
    Radius,
    /// Bases by which a sequence is shifted.
    Shift,
    /// 0 for the embeddings, then the layers from 1, last the head.
    Depth,
    /// 0 for the embeddings, then the layers from 1.
    Layer,
    /// Decile of token frequency, from 1.
    Decile,
    /// Sequences of a batch.
    BatchSize,
    /// Steps of training.
    Step,
}

impl Argument {
    /// As in labels: `p`, `k`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NucleusMass => "p",
            Self::Neighbours => "k",
            Self::Rank => "rank",
            Self::Radius => "symbols",
            Self::Shift => "bases",
            Self::Depth => "depth",
            Self::Layer => "layer",
            Self::Decile => "frequency decile",
            Self::BatchSize => "batch",
            Self::Step => "step",
        }
    }

    /// In words.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::NucleusMass => "nucleus mass p",
            Self::Neighbours => "neighbours k",
            Self::Rank => "rank",
            Self::Radius => "visible radius in symbols",
            Self::Shift => "shift in bases",
            Self::Depth => "depth: 0 embeddings, then layers, last head",
            Self::Layer => "layer: 0 embeddings, then layers",
            Self::Decile => "decile of token frequency",
            Self::BatchSize => "sequences of a batch",
            Self::Step => "step of training",
        }
    }
}

/// Which part and argument of a measure is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasureSelection {
    /// What stands for `*`.
    pub part: Option<&'static str>,
    /// The argument.
    pub at: Option<f64>,
}

impl MeasureSelection {
    /// The measure as it is, without part or argument.
    pub const WHOLE: Self = Self {
        part: None,
        at: None,
    };

    pub(crate) const fn at(at: f64) -> Self {
        Self {
            part: None,
            at: Some(at),
        }
    }

    pub(crate) const fn part(part: &'static str) -> Self {
        Self {
            part: Some(part),
            at: None,
        }
    }
}

/// What a paper reports of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PublishedRow {
    /// Which paper.
    pub paper: Paper,
    /// Where in it.
    pub place: &'static str,
    /// At which argument.
    pub at: Option<f64>,
    /// Ensembles and their values.
    pub values: [(&'static str, f64); 3],
}

impl CatalogueRow {
    /// A row of what every measure has.
    pub(crate) const fn new(
        id: &'static str,
        label: &'static str,
        unit: Unit,
        scope: Scope,
    ) -> Self {
        Self {
            id,
            label,
            unit,
            scope,
            argument: None,
            chance: None,
            better: None,
            headline: &[],
            sweep: &[],
            variant_of: None,
            published: &[],
        }
    }

    pub(crate) const fn with_argument(mut self, argument: Argument) -> Self {
        self.argument = Some(argument);
        self
    }

    pub(crate) const fn with_chance(mut self, chance: &'static str) -> Self {
        self.chance = Some(chance);
        self
    }

    pub(crate) const fn with_better(mut self, better: Better) -> Self {
        self.better = Some(better);
        self
    }

    pub(crate) const fn in_headline(mut self, selections: &'static [MeasureSelection]) -> Self {
        self.headline = selections;
        self
    }

    pub(crate) const fn in_sweep(mut self, selections: &'static [MeasureSelection]) -> Self {
        self.sweep = selections;
        self
    }

    pub(crate) const fn variant_of(mut self, paper: Paper) -> Self {
        self.variant_of = Some(paper);
        self
    }

    pub(crate) const fn with_published(mut self, rows: &'static [PublishedRow]) -> Self {
        self.published = rows;
        self
    }

    /// What a paper reports of this measure for an ensemble, if one does.
    #[must_use]
    pub fn published_value(&self, ensemble: &str, at: Option<f64>) -> Option<f64> {
        let row = self.published.iter().find(|row| row.at == at)?;
        let value = row.values.iter().find(|(name, _)| *name == ensemble)?;
        Some(value.1)
    }

    /// What stands for `*` in an id of this row; nothing of a row without parts, `None` for an id
    /// of another row.
    fn part_of<'a>(&self, id: &'a str) -> Option<Option<&'a str>> {
        match self.id.split_once('*') {
            None => (self.id == id).then_some(None),
            Some((before, behind)) => {
                let part = id.strip_prefix(before)?.strip_suffix(behind)?;
                (!part.is_empty()).then_some(Some(part))
            }
        }
    }
}

/// The row of an id of `results.json`, and what stands for `*` in it.
///
/// ```
/// use dissensus_measure::row_of;
/// let (row, part) = row_of("fisher/embeddings").unwrap();
/// assert_eq!((row.label, part), ("Fisher share, *", Some("embeddings")));
/// assert!(row_of("no such measure").is_none());
/// ```
#[must_use]
pub fn row_of(id: &str) -> Option<(&'static CatalogueRow, Option<&str>)> {
    CATALOGUE
        .iter()
        .find_map(|row| Some((*row, row.part_of(id)?)))
}

/// The name of a measure as a reader wants it, from its id in `results.json`; the id itself where
/// it is not in the catalogue.
///
/// ```
/// use dissensus_measure::label;
/// assert_eq!(label("js_distance", Some(0.5)), "JS distance, p = 0.5");
/// assert_eq!(label("base/loss", None), "loss, by base");
/// ```
#[must_use]
pub fn label(id: &str, at: Option<f64>) -> String {
    match row_of(id) {
        None => id.into(),
        Some((row, part)) => row.label_of(part, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_id_leads_back_to_its_own_row() {
        for row in CATALOGUE {
            let id = row.id.replace('*', "some part");
            let (found, part) = row_of(&id).unwrap();
            assert_eq!(found.id, row.id);
            assert_eq!(part.is_some(), row.id.contains('*'));
        }
        let ids: BTreeSet<&str> = CATALOGUE.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), CATALOGUE.len(), "each id once");
    }

    #[test]
    fn a_row_is_selected_with_what_it_has() {
        for row in CATALOGUE {
            assert_eq!(row.id.contains('*'), row.label.contains('*'), "{}", row.id);
            for selection in row.headline.iter().chain(row.sweep) {
                assert_eq!(selection.part.is_some(), row.id.contains('*'), "{}", row.id);
                assert!(
                    selection.at.is_none() || row.argument.is_some(),
                    "{}",
                    row.id
                );
            }
            for published in row.published {
                assert_eq!(published.at.is_some(), row.argument.is_some(), "{}", row.id);
            }
        }
    }

    #[test]
    fn the_papers_value_stands_at_its_argument() {
        assert_eq!(OVERLAP.published_value("dna-bpe", Some(10.0)), Some(0.39));
        assert_eq!(OVERLAP.published_value("dna-bpe", Some(11.0)), None);
        assert_eq!(OVERLAP.published_value("dna-char", Some(10.0)), None);
    }
}
