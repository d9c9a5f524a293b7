//! Softmax cross-entropy.

use burn::tensor::{Int, Tensor};

use std::sync::Arc;

use crate::embedding::checked_ids;
use crate::fused::{Array, Fused, apply, fusable};
use crate::plain;
use dissensus_kernels::loss::{backward, backward_in_place, log_sum_exp};

/// `nll_m = log Σ_v exp(logits[m, v]) − logits[m, targets[m]]`, in nats, one per row.
///
/// # Shapes
/// `logits` `[m, vocabulary]`, `targets` `[m]`, result `[m]`.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dissensus_layers::cross_entropy;
/// let device = Device::flex();
/// let nll = cross_entropy(Tensor::zeros([1, 4], &device), Tensor::from_data([2], &device));
/// assert!((nll.into_scalar::<f32>() - 4f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
/// If a target is not below the vocabulary, or the lengths differ.
#[must_use]
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    if !fusable(&logits) {
        return plain::cross_entropy(logits, targets);
    }
    let [rows, width] = logits.dims();
    assert_eq!(
        targets.dims(),
        [rows],
        "cross-entropy: expected one target per row"
    );
    let targets = checked_ids(targets, width);
    apply(CrossEntropy { targets, width }, [logits.into()])
}

/// The negative log-likelihood of one target per row.
#[derive(Debug)]
struct CrossEntropy {
    targets: Arc<[u32]>,
    width: usize,
}

impl CrossEntropy {
    fn nll(&self, logits: &[f32]) -> (Array, Vec<f32>) {
        let log_sums = log_sum_exp(logits, self.width);
        let rows = log_sums.iter().zip(&*self.targets).enumerate();
        let nll =
            rows.map(|(row, (sum, &target))| sum - logits[row * self.width + target as usize]);
        (Array::new(nll.collect(), [self.targets.len()]), log_sums)
    }
}

impl Fused<1> for CrossEntropy {
    type Saved = (Array, Arc<[f32]>);

    fn forward(&self, [logits]: [Array; 1]) -> Array {
        self.nll(logits.slice()).0
    }

    fn forward_saving(&self, [logits]: [Array; 1]) -> (Array, Self::Saved) {
        let (nll, log_sums) = self.nll(logits.slice());
        (nll, (logits, log_sums.into()))
    }

    fn backward(
        &self,
        (mut logits, log_sums): Self::Saved,
        g: Array,
        _: [bool; 1],
    ) -> [Option<Array>; 1] {
        let g = g.slice();
        if let Some(only_ours) = logits.unique() {
            backward_in_place(only_ours, &log_sums, &self.targets, g);
            return [Some(logits)];
        }
        let gradient = backward(logits.slice(), &log_sums, &self.targets, g);
        [Some(Array::new(gradient, logits.shape()))]
    }
}
