//! Members side by side end as they do one after the other.

use super::*;

fn with_threads(
    threads: usize,
    folder: &Path,
    observer: &mut dyn EnsembleObserver<MaskedLm>,
) -> Result<Outcome, Error> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| go(folder, Existing::Resume, observer))
}

/// Notes whose step came, in order.
#[derive(Default)]
struct Turns(Vec<usize>);

impl<M> EnsembleObserver<M> for Turns {
    fn stepped(&mut self, member: usize, _step: &Step) -> ControlFlow<()> {
        self.0.push(member);
        ControlFlow::Continue(())
    }
}

#[test]
fn two_members_at_once_are_two_members_one_after_the_other() {
    let [one, two, three] = [1, 2, 3].map(|threads| {
        let folder = tempfile::tempdir().unwrap();
        let mut turns = Turns::default();
        with_threads(threads, folder.path(), &mut turns).unwrap();
        assert_eq!(turns.0.len() as u64, 2 * STEPS);
        let sorted = turns.0.is_sorted();
        (contents(folder.path()), sorted)
    });
    assert!(one.1, "one thread trains one member after the other");
    assert_eq!(one.0, two.0);
    assert_eq!(one.0, three.0);
}

#[test]
fn both_are_saved_when_one_is_told_to_stop() {
    let unbroken = tempfile::tempdir().unwrap();
    go(unbroken.path(), Existing::Refuse, &mut ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outcome = with_threads(2, folder.path(), &mut BreakAfter(3)).unwrap();
    assert_eq!(outcome, Outcome::Interrupted);
    with_threads(2, folder.path(), &mut ()).unwrap();
    assert_eq!(contents(unbroken.path()), contents(folder.path()));
}
