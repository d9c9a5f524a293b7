//! The study: an ensemble for each arm, trained and measured.

mod arm;
mod case;
mod follow;
mod options;
mod parts;
mod run;
mod stored;

pub use arm::Arm;
pub(crate) use case::{Case, Prepared, ReadOnce};
pub use follow::Follow;
pub use options::Options;
pub(crate) use options::training_seeds;
pub use parts::{collect, measure_arms, train_study_members};
pub use run::{StudyOutcome, StudyResults, loss_curves, run};
pub use stored::StoredSequences;
