//! Which recipe teaches most in a given time, and what is each of its parts worth?

mod cell;
mod table;
mod variant;

use std::fs;
use std::path::Path;

use dissensus_bert::Budget;
use dissensus_input::Modality;
use dissensus_lm::Devices;
use dissensus_measure::{Oracle, Stage, documents_of_source};
use dissensus_source::{DnaLike, DnaParams, Source, TextLike, TextParams};

pub use cell::RecipeCell;
use cell::{CellData, kept};
pub use table::{recipe_table, write_recipes};
pub use variant::RecipeVariant;

use crate::entropy::Case;
use crate::{Arm, Error, Options, StudyObserver};

/// Variants of the recipe by arms by seeds: a model each, trained for as long and measured against
/// oracle and control.
///
/// Every seed has sources of its own, other words and other repeats than those of
/// [`run`](crate::run): what is chosen here was not chosen on what it is reported on.
#[derive(Debug, Clone, PartialEq)]
pub struct RecipeSweep {
    /// The recipes; the first is what the others are compared with.
    pub variants: Vec<RecipeVariant>,
    /// The data under their tokenizers.
    pub arms: Vec<Arm>,
    /// Of sources, initial weights, order and masks.
    pub seeds: Vec<u64>,
    /// Seconds that each model trains, by the clock that is handed in.
    pub seconds: f64,
    /// Training of the controls.
    pub control: Budget,
    /// Letters of each training set.
    pub symbols: usize,
    /// Model, vocabularies and sequences measured on; its arms, inputs and recipe are not looked
    /// at.
    pub study: Options,
}

impl Default for RecipeSweep {
    /// Every ablation on one arm of text and one of DNA, three seeds, eight seconds a model.
    fn default() -> Self {
        let study = Options::default().quick();
        Self {
            variants: RecipeVariant::ablations(study.max_length),
            arms: vec![Arm::TextBpe, Arm::DnaKmer],
            seeds: vec![101, 102, 103],
            seconds: 8.0,
            control: Budget::Tokens(300_000),
            symbols: 900_000,
            study: Options {
                analysis_sequences: 256,
                ..study
            },
        }
    }
}

impl RecipeSweep {
    /// Checks what the crates below do not check.
    ///
    /// # Errors
    /// [`Error::Option`].
    pub fn validate(&self) -> Result<(), Error> {
        let checks = [
            ("variants", self.variants.is_empty()),
            ("arms", self.arms.is_empty()),
            ("seeds", self.seeds.is_empty()),
        ];
        for (option, empty) in checks {
            check(!empty, option, "empty", "at least one")?;
        }
        let seconds = self.seconds;
        check(
            seconds.is_finite() && seconds > 0.0,
            "seconds",
            &seconds.to_string(),
            "a positive number",
        )?;
        self.study.validate()
    }

    /// An arm's documents under a seed, encoded for a window.
    fn ground<'a>(
        &'a self,
        (arm, seed, max_length): (Arm, u64, usize),
        devices: &'a Devices,
    ) -> Result<CellData<'a>, Error> {
        let options = Options {
            max_length,
            seed,
            ..self.study.clone()
        };
        let source = source(arm.modality(), seed)?;
        let documents = documents_of_source(source.as_ref(), arm.modality(), self.symbols, seed);
        let case = Case {
            name: arm.name().into(),
            boundaries: arm.boundaries(),
            tokenizer: arm.tokenizer(
                &documents,
                options.vocabulary_of(arm.modality()),
                options.kmer,
            )?,
            documents: documents.into(),
            source: None,
        };
        let boundaries = case.boundaries;
        let prepared = case.prepare(&options)?;
        let oracle = Oracle::new(source.as_ref(), &prepared.set, boundaries)?;
        Ok(CellData {
            sweep: self,
            prepared,
            oracle,
            arm,
            seed,
            devices,
        })
    }

    fn lengths(&self) -> Vec<usize> {
        let lengths = self.variants.iter().map(|variant| variant.max_length);
        let lengths: std::collections::BTreeSet<usize> = lengths.collect();
        lengths.into_iter().collect()
    }
}

fn check(
    holds: bool,
    option: &'static str,
    found: &str,
    expected: &'static str,
) -> Result<(), Error> {
    holds.then_some(()).ok_or_else(|| Error::Option {
        option,
        found: found.into(),
        expected,
    })
}

/// The built-in source of one kind of data with words, or repeats and background, of this seed.
fn source(modality: Modality, seed: u64) -> Result<Box<dyn Source>, Error> {
    Ok(match modality {
        Modality::Text => Box::new(TextLike::new(&TextParams::small().with_seed(seed))?),
        Modality::Dna => Box::new(DnaLike::new(&DnaParams::rich_in_repeats().with_seed(seed))?),
    })
}

/// Trains and measures every cell, each a file of its own below `folder`; those that an earlier
/// call wrote are read. `None` if the observer interrupted it.
///
/// `clock` tells seconds, of the processor where the machine is shared. Each variant's tokens a
/// second are taken once an arm, before its first cell, and give the tokens that all its cells
/// read. Several devices share the micro-batches of each batch, of the size that the training of
/// `study` has or else with one for each; a model is measured on the first.
///
/// # Errors
/// Those of the options, the sources, the training and the measures; [`Error::Json`] for a cell
/// that cannot be read.
pub fn recipe_sweep(
    sweep: &RecipeSweep,
    folder: &Path,
    devices: &Devices,
    clock: &mut dyn FnMut() -> f64,
    observer: &mut dyn StudyObserver,
) -> Result<Option<Vec<RecipeCell>>, Error> {
    sweep.validate()?;
    let (cells, rates) = (folder.join("cells"), folder.join("rates"));
    for path in [&cells, &rates] {
        fs::create_dir_all(path).map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
    }
    let mut found = Vec::new();
    for &seed in &sweep.seeds {
        for &arm in &sweep.arms {
            for length in sweep.lengths() {
                let of = (arm, seed, length);
                let made = cells_of(sweep, of, [&cells, &rates], devices, clock, observer)?;
                match made {
                    Some(made) => found.extend(made),
                    None => return Ok(None),
                }
            }
        }
    }
    Ok(Some(in_order_of(&sweep.variants, found)))
}

/// The cells with the first variant's first, which the others are compared with: they are trained
/// by length of their windows.
fn in_order_of(variants: &[RecipeVariant], mut cells: Vec<RecipeCell>) -> Vec<RecipeCell> {
    let is_of = |variant: &RecipeVariant, cell: &RecipeCell| {
        (&variant.part, &variant.name) == (&cell.part, &cell.variant)
    };
    cells.sort_by_key(|cell| variants.iter().position(|variant| is_of(variant, cell)));
    cells
}

/// The cells of variants of one length, on the data that they share, which are made when the first
/// needs them.
fn cells_of(
    sweep: &RecipeSweep,
    (arm, seed, length): (Arm, u64, usize),
    [cells, rates]: [&Path; 2],
    devices: &Devices,
    clock: &mut dyn FnMut() -> f64,
    observer: &mut dyn StudyObserver,
) -> Result<Option<Vec<RecipeCell>>, Error> {
    let (mut found, mut ground) = (Vec::new(), None);
    let variants = sweep.variants.iter();
    for variant in variants.filter(|variant| variant.max_length == length) {
        let path = cells.join(format!("{arm}-{seed}-{}.json", variant.slug()));
        let cell = kept(&path, || {
            let (ground, control) = match &mut ground {
                Some(known) => known,
                none => {
                    let new = sweep.ground((arm, seed, length), devices)?;
                    let control = new.control(&sweep.variants[0])?;
                    none.insert((new, control))
                }
            };
            let name = format!("{arm}, {}: {}, {seed}", variant.part, variant.name);
            observer.stage(&name, None, Stage::Training);
            let file = rates.join(format!("{arm}-{}.json", variant.slug()));
            let rate = kept(&file, || ground.rate(variant, clock).map(Some))?;
            let rate = rate.map_or(1.0, |rate| rate.tokens_per_second);
            ground.cell(variant, rate, *control, observer)
        })?;
        match cell {
            Some(cell) => found.push(cell),
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_stands_first_though_shorter_windows_are_trained_before_it() {
        let variants = RecipeVariant::ablations(32);
        let cell = |variant: &RecipeVariant| RecipeCell {
            part: variant.part.clone(),
            variant: variant.name.clone(),
            arm: "text-bpe".into(),
            seed: 1,
            tokens: 1,
            steps: 1,
            loss: None,
            control: 2.0,
            oracle: 1.0,
        };
        let mut by_length: Vec<&RecipeVariant> = variants.iter().collect();
        by_length.sort_by_key(|variant| variant.max_length);
        assert_ne!(by_length[0].name, variants[0].name);
        let sorted = in_order_of(&variants, by_length.into_iter().map(cell).collect());
        let names = |cells: &[RecipeCell]| -> Vec<String> {
            cells.iter().map(|cell| cell.variant.clone()).collect()
        };
        let expected: Vec<RecipeCell> = variants.iter().map(cell).collect();
        assert_eq!(names(&sorted), names(&expected));
    }
}
