//! Values of scipy and of the published functions; `tests/reference/divergence_golden.py` wrote
//! them.

use approx::assert_abs_diff_eq;
use dissensus_divergence::{
    Distribution, EnsembleDivergence, Settings, Summary, entropy_bits, jensen_shannon_distance,
    kl_divergence_bits,
};

#[derive(serde::Deserialize)]
struct Golden {
    masses: Vec<f64>,
    logits: Vec<Vec<f32>>,
    tokens: usize,
    published: Published,
    scipy: Scipy,
}

#[derive(serde::Deserialize)]
struct Published {
    kl_from_uniform_bits: Vec<f64>,
    kl_to_uniform_bits: Vec<f64>,
    js_distance: Vec<Vec<f64>>,
}

#[derive(serde::Deserialize)]
struct Scipy {
    entropy_bits: Vec<f64>,
    kl_bits: Vec<f64>,
    js_distance: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/divergence.json"))
        .expect("the golden file is JSON")
}

fn summary(golden: &Golden) -> Summary {
    let settings = Settings::new(golden.logits.len(), golden.tokens)
        .masses(&golden.masses)
        .as_published(true);
    let mut ensemble = EnsembleDivergence::new(settings).expect("settings");
    let rows: Vec<&[f32]> = golden.logits.iter().map(Vec::as_slice).collect();
    let targets = vec![0; golden.logits[0].len() / golden.tokens];
    ensemble.push(&rows, &targets).expect("golden logits");
    ensemble.finish().expect("positions")
}

#[test]
fn the_published_variants_are_those_of_the_published_functions() {
    let golden = golden();
    let found = summary(&golden);
    for (member, k) in found.members.iter().zip(0..) {
        assert_abs_diff_eq!(
            member.kl_from_uniform_bits,
            golden.published.kl_from_uniform_bits[k],
            epsilon = 1e-6
        );
        assert_abs_diff_eq!(
            member.kl_to_uniform_bits,
            golden.published.kl_to_uniform_bits[k],
            epsilon = 1e-6
        );
    }
    // At mass 1 the published code drops tokens where its sum in single precision rounds above 1;
    // the definition keeps all.
    let below_one = golden.masses.len() - 1;
    for (pair, expected) in found.pairs.iter().zip(&golden.published.js_distance) {
        for (a, b) in pair
            .js_distance_as_published
            .iter()
            .zip(&expected[..below_one])
        {
            assert_abs_diff_eq!(*a, *b, epsilon = 1e-6);
        }
        assert_eq!(
            pair.js_distance_as_published[below_one],
            pair.js_distance[below_one]
        );
    }
}

#[test]
fn single_distributions_are_those_of_scipy() {
    let golden = golden();
    for at in 0..golden.scipy.entropy_bits.len() {
        let row = |k: usize| &golden.logits[k][at * golden.tokens..(at + 1) * golden.tokens];
        let (p, q) = (
            Distribution::from_logits(row(0)).unwrap(),
            Distribution::from_logits(row(1)).unwrap(),
        );
        assert_abs_diff_eq!(
            entropy_bits(&p),
            golden.scipy.entropy_bits[at],
            epsilon = 1e-12
        );
        assert_abs_diff_eq!(
            kl_divergence_bits(&p, &q).unwrap(),
            golden.scipy.kl_bits[at],
            epsilon = 1e-12
        );
        assert_abs_diff_eq!(
            jensen_shannon_distance(&p, &q).unwrap(),
            golden.scipy.js_distance[at],
            epsilon = 1e-12
        );
    }
}
