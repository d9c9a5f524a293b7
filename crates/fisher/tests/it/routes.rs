//! The fast route equals the general one.

use super::support::{Measured, assert_close, assert_diagonals_agree, cases, with};
use dissensus_fisher::{
    Accumulate, Diagonal, Error, Fast, Forward, GroupSums, LabelChoice, PassResult, RoleGrouping,
    Sample, Tokens, average,
};
use dissensus_lm::{MaskedLanguageModel, ParameterKind, ParameterRole, Pass};

/// Of a linear layer before a softmax over keys, biases of keys have gradient zero: rounding alone.
fn vanishes(role: &ParameterRole) -> bool {
    role.kind == ParameterKind::Key
}

fn assert_agree(case: &str, found: &Measured, expected: &Measured) {
    assert_eq!(found.sums.counts, expected.sums.counts, "{case}");
    if expected.sums.counts.examples == 0 {
        assert!(found.sums.roles.is_empty());
        return;
    }
    assert_eq!(found.sums.roles, expected.sums.roles, "{case}");
    assert_eq!(found.sums.parameters, expected.sums.parameters, "{case}");
    // What is zero but for rounding (a query that can only attend to itself) is compared against
    // the whole.
    let rounding = 1e-12 * expected.sums.sums.iter().sum::<f64>();
    for (at, place) in expected
        .sums
        .roles
        .iter()
        .enumerate()
        .filter(|(_, p)| !vanishes(p))
    {
        let (found, sum) = (found.sums.sums[at], expected.sums.sums[at]);
        // The two sides cancel in the cross term: it is as exact as they are.
        let scale = if place.kind == ParameterKind::WordCross {
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
            let fast = case.fast(sample, LabelChoice::Observed)?;
            let general = case.general(sample, LabelChoice::Observed)?;
            assert_agree(&format!("{}, {sample}", case.name), &fast, &general);
        }
    }
    Ok(())
}

#[test]
fn sampled_labels_are_the_same_on_both_routes() -> Result<(), Error> {
    let case = &cases()[0];
    let labels = LabelChoice::Sampled { seed: 9 };
    let fast = case.fast(Sample::Sequence, labels)?;
    assert_agree("sampled", &fast, &case.general(Sample::Sequence, labels)?);
    Ok(())
}

#[test]
fn random_signs_over_all_labels_are_the_same_on_both_routes() -> Result<(), Error> {
    let labels = LabelChoice::Hutchinson { seed: 9 };
    for case in cases() {
        for sample in [Sample::Sequence, Sample::Token, Sample::Batch(2)] {
            for (pooled, draws) in [(false, 1), (false, 3), (true, 2)] {
                let how = with(sample, labels).with_batch(3);
                let how = how.with_draws(draws).with_pooled(pooled);
                let (fast, general) = (case.take(how)?, case.take(how.by_the_general_route())?);
                let name = format!("{}, {sample}, {draws} draws, pooled {pooled}", case.name);
                assert_agree(&name, &fast, &general);
            }
        }
    }
    Ok(())
}

#[test]
fn group_sums_add_up_to_the_trace_of_the_diagonal() -> Result<(), Error> {
    for case in cases() {
        let both = case.fast(Sample::Sequence, LabelChoice::Observed)?;
        approx::assert_relative_eq!(
            both.sums.trace(),
            both.diagonal.trace(),
            max_relative = 1e-5
        );
        let shares = both.sums.shares(RoleGrouping::Three)?;
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
        let both = case.fast(Sample::Sequence, LabelChoice::Observed)?;
        let how = with(Sample::Sequence, LabelChoice::Observed);
        let alone = how.group_sums(&case.model, &case.sequences)?;
        for (at, place) in alone.roles.iter().enumerate().filter(|(_, p)| !vanishes(p)) {
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
    let whole = case.fast(sample, LabelChoice::Observed)?;
    for size in [1, 2, 3] {
        let other = case.take(with(sample, LabelChoice::Observed).with_batch(size))?;
        assert_agree(&format!("batches of {size}"), &other, &whole);
    }
    let mut merged = GroupSums::new(sample, LabelChoice::Observed);
    // The shards come in the reverse order.
    for shard in [2..4, 0..2] {
        let how = with(sample, LabelChoice::Observed);
        let part = how.group_sums(&case.model, &case.sequences[shard])?;
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
    let run = || case.fast(Sample::Sequence, LabelChoice::Observed);
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
    let exact = case.fast(Sample::Token, LabelChoice::Observed)?;
    let mut draws = Vec::new();
    let mut all: Option<GroupSums> = None;
    for seed in 0..64 {
        let how = with(Sample::Token, LabelChoice::Observed).with_tokens(Tokens::Signs { seed });
        let draw = case.take(how)?.sums;
        assert_eq!(draw.counts.examples, exact.sums.counts.examples);
        draws.push(draw.shares(RoleGrouping::Roles)?);
        match &mut all {
            Some(all) => all.merge(&draw)?,
            None => all = Some(draw),
        }
    }
    let all = all.unwrap();
    approx::assert_relative_eq!(all.trace(), exact.sums.trace(), max_relative = 0.1);
    let expected = exact.sums.shares(RoleGrouping::Roles)?;
    let means = average(&draws)?;
    for (at, (draws, expected)) in means.iter().zip(&expected).enumerate() {
        let place = &exact.sums.roles[at];
        if vanishes(place) {
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
        let how = with(Sample::Sequence, LabelChoice::Observed).with_batch(size);
        let counts = case.take(how)?.sums.counts;
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
fn logits_that_no_gradient_reaches_are_an_error() {
    let case = cases().swap_remove(0);
    let logits = |range: std::ops::Range<u64>, _hook| -> PassResult {
        let sequences = &case.sequences[range.start as usize..range.end as usize];
        let logits = case.model.logits_at_masked(sequences, &Pass::default())?;
        Ok(logits.map(|logits| Forward {
            logits,
            targets: sequences.iter().flat_map(|s| s.targets.clone()).collect(),
            tokens: sequences.iter().map(|s| s.positions.len()).collect(),
        }))
    };
    let mut sums = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
    let found = Fast::new(Sample::Sequence, LabelChoice::Observed).run(0..2, logits, &mut sums);
    assert!(matches!(found, Err(Error::NothingSeen)), "{found:?}");
}
