//! What a run tells while it goes.

use std::ops::ControlFlow;

/// One optimiser step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// The number of the last step.
    pub total: u64,
    /// Passes over the training set begun, from 1.
    pub epoch: u64,
    /// Mean negative log-likelihood of the predicted tokens, nats, dropout on.
    pub loss: f64,
    /// The learning rate used.
    pub learning_rate: f64,
    /// The gradient's global norm before clipping.
    pub gradient_norm: f64,
    /// Tokens read in this step.
    pub tokens: u64,
    /// Of these, those predicted: the masked ones, or all but the first of a sequence.
    pub predicted: u64,
}

/// One evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluated {
    /// After how many steps.
    pub step: u64,
    /// Mean negative log-likelihood of the predicted tokens, nats.
    pub loss: f64,
    /// Fraction of the predicted tokens that are the model's first guess.
    pub accuracy: f64,
    /// Whether no earlier evaluation was better.
    pub best: bool,
}

/// Follows a run; `()` ignores it.
pub trait Observer<M> {
    /// After each step; `Break` stops the run there.
    fn stepped(&mut self, _step: &Step) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each evaluation.
    fn evaluated(&mut self, _evaluated: &Evaluated) {}

    /// Before each step and after the last: `model` gives the model after `steps` steps, without
    /// autodiff, when called.
    fn model(&mut self, _steps: u64, _model: &dyn Fn() -> M) {}
}

impl<M> Observer<M> for () {}
