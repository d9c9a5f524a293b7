//! What the programs share: how they are told what to do, how they show what they are busy with,
//! how they end.
//!
//! | item | is |
//! |---|---|
//! | [`Common`], [`Computing`] | the arguments that are the same in every program |
//! | [`Reading`], [`MeasuredOn`] | how files are read, and which are measured on |
//! | [`Training`], [`Cutting`], [`one_model_defaults`] | how models are trained, and texts cut into tokens |
//! | [`StudySettings`], [`FisherExample`] | which ensembles are trained and what they are asked; which Fisher information is taken |
//! | [`StudyTasks`], [`TaskSample`], [`AskedModels`], [`Tuned`] | tasks and their rows, which models are asked, and how they are tuned |
//! | [`VariantTable`] | how a table of variants is read |
//! | [`Products`], [`Bf16Choice`] | whether matrix products round to bf16, and what is said of it |
//! | [`Given`] | what a program was given: command line, `--config`, and the file that repeats it |
//! | [`Parts`] | which part of a study a process does |
//! | [`program()`], [`Ending`], [`UsageError`] | the frame of a program: arguments, threads, errors, exit status |
//! | [`Job`], [`Finished`], [`Output`] | a program at work: its folder, bars and record; what it writes and prints in the end |
//! | [`Bars`] | a bar a stage, plain lines where there is no terminal, a clean stop |
//! | [`Growing`], [`Progress`] | the page of a study while it goes on |
//! | [`processor_seconds()`] | the time of the processor, for what is compared in equal time |
//! | [`Terminal`] | what is printed in the end: findings and where everything lies |
//! | [`model_key`] | a hash of the folder of a model |
//! | [`FrozenModel`] | pooled states of a model and of its twins, kept on disk |
//! | [`score_models`], [`ScoredModels`] | variants scored by members and twins |
//! | [`Presentation`] | the page, figures and tables of a program that asks one model, from its `results.json`: [`ScanResults`], [`ProbeResults`], [`CurveResults`] |
//! | [`Record`] | `run.json`: command, version, time, device, files; `run.toml`: the options |

mod arguments;
mod bars;
mod clock;
mod ending;
mod fisher;
mod frozen;
mod given;
mod growing;
mod input;
mod job;
mod model;
mod pages;
mod parts;
mod products;
mod record;
mod remote;
mod scores;
mod signals;
mod study;
mod terminal;
mod training;
mod transfer;
mod variants;

pub use arguments::{Common, Computing};
pub use bars::Bars;
pub use clock::processor_seconds;
pub use ending::{Ending, UsageError, program};
pub use fisher::FisherExample;
pub use frozen::FrozenModel;
pub use given::Given;
pub use growing::{Growing, Progress};
pub use input::{MeasuredOn, Reading};
pub use job::{Finished, Job, Output};
pub use model::model_key;
pub use pages::{CurveResults, Presentation, Presents, ProbeResults, ScanResults, ViewCurve};
pub use parts::Parts;
pub use products::{Bf16Choice, Products};
pub use record::Record;
pub use scores::{ScoredModels, Scoring, score_models};
pub use signals::Signals;
pub use study::StudySettings;
pub use terminal::Terminal;
pub use training::{Cutting, Training, one_model_defaults};
pub use transfer::{AskedModels, StudyTasks, TaskSample, Tuned};
pub use variants::VariantTable;
