//! What holds for any distribution.

use dissensus_divergence::{
    Distribution, Rule, cross_entropy_bits, entropy_bits, generalized_jensen_shannon_bits,
    hellinger, jensen_shannon_bits, jensen_shannon_distance, kl_divergence_bits,
    kl_from_uniform_bits, kl_to_uniform_bits, nucleus, rank_curve, renyi_divergence_bits,
    renyi_entropy_bits, temperature, top_k, total_variation, uncertainty,
};
use proptest::prelude::*;

/// Weights of any kind: zeros, subnormals, ties, one-hot rows, and a factor 10^600 between them.
fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(1.0),
        Just(5e-324),
        0.0..1.0_f64,
        (-300.0..300.0_f64).prop_map(|e| 10_f64.powf(e))
    ]
}

fn distribution() -> impl Strategy<Value = Distribution<'static>> {
    let weights = prop::collection::vec(weight(), 7)
        .prop_filter("some token", |w| w.iter().any(|w| *w > 0.0));
    weights.prop_map(|w| Distribution::from_weights(&w).expect("weights"))
}

fn permuted(p: &Distribution<'_>, by: usize) -> Distribution<'static> {
    let n = p.len();
    let moved: Vec<f64> = (0..n)
        .map(|i| p.probabilities()[(i * 3 + by) % n])
        .collect();
    Distribution::from_weights(&moved).expect("a permutation")
}

proptest! {
    #[test]
    fn js_is_symmetric_and_bounded(p in distribution(), q in distribution()) {
        let js = jensen_shannon_bits(&p, &q).unwrap();
        prop_assert!((0.0..=1.0).contains(&js));
        prop_assert_eq!(js, jensen_shannon_bits(&q, &p).unwrap());
    }

    #[test]
    fn js_is_zero_iff_equal(p in distribution(), q in distribution()) {
        prop_assert_eq!(jensen_shannon_bits(&p, &p).unwrap(), 0.0);
        let apart = p.probabilities().iter().zip(q.probabilities()).any(|(a, b)| (a - b).abs() > 1e-9);
        prop_assert!(!apart || jensen_shannon_bits(&p, &q).unwrap() > 0.0);
    }

    #[test]
    fn the_js_distance_obeys_the_triangle_inequality(p in distribution(), q in distribution(), r in distribution()) {
        let d = |a, b| jensen_shannon_distance(a, b).unwrap();
        prop_assert!(d(&p, &r) <= d(&p, &q) + d(&q, &r) + 1e-12);
    }

    #[test]
    fn js_is_the_mean_divergence_from_the_middle(p in distribution(), q in distribution()) {
        let js = jensen_shannon_bits(&p, &q).unwrap();
        let both = generalized_jensen_shannon_bits(&[p, q]).unwrap();
        prop_assert!((js - both).abs() < 1e-12, "{js} {both}");
    }

    #[test]
    fn kl_is_never_negative_nor_nan(p in distribution(), q in distribution()) {
        let kl = kl_divergence_bits(&p, &q).unwrap();
        prop_assert!(kl >= 0.0);
        prop_assert!(kl_divergence_bits(&p, &p).unwrap() == 0.0);
        let cross = cross_entropy_bits(&p, &q).unwrap();
        prop_assert!(cross == kl || (cross - kl - entropy_bits(&p)).abs() < 1e-9 * cross.max(1.0));
        prop_assert!(renyi_divergence_bits(&p, &q, 0.5).unwrap() >= 0.0);
        prop_assert!(kl_from_uniform_bits(&p) >= 0.0);
    }

    #[test]
    fn entropies_fall_with_their_order(p in distribution()) {
        let orders = [0.0, 0.5, 1.0, 2.0, f64::INFINITY];
        let values = orders.map(|alpha| renyi_entropy_bits(&p, alpha).unwrap());
        prop_assert!(values.windows(2).all(|w| w[0] >= w[1] - 1e-9), "{values:?}");
        prop_assert!(values[0] <= (p.len() as f64).log2() + 1e-12);
    }

    #[test]
    fn pinsker_and_the_other_bounds_hold(p in distribution(), q in distribution()) {
        let (tv, h) = (total_variation(&p, &q).unwrap(), hellinger(&p, &q).unwrap());
        let nats = kl_divergence_bits(&p, &q).unwrap() * std::f64::consts::LN_2;
        prop_assert!(tv <= (nats / 2.0).sqrt() + 1e-9);
        prop_assert!(h * h <= tv + 1e-12 && tv <= h * 2.0_f64.sqrt() + 1e-12);
        prop_assert!(jensen_shannon_bits(&p, &q).unwrap() <= tv + 1e-12);
    }

    #[test]
    fn the_nucleus_holds_its_mass(p in distribution(), mass in 0.01..1.0_f64) {
        let kept = nucleus(&p, mass, Rule::Holtzman).unwrap();
        let inside = |q: &Distribution<'_>| -> f64 {
            p.probabilities().iter().zip(q.probabilities()).filter(|(_, q)| **q > 0.0).map(|(p, _)| p).sum()
        };
        prop_assert!(inside(&kept) >= mass - 1e-12);
        let published = nucleus(&p, mass, Rule::AsPublished).unwrap();
        prop_assert!(inside(&published) <= mass + 1e-12 || rank_curve(&published)[0] == 1.0);
    }

    #[test]
    fn the_nucleus_at_one_is_the_identity(p in distribution()) {
        prop_assert_eq!(&nucleus(&p, 1.0, Rule::Holtzman).unwrap(), &p);
        prop_assert_eq!(&nucleus(&p, 1.0, Rule::AsPublished).unwrap(), &p);
        prop_assert_eq!(&top_k(&p, p.len()).unwrap(), &p);
    }

    #[test]
    fn the_order_of_tokens_does_not_matter(p in distribution(), q in distribution(), by in 0..7_usize) {
        let (p2, q2) = (permuted(&p, by), permuted(&q, by));
        let same = |a: f64, b: f64| a == b || (a - b).abs() < 1e-9 * a.abs().max(1.0);
        prop_assert!(same(entropy_bits(&p), entropy_bits(&p2)));
        prop_assert!(same(kl_to_uniform_bits(&p), kl_to_uniform_bits(&p2)));
        prop_assert!(same(kl_divergence_bits(&p, &q).unwrap(), kl_divergence_bits(&p2, &q2).unwrap()));
        prop_assert!(same(jensen_shannon_bits(&p, &q).unwrap(), jensen_shannon_bits(&p2, &q2).unwrap()));
    }

    #[test]
    fn uncertainty_is_the_sum_of_its_parts(p in distribution(), q in distribution(), r in distribution()) {
        let found = uncertainty(&[p, q, r]).unwrap();
        prop_assert!((found.total_bits - found.aleatoric_bits - found.epistemic_bits).abs() < 1e-9);
    }

    #[test]
    fn heat_flattens(p in distribution(), t in 1.0..20.0_f64) {
        let hot = temperature(&p, t).unwrap();
        prop_assert!(entropy_bits(&hot) >= entropy_bits(&p) - 1e-9);
    }

    #[test]
    fn cold_sharpens_however_cold(p in distribution(), t in -6.0..0.0_f64) {
        let cold = temperature(&p, 10_f64.powf(t)).unwrap();
        prop_assert!(Distribution::new(cold.probabilities()).is_ok(), "{cold:?}");
        prop_assert!(entropy_bits(&cold) <= entropy_bits(&p) + 1e-9);
        prop_assert_eq!(cold.probabilities()[p.argmax()], rank_curve(&cold)[0]);
    }

    #[test]
    fn logits_of_any_size_give_a_distribution(x in prop::collection::vec(prop_oneof![Just(f32::NEG_INFINITY), any::<f32>().prop_filter("number", |v| v.is_finite())], 1..9)) {
        match Distribution::from_logits(&x) {
            Ok(p) => {
                prop_assert!(Distribution::new(p.probabilities()).is_ok());
                prop_assert!(entropy_bits(&p).is_finite());
            }
            Err(_) => prop_assert!(x.iter().all(|v| *v == f32::NEG_INFINITY)),
        }
    }
}
