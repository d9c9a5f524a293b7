//! How a table of variants is read.

use std::path::Path;

use anyhow::Result;
use dissensus_variant::{Checked, Genome, OnFault, TableColumns, check_variants, read_variants};

/// Which columns of a table are what, and which rows count.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How variants are read")]
pub struct VariantTable {
    /// Column of the position, from 1
    #[arg(long, default_value = "pos")]
    pub position: String,
    /// Column of the label
    #[arg(long, default_value = "label")]
    pub label: String,
    /// Its value for positives
    #[arg(long, default_value = "pathogenic")]
    pub positive: String,
    /// Its value for negatives
    #[arg(long, default_value = "benign")]
    pub negative: String,
    /// Column of the class
    #[arg(long)]
    pub class: Option<String>,
    /// Columns that score variants themselves, such as conservation; high is taken for positive
    #[arg(long)]
    pub score: Vec<String>,
    /// Every n-th variant only
    #[arg(long, default_value_t = 1)]
    pub every: usize,
    /// Leave variants out whose REF differs from the reference
    #[arg(long)]
    pub skip_mismatch: bool,
}

impl VariantTable {
    /// Variants that fit the reference.
    ///
    /// # Errors
    /// What cannot be read, or does not fit.
    pub fn read(&self, path: &Path, genome: &Genome) -> Result<Checked> {
        let mut columns = TableColumns::default()
            .with_position(&self.position)
            .with_label(&self.label, &[&self.positive], &[&self.negative]);
        columns.class.clone_from(&self.class);
        columns.fields.clone_from(&self.score);
        let all = read_variants(path, &columns)?;
        let some = all.into_iter().step_by(self.every.max(1)).collect();
        let on_fault = if self.skip_mismatch {
            OnFault::Skip
        } else {
            OnFault::Refuse
        };
        Ok(check_variants(some, genome, on_fault)?)
    }
}
