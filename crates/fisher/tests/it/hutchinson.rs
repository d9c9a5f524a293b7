//! Random signs over all labels: their mean is the sum over labels, their variance the stated one.

use super::support::{Case, MASK, config, sequences, with};
use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::activation::log_softmax;
use dissensus_bert::MaskedLm;
use dissensus_fisher::{
    Accumulate, Counts, Diagonal, Error, FisherParams, General, Gradients, GroupSums, LabelChoice,
    Parts, RoleGrouping, Roles, Sample, Terms, random_signs,
};
use dissensus_lm::{
    Encoder, MaskedLanguageModel, ParameterKind, ParameterRole, Pass, TrainableModel,
};

/// Keeps every gradient as it is.
#[derive(Default)]
struct Kept(Vec<Gradients>);

impl Accumulate for Kept {
    fn example(&mut self, gradients: &Gradients) -> Result<(), Error> {
        self.0.push(gradients.clone());
        Ok(())
    }

    fn count(&mut self, _: &Counts) {}

    fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.0.extend(other.0.iter().cloned());
        Ok(())
    }

    fn parts(&mut self) -> Parts<'_> {
        Parts::default()
    }
}

const HUTCHINSON: LabelChoice = LabelChoice::Hutchinson { seed: 0 };

fn case() -> Case {
    Case {
        name: "tied",
        model: MaskedLm::new(&config(1, true), 3, &Device::flex()).unwrap(),
        sequences: sequences(&[(6, 2), (5, 1)], 8),
    }
}

/// `√p ∂ log p` of every label of every masked token of a sequence, one backward pass each.
fn of_labels(case: &Case, sequence: usize) -> Vec<Gradients> {
    let tie = case.model.tied_table().unwrap();
    let model = case.model.clone().train().untied();
    let role = |name: &str| case.model.parameter_role(name);
    let route = General::new(&model, Sample::Token)
        .tied(tie)
        .with_roles(Roles::new(&role));
    let terms = |model: &MaskedLm, _| -> Terms {
        let one = std::slice::from_ref(&case.sequences[sequence]);
        let logits = model.logits_at_masked(one, &Pass::default())?;
        Ok(logits.map(|logits| {
            let log_p = log_softmax(logits, 1);
            let constant = log_p.clone().detach().mul_scalar(0.5).exp();
            (constant * log_p).flatten(0, 1)
        }))
    };
    let mut kept = Kept::default();
    route.run(0..1, terms, &mut kept).unwrap();
    assert_eq!(kept.0.len(), 23 * case.sequences[sequence].positions.len());
    kept.0
}

/// What a gradient holds under one role, without the cross term, or of one entry of one parameter.
type Part<'a> = &'a dyn Fn(&Gradients) -> Vec<f64>;

/// Mean and variance of one draw: over what is squared together the sum of squares, and
/// `2 [‖A‖² − Σ ‖c‖⁴]`, with `‖A‖² = Σ_kl (c_k·c_l)²`.
fn predicted(units: &[Vec<Gradients>], part: Part<'_>) -> (f64, f64) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mut mean, mut variance) = (0.0, 0.0);
    for unit in units {
        let parts: Vec<Vec<f64>> = unit.iter().map(part).collect();
        for (k, a) in parts.iter().enumerate() {
            mean += dot(a, a);
            let others = parts.iter().enumerate().filter(|&(l, _)| l != k);
            variance += 2.0 * others.map(|(_, b)| dot(a, b).powi(2)).sum::<f64>();
        }
    }
    (mean, variance)
}

/// Mean, variance, standard error of the mean and of the variance of draws.
fn observed(draws: &[f64]) -> [f64; 4] {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let moment = |power| draws.iter().map(|d| (d - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2) * n / (n - 1.0);
    let of_variance = ((moment(4) - variance * variance) / n).sqrt();
    [mean, variance, (variance / n).sqrt(), of_variance]
}

fn assert_as_predicted(what: &str, draws: &[f64], (mean, variance): (f64, f64)) {
    let found = observed(draws);
    assert!(
        (found[0] - mean).abs() <= 4.0 * found[2] + 1e-6 * mean,
        "{what}: mean {}, expected {mean}, standard error {}",
        found[0],
        found[2]
    );
    assert!(
        (found[1] - variance).abs() <= 4.5 * found[3] + 1e-6 * variance,
        "{what}: variance {}, expected {variance}, standard error {}",
        found[1],
        found[3]
    );
}

/// Entries of a gradient that are one role's; of the tied table the side that is one.
fn of_role(gradients: &Gradients, role: &ParameterRole) -> Vec<f64> {
    let mut all = Vec::new();
    for gradient in &gradients.parameters {
        match &gradient.output_side {
            Some(output) if role.kind == ParameterKind::WordOutput => all.extend(output),
            Some(_) if role.kind == ParameterKind::WordInput => all.extend(&gradient.values),
            None if gradient.role == *role => all.extend(&gradient.values),
            _ => (),
        }
    }
    all
}

#[test]
fn mean_and_variance_are_those_of_the_sum_over_all_labels() -> Result<(), Error> {
    let case = case();
    let apart: Vec<Vec<Gradients>> = (0..2).map(|s| of_labels(&case, s)).collect();
    let together = vec![apart.concat()];
    for (pooled, units) in [(false, &apart), (true, &together)] {
        let draws = (0..1500).map(|seed| {
            let labels = LabelChoice::Hutchinson { seed };
            case.take(with(Sample::Sequence, labels).with_pooled(pooled))
        });
        let draws = draws.collect::<Result<Vec<_>, Error>>()?;
        assert_eq!(draws[0].sums.counts.units, if pooled { 1 } else { 2 });
        assert_eq!(draws[0].sums.counts.examples, 2);
        let roles = draws[0].sums.roles.iter().enumerate();
        for (at, role) in
            roles.filter(|(_, r)| !matches!(r.kind, ParameterKind::WordCross | ParameterKind::Key))
        {
            let part = |g: &Gradients| of_role(g, role);
            let found: Vec<f64> = draws.iter().map(|d| d.sums.sums[at]).collect();
            assert_as_predicted(&format!("{role}"), &found, predicted(units, &part));
        }
        for (name, squares) in &draws[0].diagonal.parameters {
            if name.contains("key.bias") {
                continue;
            }
            // The entry that is largest in one draw, and that of the middle.
            let largest = squares.sums.iter().copied().fold(0.0, f64::max);
            let largest = squares.sums.iter().position(|&s| s == largest).unwrap();
            for entry in [largest, squares.sums.len() / 2] {
                let part = |g: &Gradients| {
                    let mut all = g.parameters.iter();
                    let gradient = all.find(|p| &p.name == name).unwrap();
                    let output = gradient.output_side.as_ref().map_or(0.0, |o| o[entry]);
                    vec![gradient.values[entry] + output]
                };
                let of = |d: &super::support::Measured| d.diagonal.parameters[name].sums[entry];
                let found: Vec<f64> = draws.iter().map(of).collect();
                assert_as_predicted(&format!("{name}[{entry}]"), &found, predicted(units, &part));
            }
        }
    }
    Ok(())
}

#[test]
fn the_standard_error_of_a_share_is_the_spread_of_shares_over_draws() -> Result<(), Error> {
    let mut case = case();
    // Sequences that are alike differ in their signs alone.
    case.sequences = vec![case.sequences[0].clone(); 48];
    let shares = |seed| {
        let how = with(Sample::Sequence, LabelChoice::Hutchinson { seed }).with_draws(2);
        how.group_sums(&case.model, &case.sequences)?
            .shares(RoleGrouping::Three)
    };
    let runs = (0..100).map(|run| shares(1000 * run));
    let runs = runs.collect::<Result<Vec<_>, Error>>()?;
    for group in 0..3 {
        let found: Vec<f64> = runs.iter().map(|run| run[group].share).collect();
        let stated = runs.iter().map(|run| run[group].share_standard_error);
        let stated = stated.sum::<f64>() / 100.0;
        let ratio = stated / observed(&found)[1].sqrt();
        // The spread of 100 is known to 7 %.
        assert!(
            (0.75..1.3).contains(&ratio),
            "{}: {ratio}",
            runs[0][group].label
        );
    }
    Ok(())
}

#[test]
fn neither_batch_nor_threads_matter_and_draws_are_those_of_the_next_seeds() -> Result<(), Error> {
    let case = &super::support::cases()[3];
    let how = with(Sample::Sequence, HUTCHINSON).with_draws(2);
    let whole = case.take(how)?;
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let again = pool.unwrap().install(|| case.take(how))?;
        assert_eq!(again.diagonal, whole.diagonal, "{threads} threads");
        assert_eq!(again.sums, whole.sums, "{threads} threads");
        let other = case.take(how.with_batch(threads))?.diagonal;
        assert_eq!(other.counts, whole.diagonal.counts);
        approx::assert_relative_eq!(other.trace(), whole.diagonal.trace(), max_relative = 1e-5);
    }
    let draw = |seed| case.take(with(Sample::Sequence, LabelChoice::Hutchinson { seed }));
    let (mut merged, second) = (draw(0)?, draw(1)?);
    assert_ne!(merged.sums.sums, second.sums.sums);
    merged.diagonal.merge(&second.diagonal)?;
    merged.sums.merge(&second.sums)?;
    assert_eq!(merged.sums.counts.examples, 8);
    for (found, expected) in [
        (merged.diagonal.trace(), whole.diagonal.trace()),
        (merged.sums.trace(), whole.sums.trace()),
    ] {
        approx::assert_relative_eq!(found, expected, max_relative = 1e-5);
    }
    Ok(())
}

#[test]
fn tokens_and_sequences_have_the_same_sums() -> Result<(), Error> {
    let case = case();
    let of = |sample| case.take(with(sample, HUTCHINSON));
    let (sequence, token) = (of(Sample::Sequence)?, of(Sample::Token)?);
    assert_eq!(sequence.sums.sums, token.sums.sums);
    assert_eq!(sequence.diagonal.parameters, token.diagonal.parameters);
    assert_eq!(
        (sequence.sums.counts.examples, token.sums.counts.examples),
        (2, 3)
    );
    Ok(())
}

#[test]
fn what_cannot_be_is_an_error_and_files_read_back() -> Result<(), Error> {
    let case = case();
    let how = with(Sample::Sequence, HUTCHINSON);
    let none = |how: FisherParams| case.take(how).map(|_| ()).unwrap_err();
    for how in [
        how.with_draws(0),
        how.with_batch(0).with_pooled(true),
        how.with_draws(0).by_the_general_route(),
        how.with_batch(0).with_pooled(true).by_the_general_route(),
    ] {
        assert!(matches!(none(how), Error::Empty { .. }));
    }
    for how in [how, how.by_the_general_route()] {
        let error = how.run(&case.model, &case.sequences, &mut Kept::default());
        assert!(matches!(error, Err(Error::Accumulator)), "{error:?}");
    }
    let mut observed = GroupSums::new(Sample::Sequence, LabelChoice::Observed);
    let error = observed.merge(&how.group_sums(&case.model, &case.sequences)?);
    let message = error.unwrap_err().to_string();
    assert!(
        message.contains("all by random signs with seed 0"),
        "{message}"
    );
    let folder = tempfile::tempdir().unwrap();
    let (path, diagonal) = (folder.path().join("d"), case.take(how)?.diagonal);
    diagonal.save(&path)?;
    assert_eq!(Diagonal::load(&path)?, diagonal);
    Ok(())
}

#[test]
fn signs_are_those_of_the_sequence_and_none_is_favoured() {
    assert_eq!(random_signs(1, 2, 100), random_signs(1, 2, 200)[..100]);
    assert_ne!(random_signs(1, 2, 100), random_signs(1, 3, 100));
    assert_ne!(random_signs(1, 2, 100), random_signs(2, 2, 100));
    let sum: f32 = random_signs(5, u64::from(MASK), 1 << 20).iter().sum();
    assert!(sum.abs() < 4.0 * 1024.0, "{sum}");
}
