//! The rows of the catalogue, in the order of the headline.

use super::Argument::{
    BatchSize, Decile, Depth, Layer, Neighbours, NucleusMass, Radius, Rank, Shift, Step,
};
use super::Better::{Higher, Lower};
use super::Scope::{AnalysisSet, Ensemble, Members, Pairs};
use super::Unit::{Bits, BitsPerSymbol, BitsPerToken, One, Share, SquaredNats};
use super::{CatalogueRow, MeasureSelection, PublishedRow};
use crate::Paper;

/// Declares rows and lists them.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $row:expr;)+) => {
        $($(#[$doc])* pub static $name: CatalogueRow = $row;)+

        /// Every measure, in the order of tables.
        pub static CATALOGUE: &[&CatalogueRow] = &[$(&$name),+];
    };
}

const WHOLE: &[MeasureSelection] = &[MeasureSelection::WHOLE];
const FLAT: &str = "a flat model's";
const NULL: &str = "the flatness-matched null's";
const PERMUTED: &str = "the tables' own, rows of one in random order";
/// Letters of DNA and of text.
const BASES_AND_CHARACTERS: &[MeasureSelection] = &[
    MeasureSelection::part("base"),
    MeasureSelection::part("character"),
];
const MASSES: &[MeasureSelection] = &[
    MeasureSelection::at(0.1),
    MeasureSelection::at(0.5),
    MeasureSelection::at(0.9),
    MeasureSelection::at(1.0),
];
const TEN: &[MeasureSelection] = &[MeasureSelection::at(10.0)];

const fn row(
    id: &'static str,
    label: &'static str,
    unit: super::Unit,
    scope: super::Scope,
) -> CatalogueRow {
    CatalogueRow::new(id, label, unit, scope)
}

/// What the paper reports for text, DNA under BPE and DNA under 6-mers.
const fn published(
    place: &'static str,
    at: Option<f64>,
    [text, bpe, kmer]: [f64; 3],
) -> PublishedRow {
    PublishedRow {
        paper: Paper::EntropyDisagreement,
        place,
        at,
        values: [("text-bpe", text), ("dna-bpe", bpe), ("dna-kmer", kmer)],
    }
}

const TABLE: &str = "table 1";
const APPENDIX: &str = "appendix A.4";

const OVERLAPS: &[PublishedRow] = &[
    published(APPENDIX, Some(1.0), [0.75, 0.42, 0.37]),
    published(APPENDIX, Some(3.0), [0.60, 0.38, 0.36]),
    published(APPENDIX, Some(5.0), [0.56, 0.38, 0.38]),
    published(TABLE, Some(10.0), [0.54, 0.39, 0.41]),
    published(APPENDIX, Some(20.0), [0.52, 0.40, 0.42]),
    published(APPENDIX, Some(50.0), [0.50, 0.41, 0.41]),
    published(APPENDIX, Some(100.0), [0.49, 0.41, 0.40]),
    published(APPENDIX, Some(1000.0), [0.52, 0.52, 0.54]),
    published(APPENDIX, Some(4000.0), [0.97, 0.97, 0.96]),
];
const SPEARMANS: &[PublishedRow] = &[
    published(APPENDIX, Some(3.0), [0.68, 0.39, 0.34]),
    published(APPENDIX, Some(5.0), [0.68, 0.44, 0.40]),
    published(TABLE, Some(10.0), [0.68, 0.48, 0.47]),
    published(APPENDIX, Some(20.0), [0.67, 0.51, 0.53]),
    published(APPENDIX, Some(50.0), [0.65, 0.54, 0.57]),
    published(APPENDIX, Some(100.0), [0.65, 0.55, 0.56]),
    published(APPENDIX, Some(1000.0), [0.61, 0.57, 0.58]),
    published(APPENDIX, Some(4000.0), [0.73, 0.76, 0.76]),
];

catalogue! {
    /// The fraction of the gap between a control without transformer layers and the best predictor
    /// known that a member has closed.
    LEARNED_FRACTION = row("learned_fraction", "fraction learned of what context tells", One, Members)
        .with_chance("the control's").with_better(Higher).in_headline(WHOLE);
    /// Mean −log2 probability of the masked tokens.
    LOSS = row("loss", "loss", BitsPerToken, Members)
        .with_chance(FLAT).with_better(Lower).in_headline(WHOLE);
    /// The loss over the symbols that a token spans on average.
    LOSS_PER_SYMBOL = row("loss_per_symbol", "loss per symbol", BitsPerSymbol, Members)
        .with_chance(FLAT).with_better(Lower).in_headline(WHOLE);
    /// A member's loss less the oracle's on the same tokens.
    EXCESS = row("excess", "excess over the oracle", BitsPerToken, Members)
        .with_chance(FLAT).with_better(Lower).in_headline(WHOLE);
    /// The excess over the symbols that a token spans on average.
    EXCESS_PER_SYMBOL = row("excess_per_symbol", "excess over the oracle per symbol", BitsPerSymbol, Members)
        .with_chance(FLAT).with_better(Lower);
    /// The loss of the members' mean prediction less the oracle's: in expectation the divergence
    /// from the oracle to the mean.
    LOSS_BIAS = row("loss_bias", "bias of the log loss", BitsPerToken, Ensemble)
        .with_chance(FLAT).with_better(Lower).in_headline(WHOLE);
    /// The members' mean loss less the loss of their mean prediction: what they lose by differing.
    LOSS_VARIANCE = row("loss_variance", "variance of the log loss", BitsPerToken, Ensemble)
        .with_chance("0").with_better(Lower).in_headline(WHOLE).in_sweep(WHOLE);
    /// The loss when the visible tokens stand in random order.
    SHUFFLED_LOSS = row("shuffled_loss", "loss, context in random order", BitsPerToken, Members)
        .in_headline(WHOLE);
    /// The loss of controls without transformer layers that were trained alike.
    CONTROL_LOSS = row("control_loss", "loss of controls without transformer layers", BitsPerToken, Members)
        .in_headline(WHOLE);
    /// Distance between what is said of a base and, on the other strand, of its complement.
    STRAND_DISTANCE = row("strand_distance", "JS distance between the strands", One, Members)
        .with_chance("different sequences'").in_headline(WHOLE);
    /// Distance between what is said of a base when the sequence begins some bases later.
    PHASE_DISTANCE = row("phase_distance", "JS distance after a shift", One, Members)
        .with_argument(Shift).with_chance("different sequences'").in_headline(&[MeasureSelection::at(3.0)]);

    /// Masked letters of a class.
    LETTERS_MASKED = row("*/masked", "masked letters, by *", One, AnalysisSet);
    /// Mean −log2 probability of the masked letters.
    LETTER_LOSS = row("*/loss", "loss, by *", BitsPerSymbol, Members)
        .with_chance(FLAT).with_better(Lower).in_headline(BASES_AND_CHARACTERS);
    /// Entropy of the predictions of single letters.
    LETTER_ENTROPY = row("*/entropy", "entropy, by *", BitsPerSymbol, Members).with_chance(FLAT);
    /// Divergence of the predictions of single letters from flat ones.
    LETTER_KL_TO_UNIFORM = row("*/kl_to_uniform", "KL to uniform, by *", BitsPerSymbol, Members)
        .with_chance("0");
    /// Fraction of letters of which the most probable is the true one.
    LETTER_ACCURACY = row("*/accuracy", "accuracy, by *", One, Members).with_better(Higher);
    /// How far the members' predictions of letters are from the oracle's.
    LETTER_EXCESS = row("*/excess", "excess over the oracle, by *", BitsPerSymbol, Members)
        .with_better(Lower).in_headline(BASES_AND_CHARACTERS);
    /// How far the members' mean prediction of letters is from the oracle's.
    LETTER_LOSS_BIAS = row("*/loss_bias", "bias of the log loss, by *", BitsPerSymbol, Ensemble)
        .with_better(Lower).in_headline(BASES_AND_CHARACTERS);
    /// What the members lose on letters by differing.
    LETTER_LOSS_VARIANCE = row("*/loss_variance", "variance of the log loss, by *", BitsPerSymbol, Ensemble)
        .with_better(Lower).in_headline(BASES_AND_CHARACTERS);
    /// Mutual information of a prediction of a letter and the member.
    LETTER_EPISTEMIC = row("*/epistemic", "epistemic part, by *", BitsPerSymbol, Ensemble)
        .with_chance("0");
    /// Fraction of letters at which two members' most probable ones differ.
    LETTER_ARGMAX_DISAGREEMENT = row("*/argmax_disagreement", "argmax disagreement, by *", One, Pairs);
    /// Jensen–Shannon distance of two members' nuclei of letters.
    LETTER_JS_DISTANCE = row("*/js_distance", "JS distance, by *", One, Pairs).with_argument(NucleusMass);

    /// Two to the power of the loss.
    PERPLEXITY = row("perplexity", "perplexity", One, Members).with_chance(FLAT).with_better(Lower);
    /// Fraction of masked tokens of which the most probable is the true one.
    ACCURACY = row("accuracy", "accuracy", One, Members)
        .with_chance("the most frequent masked token's frequency").with_better(Higher).in_headline(WHOLE);
    /// Entropy of the predictions.
    ENTROPY = row("entropy", "entropy", Bits, Members).with_chance(FLAT).in_headline(WHOLE);
    /// Divergence of the predictions from a flat one.
    KL_TO_UNIFORM = row("kl_to_uniform", "KL to uniform", Bits, Members)
        .with_chance("0").in_headline(WHOLE).in_sweep(WHOLE);
    /// Divergence of a flat prediction from the members'.
    KL_FROM_UNIFORM = row("kl_from_uniform", "KL from uniform", Bits, Members).with_chance("0");
    /// Mean entropy of the members' predictions.
    ALEATORIC = row("aleatoric", "aleatoric part", Bits, Ensemble);
    /// Mutual information of prediction and member.
    EPISTEMIC = row("epistemic", "epistemic part", Bits, Ensemble)
        .with_chance("0").in_headline(WHOLE).in_sweep(WHOLE);
    /// The epistemic part over the symbols that a token spans on average.
    EPISTEMIC_PER_SYMBOL = row("epistemic_per_symbol", "epistemic part per symbol", BitsPerSymbol, Ensemble)
        .with_chance("0");
    /// Fraction of positions at which two members' most probable tokens differ.
    ARGMAX_DISAGREEMENT = row("argmax_disagreement", "argmax disagreement", One, Pairs)
        .with_chance(NULL).in_headline(WHOLE).in_sweep(WHOLE);
    /// Jensen–Shannon distance of two members' nuclei.
    JS_DISTANCE = row("js_distance", "JS distance", One, Pairs)
        .with_argument(NucleusMass).with_chance(NULL).in_headline(MASSES).in_sweep(MASSES);
    /// The same of nuclei without the token that crosses the mass.
    JS_DISTANCE_VARIANT = row("js_distance_variant", "JS distance, nucleus without the crossing token", One, Pairs)
        .with_argument(NucleusMass).variant_of(Paper::EntropyDisagreement);
    /// Probability of the r-th most probable token.
    RANK_PROBABILITY = row("rank_probability", "probability by rank", One, Members)
        .with_argument(Rank).with_chance(FLAT);

    /// Jaccard index of two members' nearest rows of the input table.
    OVERLAP = row("overlap", "top-k overlap", One, Pairs)
        .with_argument(Neighbours).with_chance("k of the other rows at random")
        .in_headline(TEN).in_sweep(TEN).with_published(OVERLAPS);
    /// Rank correlation of two members' cosines over one's nearest rows.
    LOCAL_SPEARMAN = row("local_spearman", "local Spearman", One, Pairs)
        .with_argument(Neighbours).with_chance("0")
        .in_headline(TEN).in_sweep(TEN).with_published(SPEARMANS);
    /// Mean cosine of two members' rows after alignment.
    PROCRUSTES_COSINE = row("procrustes_cosine", "Procrustes cosine", One, Pairs)
        .with_chance(PERMUTED).in_headline(WHOLE).in_sweep(WHOLE)
        .with_published(&[published(TABLE, None, [0.71, 0.61, 0.59])]);
    /// What alignment leaves of two members' tables.
    PROCRUSTES_DISPARITY = row("procrustes_disparity", "Procrustes disparity", One, Pairs)
        .with_chance(PERMUTED).in_headline(WHOLE).in_sweep(WHOLE)
        .with_published(&[published(TABLE, None, [0.49, 0.62, 0.66])]);
    /// Standard error of the chance level of the Procrustes cosine, which is drawn.
    PROCRUSTES_CHANCE_ERROR = row("procrustes_chance_error", "Procrustes cosine, standard error of chance", One, Pairs);
    /// Fraction of random orders of one table's rows that align as well, of the pair where it is
    /// largest.
    PROCRUSTES_P = row("procrustes_p", "Procrustes cosine, largest p of a pair", One, Pairs);
    /// The cosine on rows that the alignment was not fitted on: the map of every other row, judged
    /// on those between.
    PROCRUSTES_HELD_OUT = row("procrustes_held_out", "Procrustes cosine on rows left out of the fit", One, Pairs).with_chance("0");
    /// Centred kernel alignment of two members' tables, linear, debiased.
    LINEAR_CKA = row("linear_cka", "linear CKA, debiased", One, Pairs).with_chance("0").in_headline(WHOLE);
    /// Centred kernel alignment of two members' tables, Gaussian kernel, debiased.
    GAUSSIAN_CKA = row("gaussian_cka", "Gaussian CKA, debiased", One, Pairs).with_chance("0");

    /// Mean cosine of two sequences' mean hidden states.
    STATE_COSINE = row("state_cosine", "mean cosine of hidden states", One, Members).with_argument(Layer);
    /// Fraction of the largest direction among unit hidden states.
    STATE_ANISOTROPY = row("state_anisotropy", "anisotropy of hidden states", One, Members).with_argument(Layer);
    /// Uniformity of hidden states on the sphere, nats.
    STATE_UNIFORMITY = row("state_uniformity", "uniformity of hidden states, nats", One, Members).with_argument(Layer);
    /// Effective rank of hidden states.
    STATE_EFFECTIVE_RANK = row("state_effective_rank", "effective rank of hidden states", One, Members).with_argument(Layer);
    /// Participation ratio of hidden states.
    STATE_PARTICIPATION = row("state_participation", "participation ratio of hidden states", One, Members).with_argument(Layer);
    /// Whether two members' hidden states have the same neighbours.
    STATE_OVERLAP = row("state_overlap", "overlap of ten nearest sequences", One, Pairs).with_argument(Layer).with_chance("ten of the other sequences at random");
    /// Centred kernel alignment of two members' hidden states, linear, debiased.
    STATE_CKA = row("state_cka", "linear CKA of hidden states, debiased", One, Pairs).with_argument(Layer).with_chance("0");

    /// Share of the Fisher information of a group of parameters.
    FISHER_SHARE = row("fisher/*", "Fisher share, *", Share, Members)
        .in_headline(&[MeasureSelection::part("embeddings")])
        .in_sweep(&[
            MeasureSelection::part("embeddings"),
            MeasureSelection::part("transformer"),
            MeasureSelection::part("word input side"),
            MeasureSelection::part("word output side"),
            MeasureSelection::part("word cross term"),
        ]);
    /// Mean squared norm of a sequence's gradient.
    FISHER_TRACE = row("fisher_trace", "Fisher trace", SquaredNats, Members);
    /// Mean Fisher information of a parameter of a group.
    FISHER_PER_PARAMETER = row("fisher_per_parameter/*", "Fisher per parameter, *", SquaredNats, Members);
    /// Share of the Fisher information by depth.
    FISHER_LAYER = row("fisher_layer", "Fisher share by depth", Share, Members).with_argument(Depth);
    /// Share of the input side of the mask token's row.
    FISHER_MASK_ROW = row("fisher_mask_row", "Fisher share, input side of the mask token's row", Share, Members);
    /// Share of the word table's rows by frequency of their tokens.
    FISHER_DECILE = row("fisher_decile/table", "Fisher share of the table's rows", Share, Members)
        .with_argument(Decile);
    /// The same, of the table as input.
    FISHER_DECILE_INPUT = row("fisher_decile/input side", "Fisher share of the table's rows, input side", Share, Members)
        .with_argument(Decile);
    /// The same, of the table as output.
    FISHER_DECILE_OUTPUT = row("fisher_decile/output side", "Fisher share of the table's rows, output side", Share, Members)
        .with_argument(Decile);
    /// Share of a group while the members trained.
    FISHER_TRAINING = row("fisher_training/*", "Fisher share while training, *", Share, Members)
        .with_argument(Step);
    /// Squared mean gradients of batches, summed over parameters.
    FISHER_BATCH_TRACE = row("fisher_batch_trace", "squared batch gradients, trace", SquaredNats, Members)
        .with_argument(BatchSize).variant_of(Paper::EntropyDisagreement);
    /// Share of a group of the squared mean gradients of batches.
    FISHER_BATCH = row("fisher_batch/*", "squared batch gradients, share of *", Share, Members)
        .with_argument(BatchSize).variant_of(Paper::EntropyDisagreement);

    /// The loss when only so much is visible on both sides.
    CONTEXT_LOSS_BOTH = row("context_loss/both", "loss, this much visible on both sides", BitsPerToken, Members)
        .with_argument(Radius);
    /// The loss when only so much is visible, on the left.
    CONTEXT_LOSS_LEFT = row("context_loss/left", "loss, this much visible on the left", BitsPerToken, Members)
        .with_argument(Radius);
    /// The loss when only so much is visible, on the right.
    CONTEXT_LOSS_RIGHT = row("context_loss/right", "loss, this much visible on the right", BitsPerToken, Members)
        .with_argument(Radius);
}
