//! What the script of a comparison tells our side in every turn.

use std::path::PathBuf;

/// The options that all have.
#[derive(clap::Args)]
pub struct Turn {
    /// The folder of the case's input.
    #[arg(long)]
    pub work: PathBuf,
    #[arg(long)]
    pub case: String,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}
