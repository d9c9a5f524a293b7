//! Following a run.

use std::ops::ControlFlow;

use dissensus_bert::{Evaluated, MaskedLm, Step};

/// Follows the training of an ensemble; `()` ignores it.
pub trait Observer {
    /// A member begins, or continues after `done` of `total` steps.
    fn started(&mut self, _member: usize, _done: u64, _total: u64) {}

    /// A step was taken; `Break` saves the member and ends the run there.
    fn stepped(&mut self, _member: usize, _step: &Step) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The evaluation set was evaluated.
    fn evaluated(&mut self, _member: usize, _found: &Evaluated) {}

    /// Before each step and after the last: `model` gives the member after `steps` steps, without autodiff, when called.
    ///
    /// A member that was broken off tells of the step it continues from once more.
    fn model(&mut self, _member: usize, _steps: u64, _model: &dyn Fn() -> MaskedLm) {}

    /// A member is finished.
    fn finished(&mut self, _member: usize) {}
}

impl Observer for () {}
