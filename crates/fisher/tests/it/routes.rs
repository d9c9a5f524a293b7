//! The fast route equals the general one.

use super::support::{Measured, assert_close, assert_diagonals_agree, cases};
use dissensus_fisher::{
    Accumulate, Diagonal, Error, Fast, Figure, Group, GroupSums, Labels, Place, Sample, Tokens,
    average,
};

/// Of a linear layer before a softmax over keys, biases of keys have gradient zero: rounding alone.
fn vanishes(place: &Place) -> bool {
    place.group == Group::Key
}

fn assert_agree(case: &str, found: &Measured, expected: &Measured) {
    assert_eq!(found.sums.counts, expected.sums.counts, "{case}");
    if expected.sums.counts.examples == 0 {
        assert!(found.sums.places.is_empty());
        return;
    }
    assert_eq!(found.sums.places, expected.sums.places, "{case}");
    assert_eq!(found.sums.parameters, expected.sums.parameters, "{case}");
    // What is zero but for rounding (a query that can only attend to itself) is compared against the whole.
    let rounding = 1e-12 * expected.sums.sums.iter().sum::<f64>();
    for (at, place) in expected
        .sums
        .places
        .iter()
        .enumerate()
        .filter(|(_, p)| !vanishes(p))
    {
        let (found, sum) = (found.sums.sums[at], expected.sums.sums[at]);
        // The two sides cancel in the cross term: it is as exact as they are.
        let scale = if place.group == Group::WordCross {
            expected.sums.sums[at - 2] + expected.sums.sums[at - 1]
        } else {
            sum
        };
        assert!(
            (found - sum).abs() <= 1e-4 * scale + rounding,
            "{case}: {place}: {found}, expected {sum}"
        );
    }
    assert_close(
        &format!("{case}: products"),
        &found.sums.products,
        &expected.sums.products,
    );
    match (&found.sums.rows, &expected.sums.rows) {
        (Some(found), Some(expected)) => {
            assert_close(
                &format!("{case}: input rows"),
                &found.input,
                &expected.input,
            );
            assert_close(
                &format!("{case}: output rows"),
                &found.output,
                &expected.output,
            );
            assert_close(
                &format!("{case}: cross rows"),
                &found.cross,
                &expected.cross,
            );
        }
        (found, expected) => assert_eq!(found.is_some(), expected.is_some(), "{case}"),
    }
    let without_keys = |diagonal: &Diagonal| {
        let mut diagonal = diagonal.clone();
        diagonal
            .parameters
            .retain(|name, _| !name.ends_with("key.bias"));
        diagonal
    };
    assert_diagonals_agree(
        case,
        &without_keys(&found.diagonal),
        &without_keys(&expected.diagonal),
    );
}

#[test]
fn the_fast_route_equals_the_general_one_on_every_parameter() -> Result<(), Error> {
    for case in cases() {
        for sample in [Sample::Sequence, Sample::Token, Sample::Batch(2)] {
            let fast = case.fast(
                &Fast::new(sample, Labels::Observed),
                sample,
                Labels::Observed,
            )?;
            let general = case.general(sample, Labels::Observed)?;
            assert_agree(&format!("{}, {sample}", case.name), &fast, &general);
        }
    }
    Ok(())
}

#[test]
fn sampled_labels_are_the_same_on_both_routes() -> Result<(), Error> {
    let case = &cases()[0];
    let labels = Labels::Sampled { seed: 9 };
    let fast = case.fast(
        &Fast::new(Sample::Sequence, labels),
        Sample::Sequence,
        labels,
    )?;
    assert_agree("sampled", &fast, &case.general(Sample::Sequence, labels)?);
    Ok(())
}

#[test]
fn group_sums_add_up_to_the_trace_of_the_diagonal() -> Result<(), Error> {
    for case in cases() {
        let fast = Fast::new(Sample::Sequence, Labels::Observed);
        let both = case.fast(&fast, Sample::Sequence, Labels::Observed)?;
        approx::assert_relative_eq!(
            both.sums.trace(),
            both.diagonal.trace(),
            max_relative = 1e-5
        );
        let shares = both.sums.shares(Figure::Three)?;
        approx::assert_relative_eq!(
            shares.iter().map(|s| s.share).sum::<f64>(),
            1.0,
            max_relative = 1e-9
        );
    }
    Ok(())
}

#[test]
fn group_sums_alone_equal_group_sums_beside_the_diagonal() -> Result<(), Error> {
    for case in cases().iter().filter(|case| case.tied()) {
        let route = Fast::new(Sample::Sequence, Labels::Observed);
        let both = case.fast(&route, Sample::Sequence, Labels::Observed)?;
        let mut alone = GroupSums::new(Sample::Sequence, Labels::Observed);
        let route = route.tied(Default::default());
        let all = 0..case.sequences.len() as u64;
        route.run(
            all,
            |range, tap| case.forward(range, tap),
            Some(&mut alone),
            None,
        )?;
        for (at, place) in alone
            .places
            .iter()
            .enumerate()
            .filter(|(_, p)| !vanishes(p))
        {
            assert_close(
                &format!("{}: {place}", case.name),
                &alone.sums[at..][..1],
                &both.sums.sums[at..][..1],
            );
        }
    }
    Ok(())
}

#[test]
fn the_batch_size_changes_nothing_and_shards_add_up() -> Result<(), Error> {
    let case = &cases()[3];
    let sample = Sample::Sequence;
    let whole = case.fast(
        &Fast::new(sample, Labels::Observed),
        sample,
        Labels::Observed,
    )?;
    for size in [1, 2, 3] {
        let other = case.fast(
            &Fast::new(sample, Labels::Observed).batch(size),
            sample,
            Labels::Observed,
        )?;
        assert_agree(&format!("batches of {size}"), &other, &whole);
    }
    let mut merged = GroupSums::new(sample, Labels::Observed);
    // The shards come in the reverse order.
    for shard in [2..4, 0..2] {
        let mut part = GroupSums::new(sample, Labels::Observed);
        let route = Fast::new(sample, Labels::Observed).tied(Default::default());
        route.run(
            shard,
            |range, tap| case.forward(range, tap),
            Some(&mut part),
            None,
        )?;
        let part = serde_json::from_str(&serde_json::to_string(&part).unwrap()).unwrap();
        merged.merge(&part)?;
    }
    assert_eq!(merged.counts, whole.sums.counts);
    assert_close("merged products", &merged.products, &whole.sums.products);
    Ok(())
}

#[test]
fn two_passes_are_identical_for_any_number_of_threads() -> Result<(), Error> {
    let case = &cases()[0];
    let run = || {
        case.fast(
            &Fast::new(Sample::Sequence, Labels::Observed),
            Sample::Sequence,
            Labels::Observed,
        )
    };
    let first = run()?;
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let again = pool.install(run)?;
        assert_eq!(again.diagonal, first.diagonal, "{threads} threads");
        assert_eq!(again.sums, first.sums, "{threads} threads");
    }
    Ok(())
}

#[test]
fn random_signs_are_unbiased_within_their_stated_error() -> Result<(), Error> {
    let case = &cases()[0];
    let exact = case.fast(
        &Fast::new(Sample::Token, Labels::Observed),
        Sample::Token,
        Labels::Observed,
    )?;
    let mut draws = Vec::new();
    let mut all: Option<GroupSums> = None;
    for seed in 0..64 {
        let route = Fast::new(Sample::Token, Labels::Observed).tokens(Tokens::Signs { seed });
        let draw = case.fast(&route, Sample::Token, Labels::Observed)?.sums;
        assert_eq!(draw.counts.examples, exact.sums.counts.examples);
        draws.push(draw.shares(Figure::Places)?);
        match &mut all {
            Some(all) => all.merge(&draw)?,
            None => all = Some(draw),
        }
    }
    let all = all.unwrap();
    approx::assert_relative_eq!(all.trace(), exact.sums.trace(), max_relative = 0.1);
    let expected = exact.sums.shares(Figure::Places)?;
    let means = average(&draws)?;
    for (at, (draws, expected)) in means.iter().zip(&expected).enumerate() {
        let place = exact.sums.places[at];
        if vanishes(&place) {
            continue;
        }
        // 4.5 standard errors over draws, of some 40 places.
        let allowed = 4.5 * draws.standard_error + 0.02 * expected.share.abs();
        assert!(
            (draws.share - expected.share).abs() <= allowed,
            "{place}: {} {}",
            draws.share,
            expected.share
        );
    }
    Ok(())
}

#[test]
fn sequences_without_masked_tokens_count_for_nothing_and_are_counted() -> Result<(), Error> {
    let case = &cases()[6];
    for size in [1, 4] {
        let route = Fast::new(Sample::Sequence, Labels::Observed).batch(size);
        let counts = case
            .fast(&route, Sample::Sequence, Labels::Observed)?
            .sums
            .counts;
        assert_eq!(
            (
                counts.examples,
                counts.sequences,
                counts.tokens,
                counts.skipped
            ),
            (1, 1, 2, 3)
        );
    }
    Ok(())
}

#[test]
fn a_model_without_autodiff_is_an_error() {
    let mut case = cases().swap_remove(0);
    case.model = burn::module::Module::valid(&case.model);
    let route = Fast::new(Sample::Sequence, Labels::Observed);
    let found = case.fast(&route, Sample::Sequence, Labels::Observed).err();
    assert!(matches!(found, Some(Error::NothingSeen)), "{found:?}");
}
