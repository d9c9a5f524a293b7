//! Which cells a study has.

use std::collections::BTreeSet;

use crate::{CellKey, Error, Method, TransferArm};

/// Every model on every task in every arm, asked in every way, with every fold and seed.
///
/// ```
/// use dissensus_transfer::{TransferArm, CellPlan, Method};
/// let plan = CellPlan {
///     models: vec!["char".into(), "6-mer".into()],
///     tasks: vec![("promoters".into(), 1), ("enhancers".into(), 5)],
///     methods: vec![Method::FineTuned],
///     arms: vec![TransferArm::Pretrained, TransferArm::Random],
///     seeds: vec![0, 1, 2],
/// };
/// assert_eq!(plan.cells()?.len(), 2 * 6 * 2 * 3);
/// // Three processes share them out, whoever begins when.
/// let shares = (0..3).map(|share| plan.share(share, 3).map(|cells| cells.len()));
/// assert_eq!(shares.sum::<Result<usize, _>>()?, 72);
/// # Ok::<(), dissensus_transfer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellPlan {
    /// Names of models.
    pub models: Vec<String>,
    /// Names of tasks, each with its number of folds.
    pub tasks: Vec<(String, usize)>,
    /// How each model is asked.
    pub methods: Vec<Method>,
    /// What its weights come from.
    pub arms: Vec<TransferArm>,
    /// Seeds: as many twins are drawn at random.
    pub seeds: Vec<u64>,
}

impl CellPlan {
    /// Every cell, in the order in which a single process makes them: what shares a model stands
    /// together.
    ///
    /// # Errors
    /// [`Error::Plan`] for an empty part, or one with something twice.
    pub fn cells(&self) -> Result<Vec<CellKey>, Error> {
        self.check()?;
        let mut cells = Vec::new();
        for model in &self.models {
            for &arm in &self.arms {
                for (task, folds) in &self.tasks {
                    for (fold, seed) in self.rounds(arm, *folds) {
                        cells.extend(self.methods.iter().map(|method| CellKey {
                            model: model.clone(),
                            task: task.clone(),
                            method: method.clone(),
                            arm,
                            fold,
                            seed,
                        }));
                    }
                }
            }
        }
        Ok(cells)
    }

    /// Folds and seeds, those of one model beside each other: a random twin has a seed and serves
    /// all folds, any other model serves all seeds.
    fn rounds(&self, arm: TransferArm, folds: usize) -> Vec<(usize, u64)> {
        let seeds = self.seeds.iter().copied();
        if arm == TransferArm::Random {
            let of_seed = |seed| (0..folds).map(move |fold| (fold, seed));
            return seeds.flat_map(of_seed).collect();
        }
        let of_fold = |fold| seeds.clone().map(move |seed| (fold, seed));
        (0..folds).flat_map(of_fold).collect()
    }

    /// The cells of one of several processes: every `of`-th segment of cells that share models and
    /// seed.
    ///
    /// # Errors
    /// Those of [`CellPlan::cells`]; [`Error::Plan`] if there is no such share.
    pub fn share(&self, share: usize, of: usize) -> Result<Vec<CellKey>, Error> {
        if share >= of {
            return Err(Error::Plan {
                what: "share",
                found: format!("{share} of {of}"),
                expected: "a number below that of the shares",
            });
        }
        let cells = self.cells()?;
        let segments = cells.chunks(self.methods.len()).enumerate();
        let own = segments.filter(|(at, _)| at % of == share);
        Ok(own.flat_map(|(_, cells)| cells.to_vec()).collect())
    }

    fn check(&self) -> Result<(), Error> {
        distinct("models", &self.models)?;
        let tasks: Vec<&String> = self.tasks.iter().map(|(task, _)| task).collect();
        distinct("tasks", &tasks)?;
        distinct("methods", &self.methods)?;
        distinct("arms", &self.arms)?;
        distinct("seeds", &self.seeds)?;
        match self.tasks.iter().find(|(_, folds)| *folds == 0) {
            None => Ok(()),
            Some((task, _)) => Err(Error::Plan {
                what: "folds of a task",
                found: format!("none of {task}"),
                expected: "at least one",
            }),
        }
    }
}

fn distinct<T: Ord + std::fmt::Debug>(what: &'static str, all: &[T]) -> Result<(), Error> {
    if all.is_empty() {
        return Err(Error::Plan {
            what,
            found: "none".into(),
            expected: "at least one",
        });
    }
    let mut seen = BTreeSet::new();
    match all.iter().find(|one| !seen.insert(*one)) {
        None => Ok(()),
        Some(twice) => Err(Error::Plan {
            what,
            found: format!("{twice:?} twice"),
            expected: "each once",
        }),
    }
}
