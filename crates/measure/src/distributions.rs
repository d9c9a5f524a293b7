//! What the members predict at masked positions, and how far they disagree.

use dissensus_divergence::{
    EnsembleDivergence, FlatnessMatched, MemberSummary, PairSummary, Settings, Summary, Uncertainty,
};
use dissensus_lm::MaskedLanguageModel;
use dissensus_report::Measure;

use crate::intervals::{over_ensemble, over_members, over_pairs};
use crate::predictions::{Predictions, rows};
use crate::{
    ACCURACY, ALEATORIC, ARGMAX_DISAGREEMENT, AnalysisSet, ENTROPY, EPISTEMIC,
    EPISTEMIC_PER_SYMBOL, Error, JS_DISTANCE, JS_DISTANCE_VARIANT, KL_FROM_UNIFORM, KL_TO_UNIFORM,
    LOSS, LOSS_PER_SYMBOL, PERPLEXITY, RANK_PROBABILITY,
};

/// Every measure of output distributions, over all members at once.
///
/// The chance level of the disagreement is that of a flatness-matched null: noised copies of the
/// members' mean with their entropy, which disagree about nothing but noise.
///
/// # Errors
/// [`Error::Model`] for sequences that do not fit a model, [`Error::Divergence`] for logits that
/// are not finite.
pub fn distributions(
    members: &[impl MaskedLanguageModel],
    set: &AnalysisSet,
) -> Result<Vec<Measure>, Error> {
    let mut found = Distributions::new(members.len(), set.tokens())?;
    Predictions::each(members, set.masked(), set.tokens(), |batch| {
        found.push(batch)
    })?;
    found.finish(set, None)
}

/// The members beside their null.
pub(crate) struct Distributions {
    observed: EnsembleDivergence,
    null: EnsembleDivergence,
}

impl Distributions {
    pub(crate) fn new(members: usize, tokens: usize) -> Result<Self, Error> {
        let settings = Settings::new(members, tokens);
        Ok(Self {
            observed: EnsembleDivergence::new(settings.clone().as_published(true))?,
            null: EnsembleDivergence::new(settings)?,
        })
    }

    pub(crate) fn push(&mut self, batch: &Predictions) -> Result<(), Error> {
        self.observed.push(&batch.rows(), &batch.targets)?;
        if batch.logits.len() > 1 {
            let vocabulary = self.observed.settings().vocabulary;
            let copies = FlatnessMatched::default().batch(&batch.rows(), vocabulary)?;
            self.null.push(&rows(&copies), &batch.targets)?;
        }
        Ok(())
    }

    /// With the oracle's loss in bits a token, where it is known.
    pub(crate) fn finish(
        &self,
        set: &AnalysisSet,
        oracle: Option<f64>,
    ) -> Result<Vec<Measure>, Error> {
        let found = self.observed.finish()?;
        let mut all = of_members(&found, set)?;
        if let Some(floor) = oracle {
            all = all
                .into_iter()
                .map(|measure| of_oracle(measure, floor, &found, set))
                .collect::<Result<_, _>>()?;
        }
        all.extend(of_ensemble(&found, set)?);
        if found.members.len() > 1 {
            all.extend(of_pairs(&found, &self.null.finish()?)?);
        }
        all.extend(rank_curve(&found)?);
        Ok(all)
    }
}

/// What the oracle reaches: its mean loss is, in expectation, the mean entropy of its predictions.
fn of_oracle(
    measure: Measure,
    floor: f64,
    found: &Summary,
    set: &AnalysisSet,
) -> Result<Measure, Error> {
    let flat = (found.vocabulary as f64).log2();
    let value = if [LOSS.id, ENTROPY.id].contains(&measure.id.as_str()) {
        floor
    } else if measure.id == LOSS_PER_SYMBOL.id {
        floor / set.symbols_per_token()
    } else if measure.id == PERPLEXITY.id {
        floor.exp2()
    } else if measure.id == KL_TO_UNIFORM.id {
        flat - floor
    } else {
        return Ok(measure);
    };
    Ok(measure.with_oracle(value)?)
}

fn of_members(found: &Summary, set: &AnalysisSet) -> Result<Vec<Measure>, Error> {
    let flat = (found.vocabulary as f64).log2();
    let member = |row, of: fn(&MemberSummary) -> f64| over_members(row, &found.by_member(of));
    let per_symbol = |bits: &f64| bits / set.symbols_per_token();
    let losses: Vec<f64> = found
        .by_member(|m| m.nll_bits)
        .iter()
        .map(per_symbol)
        .collect();
    let mut all = vec![
        member(&LOSS, |m| m.nll_bits)?.with_chance(flat)?,
        over_members(LOSS_PER_SYMBOL.per(set.modality()), &losses)?
            .with_chance(flat / set.symbols_per_token())?,
        member(&PERPLEXITY, |m| m.perplexity)?.with_chance(found.vocabulary as f64)?,
        member(&ACCURACY, |m| m.accuracy)?.with_chance(set.majority())?,
        member(&ENTROPY, |m| m.entropy_bits)?.with_chance(flat)?,
        member(&KL_TO_UNIFORM, |m| m.kl_to_uniform_bits)?.with_chance(0.0)?,
    ];
    // A probability that underflows makes this divergence infinite, and an infinite number is no
    // result.
    if found
        .members
        .iter()
        .all(|m| m.kl_from_uniform_bits.is_finite())
    {
        all.push(member(&KL_FROM_UNIFORM, |m| m.kl_from_uniform_bits)?.with_chance(0.0)?);
    }
    Ok(all)
}

fn of_ensemble(found: &Summary, set: &AnalysisSet) -> Result<Vec<Measure>, Error> {
    if found.members.len() < 2 {
        return Ok(Vec::new());
    }
    let without =
        |of: fn(&Uncertainty) -> f64| -> Vec<f64> { found.leave_one_out.iter().map(of).collect() };
    let epistemic = without(|u| u.epistemic_bits);
    let per_symbol: Vec<f64> = epistemic
        .iter()
        .map(|bits| bits / set.symbols_per_token())
        .collect();
    let whole = &found.uncertainty;
    let by_symbol = whole.epistemic_bits / set.symbols_per_token();
    Ok(vec![
        over_ensemble(
            &ALEATORIC,
            whole.aleatoric_bits,
            &without(|u| u.aleatoric_bits),
        )?,
        over_ensemble(&EPISTEMIC, whole.epistemic_bits, &epistemic)?.with_chance(0.0)?,
        over_ensemble(
            EPISTEMIC_PER_SYMBOL.per(set.modality()),
            by_symbol,
            &per_symbol,
        )?
        .with_chance(0.0)?,
    ])
}

fn of_pairs(found: &Summary, null: &Summary) -> Result<Vec<Measure>, Error> {
    let members = found.members.len();
    let by_chance = |of: &dyn Fn(&PairSummary) -> f64| {
        null.by_pair(of).iter().sum::<f64>() / null.pairs.len() as f64
    };
    let disagreement = |pair: &PairSummary| pair.argmax_disagreement;
    let measure = over_pairs(&ARGMAX_DISAGREEMENT, members, &found.by_pair(disagreement))?;
    let mut all = vec![measure.with_chance(by_chance(&disagreement))?];
    for (index, &mass) in found.masses.iter().enumerate() {
        let distance = |pair: &PairSummary| pair.js_distance[index];
        let measure = over_pairs(JS_DISTANCE.at(mass), members, &found.by_pair(distance))?;
        all.push(measure.with_chance(by_chance(&distance))?);
    }
    for (index, &mass) in found.masses.iter().enumerate() {
        let distances = found.by_pair(|pair| pair.js_distance_as_published[index]);
        all.push(over_pairs(
            JS_DISTANCE_VARIANT.at(mass),
            members,
            &distances,
        )?);
    }
    Ok(all)
}

/// The curve at ranks that grow by about a quarter, which is what a logarithmic axis shows.
fn rank_curve(found: &Summary) -> Result<Vec<Measure>, Error> {
    let mut all = Vec::new();
    let mut rank = 1;
    while rank <= found.vocabulary {
        let values = found.by_member(|m| m.rank_curve[rank - 1]);
        let measure = over_members(RANK_PROBABILITY.at(rank as f64), &values)?;
        all.push(measure.with_chance(1.0 / found.vocabulary as f64)?);
        rank = (rank + 1).max(rank * 5 / 4);
    }
    Ok(all)
}
