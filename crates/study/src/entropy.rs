//! The study: an ensemble for each arm, trained and measured.

mod arm;
mod arm_data;
mod case;
mod follow;
mod options;
mod parts;
mod run;
mod stored;

pub use arm::{Arm, comparable_tokenizers};
pub(crate) use arm_data::masking;
pub use arm_data::{ArmData, ArmParams};
pub(crate) use case::{CONTROL, Case, Prepared, ReadOnce};
pub use follow::Follow;
pub use options::Options;
pub(crate) use options::{training_seeds, with_micro_batch};
pub use parts::{StudyPart, collect, measure_arms, run_part, train_study_members};
pub use run::{StudyOutcome, StudyResults, loss_chart, loss_curves, run};
pub use stored::StoredSequences;
