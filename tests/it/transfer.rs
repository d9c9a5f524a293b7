//! A transfer study is the same bytes made at once, in shares, or after it was broken off.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use dissensus_bert::device;
use dissensus_finetune::FineTuneParams;
use dissensus_lm::{Pool, Step};
use dissensus_report::RunCard;
use dissensus_study::{
    Architecture, Arm, CellKey, Share, TaskRows, TransferData, TransferObserver, TransferOptions,
    TransferResults, transfer, transfer_cells, transfer_results, write_transfer,
};
use dissensus_transfer::{CellOutcome, TransferArm};

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
    let device = device("cpu").unwrap();
    let found = transfer_results(&options(), &data(), folder, &device, &mut ())
        .unwrap()
        .unwrap();
    write_transfer(&found, RunCard::new("", "a test"), folder).unwrap();
    found
}

/// Breaks off after so many steps or cells, wherever that is.
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
fn a_study_in_shares_or_broken_off_is_the_bytes_of_one_that_ran_through() {
    let device = device("cpu").unwrap();
    let (options, data) = (options(), data());
    let [whole, shared, broken] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    transfer(&options, &data, whole.path(), &device, &mut ())
        .unwrap()
        .unwrap();
    let found = results(whole.path());
    for index in [1, 0] {
        assert!(
            transfer_results(&options, &data, shared.path(), &device, &mut ())
                .unwrap()
                .is_none()
        );
        let share = Share { index, of: 2 };
        assert!(transfer_cells(&options, &data, shared.path(), share, &device, &mut ()).unwrap());
    }
    results(shared.path());
    assert_eq!(bytes(whole.path()), bytes(shared.path()));
    let mut patience = 3;
    while transfer(
        &options,
        &data,
        broken.path(),
        &device,
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

#[test]
fn a_folder_of_another_study_is_refused() {
    let device = device("cpu").unwrap();
    let (data, mut options) = (data(), options());
    options.tokenizers = vec![Arm::DnaKmer];
    options.arms = vec![TransferArm::Random];
    (options.seeds, options.fine_tune) = (1, None);
    let folder = tempfile::tempdir().unwrap();
    transfer(&options, &data, folder.path(), &device, &mut ())
        .unwrap()
        .unwrap();
    options.window = 40;
    let message = transfer(&options, &data, folder.path(), &device, &mut ())
        .unwrap_err()
        .to_string();
    assert!(message.contains("made for study"), "{message}");
    options.arms = vec![TransferArm::Pretrained];
    let message = transfer(&options, &data, folder.path(), &device, &mut ())
        .unwrap_err()
        .to_string();
    assert!(message.contains("no random twin"), "{message}");
}
