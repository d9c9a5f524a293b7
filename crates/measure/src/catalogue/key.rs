//! One measure with its part, argument and data: what a number is a number of.

use dissensus_input::Modality;
use dissensus_report::Measure;

use super::CatalogueRow;
use crate::Error;

/// A row of the catalogue with what stands for its `*`, its argument and its data.
///
/// ```
/// use dissensus_input::Modality;
/// use dissensus_measure::{JS_DISTANCE, LETTER_LOSS};
/// assert_eq!(JS_DISTANCE.at(0.5).id(), "js_distance");
/// let loss = LETTER_LOSS.part("base").per(Modality::Dna);
/// assert_eq!((loss.id(), loss.unit()), ("base/loss".into(), "bits/base".into()));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureKey {
    row: &'static CatalogueRow,
    part: Option<String>,
    at: Option<f64>,
    modality: Option<Modality>,
}

impl From<&'static CatalogueRow> for MeasureKey {
    fn from(row: &'static CatalogueRow) -> Self {
        Self {
            row,
            part: None,
            at: None,
            modality: None,
        }
    }
}

impl CatalogueRow {
    /// At an argument.
    #[must_use]
    pub fn at(&'static self, at: f64) -> MeasureKey {
        MeasureKey::from(self).at(at)
    }

    /// Of a part.
    #[must_use]
    pub fn part(&'static self, part: &str) -> MeasureKey {
        MeasureKey {
            part: Some(part.into()),
            ..MeasureKey::from(self)
        }
    }

    /// By the symbols of some data.
    #[must_use]
    pub fn per(&'static self, modality: Modality) -> MeasureKey {
        MeasureKey::from(self).per(modality)
    }

    /// Where it stands in the headline, each with its id and argument.
    pub fn headline_keys(&'static self) -> impl Iterator<Item = MeasureKey> {
        self.selected(self.headline)
    }

    /// Where it stands in a sweep.
    pub fn sweep_keys(&'static self) -> impl Iterator<Item = MeasureKey> {
        self.selected(self.sweep)
    }

    fn selected(
        &'static self,
        from: &'static [super::MeasureSelection],
    ) -> impl Iterator<Item = MeasureKey> {
        from.iter().map(move |selection| MeasureKey {
            part: selection.part.map(String::from),
            at: selection.at,
            ..MeasureKey::from(self)
        })
    }

    /// Its name in tables, with what stands for `*` and its argument.
    pub(super) fn label_of(&self, part: Option<&str>, at: Option<f64>) -> String {
        let name = self.label.replace('*', part.unwrap_or("*"));
        match (self.argument, at) {
            (Some(argument), Some(at)) => format!("{name}, {} = {at}", argument.name()),
            _ => name,
        }
    }
}

impl MeasureKey {
    /// At an argument.
    #[must_use]
    pub fn at(self, at: f64) -> Self {
        Self {
            at: Some(at),
            ..self
        }
    }

    /// By the symbols of some data.
    #[must_use]
    pub fn per(self, modality: Modality) -> Self {
        Self {
            modality: Some(modality),
            ..self
        }
    }

    /// Its row.
    #[must_use]
    pub fn row(&self) -> &'static CatalogueRow {
        self.row
    }

    /// Its argument.
    #[must_use]
    pub fn argument(&self) -> Option<f64> {
        self.at
    }

    /// Its id in `results.json`.
    #[must_use]
    pub fn id(&self) -> String {
        self.row
            .id
            .replace('*', self.part.as_deref().unwrap_or("*"))
    }

    /// Its unit.
    #[must_use]
    pub fn unit(&self) -> String {
        self.row.unit.name(self.modality)
    }

    /// Its name in tables.
    #[must_use]
    pub fn label(&self) -> String {
        self.row.label_of(self.part.as_deref(), self.at)
    }

    /// What a paper reports of it for an ensemble, if one does.
    #[must_use]
    pub fn published_value(&self, ensemble: &str) -> Option<f64> {
        self.row.published_value(ensemble, self.at)
    }

    /// The measure in a state of an ensemble, if it was taken.
    #[must_use]
    pub fn find<'a>(&self, state: &'a dissensus_report::State) -> Option<&'a Measure> {
        state.find(&self.id(), self.at)
    }

    /// A measure without interval or chance.
    ///
    /// # Errors
    /// [`Error::Report`] if the value or argument is NaN or infinite.
    pub fn measure(&self, value: f64) -> Result<Measure, Error> {
        let measure = Measure::new(&self.id(), &self.unit(), value)?;
        Ok(match self.at {
            Some(at) => measure.at(at)?,
            None => measure,
        })
    }
}
