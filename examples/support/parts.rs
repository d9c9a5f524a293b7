//! A study by several processes, which a scheduler starts.

use dissensus_study::StudyPart;

/// Which part of a study this process does, and whether it continues one.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Several processes in one folder")]
pub struct Parts {
    /// Continue a run that was interrupted
    #[arg(long)]
    pub resume: bool,
    /// Train these members of each arm and end, as 0,3; other processes train the others in the
    /// same --out
    #[arg(long, value_name = "MEMBERS", value_delimiter = ',')]
    pub only_members: Vec<usize>,
    /// Measure the arms, whose members are all trained, and end
    #[arg(long, conflicts_with_all = ["only_members", "collect"])]
    pub measure_only: bool,
    /// Write the results of arms whose members are all trained, by however many processes
    #[arg(long, conflicts_with = "only_members")]
    pub collect: bool,
}

impl Parts {
    /// The same as the study knows it.
    #[must_use]
    pub fn part(&self) -> StudyPart {
        if !self.only_members.is_empty() {
            return StudyPart::Members(self.only_members.clone());
        }
        match (self.measure_only, self.collect) {
            (true, _) => StudyPart::Measures,
            (_, true) => StudyPart::Results,
            _ => StudyPart::Whole,
        }
    }
}
