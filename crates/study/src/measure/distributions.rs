//! What the members predict at masked positions, and how far they disagree.

use dissensus_bert::{Batch, Masked, MaskedLm, Masking, Pass};
use dissensus_divergence::{Ensemble, FlatnessMatched, PairSummary, Settings, Summary};
use dissensus_report::Measure;
use dissensus_tokenize::Specials;

use super::{over_ensemble, over_members, over_pairs};
use crate::{Data, Error, Sequences};

/// Sequences of the analysis with the tokens that every member must guess.
#[derive(Debug, Clone)]
pub struct AnalysisSet {
    masked: Vec<Masked>,
    /// Symbols that a token spans, on average over the analysis set.
    symbols_per_token: f64,
    data: Data,
}

/// Sequences that go through a model at once.
const BATCH: usize = 16;

impl AnalysisSet {
    /// Hides 10 % of the ordinary tokens of the first `count` sequences, the same ones for every member.
    ///
    /// # Errors
    /// [`Error::Bert`] if the mask token is outside the vocabulary.
    pub fn new(
        sequences: &Sequences,
        count: usize,
        vocabulary: usize,
        specials: &Specials,
        data: Data,
        seed: u64,
    ) -> Result<Self, Error> {
        let keep: Vec<u32> = specials.ids().collect();
        let masking = Masking::analysis(vocabulary, specials.mask, &keep);
        Ok(Self {
            masked: masking.mask_all(sequences.first(count), seed)?,
            symbols_per_token: sequences.symbols_per_token(),
            data,
        })
    }

    /// The masked sequences.
    #[must_use]
    pub fn masked(&self) -> &[Masked] {
        &self.masked
    }

    /// The first `count` of them, or all.
    #[must_use]
    pub fn first(&self, count: usize) -> &[Masked] {
        &self.masked[..count.min(self.masked.len())]
    }

    /// Number of tokens that must be guessed.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.masked.iter().map(|m| m.positions.len()).sum()
    }

    /// How often the most frequent of the hidden tokens occurs: what a model without context can reach.
    #[must_use]
    pub fn majority(&self) -> f64 {
        let mut targets: Vec<u32> = self.masked.iter().flat_map(|m| m.targets.clone()).collect();
        targets.sort_unstable();
        let longest = targets.chunk_by(|a, b| a == b).map(<[u32]>::len).max();
        longest.unwrap_or(0) as f64 / targets.len().max(1) as f64
    }
}

/// Every measure of output distributions, over all members at once.
///
/// The chance level of the disagreement is that of a flatness-matched null: noised copies of the members' mean with their
/// entropy, which disagree about nothing but noise.
///
/// # Errors
/// [`Error::Bert`] for sequences that do not fit a model, [`Error::Divergence`] for logits that are not finite.
pub fn distributions(members: &[MaskedLm], set: &AnalysisSet) -> Result<Vec<Measure>, Error> {
    let vocabulary = members.first().map_or(0, |m| m.config().vocab_size);
    let settings = Settings::new(members.len(), vocabulary);
    let mut observed = Ensemble::new(settings.clone().as_published(true))?;
    let mut null = Ensemble::new(settings)?;
    for chunk in set.masked.chunks(BATCH) {
        let Some(batch) = Predictions::of(members, chunk)? else {
            continue;
        };
        observed.push(&rows(&batch.logits), &batch.targets)?;
        if members.len() > 1 {
            let copies = FlatnessMatched::default().batch(&rows(&batch.logits), vocabulary)?;
            null.push(&rows(&copies), &batch.targets)?;
        }
    }
    measures(&observed.finish(), &null.finish(), set)
}

/// What all members say about the hidden tokens of some sequences.
struct Predictions {
    /// Row-major `[positions, vocabulary]`, one entry a member.
    logits: Vec<Vec<f32>>,
    targets: Vec<u32>,
}

impl Predictions {
    /// Nothing, if nothing is hidden.
    fn of(members: &[MaskedLm], chunk: &[Masked]) -> Result<Option<Self>, Error> {
        let targets: Vec<u32> = chunk
            .iter()
            .flat_map(|m| m.targets.iter().copied())
            .collect();
        let Some(first) = members.first().filter(|_| !targets.is_empty()) else {
            return Ok(None);
        };
        let ids: Vec<&[u32]> = chunk.iter().map(|m| m.ids.as_slice()).collect();
        let batch = Batch::new(&ids, first.config())?;
        let hidden = |(row, masked): (usize, &Masked)| {
            masked
                .positions
                .iter()
                .map(|&p| batch.flat(row, p))
                .collect::<Vec<_>>()
        };
        let positions: Vec<usize> = chunk.iter().enumerate().flat_map(hidden).collect();
        let logits = members.iter().map(|model| {
            let logits = model.logits_at(&batch, &positions, &Pass::default());
            logits.into_data().iter::<f32>().collect()
        });
        Ok(Some(Self {
            logits: logits.collect(),
            targets,
        }))
    }
}

fn rows(logits: &[Vec<f32>]) -> Vec<&[f32]> {
    logits.iter().map(Vec::as_slice).collect()
}

fn measures(found: &Summary, null: &Summary, set: &AnalysisSet) -> Result<Vec<Measure>, Error> {
    let mut all = of_members(found, set)?;
    all.extend(of_ensemble(found, set)?);
    all.extend(of_pairs(found, null)?);
    all.extend(rank_curve(found)?);
    Ok(all)
}

fn of_members(found: &Summary, set: &AnalysisSet) -> Result<Vec<Measure>, Error> {
    let flat = (found.vocabulary as f64).log2();
    let per_symbol = format!("bits/{}", set.data.symbol());
    let member = |id, unit: &str, of: fn(&dissensus_divergence::MemberSummary) -> f64| {
        over_members(id, unit, &found.by_member(of))
    };
    let losses: Vec<f64> = found
        .by_member(|m| m.nll_bits)
        .iter()
        .map(|loss| loss / set.symbols_per_token)
        .collect();
    let mut all = vec![
        member("loss", "bits/token", |m| m.nll_bits)?.with_chance(flat)?,
        over_members("loss_per_symbol", &per_symbol, &losses)?
            .with_chance(flat / set.symbols_per_token)?,
        member("perplexity", "1", |m| m.perplexity)?.with_chance(found.vocabulary as f64)?,
        member("accuracy", "1", |m| m.accuracy)?.with_chance(set.majority())?,
        member("entropy", "bits", |m| m.entropy_bits)?.with_chance(flat)?,
        member("kl_to_uniform", "bits", |m| m.kl_to_uniform_bits)?.with_chance(0.0)?,
    ];
    // A probability that underflows makes this divergence infinite, and an infinite number is no result.
    if found
        .members
        .iter()
        .all(|m| m.kl_from_uniform_bits.is_finite())
    {
        all.push(member("kl_from_uniform", "bits", |m| m.kl_from_uniform_bits)?.with_chance(0.0)?);
    }
    Ok(all)
}

fn of_ensemble(found: &Summary, set: &AnalysisSet) -> Result<Vec<Measure>, Error> {
    if found.members.len() < 2 {
        return Ok(Vec::new());
    }
    let without = |of: fn(&dissensus_divergence::Uncertainty) -> f64| {
        found.leave_one_out.iter().map(of).collect::<Vec<f64>>()
    };
    let epistemic = without(|u| u.epistemic_bits);
    let per_symbol: Vec<f64> = epistemic
        .iter()
        .map(|bits| bits / set.symbols_per_token)
        .collect();
    let unit = format!("bits/{}", set.data.symbol());
    let whole = &found.uncertainty;
    Ok(vec![
        over_ensemble(
            "aleatoric",
            "bits",
            whole.aleatoric_bits,
            &without(|u| u.aleatoric_bits),
        )?,
        over_ensemble("epistemic", "bits", whole.epistemic_bits, &epistemic)?.with_chance(0.0)?,
        over_ensemble(
            "epistemic_per_symbol",
            &unit,
            whole.epistemic_bits / set.symbols_per_token,
            &per_symbol,
        )?
        .with_chance(0.0)?,
    ])
}

fn of_pairs(found: &Summary, null: &Summary) -> Result<Vec<Measure>, Error> {
    let members = found.members.len();
    if members < 2 {
        return Ok(Vec::new());
    }
    let pairs =
        |id, of: &dyn Fn(&PairSummary) -> f64| over_pairs(id, "1", members, &found.by_pair(of));
    let by_chance = |of: &dyn Fn(&PairSummary) -> f64| {
        null.by_pair(of).iter().sum::<f64>() / null.pairs.len() as f64
    };
    let disagreement = |pair: &PairSummary| pair.argmax_disagreement;
    let measure = pairs("argmax_disagreement", &disagreement)?;
    let mut all = vec![measure.with_chance(by_chance(&disagreement))?];
    for (place, &mass) in found.masses.iter().enumerate() {
        let distance = |pair: &PairSummary| pair.js_distance[place];
        let measure = pairs("js_distance", &distance)?.at(mass)?;
        all.push(measure.with_chance(by_chance(&distance))?);
    }
    for (place, &mass) in found.masses.iter().enumerate() {
        let distance = |pair: &PairSummary| pair.js_distance_as_published[place];
        all.push(pairs("js_distance_as_published", &distance)?.at(mass)?);
    }
    Ok(all)
}

/// The curve at ranks that grow by about a quarter, which is what a logarithmic axis shows.
fn rank_curve(found: &Summary) -> Result<Vec<Measure>, Error> {
    let mut all = Vec::new();
    let mut rank = 1;
    while rank <= found.vocabulary {
        let values = found.by_member(|m| m.rank_curve[rank - 1]);
        let measure = over_members("rank_probability", "1", &values)?.at(rank as f64)?;
        all.push(measure.with_chance(1.0 / found.vocabulary as f64)?);
        rank = (rank + 1).max(rank * 5 / 4);
    }
    Ok(all)
}
