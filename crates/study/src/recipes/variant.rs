//! A recipe with one part changed.

use dissensus_bert::{Decay, MuonConfig, NormPlacement, PositionEncoding, Recipe};

/// A recipe with one part changed, and the window that its models read.
///
/// ```
/// use dissensus_study::RecipeVariant;
/// let all = RecipeVariant::ablations(32);
/// assert_eq!((all[0].part.as_str(), all[0].name.as_str()), ("whole recipe", "efficient"));
/// assert!(all.iter().any(|variant| variant.part == "optimiser" && variant.recipe.muon.is_none()));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecipeVariant {
    /// Which part is changed.
    pub part: String,
    /// What it is here.
    pub name: String,
    /// The recipe.
    pub recipe: Recipe,
    /// Positions of a sequence, special tokens included.
    pub max_length: usize,
}

impl RecipeVariant {
    /// The efficient recipe, the paper's, and the efficient one with every part changed by itself:
    /// the first is what the others are compared with.
    #[must_use]
    pub fn ablations(max_length: usize) -> Vec<Self> {
        let base = Recipe::efficient;
        let mut all = vec![
            Self::new("whole recipe", "efficient", base(), max_length),
            Self::new("whole recipe", "paper", Recipe::paper(), max_length),
        ];
        let parts = [optimiser(), masks(), model(), schedule()].concat();
        let variants = parts.into_iter();
        all.extend(variants.map(|(part, name, recipe)| Self::new(part, &name, recipe, max_length)));
        for length in [max_length / 2, 2 * max_length] {
            let name = format!("{length} positions");
            all.push(Self::new("length", &name, base(), length));
        }
        all
    }

    fn new(part: &str, name: &str, recipe: Recipe, max_length: usize) -> Self {
        Self {
            part: part.into(),
            name: name.into(),
            recipe,
            max_length,
        }
    }

    /// Its name as that of a file.
    pub(super) fn slug(&self) -> String {
        let letter = |c: char| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        };
        format!("{}-{}", self.part, self.name)
            .chars()
            .map(letter)
            .collect()
    }
}

type Changed = (&'static str, String, Recipe);

/// The efficient recipe after a change.
fn with(change: impl FnOnce(&mut Recipe)) -> Recipe {
    let mut recipe = Recipe::efficient();
    change(&mut recipe);
    recipe
}

fn optimiser() -> Vec<Changed> {
    let muon = |rate: f64| with(|r| r.muon = Some(MuonConfig::default().with_learning_rate(rate)));
    let beside = |rate: f64| with(|r| r.learning_rate = rate);
    let alone = |rate: f64| with(|r| (r.muon, r.learning_rate) = (None, rate));
    let mut all: Vec<Changed> = [1e-3, 3e-3, 5e-3]
        .map(|rate| ("optimiser", format!("AdamW alone, {rate}"), alone(rate)))
        .to_vec();
    all.extend([0.01, 0.04].map(|rate| ("Muon's rate", rate.to_string(), muon(rate))));
    all.extend([2e-3, 1e-2].map(|rate| ("AdamW's rate", rate.to_string(), beside(rate))));
    all
}

fn masks() -> Vec<Changed> {
    let rate = |fraction: f64| with(|r| r.mask_rate = fraction);
    let all_masked = with(|r| (r.to_mask, r.to_random) = (1.0, 0.0));
    let mut all: Vec<Changed> = [0.15, 0.45]
        .map(|fraction| {
            (
                "mask rate",
                format!("{} %", 100.0 * fraction),
                rate(fraction),
            )
        })
        .to_vec();
    all.push(("masked become", "mask tokens only".into(), all_masked));
    all
}

fn model() -> Vec<Changed> {
    let behind = with(|r| r.norm = NormPlacement::Behind);
    let dropout = with(|r| r.dropout = 0.1);
    let initial = |deviation: f64| with(|r| r.initializer_range = deviation);
    let learnt = with(|r| r.positions = PositionEncoding::Absolute);
    vec![
        ("positions", "learnt vectors".into(), learnt),
        ("layer norms", "behind each sum".into(), behind),
        ("dropout", "0.1".into(), dropout),
        ("initial deviation", "0.005".into(), initial(0.005)),
        ("initial deviation", "0.08".into(), initial(0.08)),
    ]
}

fn schedule() -> Vec<Changed> {
    let decay = |decay: Decay| with(|r| r.decay = decay);
    let linear = |fraction: f64| decay(Decay::Linear { fraction });
    let warmup = |fraction: f64| with(|r| r.warmup = fraction);
    let batch = |batch: usize| with(|r| r.batch = batch);
    vec![
        ("decay", "cosine".into(), decay(Decay::Cosine)),
        ("decay", "none".into(), linear(0.0)),
        ("decay", "linear, all steps".into(), linear(1.0)),
        ("warm-up", "2 %".into(), warmup(0.02)),
        ("warm-up", "30 %".into(), warmup(0.3)),
        ("batch", "16".into(), batch(16)),
        ("batch", "64".into(), batch(64)),
        ("largest norm", "none".into(), with(|r| r.max_norm = 1e9)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_variant_but_the_first_changes_something_and_no_two_share_a_name() {
        let all = RecipeVariant::ablations(32);
        let first = &all[0];
        let changed =
            |v: &&RecipeVariant| (&v.recipe, v.max_length) != (&first.recipe, first.max_length);
        assert!(all[1..].iter().all(|variant| changed(&variant)));
        let names: BTreeSet<String> = all.iter().map(RecipeVariant::slug).collect();
        assert_eq!(names.len(), all.len());
    }
}
