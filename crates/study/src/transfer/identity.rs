//! Texts of the options of a study and of the rows of its tasks, to tell its cells from those of
//! another.
//!
//! Cells that are finished are found by checksums of these texts, so they never change for options
//! that are there: every name below is what the field or variant was called when it came in, and
//! stays when the code has another for it.

use dissensus_bert::{NormPlacement, PositionEncoding, Recipe};
use dissensus_finetune::{FineTuneParams, Tuned};
use dissensus_lm::{Budget, Decay, MuonConfig, Pool, Precision, Seeds, TrainingConfig};
use dissensus_probe::{ClassWeight, Fold, Folds};
use dissensus_transfer::TransferArm;

use super::{Architecture, FolderModel, TransferOptions, TransferTask};
use crate::Arm;

/// Everything that decides the results of a study, but for its data.
pub(super) fn identity(options: &TransferOptions) -> String {
    let micro_batch = options.micro_batch;
    let tuned = |params: &FineTuneParams| fine_tuning(params, micro_batch.is_some());
    let mut fields = vec![
        ("tokenizers", list(&options.tokenizers, arm)),
        ("folders", list(&options.folders, FolderModel::to_string)),
        ("architecture", architecture(options.architecture).into()),
        ("arms", list(&options.arms, transfer_arm)),
        ("seeds", options.seeds.to_string()),
        ("preset", quoted(&options.preset)),
        ("recipe", recipe(&options.recipe)),
    ];
    // A study without micro-batches is called as before there were any.
    fields.extend(micro_batch.map(|size| ("micro_batch", some(size))));
    fields.extend([
        ("pretrain_bases", options.pretrain_bases.to_string()),
        ("window", options.window.to_string()),
        ("kmer", options.kmer.to_string()),
        ("vocabulary", options.vocabulary.to_string()),
        ("fine_tune", optional(options.fine_tune.as_ref().map(tuned))),
        ("pools", list(&options.pools, pool)),
        ("dimensions", list(&options.dimensions, usize::to_string)),
        ("held_out", options.held_out.to_string()),
        ("checkpoint_every", options.checkpoint_every.to_string()),
        ("seed", options.seed.to_string()),
    ]);
    record("TransferOptions", &fields)
}

/// The classes of a task's rows, and how they are divided.
pub(super) fn rows_identity(task: &TransferTask) -> String {
    let classes = list(task.labels.values(), usize::to_string);
    format!("{classes} {}", folds(&task.folds))
}

fn folds(folds: &Folds) -> String {
    let all: Vec<&Fold> = folds.iter().collect();
    let fields = [
        ("folds", list(&all, |&parts| fold(parts))),
        ("rows", folds.rows().to_string()),
        ("groups", list(folds.groups(), usize::to_string)),
    ];
    record("Folds", &fields)
}

fn fold(fold: &Fold) -> String {
    let fields = [
        ("train", list(&fold.train, usize::to_string)),
        ("validation", list(&fold.validation, usize::to_string)),
        ("test", list(&fold.test, usize::to_string)),
    ];
    record("Fold", &fields)
}

fn recipe(recipe: &Recipe) -> String {
    let fields = [
        ("name", quoted(&recipe.name)),
        ("norm", norm(recipe.norm).into()),
        ("positions", positions(recipe.positions).into()),
        ("dropout", number(recipe.dropout)),
        ("initializer_range", number(recipe.initializer_range)),
        ("mask_rate", number(recipe.mask_rate)),
        ("to_mask", number(recipe.to_mask)),
        ("to_random", number(recipe.to_random)),
        ("learning_rate", number(recipe.learning_rate)),
        ("beta2", number(recipe.beta2)),
        ("muon", optional(recipe.muon.as_ref().map(muon))),
        ("warmup", number(recipe.warmup)),
        ("decay", decay(recipe.decay)),
        ("max_norm", number(recipe.max_norm)),
        ("batch", recipe.batch.to_string()),
    ];
    record("Recipe", &fields)
}

fn fine_tuning(params: &FineTuneParams, in_micro_batches: bool) -> String {
    let fields = [
        ("rates", list(&params.rates, |&rate| number(rate))),
        ("epochs", params.epochs.to_string()),
        ("patience", optional(params.patience)),
        ("batch", params.batch.to_string()),
        ("tuned", tuned(params.tuned)),
        ("class_weight", class_weight(params.class_weight)),
        ("pool", pool(&params.pool)),
        ("training", training(&params.training, in_micro_batches)),
    ];
    record("FineTuneParams", &fields)
}

/// Where pretraining has micro-batches, that fine-tuning has none is not said: so were the studies
/// called that are there.
fn training(training: &TrainingConfig, in_micro_batches: bool) -> String {
    let mut fields = vec![
        ("learning_rate", number(training.learning_rate)),
        ("warmup", number(training.warmup)),
        ("decay", decay(training.decay)),
        ("muon", optional(training.muon.as_ref().map(muon))),
        ("beta1", number(training.beta1)),
        ("beta2", number(training.beta2)),
        ("epsilon", number(training.epsilon)),
        ("weight_decay", number(training.weight_decay)),
        ("max_norm", number(training.max_norm)),
        ("batch", training.batch.to_string()),
    ];
    if training.micro_batch.is_some() || !in_micro_batches {
        fields.push(("micro_batch", optional(training.micro_batch)));
    }
    fields.extend([
        ("precision", precision(training.precision).into()),
        ("budget", budget(training.budget)),
        ("evaluate_every", optional(training.evaluate_every)),
        ("seeds", seeds(&training.seeds)),
    ]);
    record("TrainingConfig", &fields)
}

fn muon(muon: &MuonConfig) -> String {
    let fields = [
        ("learning_rate", number(muon.learning_rate)),
        ("momentum", number(muon.momentum)),
        ("weight_decay", number(muon.weight_decay)),
    ];
    record("MuonConfig", &fields)
}

fn seeds(seeds: &Seeds) -> String {
    let fields = [
        ("init", seeds.init.to_string()),
        ("order", seeds.order.to_string()),
        ("masks", seeds.masks.to_string()),
        ("dropout", seeds.dropout.to_string()),
    ];
    record("Seeds", &fields)
}

fn arm(arm: &Arm) -> String {
    let name = match arm {
        Arm::TextBpe => "TextBpe",
        Arm::TextBpeSpaces => "TextBpeSpaces",
        Arm::DnaBpe => "DnaBpe",
        Arm::DnaKmer => "DnaKmer",
        Arm::DnaChar => "DnaChar",
    };
    name.into()
}

fn architecture(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Bert => "Bert",
        Architecture::Rotary => "Rotary",
    }
}

fn transfer_arm(arm: &TransferArm) -> String {
    match arm {
        TransferArm::Pretrained => "Pretrained".into(),
        TransferArm::Random => "Random".into(),
        TransferArm::NoTransformer => "NoTransformer".into(),
        TransferArm::Shuffled => "Shuffled".into(),
        TransferArm::TaskSequences => "TaskSequences".into(),
        later => later.to_string(),
    }
}

fn norm(norm: NormPlacement) -> &'static str {
    match norm {
        NormPlacement::Behind => "Behind",
        NormPlacement::Before => "Before",
    }
}

fn positions(positions: PositionEncoding) -> &'static str {
    match positions {
        PositionEncoding::Absolute => "Absolute",
        PositionEncoding::Rotary => "Rotary",
    }
}

fn decay(decay: Decay) -> String {
    match decay {
        Decay::Cosine => "Cosine".into(),
        Decay::Linear { fraction } => record("Linear", &[("fraction", number(fraction))]),
        later => format!("{later:?}"),
    }
}

fn budget(budget: Budget) -> String {
    match budget {
        Budget::Epochs(epochs) => format!("Epochs({epochs})"),
        Budget::Tokens(tokens) => format!("Tokens({tokens})"),
        Budget::Steps(steps) => format!("Steps({steps})"),
    }
}

fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Single => "Single",
        Precision::Bf16 => "Bf16",
    }
}

fn tuned(tuned: Tuned) -> String {
    match tuned {
        Tuned::Everything => "Everything".into(),
        Tuned::HeadOnly => "HeadOnly".into(),
        later => format!("{later:?}"),
    }
}

fn class_weight(weight: ClassWeight) -> String {
    match weight {
        ClassWeight::Equal => "Equal".into(),
        ClassWeight::Balanced => "Balanced".into(),
        later => format!("{later:?}"),
    }
}

fn pool(pool: &Pool) -> String {
    match pool {
        Pool::Mean => "Mean".into(),
        Pool::Max => "Max".into(),
        Pool::First => "First".into(),
        Pool::Last => "Last".into(),
        later => later.to_string(),
    }
}

/// The shortest digits that give the number back, with a point or an exponent.
fn number(x: f64) -> String {
    format!("{x:?}")
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn some(value: impl ToString) -> String {
    format!("Some({})", value.to_string())
}

fn optional(value: Option<impl ToString>) -> String {
    value.map_or("None".into(), some)
}

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(text).collect();
    format!("[{}]", items.join(", "))
}

fn record(name: &str, fields: &[(&str, String)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    let fields: Vec<String> = fields.collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissensus_probe::Labels;

    /// Everything else than by default, and a folder.
    fn other_options() -> TransferOptions {
        let folder = FolderModel {
            name: "esm".into(),
            folder: "models/esm".into(),
            width: 320,
            checksum: "0a1b2c3d".into(),
        };
        let mut tuned = FineTuneParams::default()
            .with_epochs(7, None)
            .with_tuned(Tuned::HeadOnly)
            .with_class_weight(ClassWeight::Balanced)
            .with_pool(Pool::First);
        tuned.training.decay = Decay::Linear { fraction: 0.25 };
        tuned.training.precision = Precision::Bf16;
        tuned.training.budget = Budget::Tokens(9);
        tuned.training.evaluate_every = Some(3);
        tuned.training.seeds = Seeds::all(4);
        TransferOptions {
            folders: vec![folder],
            recipe: Recipe::paper(),
            micro_batch: Some(8),
            fine_tune: Some(tuned),
            pools: vec![Pool::Last],
            dimensions: Vec::new(),
            seed: 11,
            ..TransferOptions::default()
        }
    }

    /// Four rows in three groups.
    fn grouped_task() -> TransferTask {
        let folds = Folds::new(4, [(vec![0, 1], vec![2], vec![3])]).unwrap();
        TransferTask {
            name: "promoters".into(),
            sequences: vec!["ACGT".into(); 4],
            labels: Labels::new(vec![0, 1, 1, 0], 2).unwrap(),
            folds: folds.with_groups(&["a", "a", "b", "c"]).unwrap(),
            oracle: None,
        }
    }

    #[test]
    fn the_text_of_the_options_by_default_stays() {
        assert_eq!(
            identity(&TransferOptions::default()),
            "TransferOptions { tokenizers: [DnaChar, DnaKmer, DnaBpe], folders: [], architecture: \
            Bert, arms: [Pretrained, Random, NoTransformer, Shuffled, TaskSequences], seeds: 3, \
            preset: \"tiny\", recipe: Recipe { name: \"efficient\", norm: Before, positions: Rotary, \
            dropout: 0.0, initializer_range: 0.02, mask_rate: 0.3, to_mask: 0.8, to_random: 0.1, \
            learning_rate: 0.005, beta2: 0.999, muon: Some(MuonConfig { learning_rate: 0.02, \
            momentum: 0.95, weight_decay: 0.0 }), warmup: 0.1, decay: Linear { fraction: 0.6 }, \
            max_norm: 1.0, batch: 32 }, pretrain_bases: 4000000, window: 128, kmer: 6, \
            vocabulary: 512, fine_tune: Some(FineTuneParams { rates: [0.0001, 0.0003, 0.001], \
            epochs: 20, patience: Some(4), batch: 32, tuned: Everything, class_weight: Equal, \
            pool: Max, training: TrainingConfig { learning_rate: 0.0001, warmup: 0.0, decay: \
            Cosine, muon: None, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0, \
            max_norm: 1.0, batch: 96, micro_batch: None, precision: Single, budget: Epochs(5), \
            evaluate_every: None, seeds: Seeds { init: 0, order: 0, masks: 0, dropout: 0 } } }), \
            pools: [Mean, Max], dimensions: [2, 4, 8, 16, 32, 64], held_out: 512, \
            checkpoint_every: 200, seed: 0 }"
        );
    }

    #[test]
    fn the_text_of_other_options_stays() {
        assert_eq!(
            identity(&other_options()),
            "TransferOptions { tokenizers: [DnaChar, DnaKmer, DnaBpe], folders: [esm 320 \
            0a1b2c3d], architecture: Bert, arms: [Pretrained, Random, NoTransformer, Shuffled, \
            TaskSequences], seeds: 3, preset: \"tiny\", recipe: Recipe { name: \"paper\", norm: \
            Behind, positions: Absolute, dropout: 0.1, initializer_range: 0.02, mask_rate: 0.15, \
            to_mask: 0.8, to_random: 0.1, learning_rate: 0.0001, beta2: 0.999, muon: None, \
            warmup: 0.1, decay: Cosine, max_norm: 0.5, batch: 96 }, micro_batch: Some(8), \
            pretrain_bases: 4000000, window: 128, kmer: 6, vocabulary: 512, fine_tune: \
            Some(FineTuneParams { rates: [1e-5, 3e-5, 5e-5, 8e-5, 0.0001, 0.0003], epochs: 7, \
            patience: None, batch: 32, tuned: HeadOnly, class_weight: Balanced, pool: First, \
            training: TrainingConfig { learning_rate: 0.0001, warmup: 0.0, decay: Linear { \
            fraction: 0.25 }, muon: None, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: \
            0.0, max_norm: 1.0, batch: 96, precision: Bf16, budget: Tokens(9), evaluate_every: \
            Some(3), seeds: Seeds { init: 4, order: 4, masks: 4, dropout: 4 } } }), pools: \
            [Last], dimensions: [], held_out: 512, checkpoint_every: 200, seed: 11 }"
        );
    }

    #[test]
    fn the_text_of_a_task_s_rows_stays() {
        assert_eq!(
            rows_identity(&grouped_task()),
            "[0, 1, 1, 0] Folds { folds: [Fold { train: [0, 1], validation: [2], test: [3] }], \
            rows: 4, groups: [0, 0, 1, 2] }"
        );
    }

    #[test]
    fn every_setting_is_in_the_text() {
        let mut options = TransferOptions {
            micro_batch: Some(8),
            ..TransferOptions::default()
        };
        options.fine_tune.as_mut().unwrap().training.micro_batch = Some(2);
        let fields = |text: &str| text.matches(": ").count();
        assert_eq!(fields(&identity(&options)), fields(&format!("{options:?}")));
    }
}
