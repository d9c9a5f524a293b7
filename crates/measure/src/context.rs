//! Do the members look at other tokens, how far, and how much does it matter how the sequence was
//! cut?

mod edits;
mod radius;
mod strand;
mod token_query;
mod view;

pub use edits::tokens_changed_by_substitution;

use dissensus_input::Modality;
use dissensus_lm::{Masked, MaskedLanguageModel};
use dissensus_report::Measure;
use dissensus_tokenize::Tokenizer;

use crate::{AnalysisSet, Error};

/// The masked tokens that context use is measured on, and how.
///
/// | id | at | is |
/// |---|---|---|
/// | `context_loss/both`, `…/left`, `…/right` | radius in symbols | loss when no more than that is visible on both sides, or on one |
/// | `shuffled_loss` | – | loss when the visible tokens of each sequence are in random order |
/// | `strand_distance` | – | Jensen–Shannon distance of what is said of a base and, on the other strand, of its complement (DNA) |
/// | `phase_distance` | shift in bases | the same of one base, the sequence beginning that many bases later (DNA) |
#[derive(Debug, Clone, Copy)]
pub struct ContextUse<'a> {
    /// What the members are asked.
    pub set: &'a AnalysisSet,
    /// What cut it into tokens.
    pub tokenizer: &'a dyn Tokenizer,
    /// Masked tokens, one a sequence, that the curves are taken on.
    pub targets: usize,
    /// Positions that the members were trained on.
    pub max_length: usize,
    /// Seed of the random order.
    pub seed: u64,
}

impl ContextUse<'_> {
    /// Every measure of context use.
    ///
    /// # Errors
    /// [`Error::Model`] for sequences that do not fit a model, [`Error::Tokenize`],
    /// [`Error::Divergence`] for logits that are not finite.
    pub fn measure(&self, members: &[impl MaskedLanguageModel]) -> Result<Vec<Measure>, Error> {
        let mut all = radius::curves(self, members)?;
        all.push(radius::shuffled(self, members)?);
        if self.set.modality() == Modality::Dna {
            all.extend(strand::both_strands(self, members)?);
            all.extend(strand::phases(self, members)?);
        }
        Ok(all)
    }

    /// Sequences with a masked token that the curves are taken on, each with the index of that
    /// masked token.
    fn chosen(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let masked = self.set.masked().iter().enumerate();
        let chosen = masked.filter(|(_, masked)| !masked.positions.is_empty());
        // The first masked tokens would stand near the left end: take another one each time.
        let pick = |(row, masked): (usize, &Masked)| (row, row % masked.positions.len());
        chosen.map(pick).take(self.targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis_set::tests::of_documents;
    use burn::tensor::Device;
    use dissensus_bert::{Config, MaskedLm, evaluate};
    use dissensus_input::Document;
    use dissensus_source::{DnaLike, Source};
    use dissensus_tokenize::{Kmer, Layout};

    fn config(layers: usize, spread: f64, vocabulary: usize) -> Config {
        Config {
            hidden_size: 16,
            num_hidden_layers: layers,
            num_attention_heads: 2,
            intermediate_size: 32,
            initializer_range: spread,
            ..Config::default()
        }
        .with_vocabulary(vocabulary, 1)
    }

    fn with_members(
        layers: usize,
        spread: f64,
        see: impl Fn(&ContextUse<'_>, &[MaskedLm], &[Measure]),
    ) {
        let tokenizer = Kmer::new(2, Layout::Standard).unwrap();
        let vocabulary = tokenizer.vocabulary().len();
        let document = Document::of_text(DnaLike::default().text(1, 0, 640));
        let set = of_documents(vec![document], &tokenizer, 34, (20, 1));
        let context = ContextUse {
            set: &set,
            tokenizer: &tokenizer,
            targets: 6,
            max_length: 34,
            seed: 3,
        };
        let config = config(layers, spread, vocabulary);
        let member = |seed| MaskedLm::new(&config, seed, &Device::flex()).unwrap();
        let members = [member(1), member(2)];
        see(&context, &members, &context.measure(&members).unwrap());
    }

    fn curve<'a>(measures: &'a [Measure], id: &'a str) -> impl Iterator<Item = &'a Measure> {
        measures.iter().filter(move |m| m.id == id)
    }

    #[test]
    fn a_model_without_layers_has_flat_curves() {
        with_members(0, 0.5, |_, _, measures| {
            for id in [
                "context_loss/both",
                "context_loss/left",
                "context_loss/right",
            ] {
                let losses: Vec<f64> = curve(measures, id).map(|m| m.value).collect();
                assert_eq!(
                    losses.len(),
                    8,
                    "radii 0, 1, 2, 4, …, 32 and the whole window"
                );
                assert!(losses.iter().all(|loss| (loss - losses[0]).abs() < 1e-4));
            }
        });
    }

    #[test]
    fn a_model_that_attends_sees_more_with_every_radius() {
        with_members(1, 0.5, |context, members, measures| {
            let losses: Vec<f64> = curve(measures, "context_loss/both")
                .map(|m| m.value)
                .collect();
            assert!(
                losses.windows(2).skip(1).all(|pair| pair[0] != pair[1]),
                "{losses:?}"
            );
            // With everything visible it is the loss of the whole sequences.
            let chosen: Vec<Masked> = context
                .chosen()
                .map(|(row, which)| {
                    let masked = &context.set.masked()[row];
                    Masked {
                        positions: vec![masked.positions[which]],
                        targets: vec![masked.targets[which]],
                        ids: masked.ids.clone(),
                    }
                })
                .collect();
            let mean = |member: &MaskedLm| evaluate(member, &chosen, 4).unwrap().loss;
            let whole = members.iter().map(mean).sum::<f64>() / 2.0 * std::f64::consts::LOG2_E;
            assert!((losses[7] - whole).abs() < 1e-4, "{} {whole}", losses[7]);
        });
    }

    #[test]
    fn a_model_that_says_nothing_says_the_same_of_both_strands_and_every_phase() {
        with_members(1, 0.0, |context, _, measures| {
            let flat = (context.tokenizer.vocabulary().len() as f64).log2();
            assert!(curve(measures, "context_loss/left").all(|m| (m.value - flat).abs() < 1e-5));
            assert!((curve(measures, "shuffled_loss").next().unwrap().value - flat).abs() < 1e-5);
            assert!(curve(measures, "strand_distance").next().unwrap().value < 1e-5);
            assert_eq!(curve(measures, "phase_distance").count(), 5);
            assert!(curve(measures, "phase_distance").all(|m| m.value < 1e-5));
        });
    }
}
