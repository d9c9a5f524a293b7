//! The paired transfer study: pretrained models against their random twins, on tasks.

mod architecture;
mod data;
mod folder;
mod identity;
mod input;
mod model;
mod observer;
mod options;
mod progress;
mod results;
mod run;
mod task;

pub use architecture::Architecture;
pub use data::TransferData;
pub use folder::FolderModel;
pub use input::TransferInput;
pub use model::Pretraining;
pub use observer::TransferObserver;
pub use options::TransferOptions;
pub use progress::TransferProgress;
pub use results::{
    TaskFacts, TransferResults, transfer, transfer_findings, transfer_results, transfer_tables,
    write_transfer,
};
pub use run::{Share, transfer_cells};
pub use task::{TaskRows, TransferTask};
