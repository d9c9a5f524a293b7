//! How much of what can be learned was learned.

use dissensus_lm::MaskedLanguageModel;
use dissensus_report::{Measure, State};

use crate::intervals::over_members;
use crate::losses::mean_losses_bits;
use crate::{AnalysisSet, CONTROL_LOSS, Error, LEARNED_FRACTION, LOSS};

/// The loss of controls without transformer layers on the same masked tokens: what token
/// frequencies and positions alone give.
///
/// # Errors
/// [`Error::Model`] for sequences that do not fit a model.
pub fn control_loss(
    controls: &[impl MaskedLanguageModel],
    set: &AnalysisSet,
) -> Result<Measure, Error> {
    over_members(
        &CONTROL_LOSS,
        &mean_losses_bits(controls, set.masked(), set.tokens())?,
    )
}

/// The fraction of the learnable gap that the members have closed: `(c − l)/(c − f)`.
///
/// `l` is a member's loss, `c` that of its control, `f` the loss of the best predictor known, all
/// in bits a token on the same masked tokens. 0 is a model that knows how frequent tokens are and
/// no more; 1 is the best predictor. Member and control of the same index share order and masks, so
/// their fraction is taken together and the interval, a jackknife over members, has both their
/// chances. Where there are fewer controls than members, each stands for their mean.
///
/// `None` where the floor is not below the control: there is nothing to be learned then.
///
/// ```
/// use dissensus_measure::{CONTROL_LOSS, LOSS, MeasureKey, learned_fraction};
/// let loss = MeasureKey::from(&LOSS).measure(3.5)?.with_members(&[1.0, 6.0])?;
/// let control = MeasureKey::from(&CONTROL_LOSS).measure(9.0)?.with_members(&[9.0, 9.0])?;
/// let learned = learned_fraction(&loss, &control, 1.0)?.unwrap();
/// assert_eq!((learned.value, &learned.per_member[..]), (0.6875, &[1.0, 0.375][..]));
/// # Ok::<(), dissensus_measure::Error>(())
/// ```
///
/// # Errors
/// [`Error::Report`] if a loss is not finite.
pub fn learned_fraction(
    loss: &Measure,
    control: &Measure,
    floor: f64,
) -> Result<Option<Measure>, Error> {
    let alone = |member: usize| {
        if control.per_member.len() == loss.per_member.len() {
            control.per_member[member]
        } else {
            control.value
        }
    };
    let gaps: Vec<f64> = (0..loss.per_member.len())
        .map(|member| alone(member) - floor)
        .collect();
    if gaps.is_empty() || gaps.iter().any(|&gap| gap <= 0.0) {
        return Ok(None);
    }
    let members = loss.per_member.iter().zip(&gaps).enumerate();
    let fractions: Vec<f64> = members
        .map(|(member, (loss, gap))| (alone(member) - loss) / gap)
        .collect();
    Ok(Some(over_members(&LEARNED_FRACTION, &fractions)?))
}

/// Puts what was learned in front of each state's measures, and the loss of the controls behind
/// those of the last.
///
/// Without a `floor`, the loss of the best predictor known, there is no fraction.
///
/// # Errors
/// Those of [`learned_fraction`].
pub fn add_learned_fraction(
    states: &mut [State],
    control: &Measure,
    floor: Option<f64>,
) -> Result<(), Error> {
    for state in states.iter_mut() {
        let Some((loss, floor)) = state.find(LOSS.id, None).zip(floor) else {
            continue;
        };
        if let Some(learned) = learned_fraction(loss, control, floor)? {
            let learned = learned.with_chance(0.0)?.with_oracle(1.0)?;
            state.measures.insert(0, learned);
        }
    }
    if let Some(last) = states.last_mut() {
        last.measures.push(control.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MeasureKey;

    fn measure(row: &'static crate::CatalogueRow, values: &[f64]) -> Measure {
        over_members(MeasureKey::from(row), values).unwrap()
    }

    #[test]
    fn a_member_is_compared_with_its_own_control() {
        let loss = measure(&LOSS, &[2.0, 3.0, 4.0]);
        let control = measure(&CONTROL_LOSS, &[5.0, 6.0, 7.0]);
        let learned = learned_fraction(&loss, &control, 1.0).unwrap().unwrap();
        assert_eq!(learned.per_member, [0.75, 0.6, 0.5]);
        assert!(learned.low.unwrap() < learned.value && learned.value < learned.high.unwrap());
        let one = measure(&CONTROL_LOSS, &[5.0]);
        let learned = learned_fraction(&loss, &one, 1.0).unwrap().unwrap();
        assert_eq!(learned.per_member, [0.75, 0.5, 0.25]);
    }

    #[test]
    fn where_nothing_can_be_learned_there_is_no_fraction() {
        let (loss, control) = (measure(&LOSS, &[2.0]), measure(&CONTROL_LOSS, &[2.0]));
        assert!(learned_fraction(&loss, &control, 2.0).unwrap().is_none());
        assert!(learned_fraction(&loss, &control, 2.5).unwrap().is_none());
    }
}
