//! Variants: does a model notice a changed base?
//!
//! A model of DNA that has learned what genomes look like should find a harmful change unlikelier
//! than a harmless one. This crate reads variants, checks them against a reference, cuts windows
//! around them, asks a model for log-likelihood ratios on both strands, and says how well they tell
//! pathogenic from benign, beside scores that need no model.
//!
//! ```
//! use dissensus_tokenize::{Character, Layout, Tokenizer};
//! use dissensus_variant::{
//!     Contig, Genome, MaskedPredictor, MaskedTokens, ModelError, ScoreParams, Variant,
//!     VariantWindow, score_masked,
//! };
//!
//! /// Says P(base) = 0.4 for A and T and 0.1 for C and G, whatever stands around the mask.
//! struct Composition(Character);
//! impl MaskedPredictor for Composition {
//!     fn log_probabilities(
//!         &self,
//!         sequences: &[MaskedTokens],
//!     ) -> Result<Vec<Vec<f32>>, ModelError> {
//!         let p = |symbol: &str| match symbol {
//!             "A" | "T" => 0.4_f32,
//!             "C" | "G" => 0.1,
//!             _ => 1e-9,
//!         };
//!         let row: Vec<f32> =
//!             self.0.letters().unwrap_or_default().iter().map(|letter| p(letter).ln()).collect();
//!         Ok(vec![row; sequences.len()])
//!     }
//! }
//! let model = Composition(Character::dna(Layout::Standard)?);
//! let genome = Genome::new([Contig::new("chr7", 100, b"ACGTTGCA")]);
//! let window = VariantWindow::around(&Variant::new("7", 104, "T", "C"), &genome, 6)?;
//! let scores = score_masked(&model, &model.0, &[window], &ScoreParams::default())?;
//! assert!((scores[0].ratio() - (0.1_f64 / 0.4).ln()).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Genome`], [`Contig`] | reference: FASTA windows with an offset in their name, whole files, contigs by `.fai` |
//! | [`read_variants`], [`read_table`], [`read_vcf`] | variants of a TSV or VCF file; several alternative alleles are parted |
//! | [`Variant`], [`check_variants`] | a row; REF compared with the reference, a mismatch refused with its row or skipped |
//! | [`VariantWindow`] | the segment a model sees, with the edit; shifted near an end |
//! | [`MaskedPredictor`], [`CausalPredictor`], [`Embedder`], [`LocalEmbedder`] | what a model must say |
//! | [`score_masked`], [`score_causal`], [`RatioKind`] | log-likelihood ratios on both strands |
//! | [`embedding_shifts`] | how far the states at the variant move |
//! | [`base_probabilities`] | tokens summed to bases |
//! | [`nested_substitutions`], [`mutation_curve`], [`mutation_curves`] | how an embedding moves, beside unrelated and shuffled windows |
//! | [`variant_figures`], [`matched_pairs`], [`pairs_in_order`] | areas with intervals, by class and in pairs |
//! | [`scan_scores`], [`scan_figures`], [`NamedScores`], [`ScanFigures`] | several scores side by side, and the first less each other |
//! | [`Scan`], [`ScanParams`] | scores shard by shard: resumed, spread, joined |
//! | [`join_members`], [`auroc_by_coverage`] | several members; what is gained by leaving the least sure out |
//! | [`column_scores`] | a score that the table has, such as conservation |
//! | [`baseline_scores`], [`transition_score`], [`KmerCounts`], [`context_tree_ratios`] | scores that need no model |
//! | [`write_table`], [`write_vcf`], [`ScoreColumn`], [`ratio_columns`] | scored variants |
//!
//! Ratios are natural logarithms of P(alternative)/P(reference): below 0 the change is unlikely.
//! Taken for pathogenicity the sign is turned ([`Sign::Low`]), and each figure says which sign it
//! has. For tokens of several bases a ratio is one of bases (all words of k bases) or the
//! difference of pseudo-log-likelihoods of the tokens that differ; that of an insertion or deletion
//! compares unlike numbers of tokens, so ratios of insertions are lower as such.
//!
//! The feature `lm` adds `MaskedModel`, `CausalModel` and `PooledEncoder`, which make predictors
//! and embedders of any model of `dissensus-lm`, and `View`, which says which states are pooled
//! how.
//!
//! It runs no model itself, predicts no consequence, and phases no variants: each is scored alone
//! on the reference.
//!
//! References: Meier et al., "Language models enable zero-shot prediction of the effects of
//! mutations on protein function" (2021), for the ratio at a mask; Salazar et al., "Masked Language
//! Model Scoring" (2020), for pseudo-log-likelihoods; "Tokenization to Transfer: Do Genomic
//! Foundation Models Learn Good Representations?" (ICLR 2026), for mutation curves.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod baseline;
mod curve;
mod error;
mod evaluate;
mod genome;
#[cfg(feature = "lm")]
mod language_model;
mod model;
mod mutate;
mod scan;
mod score;
mod shift;
mod table;
mod variant;
mod window;
mod write;

pub use baseline::{KmerCounts, baseline_scores, context_tree_ratios, transition_score};
pub use curve::{
    Compared, CurveParams, CurveRow, EmbedViews, MutationCurve, mutation_curve, mutation_curves,
};
pub use error::{Error, Fault, ModelError, Row};
pub use evaluate::{
    AreaDifference, ClassFigures, CoveragePoint, MemberScore, NamedScores, PairedFigures,
    ScanFigures, ScoreFigures, Sign, VariantFigures, auroc_by_coverage, join_members, joined,
    matched_pairs, pairs_in_order, scan_figures, scan_scores, variant_figures,
};
pub use genome::{Contig, Genome};
#[cfg(feature = "lm")]
pub use language_model::{CausalModel, MaskedModel, PooledEncoder, View, score_model};
pub use model::{CausalPredictor, Embedder, LocalEmbedder, MaskedPredictor, MaskedTokens};
pub use mutate::{SUBSTITUTION_COUNTS, nested_substitutions};
pub use scan::{Scan, ScanParams};
pub use score::{
    RATIO_IN_WORDS, RatioKind, ScoreParams, VariantScore, base_probabilities, score_causal,
    score_masked,
};
pub use shift::{EmbeddingShift, embedding_shifts};
pub use table::{
    LabelColumn, TableColumns, VcfFields, column_scores, read_table, read_variants, read_vcf,
};
pub use variant::{Checked, Edit, OnFault, Skipped, Variant, VariantKind, check_variants};
pub use window::VariantWindow;
pub use write::{ScoreColumn, ratio_columns, write_table, write_vcf};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
