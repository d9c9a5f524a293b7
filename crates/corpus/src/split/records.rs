//! Sets of whole records.

use super::regions;
use crate::{Error, Region, Sets, SplitParams};

/// Splits records so that the evaluation and the analysis set come from those that are held out, as
/// one chromosome, and the training set is all the others.
///
/// The sizes of `params` say in which ratio the held-out records, laid end to end, are divided; all
/// of them is used, but for the gap between the two sets. Lengths and marks count from record 1.
///
/// ```
/// use dissensus_corpus::{Region, SplitParams, split_by_record};
///
/// let params = SplitParams::default().with_evaluation(1).with_analysis(1).with_gap(10);
/// let sets = split_by_record(&[60, 50, 40], &[false, true, false], &params)?;
/// assert_eq!(sets.training.iter().map(|region| region.record).collect::<Vec<_>>(), [1, 3]);
/// assert_eq!(sets.evaluation, [Region { record: 2, start: 0, end: 20 }]);
/// assert_eq!(sets.analysis, [Region { record: 2, start: 30, end: 50 }]);
/// # Ok::<(), dissensus_corpus::Error>(())
/// ```
///
/// # Errors
/// [`Error::HeldOutTooShort`] if the held-out records do not hold a symbol of each set and the gap.
pub fn split_by_record(
    lengths: &[u64],
    held_out: &[bool],
    params: &SplitParams,
) -> Result<Sets<Vec<Region>>, Error> {
    let only = |wanted: bool| -> Vec<u64> {
        let marks = held_out.iter().copied().chain(std::iter::repeat(false));
        let length = |(&length, held): (&u64, bool)| if held == wanted { length } else { 0 };
        lengths.iter().zip(marks).map(length).collect()
    };
    let (training, held) = (only(false), only(true));
    let have: u64 = held.iter().sum();
    let (evaluation, analysis) = (params.evaluation, params.analysis);
    let gap = if evaluation > 0 && analysis > 0 {
        params.gap
    } else {
        0
    };
    let minimum = u64::from(evaluation > 0) + u64::from(analysis > 0);
    let need = gap.saturating_add(minimum.max(1));
    if have < need {
        return Err(Error::HeldOutTooShort {
            records: held_out.iter().filter(|held| **held).count(),
            have,
            need,
            gap,
        });
    }
    let both = u128::from(evaluation) + u128::from(analysis);
    let exact = u128::from(have - gap) * u128::from(evaluation) / both.max(1);
    // Both have a symbol where both are wanted.
    let end = (exact as u64).clamp(
        u64::from(evaluation > 0),
        have - gap - u64::from(analysis > 0),
    );
    let from = if analysis > 0 { end + gap } else { have };
    Ok(Sets {
        training: regions(&training, 0, training.iter().sum()),
        evaluation: regions(&held, 0, end),
        analysis: regions(&held, from, have),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(regions: &[Region]) -> u64 {
        regions.iter().map(Region::length).sum()
    }

    #[test]
    fn sets_share_no_record_with_the_training_set_and_use_all_that_is_held_out() {
        let (lengths, held) = ([7, 100, 3, 23], [false, true, false, true]);
        for (evaluation, analysis, gap) in [(5, 5, 10), (1, 1000, 0), (5, 0, 10), (0, 5, 10)] {
            let params = SplitParams::default().with_evaluation(evaluation);
            let params = params.with_analysis(analysis).with_gap(gap);
            let sets = split_by_record(&lengths, &held, &params).unwrap();
            assert_eq!(size(&sets.training), 10);
            let between = if evaluation > 0 && analysis > 0 {
                gap
            } else {
                0
            };
            assert_eq!(size(&sets.evaluation) + size(&sets.analysis) + between, 123);
            assert_eq!(size(&sets.evaluation) > 0, evaluation > 0);
            assert_eq!(size(&sets.analysis) > 0, analysis > 0);
            let mut others = sets.evaluation.iter().chain(&sets.analysis);
            assert!(others.all(|region| held[region.record as usize - 1]));
        }
        let params = SplitParams::default().with_evaluation(1).with_analysis(1);
        let error = split_by_record(&lengths, &held, &params).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the records that are held out (2) have 123 symbols: expected at least 1002, one for each set and 1000 between them"
        );
    }
}
