//! What a growing page follows, and shows as bars too.

use std::ops::ControlFlow;

use dissensus_ensemble::EnsembleObserver;
use dissensus_input::InputCounts;
use dissensus_lm::{Evaluated, Step};
use dissensus_measure::{MeasureObserver, Stage};
use dissensus_report::Ensemble;
use dissensus_study::{CellKey, StudyProgress, TransferObserver, TransferProgress};

use super::Growing;

impl<M> EnsembleObserver<M> for Growing<'_, StudyProgress> {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        EnsembleObserver::<M>::started(self.bars, member, done, total);
        EnsembleObserver::<M>::started(&mut self.progress, member, done, total);
    }

    fn damaged(&mut self, member: usize, error: &dissensus_lm::Error) {
        EnsembleObserver::<M>::damaged(self.bars, member, error);
    }

    fn stepped(&mut self, member: usize, step: &Step) -> ControlFlow<()> {
        let _ = EnsembleObserver::<M>::stepped(&mut self.progress, member, step);
        self.grow();
        EnsembleObserver::<M>::stepped(self.bars, member, step)
    }

    fn evaluated(&mut self, member: usize, found: &Evaluated) {
        EnsembleObserver::<M>::evaluated(self.bars, member, found);
    }

    fn finished(&mut self, member: usize) {
        EnsembleObserver::<M>::finished(self.bars, member);
        EnsembleObserver::<M>::finished(&mut self.progress, member);
    }
}

impl MeasureObserver for Growing<'_, StudyProgress> {
    fn stage(&mut self, ensemble: &str, state: Option<&str>, stage: Stage) {
        self.bars.stage(ensemble, state, stage);
        self.progress.stage(ensemble, state, stage);
        self.grow();
    }

    fn read(&mut self, ensemble: &str, counts: &InputCounts) {
        self.bars.read(ensemble, counts);
    }

    fn unigram_loss(&mut self, ensemble: &str, bits: f64) {
        self.progress.unigram_loss(ensemble, bits);
    }

    fn measured(&mut self, ensemble: &Ensemble) {
        self.progress.measured(ensemble);
        self.write(true);
    }
}

impl TransferObserver for Growing<'_, TransferProgress> {
    fn pretraining(&mut self, name: &str, step: &Step) -> ControlFlow<()> {
        let _ = self.progress.pretraining(name, step);
        self.grow();
        self.bars.pretraining(name, step)
    }

    fn cell(&mut self, key: &CellKey, done: usize, total: usize) -> ControlFlow<()> {
        let _ = self.progress.cell(key, done, total);
        self.grow();
        self.bars.cell(key, done, total)
    }

    fn tuning(&mut self) -> ControlFlow<()> {
        self.grow();
        self.bars.tuning()
    }
}
