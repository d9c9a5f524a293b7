//! Following a transfer study.

use std::ops::ControlFlow;

use dissensus_lm::Step;
use dissensus_transfer::CellKey;

/// Follows a transfer study; `()` ignores it.
pub trait TransferObserver {
    /// After each step of pretraining; `Break` saves it and ends the study there.
    fn pretraining(&mut self, _name: &str, _step: &Step) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Before each cell that is not there yet, `done` of `total` being made; `Break` ends the study
    /// there.
    fn cell(&mut self, _key: &CellKey, _done: usize, _total: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each epoch of fine-tuning; `Break` ends the study there.
    fn tuning(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl TransferObserver for () {}
