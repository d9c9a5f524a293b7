//! A linear layer as the backward pass shows it.

use super::kernel::Outer;
use dissensus_layers::WeightLayout;

/// A linear layer in one backward pass.
pub(super) struct Linear<'a> {
    pub name: &'a str,
    pub inputs: &'a [f32],
    pub gradients: &'a [f32],
    pub fan_in: usize,
    pub fan_out: usize,
    pub layout: WeightLayout,
    pub has_bias: bool,
}

impl<'a> Linear<'a> {
    /// The weight's gradient as it is stored.
    pub(super) fn weight(&self) -> Outer<'a> {
        let (inputs, outputs) = ((self.inputs, self.fan_in), (self.gradients, self.fan_out));
        let ((left, rows), (right, columns)) = match self.layout {
            WeightLayout::InputsByOutputs => (inputs, outputs),
            WeightLayout::OutputsByInputs => (outputs, inputs),
        };
        Outer {
            left,
            right,
            rows,
            columns,
        }
    }
}
