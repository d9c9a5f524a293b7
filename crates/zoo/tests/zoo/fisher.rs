use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Device;
use dissensus_fisher::{
    Fast, Forward, General, GroupSums, Labels, Passed, Sample, Terms, Tie, log_likelihoods,
};
use dissensus_layers::Tap;
use dissensus_lm::{Masked, MaskedLanguageModel, Masking, Pass};
use dissensus_zoo::{Esm, Gena, MosaicBert, Published, load_as};

use crate::common::folder;

fn forward<M: MaskedLanguageModel>(
    model: &M,
    masked: &[Masked],
    pass: &Pass,
) -> Result<Option<Forward>, dissensus_lm::Error> {
    let logits = model.logits_at_masked(masked, pass)?;
    Ok(logits.map(|logits| Forward {
        logits,
        targets: masked.iter().flat_map(|m| m.targets.clone()).collect(),
        tokens: masked.iter().map(|m| m.positions.len()).collect(),
    }))
}

/// Group sums by taps and by one backward pass a sequence, of a model and its untied copy.
fn both_routes<M: Published + MaskedLanguageModel>(case: &str, untied: fn(M) -> M, tied: bool) {
    let model: M = load_as(folder(case), &Device::flex().autodiff()).expect(case);
    let sequences: Vec<Vec<u32>> = (0..5)
        .map(|row| (0..6 + row).map(|at| 6 + (row * 5 + at * 7) % 17).collect())
        .collect();
    let vocabulary = model.sizes().vocabulary;
    let masking = Masking::analysis(vocabulary, 4, &[0, 1, 2, 3, 4]);
    let masked = masking.mask_all(&sequences, 1).expect(case);
    let count = masked.len() as u64;
    let sums = || GroupSums::new(Sample::Sequence, Labels::Observed);
    let (mut fast, mut general) = (sums(), sums());
    let mut route = Fast::new(Sample::Sequence, Labels::Observed).batch(2);
    if tied {
        route = route.tied(Tie::default());
    }
    let by_taps = |range: Range<u64>, tap: Arc<dyn Tap>| -> Passed {
        let masked = &masked[range.start as usize..range.end as usize];
        Ok(forward(&model, masked, &Pass::default().with_tap(tap))?)
    };
    route
        .run(0..count, by_taps, Some(&mut fast), None)
        .expect(case);
    let apart = untied(model.clone());
    let mut route = General::new(&apart, Sample::Sequence);
    if tied {
        route = route.tied(Tie::default());
    }
    let one_by_one = |model: &M, index: u64| -> Terms {
        let one = std::slice::from_ref(&masked[index as usize]);
        match forward(model, one, &Pass::default())? {
            None => Ok(None),
            Some(found) => {
                let labels = Labels::Observed;
                let terms = log_likelihoods(found.logits, &found.targets, labels, index)?;
                Ok(Some(terms))
            }
        }
    };
    route.run(0..count, one_by_one, &mut general).expect(case);
    assert_eq!(fast.places, general.places, "{case}");
    assert_eq!(fast.parameters, general.parameters, "{case}");
    for ((place, a), b) in fast.places.iter().zip(&fast.sums).zip(&general.sums) {
        let scale = fast.trace() * 1e-6 + b.abs();
        assert!((a - b).abs() < 2e-4 * scale, "{case} {place}: {a} {b}");
    }
}

#[test]
fn every_family_gets_its_fisher_shares_by_both_routes() {
    both_routes::<Esm>("nt_v1", |model| model, false);
    both_routes::<Esm>("nt_v2", |model| model, false);
    both_routes::<MosaicBert>("dnabert2", MosaicBert::untied, true);
    both_routes::<Gena>("gena", Gena::untied, true);
    both_routes::<Gena>("gena_last_norm", Gena::untied, true);
}
