//! Following a run.

use std::ops::ControlFlow;

use dissensus_lm::{Evaluated, Step};

/// Follows the training of an ensemble; `()` ignores it.
///
/// Members that train side by side call it in turns, never at once.
pub trait EnsembleObserver<M>: Send {
    /// A member begins, or continues after `done` of `total` steps.
    fn started(&mut self, _member: usize, _done: u64, _total: u64) {}

    /// A damaged checkpoint of a member was passed over for the one before it.
    fn damaged(&mut self, _member: usize, _error: &dissensus_lm::Error) {}

    /// A step was taken; `Break` saves the member and ends the run there; members beside it do so
    /// after their next step.
    fn stepped(&mut self, _member: usize, _step: &Step) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The evaluation set was evaluated.
    fn evaluated(&mut self, _member: usize, _found: &Evaluated) {}

    /// Before each step and after the last: `model` gives the member after `steps` steps, without
    /// autodiff, when called.
    ///
    /// A member that was interrupted tells of the step it continues from once more.
    fn model(&mut self, _member: usize, _steps: u64, _model: &dyn Fn() -> M) {}

    /// A member is finished.
    fn finished(&mut self, _member: usize) {}
}

impl<M> EnsembleObserver<M> for () {}
