//! A transfer study is the same bytes made at once, in shares, or after it was interrupted.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use dissensus_bert::devices;
use dissensus_finetune::FineTuneParams;
use dissensus_lm::{Encoder, Pool, Step};
use dissensus_report::RunCard;
use dissensus_study::{
    Architecture, Arm, CellKey, FolderModel, Share, TaskRows, TransferData, TransferObserver,
    TransferOptions, TransferResults, transfer, transfer_cells, transfer_results, write_transfer,
};
use dissensus_tokenize::{Character, Layout, Tokenizer};
use dissensus_transfer::{CellOutcome, Method, TransferArm};

fn options() -> TransferOptions {
    let mut options = TransferOptions::default().quick();
    options.tokenizers = vec![Arm::DnaKmer, Arm::DnaBpe];
    options.arms = TransferArm::ALL.to_vec();
    options.architecture = Architecture::Bert;
    options.seeds = 2;
    options.pretrain_bases = 8_000;
    options.pools = vec![Pool::Mean];
    options.dimensions = vec![4];
    options.held_out = 16;
    options.checkpoint_every = 2;
    let tune = FineTuneParams::default()
        .with_rates([1e-3])
        .with_epochs(1, None)
        .with_batch(8);
    options.fine_tune = Some(tune);
    options
}

fn data() -> TransferData {
    let rows = TaskRows {
        train: 24,
        validation: 8,
        test: 24,
    };
    TransferData::built_in(20_000, rows, 48, 0).unwrap()
}

/// The name and bytes of every file that is made anew from the cells, and of every cell.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for folder in [folder.to_path_buf(), folder.join("cells")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                all.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    all
}

fn results(folder: &Path) -> TransferResults {
    let cpu = devices("cpu").unwrap();
    let found = transfer_results(&options(), &data(), folder, &cpu, &mut ())
        .unwrap()
        .unwrap();
    write_transfer(&found, RunCard::new("", "a test"), folder).unwrap();
    found
}

/// Interrupts after so many steps or cells, wherever that is.
struct Impatient(usize);

impl Impatient {
    fn goes_on(&mut self) -> ControlFlow<()> {
        self.0 = self.0.saturating_sub(1);
        match self.0 {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl TransferObserver for Impatient {
    fn pretraining(&mut self, _: &str, _: &Step) -> ControlFlow<()> {
        self.goes_on()
    }

    fn cell(&mut self, _: &CellKey, _: usize, _: usize) -> ControlFlow<()> {
        self.goes_on()
    }

    fn tuning(&mut self) -> ControlFlow<()> {
        self.goes_on()
    }
}

#[test]
fn a_study_in_shares_or_interrupted_is_the_bytes_of_one_that_ran_through() {
    let cpu = devices("cpu").unwrap();
    let (options, data) = (options(), data());
    let [whole, shared, broken] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    transfer(&options, &data, whole.path(), &cpu, &mut ())
        .unwrap()
        .unwrap();
    let found = results(whole.path());
    for index in [1, 0] {
        assert!(
            transfer_results(&options, &data, shared.path(), &cpu, &mut ())
                .unwrap()
                .is_none()
        );
        let share = Share { index, of: 2 };
        assert!(transfer_cells(&options, &data, shared.path(), share, &cpu, &mut ()).unwrap());
    }
    results(shared.path());
    assert_eq!(bytes(whole.path()), bytes(shared.path()));
    let mut patience = 3;
    while transfer(
        &options,
        &data,
        broken.path(),
        &cpu,
        &mut Impatient(patience),
    )
    .unwrap()
    .is_none()
    {
        patience += 7;
    }
    results(broken.path());
    assert_eq!(bytes(whole.path()), bytes(broken.path()));
    check(&found, &options);
}

fn check(found: &TransferResults, options: &TransferOptions) {
    // 2 tokenizers × 5 arms × 3 tasks × 2 seeds × (fine-tuned, all features, 4 directions).
    assert_eq!(found.cells.len(), 2 * 5 * 3 * 2 * 3);
    assert_eq!(found.gains.len(), 2 * 4 * 3);
    for one in &found.pretraining {
        let bits = one.bits_per_base.unwrap();
        assert!((1.0..4.0).contains(&bits), "{one:?}");
        let read = one.arm != TransferArm::Random;
        assert_eq!(one.bases_seen > Some(0), read, "{one:?}");
        if one.arm == TransferArm::Pretrained {
            assert!(one.bases_seen >= Some(options.pretrain_bases), "{one:?}");
        }
    }
    for cell in found.cells.iter() {
        if let CellOutcome::Scored(scores) | CellOutcome::AtChance(scores) = cell.outcome {
            assert!((-1.0..=1.0).contains(&scores.mcc));
        }
        assert!(cell.key.arm != TransferArm::Random || cell.bases_seen == Some(0));
    }
    assert!(found.tasks.iter().all(|task| task.oracle.unwrap() > 0.5));
}

/// Small models of two published families at random weights, in folders: one predicts masked
/// tokens, the other next ones.
fn published(folder: &Path) -> Vec<FolderModel> {
    let esm = serde_json::json!({
        "model_type": "esm", "architectures": ["EsmForMaskedLM"], "vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 8, "position_embedding_type": "rotary", "add_bias_fnn": false,
        "pad_token_id": 1, "mask_token_id": 4
    });
    let hyena = serde_json::json!({
        "model_type": "hyenadna", "architectures": ["HyenaDNAForCausalLM"], "d_model": 16, "d_inner": 24, "n_layer": 1,
        "vocab_size": 12, "pad_vocab_size_multiple": 8, "max_seq_len": 66, "emb_dim": 3, "filter_order": 6, "pad_token_id": 4
    });
    let cpu = devices("cpu").unwrap();
    let open = |(name, config): (&str, serde_json::Value)| {
        let folder = folder.join(name);
        let model = dissensus_zoo::random_twin(&config, 3, cpu.first()).unwrap();
        model.save(&folder).unwrap();
        if name == "esm" {
            let tokenizer = Character::dna(Layout::Standard).unwrap();
            assert_eq!(tokenizer.vocabulary().len(), model.sizes().vocabulary);
            tokenizer.save(&folder).unwrap();
        }
        FolderModel::open(&folder, cpu.first()).unwrap()
    };
    [("esm", esm), ("hyena", hyena)].map(open).to_vec()
}

#[test]
fn models_of_folders_stand_beside_their_random_twins() {
    let cpu = devices("cpu").unwrap();
    let [models, out, shared] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let mut options = options();
    options.tokenizers = Vec::new();
    options.folders = published(models.path());
    options.dimensions = vec![4, 100];
    let data = data();
    let found = transfer(&options, &data, out.path(), &cpu, &mut ())
        .unwrap()
        .unwrap();
    // 2 models × 2 arms × 3 tasks × 2 seeds × (fine-tuned, all features, 4 directions); none
    // has 100.
    assert_eq!(found.cells.len(), 2 * 2 * 3 * 2 * 3);
    let arms = [TransferArm::Pretrained, TransferArm::Random];
    assert!(found.cells.iter().all(|cell| arms.contains(&cell.key.arm)));
    for one in &found.pretraining {
        // Nobody counted what a published model had read; a twin has read nothing.
        let counted = (one.arm == TransferArm::Random).then_some(0);
        assert_eq!((one.bases_seen, one.steps), (counted, counted), "{one:?}");
        // Of 16 rows, as HyenaDNA has, one at random takes 4 bits.
        let bits = one.bits_per_base.unwrap();
        assert!((1.5..4.5).contains(&bits), "{one:?}");
    }
    // A model is not its own twin: the weights of the folder were drawn by another seed.
    let score = |arm| {
        let mut cells = found.cells.iter().filter(|cell| cell.key.arm == arm);
        cells.find(|cell| cell.key.method != Method::FineTuned)
    };
    let [own, twin] = arms.map(|arm| score(arm).unwrap().outcome);
    assert_ne!(own, twin);
    for index in 0..2 {
        let share = Share { index, of: 2 };
        assert!(transfer_cells(&options, &data, shared.path(), share, &cpu, &mut ()).unwrap());
    }
    let again = transfer_results(&options, &data, shared.path(), &cpu, &mut ());
    assert_eq!(again.unwrap().unwrap(), found);
    options.folders[1].name = "dna-char".into();
    let error = options.validate().unwrap_err().to_string();
    assert!(error.contains("a name that no tokenizer has"), "{error}");
}

#[test]
fn rotary_models_are_pretrained_and_their_folders_open_again() {
    let cpu = devices("cpu").unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut options = options();
    options.tokenizers = vec![Arm::DnaChar];
    options.arms = vec![TransferArm::Pretrained, TransferArm::Random];
    options.architecture = Architecture::Rotary;
    options.fine_tune = None;
    let data = data();
    let found = transfer(&options, &data, out.path(), &cpu, &mut ())
        .unwrap()
        .unwrap();
    let folder = out.path().join("models/dna-char/pretrained");
    options.folders = vec![FolderModel::open(&folder, cpu.first()).unwrap()];
    assert_eq!(options.folders[0].name, "pretrained");
    options.tokenizers = Vec::new();
    let again = tempfile::tempdir().unwrap();
    let opened = transfer(&options, &data, again.path(), &cpu, &mut ())
        .unwrap()
        .unwrap();
    // The same weights behind the same tokens: the same losses and scores.
    let own = |found: &TransferResults| found.pretraining[0].bits_per_base.unwrap();
    assert_eq!(own(&found), own(&opened));
    let scores = |found: &TransferResults| {
        let cells = found.cells.iter();
        let own = cells.filter(|cell| cell.key.arm == TransferArm::Pretrained);
        own.map(|cell| cell.outcome).collect::<Vec<_>>()
    };
    assert_eq!(scores(&found), scores(&opened));
}

#[test]
fn a_folder_of_another_study_is_refused() {
    let cpu = devices("cpu").unwrap();
    let (data, mut options) = (data(), options());
    options.tokenizers = vec![Arm::DnaKmer];
    options.arms = vec![TransferArm::Random];
    (options.seeds, options.fine_tune) = (1, None);
    let folder = tempfile::tempdir().unwrap();
    transfer(&options, &data, folder.path(), &cpu, &mut ())
        .unwrap()
        .unwrap();
    options.window = 40;
    let message = transfer(&options, &data, folder.path(), &cpu, &mut ())
        .unwrap_err()
        .to_string();
    assert!(message.contains("made for study"), "{message}");
    options.arms = vec![TransferArm::Pretrained];
    let message = transfer(&options, &data, folder.path(), &cpu, &mut ())
        .unwrap_err()
        .to_string();
    assert!(message.contains("no random twin"), "{message}");
}
