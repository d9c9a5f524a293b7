//! Several members at once.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use burn::tensor::Device;
use dissensus_lm::{Devices, Evaluated, ModelConfig, Objective, Step};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::member::{self, Shared};
use crate::{EnsembleObserver, Error, Plan};

/// Threads that one member makes good use of; what is left over serves better beside it.
///
/// Measured for narrow models, whose operations end before a second thread pays. Wide ones share
/// their products out well and take much memory each, so fewer of them are let side by side.
fn threads_a_member(model: &impl ModelConfig) -> usize {
    match model.sizes().width {
        0..=256 => 1,
        257..=512 => 4,
        _ => 8,
    }
}

/// Trains members, as many at once as the threads of this pool carry; false if the observer
/// interrupted it.
///
/// No number of threads changes a result, so neither does the number of members at once.
pub(crate) fn train_members<C: ModelConfig, O: Objective<C::Model>>(
    shared: &Shared<'_, C, O>,
    members: &[usize],
    observer: &mut dyn EnsembleObserver<C::Model>,
) -> Result<bool, Error> {
    let threads = rayon::current_num_threads();
    let at_once = at_once(shared.plan, threads, shared.devices);
    for round in members.chunks(at_once) {
        let finished = match round {
            [member] => member::train(shared, *member, observer)?,
            several => {
                let pools = pools(several.len(), threads)?;
                train_round(shared, several, &pools, observer)?
            }
        };
        if !finished {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A device other than the processor computes one thing after the other anyway, and several work at
/// one member already.
fn at_once<C: ModelConfig>(plan: &Plan<C>, threads: usize, devices: &Devices) -> usize {
    if *devices == Devices::from(Device::flex()) {
        (threads / threads_a_member(&plan.model)).clamp(1, plan.members)
    } else {
        1
    }
}

fn pools(count: usize, threads: usize) -> Result<Vec<ThreadPool>, Error> {
    let size = |at: usize| (threads + at) / count; // the sizes add up to `threads`
    let pool = |at| ThreadPoolBuilder::new().num_threads(size(at)).build();
    (0..count)
        .map(pool)
        .collect::<Result<_, _>>()
        .map_err(Error::Threads)
}

/// Trains one member in each pool.
fn train_round<C: ModelConfig, O: Objective<C::Model>>(
    shared: &Shared<'_, C, O>,
    members: &[usize],
    pools: &[ThreadPool],
    observer: &mut dyn EnsembleObserver<C::Model>,
) -> Result<bool, Error> {
    let (observer, stop) = (Mutex::new(observer), AtomicBool::new(false));
    let train = |member: usize, pool: &ThreadPool| {
        let mut relay = Relay {
            observer: &observer,
            stop: &stop,
        };
        let result = pool.install(|| member::train(shared, member, &mut relay));
        if result.is_err() {
            stop.store(true, Ordering::Relaxed); // the others save and stop
        }
        result
    };
    let train = &train;
    thread::scope(|scope| {
        let started: Vec<_> = members
            .iter()
            .zip(pools)
            .map(|(&member, pool)| scope.spawn(move || train(member, pool)))
            .collect();
        let results: Vec<_> = started
            .into_iter()
            .map(|member| member.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect();
        results
            .into_iter()
            .try_fold(true, |all, finished| Ok(all & finished?))
    })
}

/// Lets several members speak to one observer, and tells all of them when one is to stop.
struct Relay<'a, 'o, M> {
    observer: &'a Mutex<&'o mut dyn EnsembleObserver<M>>,
    stop: &'a AtomicBool,
}

impl<'a, 'o, M> Relay<'a, 'o, M> {
    fn observer(&self) -> MutexGuard<'a, &'o mut dyn EnsembleObserver<M>> {
        self.observer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> EnsembleObserver<M> for Relay<'_, '_, M> {
    fn started(&mut self, member: usize, done: u64, total: u64) {
        self.observer().started(member, done, total);
    }

    fn damaged(&mut self, member: usize, error: &dissensus_lm::Error) {
        self.observer().damaged(member, error);
    }

    fn stepped(&mut self, member: usize, step: &Step) -> ControlFlow<()> {
        let flow = self.observer().stepped(member, step);
        if flow.is_break() {
            self.stop.store(true, Ordering::Relaxed);
        }
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            flow
        }
    }

    fn evaluated(&mut self, member: usize, found: &Evaluated) {
        self.observer().evaluated(member, found);
    }

    fn model(&mut self, member: usize, steps: u64, model: &dyn Fn() -> M) {
        self.observer().model(member, steps, model);
    }

    fn finished(&mut self, member: usize) {
        self.observer().finished(member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_bert::Config;

    #[test]
    fn there_are_never_more_at_once_than_members_or_threads() {
        let cases = [
            ("tiny", 3, 1, 1),
            ("tiny", 3, 2, 2),
            ("tiny", 3, 8, 3),
            ("tiny", 1, 8, 1),
            ("90m", 3, 8, 1),
            ("90m", 3, 16, 2),
        ];
        for (preset, members, threads, expected) in cases {
            let model = Config::preset(preset).unwrap();
            let plan = Plan {
                members,
                model,
                ..Plan::default()
            };
            let device = Device::flex().into();
            assert_eq!(at_once(&plan, threads, &device), expected, "{preset}");
        }
    }

    #[test]
    fn several_devices_work_at_one_member_at_a_time() {
        let two = Devices::new(vec![Device::flex(); 2]).unwrap();
        assert_eq!(at_once(&Plan::<Config>::default(), 64, &two), 1);
    }

    #[test]
    fn pools_share_the_threads_out() {
        let sizes = |count, threads| -> Vec<usize> {
            let pools = pools(count, threads).unwrap();
            pools.iter().map(ThreadPool::current_num_threads).collect()
        };
        assert_eq!(sizes(3, 8), [2, 3, 3]);
        assert_eq!(sizes(2, 2), [1, 1]);
    }
}
