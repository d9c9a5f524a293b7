//! What the script of a comparison tells our side in every turn.

use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::Device;

/// The options that all have.
#[derive(clap::Args)]
pub struct Turn {
    /// The folder of the case's input.
    #[arg(long)]
    pub work: PathBuf,
    #[arg(long)]
    pub case: String,
    /// Where our models compute, as `--device` of the programs.
    #[arg(long, default_value = "cpu")]
    device: String,
}

impl Turn {
    /// The device by its name.
    pub fn device(&self) -> Result<Device> {
        Ok(dissensus_lm::device(&self.device)?)
    }
}
