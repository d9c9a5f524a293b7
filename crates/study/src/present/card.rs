//! The card of a run.

use dissensus_report::{Ensemble, Results, RunCard, shown, shown_count};

/// What a program knows of its own run, beside the results: the contents of `run.json`.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RunFacts {
    /// The command as it was given.
    pub command: Vec<String>,
    /// Name and version of the program.
    pub version: String,
    /// When it ended: UTC, as in `2026-11-26 09:15`.
    pub ended: String,
    /// Wall time in seconds.
    #[serde(with = "dissensus_kernels::non_finite")]
    pub seconds: f64,
    /// The device that it computed on.
    pub device: String,
    /// Threads that it computed with.
    pub threads: usize,
    /// Tokens that were read in training.
    pub tokens_read: u64,
    /// Files that were read, each with its size in bytes and the CRC-32 of its bytes.
    pub files: Vec<FileFacts>,
    /// Checksums of what models were trained on: each name and value.
    pub checksums: Vec<(String, String)>,
}

/// A file that a run read.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct FileFacts {
    /// As it was given.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// CRC-32 of its bytes, in hexadecimal digits.
    pub crc32: String,
}

/// The card of a run: settings and facts from the results, the rest from what the program knows.
#[must_use]
pub fn run_card(results: &Results, facts: Option<&RunFacts>) -> RunCard {
    let mut card = RunCard::new("", &summary(results, facts));
    if let Some(facts) = facts {
        let files = facts.files.iter().map(|file| {
            let text = format!("{} bytes, crc32 {}", shown_count(file.bytes), file.crc32);
            (file.path.as_str(), text)
        });
        card = card.with("Files", files);
        let checksums = facts.checksums.iter();
        let checksums = checksums.map(|(name, value)| (name.as_str(), value.as_str()));
        card = card.with("Training sequences and masking", checksums);
        card = card.with("Machine and program", machine(facts));
    }
    let settings = results
        .settings
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()));
    card = card.with("Settings", settings);
    for ensemble in &results.ensembles {
        let facts = ensemble.facts.iter();
        let facts = facts.map(|(name, value)| (name.as_str(), number(*value)));
        card = card.with(&format!("Data of {}", ensemble.name), facts);
    }
    card
}

/// A fact as a reader wants it: whole numbers whole.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        shown_count(value as u64)
    } else {
        shown(value)
    }
}

fn machine(facts: &RunFacts) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("program", facts.version.clone()),
        ("command", facts.command.join(" ")),
        ("ended", facts.ended.clone()),
        ("time", time(facts.seconds)),
        ("device", facts.device.clone()),
        ("threads", facts.threads.to_string()),
    ];
    if facts.tokens_read > 0 {
        all.push(("tokens read in training", shown_count(facts.tokens_read)));
    }
    all.retain(|(_, value)| !value.is_empty());
    all
}

fn time(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) => format!("{seconds:.1} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// One paragraph: which ensembles on which data.
fn summary(results: &Results, facts: Option<&RunFacts>) -> String {
    let setting = |name: &str| {
        let found = results.settings.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let ensembles: Vec<String> = results.ensembles.iter().map(ensemble).collect();
    let mut text = ensembles.join("; ");
    if !ensembles.is_empty() {
        text += ".";
    }
    if let Some(preset) = setting("preset") {
        text += &format!(" Models: {preset}");
        if let Some(budget) = setting("budget") {
            text += &format!(", each trained on {budget}");
        }
        text += ".";
    }
    if let Some(seed) = setting("seed") {
        text += &format!(" Seed {seed}.");
    }
    if let Some(facts) = facts {
        text += &format!(" {} on {}", time(facts.seconds), facts.device);
        let plural = if facts.threads == 1 { "" } else { "s" };
        text += &format!(
            ", {} thread{plural}; ended {} UTC.",
            facts.threads, facts.ended
        );
    }
    text.trim_start().into()
}

fn ensemble(ensemble: &Ensemble) -> String {
    let fact = |name: &str| {
        let mut facts = ensemble.facts.iter();
        facts
            .find(|(known, _)| known == name)
            .map(|(_, value)| number(*value))
    };
    let plural = if ensemble.members == 1 { "" } else { "s" };
    let mut text = format!("{} member{plural} of {}", ensemble.members, ensemble.name);
    if let Some(symbols) = fact("training symbols") {
        text += &format!(" ({symbols} training symbols)");
    }
    if let Some(positions) = fact("masked positions") {
        text += &format!(", measured at {positions} masked positions");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!(time(3.21), "3.2 s");
        assert_eq!(time(75.0), "1 min 15 s");
        assert_eq!(time(7_500.0), "2 h 5 min");
    }

    #[test]
    fn a_card_says_what_was_run_on_what() {
        let mut results = Results::new(vec![("preset".into(), "tiny".into())]);
        results.ensembles.push(Ensemble {
            name: "dna-kmer".into(),
            members: 3,
            facts: vec![("masked positions".into(), 1234.0), ("rate".into(), 1.9)],
            notes: vec![],
            states: vec![],
        });
        let facts = RunFacts {
            seconds: 61.0,
            device: "cpu".into(),
            threads: 2,
            ended: "2026-11-26 09:15".into(),
            ..RunFacts::default()
        };
        let card = run_card(&results, Some(&facts));
        assert_eq!(
            card.summary,
            "3 members of dna-kmer, measured at 1\u{202f}234 masked positions. Models: tiny. 1 min 1 s on cpu, 2 threads; ended \
             2026-11-26 09:15 UTC."
        );
        let headings: Vec<&str> = card.groups.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            headings,
            ["Machine and program", "Settings", "Data of dna-kmer"]
        );
    }
}
