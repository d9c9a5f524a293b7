//! The arguments that are the same in every program.

use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What every program is told.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "In every program")]
pub struct Common {
    /// Folder of everything that is written; by default runs/ and the name of the program
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// TOML with options under their long names, as run.toml that a run writes; the command line
    /// comes before it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Threads to compute with; by default one a core
    #[arg(long, value_name = "COUNT")]
    pub threads: Option<NonZeroUsize>,
    /// Print the tables too
    #[arg(long, short, conflicts_with_all = ["json", "quiet"])]
    pub verbose: bool,
    /// Print the results as JSON on standard output, and nothing else there
    #[arg(long, conflicts_with = "quiet")]
    pub json: bool,
    /// Print nothing but warnings and errors
    #[arg(long, short)]
    pub quiet: bool,
    /// Print completions of this program for a shell
    #[arg(long, value_name = "SHELL", exclusive = true)]
    pub completions: Option<clap_complete::Shell>,
}

impl Common {
    /// The folder of everything that a program of this name writes.
    #[must_use]
    pub fn folder(&self, program: &str) -> PathBuf {
        let named = || PathBuf::from("runs").join(program);
        self.out.clone().unwrap_or_else(named)
    }
}

/// What a program is told that computes with models.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "In every program")]
pub struct Computing {
    /// cpu, ndarray, cuda, wgpu or vulkan, the last three also as cuda:N; where several can share
    /// the work, cuda:0,cuda:1
    #[arg(long, env = "BURN_DEVICE", default_value = "cpu")]
    pub device: String,
    /// Seed of everything
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}
