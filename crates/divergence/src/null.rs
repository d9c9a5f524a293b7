//! The flatness-matched null of an ensemble.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::entropy::entropy_nats;
use crate::{Distribution, Error, Real, mean_distribution};

/// How the copies of a flatness-matched null are made.
///
/// The Jensen–Shannon distance between nuclei grows as the mass shrinks even where the members
/// differ by noise alone, the more so the flatter they are. The null shows by how much: N copies of
/// the mean of the members, each with its log-probabilities moved by ε times standard normal noise,
/// then brought by a temperature to the mean entropy of the members. Such an ensemble is as flat as
/// the observed one and disagrees about nothing but noise.
///
/// The noise is drawn from a stream keyed by the seed and by the numbers of the position itself, so
/// that neither the order of positions nor a split into shards changes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlatnessMatched {
    /// Standard deviation of the noise on log-probabilities, in nats; by default 0.1.
    pub epsilon: f64,
    /// The seed; by default 0.
    pub seed: u64,
}

impl Default for FlatnessMatched {
    fn default() -> Self {
        Self {
            epsilon: 0.1,
            seed: 0,
        }
    }
}

impl FlatnessMatched {
    /// As many noised copies as there are members, at one position.
    ///
    /// # Errors
    /// No member, different lengths, an ε that is negative or not finite.
    ///
    /// ```
    /// use dissensus_divergence::{Distribution, FlatnessMatched, entropy_bits};
    ///
    /// let members = [Distribution::new(&[0.5, 0.3, 0.2])?, Distribution::new(&[0.3, 0.5, 0.2])?];
    /// let copies = FlatnessMatched::default().copies(&members)?;
    /// assert_eq!(copies.len(), 2);
    /// let wanted = entropy_bits(&members[0]); // both members have the same
    /// assert!((entropy_bits(&copies[1]) - wanted).abs() < 1e-6);
    /// # Ok::<(), dissensus_divergence::Error>(())
    /// ```
    pub fn copies<T: Real>(
        &self,
        members: &[Distribution<'_, T>],
    ) -> Result<Vec<Distribution<'static>>, Error> {
        if !(self.epsilon.is_finite() && self.epsilon >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(Error::Parameter {
                name: "epsilon",
                expected,
                value: self.epsilon,
            });
        }
        let mean = mean_distribution(members)?;
        let entropy = members.iter().map(entropy_nats).sum::<f64>() / members.len() as f64;
        let logs: Vec<f64> = mean.iter().map(f64::ln).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ key(&mean));
        let copy = |_| {
            let noised: Vec<f64> = logs
                .iter()
                .map(|log| log + self.epsilon * normal(&mut rng))
                .collect();
            with_entropy(&noised, entropy)
        };
        Ok((0..members.len()).map(copy).collect())
    }

    /// The copies for a batch: logits in and out as for
    /// [`EnsembleDivergence::push`](crate::EnsembleDivergence::push).
    ///
    /// Push what comes out to a second ensemble with the same settings: its summary is the null of
    /// the first.
    ///
    /// # Errors
    /// Rows that do not fit, or that are no distribution; as [`copies`](Self::copies).
    pub fn batch(&self, logits: &[&[f32]], vocabulary: usize) -> Result<Vec<Vec<f32>>, Error> {
        use rayon::prelude::*;
        let length = logits.first().ok_or(Error::Empty)?.len();
        logits.iter().try_for_each(|rows| {
            crate::error::same_length("logits of a member", length, rows.len())
        })?;
        if vocabulary == 0 || length % vocabulary != 0 {
            let expected = "a divisor of the number of logits";
            return Err(Error::Parameter {
                name: "vocabulary",
                expected,
                value: vocabulary as f64,
            });
        }
        let of_position = |position: usize| {
            let range = position * vocabulary..(position + 1) * vocabulary;
            let row = |(member, rows): (usize, &&[f32])| {
                Distribution::from_logits(&rows[range.clone()])
                    .map_err(|error| error.in_row(member, position))
            };
            self.copies(
                &logits
                    .iter()
                    .enumerate()
                    .map(row)
                    .collect::<Result<Vec<_>, _>>()?,
            )
        };
        let positions = (0..length / vocabulary)
            .into_par_iter()
            .map(of_position)
            .collect::<Result<Vec<_>, _>>()?;
        let of_member = |member: usize| {
            positions
                .iter()
                .flat_map(move |copies| copies[member].iter())
                .map(|p| p.ln() as f32)
        };
        Ok((0..logits.len())
            .map(|member| of_member(member).collect())
            .collect())
    }
}

/// The softmax of coldness·logs that has the entropy `wanted`, in nats, as far as that can be
/// reached.
///
/// Entropy falls as coldness rises: Newton's steps on the logarithm of the coldness, halving where
/// they leave the bracket.
fn with_entropy(logs: &[f64], wanted: f64) -> Distribution<'static> {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let below: Vec<f64> = logs.iter().map(|log| largest - log).collect();
    let (mut low, mut high) = (-LIMIT, LIMIT);
    let mut at = 0.0_f64;
    for _ in 0..STEPS {
        let (entropy, slope) = entropy_and_slope(&below, at.exp());
        let excess = entropy - wanted;
        if excess.abs() < 1e-10 {
            break;
        }
        *(if excess > 0.0 { &mut low } else { &mut high }) = at;
        let next = at - excess / slope;
        at = if next > low && next < high {
            next
        } else {
            (low + high) / 2.0
        };
    }
    let coldness = at.exp();
    Distribution::normalised(below.iter().map(|x| (-coldness * x).exp()).collect())
}

/// The logarithm of the coldness beyond which nothing changes any more.
const LIMIT: f64 = 16.0;
const STEPS: usize = 60;

/// Entropy in nats of the softmax of −coldness·below, and its derivative by the logarithm of the
/// coldness, which is −coldness² times the variance of `below`.
fn entropy_and_slope(below: &[f64], coldness: f64) -> (f64, f64) {
    let (mut sum, mut mean, mut square) = (0.0, 0.0, 0.0);
    for x in below.iter().filter(|x| x.is_finite()) {
        let weight = (-coldness * x).exp();
        sum += weight;
        mean += weight * x;
        square += weight * x * x;
    }
    mean /= sum;
    (
        sum.ln() + coldness * mean,
        -coldness * coldness * (square / sum - mean * mean),
    )
}

/// A standard normal number (Box and Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A hash of the numbers (FNV-1a over their bits).
fn key(p: &Distribution<'_>) -> u64 {
    p.iter().fold(0xcbf2_9ce4_8422_2325, |hash, p| {
        (hash ^ p.to_bits()).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnsembleDivergence, Settings, entropy_bits};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_entropy_that_can_be_had_is_found(
            logs in prop::collection::vec(-50.0..0.0_f64, 2..30), part in 0.02..0.98_f64,
        ) {
            let wanted = part * (logs.len() as f64).ln();
            let found = entropy_nats(&with_entropy(&logs, wanted));
            prop_assert!((found - wanted).abs() < 1e-8, "{found} {wanted}");
        }

        #[test]
        fn the_slope_of_entropy_is_that_of_small_steps(
            below in prop::collection::vec(0.0..5.0_f64, 2..9), at in -1.0..1.0_f64,
        ) {
            let entropy = |at: f64| entropy_and_slope(&below, at.exp()).0;
            let (found, slope) = entropy_and_slope(&below, at.exp());
            let weights: Vec<f64> = below.iter().map(|x| (-at.exp() * x).exp()).collect();
            let softmax = Distribution::from_weights(&weights).unwrap();
            prop_assert!((found - entropy_nats(&softmax)).abs() < 1e-12);
            let expected = (entropy(at + 1e-5) - entropy(at - 1e-5)) / 2e-5;
            prop_assert!((slope - expected).abs() < 1e-7, "{slope} {expected}");
        }
    }

    #[test]
    fn the_noise_is_standard_normal() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let drawn: Vec<f64> = (0..20_000).map(|_| normal(&mut rng)).collect();
        let mean = |of: &dyn Fn(f64) -> f64| drawn.iter().map(|x| of(*x)).sum::<f64>() / 20_000.0;
        assert!(mean(&|x| x).abs() < 0.03);
        assert!((mean(&|x| x * x) - 1.0).abs() < 0.05);
        assert!((mean(&|x| x.powi(4)) - 3.0).abs() < 0.3);
        let near = mean(&|x| f64::from(u8::from(x.abs() < 1.0)));
        assert!((near - 0.6827).abs() < 0.015, "{near}");
    }

    #[test]
    fn every_seed_and_every_position_has_noise_of_its_own() {
        let copy = |p: f64, seed: u64| {
            let p = Distribution::from_weights(&[p, 0.25, 0.25, 0.25]).unwrap();
            let null = FlatnessMatched { epsilon: 0.5, seed };
            null.copies(&[p]).unwrap()[0].probabilities()[0]
        };
        let apart = |mut found: Vec<f64>| {
            found.sort_unstable_by(f64::total_cmp);
            found.windows(2).all(|pair| pair[0] < pair[1])
        };
        assert!(apart((0..64).map(|seed| copy(0.25, seed)).collect()));
        // The same seed at a position that differs by a rounding.
        assert!((copy(0.25, 3) - copy(0.25 + 1e-15, 3)).abs() > 1e-6);
        // FNV-1a over the words 3FD0… and 3FE8…
        let p = Distribution::new(&[0.25, 0.75]).unwrap();
        assert_eq!(key(&p), 0x55da_8807_b4eb_6fed);
    }

    fn members() -> Vec<Vec<f32>> {
        let logit = |i: usize, member: usize| ((i * 37 + member * 5) % 23) as f32 / 4.0;
        (0..3)
            .map(|member| (0..200).map(|i| logit(i, member)).collect())
            .collect()
    }

    #[test]
    fn copies_have_the_entropy_of_the_members() {
        let rows = members();
        let members: Vec<_> = rows
            .iter()
            .map(|row| Distribution::from_logits(row).unwrap())
            .collect();
        let wanted = members.iter().map(entropy_bits).sum::<f64>() / 3.0;
        let null = FlatnessMatched {
            epsilon: 0.3,
            seed: 4,
        };
        for copy in null.copies(&members).unwrap() {
            assert!((entropy_bits(&copy) - wanted).abs() < 1e-6);
        }
    }

    #[test]
    fn the_noise_follows_the_position_not_its_place() {
        let rows = members();
        let refs: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let null = FlatnessMatched::default();
        let whole = null.batch(&refs, 50).unwrap();
        let tail: Vec<&[f32]> = rows.iter().map(|row| &row[100..]).collect();
        assert_eq!(null.batch(&tail, 50).unwrap()[2], whole[2][100..]);
        assert_ne!(
            FlatnessMatched { seed: 1, ..null }
                .batch(&refs, 50)
                .unwrap(),
            whole
        );
    }

    #[test]
    fn noise_alone_gives_distances_that_grow_with_it() {
        let rows = members();
        let refs: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let distance = |epsilon: f64| {
            let copies = FlatnessMatched { epsilon, seed: 2 }
                .batch(&refs, 200)
                .unwrap();
            let mut ensemble = EnsembleDivergence::new(Settings::new(3, 200)).unwrap();
            ensemble
                .push(&copies.iter().map(Vec::as_slice).collect::<Vec<_>>(), &[0])
                .unwrap();
            ensemble.finish().unwrap().pairs[0].js_distance[10]
        };
        assert!(distance(0.0) < 1e-6);
        assert!(distance(0.05) < distance(0.5));
    }

    #[test]
    fn a_one_hot_ensemble_has_one_hot_copies() {
        let sure = Distribution::new(&[0.0, 1.0, 0.0]).unwrap();
        let copies = FlatnessMatched::default()
            .copies(&[sure.clone(), sure.clone()])
            .unwrap();
        assert_eq!(copies[0].probabilities(), [0.0, 1.0, 0.0]);
    }
}
