//! An audit says what it measured, on how much and by which options, and refuses what it cannot
//! measure.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_input::{FramingChoice, InputParams, Modality};
use dissensus_lm::devices;
use dissensus_measure::{AuditParams, Error, Input, TWO_SIDED_LOSS, audit, open_folder};
use dissensus_report::Results;
use dissensus_tokenize::{Character, Layout, Tokenizer as _};

/// A fresh model of so many layers and rows, beside the tokenizer of single bases.
fn checkpoint(folder: &Path, layers: usize, rows: usize, seed: u64) -> PathBuf {
    let config = Config {
        hidden_size: 16,
        num_attention_heads: 2,
        intermediate_size: 32,
        initializer_range: 0.3,
        num_hidden_layers: layers,
        ..Config::preset("tiny").unwrap()
    };
    let config = config.with_vocabulary(rows, 1);
    let model = MaskedLm::new(&config, seed, &Device::flex()).unwrap();
    model.save(folder).unwrap();
    Character::dna(Layout::Standard)
        .unwrap()
        .save(folder)
        .unwrap();
    folder.to_path_buf()
}

/// An audit of all of a FASTA file, of the measures of predictions and embeddings alone.
fn params(folders: Vec<PathBuf>, bases: &str, place: &Path) -> AuditParams {
    let path = place.join("genome.fa");
    std::fs::write(&path, format!(">a\n{bases}\n")).unwrap();
    let input = Input::Files {
        paths: vec![path],
        params: InputParams::new(Modality::Dna).with_whole(true),
    };
    let mut params = AuditParams::new(folders, Modality::Dna, input);
    params.max_length = Some(34);
    params.analysis = params.analysis.with_sequences(50).with_seed(3);
    params.measures = params.measures.with_fisher_sequences(0);
    params.measures = params.measures.with_context_sequences(0);
    params
}

fn audited(params: &AuditParams) -> Result<Results, Error> {
    let cpu = Device::flex().into();
    audit(params, &open_folder::<MaskedLm>, &cpu, &mut ())
}

fn setting<'a>(results: &'a Results, name: &str) -> &'a str {
    let found = results.settings.iter().find(|(of, _)| of == name);
    &found.unwrap_or_else(|| panic!("{name} is no setting")).1
}

/// Two members and a control on 320 bases, in a folder that is gone afterwards.
fn two_and_a_control() -> Results {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folders = vec![
        checkpoint(&at("one"), 1, 10, 1),
        checkpoint(&at("two"), 1, 10, 2),
        checkpoint(&at("bare"), 0, 10, 3),
    ];
    let mut params = params(folders, &"ACGTTGCAAC".repeat(32), place.path());
    params.measures = params.measures.with_fisher_mask_rate(Some(0.15));
    audited(&params).unwrap()
}

#[test]
fn an_audit_says_by_which_options_it_measured_which_folders() {
    let found = two_and_a_control();
    for (name, expected) in [
        ("input", "genome.fa"),
        ("whole", "true"),
        ("analysis_sequences", "50"),
        ("mask_rate", "0.1"),
        ("max_length", "34"),
        ("special_tokens", "<CLS> … <SEP>"),
        ("seed", "3"),
        ("fisher_sequences", "0"),
        ("fisher_mask_rate", "0.15"),
        ("context_sequences", "0"),
        ("drop_unseen", "false"),
    ] {
        assert_eq!(setting(&found, name), expected, "{name}");
    }
    // A folder's name and a checksum of its weights, so that members can be told apart.
    let members = [
        ("member 0", "one"),
        ("member 1", "two"),
        ("control", "bare"),
    ];
    let named = members.map(|(name, folder)| {
        let found = setting(&found, name);
        assert!(found.starts_with(folder), "{found}");
        found.strip_prefix(folder).unwrap()
    });
    assert!(named.iter().all(|checksum| checksum.len() > 8), "{named:?}");
    assert!(named[0] != named[1] && named[0] != named[2], "{named:?}");
}

#[test]
fn an_audit_says_on_how_much_it_measured() {
    let found = two_and_a_control();
    let ensemble = &found.ensembles[0];
    assert_eq!((found.ensembles.len(), ensemble.members), (1, 2));
    let fact = |name: &str| ensemble.facts.iter().find(|(of, _)| of == name).unwrap().1;
    assert_eq!(fact("sequences measured"), 10.0);
    assert_eq!(fact("symbols measured"), 320.0);
    assert!((10.0..64.0).contains(&fact("masked positions")));
    for said in [
        "10 sequences were measured on, not the 50 asked for",
        "has no layers: it is the others' control and no member",
        "the fraction learned is not known",
    ] {
        let notes = &ensemble.notes;
        assert!(notes.iter().any(|note| note.contains(said)), "{notes:?}");
    }
    let trained = ensemble.state("trained").unwrap();
    assert!(trained.find("control_loss", None).is_some());
}

/// Of files whose larger part is set apart for training the letters on both sides are the
/// reference: it stands among the facts, and fractions are of the gap down to it.
#[test]
fn beside_a_control_the_fraction_learned_is_of_what_letters_tell() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folders = vec![
        checkpoint(&at("one"), 1, 10, 1),
        checkpoint(&at("bare"), 0, 10, 2),
    ];
    let mut params = params(folders, &"ACGTTGCAAC".repeat(2_000), place.path());
    params.input = Input::Files {
        paths: vec![place.path().join("genome.fa")],
        params: InputParams::new(Modality::Dna),
    };
    let found = audited(&params).unwrap();
    let ensemble = &found.ensembles[0];
    let facts = &ensemble.facts;
    let floor = facts.iter().find(|(name, _)| name == TWO_SIDED_LOSS);
    let floor = floor.unwrap().1;
    assert!(
        (0.0..0.5).contains(&floor),
        "one sequence repeated: {floor}"
    );
    let trained = ensemble.state("trained").unwrap();
    let value = |id: &str| trained.find(id, None).unwrap().value;
    let gap = value("control_loss") - floor;
    let expected = (value("control_loss") - value("loss")) / gap;
    assert!((value("learned_fraction") - expected).abs() < 1e-12);
    assert!(
        ensemble
            .state("init")
            .unwrap()
            .find("learned_fraction", None)
            .is_some()
    );
    let notes = &ensemble.notes;
    assert!(
        !notes.iter().any(|note| note.contains("not known")),
        "{notes:?}"
    );
}

/// Two members of one and of two layers, two controls: every measure is of what all members have.
#[test]
fn members_of_other_depth_and_several_controls_are_measured() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folders = [
        checkpoint(&at("shallow"), 1, 10, 1),
        checkpoint(&at("deep"), 2, 10, 2),
        checkpoint(&at("bare"), 0, 10, 3),
        checkpoint(&at("another/bare"), 0, 10, 4),
    ];
    for order in [[0, 1, 2, 3], [3, 1, 2, 0]] {
        let folders = order.map(|at| folders[at].clone()).to_vec();
        let mut params = params(folders, &"ACGTTGCAAC".repeat(32), place.path());
        params.measures = params.measures.with_fisher_sequences(8);
        params.measures = params.measures.with_fisher_batches(vec![1, 2]);
        params.measures = params.measures.with_context_sequences(8);
        let found = audited(&params).unwrap();
        let ensemble = &found.ensembles[0];
        assert_eq!((found.ensembles.len(), ensemble.members), (1, 2));
        let parent = place.path().file_name().unwrap().to_str().unwrap();
        let mut controls = [format!("{parent}/bare, crc32 "), "another/bare, ".into()];
        if order[0] == 3 {
            controls.reverse();
        }
        assert!(setting(&found, "control 0").starts_with(&controls[0]));
        assert!(setting(&found, "control 1").starts_with(&controls[1]));
        let said = "the members have 1 to 2 layers";
        assert!(ensemble.notes.iter().any(|note| note.contains(said)));
        let trained = ensemble.state("trained").unwrap();
        let control = trained.find("control_loss", None).unwrap();
        assert_eq!(control.per_member.len(), 2);
        let depths = trained.measures.iter().filter(|m| m.id == "fisher_layer");
        let shares: Vec<usize> = depths.map(|m| m.per_member.len()).collect();
        assert_eq!(shares, [2, 2, 2], "embeddings, one layer, head");
        let three = ["embeddings", "transformer", "head"];
        let three = three.map(|group| trained.find(&format!("fisher/{group}"), None).unwrap());
        for member in 0..2 {
            let whole: f64 = three.iter().map(|m| m.per_member[member]).sum();
            assert!((whole - 1.0).abs() < 1e-9, "{whole}");
        }
    }
}

#[test]
fn the_frame_and_the_rows_of_unseen_tokens_are_options() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folders = vec![
        checkpoint(&at("one"), 1, 10, 1),
        checkpoint(&at("two"), 1, 10, 2),
    ];
    // No N: of the five rows of letters four are seen.
    let framed = params(folders, &"AGTTGCATGG".repeat(34), place.path());
    let mut bare = framed.clone();
    bare.framing = FramingChoice::None;
    bare.measures = bare.measures.with_drop_unseen(true);
    let [framed, bare] = [framed, bare].map(|params| audited(&params).unwrap());
    assert_eq!(setting(&bare, "special_tokens"), "…");
    assert_eq!(setting(&bare, "drop_unseen"), "true");
    let value = |of: &Results, id: &str| {
        let state = of.ensembles[0].state("trained").unwrap();
        state.measures.iter().find(|m| m.id == id).unwrap().value
    };
    let sequences = |of: &Results| {
        let facts = &of.ensembles[0].facts;
        facts
            .iter()
            .find(|(name, _)| name == "sequences measured")
            .unwrap()
            .1
    };
    // 340 bases in windows of 32, the last of 20, and of 34, none over.
    assert_eq!((sequences(&framed), sequences(&bare)), (11.0, 10.0));
    assert!((value(&framed, "loss") - value(&bare, "loss")).abs() > 1e-6);
    assert!((value(&framed, "linear_cka") - value(&bare, "linear_cka")).abs() > 1e-6);
}

#[test]
fn a_token_without_a_row_matters_only_where_it_occurs() {
    let place = tempfile::tempdir().unwrap();
    // The last of the ten tokens is N.
    let folders = vec![checkpoint(&place.path().join("one"), 1, 9, 1)];
    let without = params(folders.clone(), &"ACGTTGCAAC".repeat(32), place.path());
    assert_eq!(audited(&without).unwrap().ensembles[0].members, 1);
    let with = params(folders, &"ACGTNGCAAC".repeat(32), place.path());
    let error = audited(&with).unwrap_err();
    let Error::Vocabulary {
        token,
        tokens,
        rows,
        ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!((token.as_str(), *tokens, *rows), ("N", 10, 9));
}

#[test]
fn what_cannot_be_measured_is_refused_before_a_model_is_read() {
    let place = tempfile::tempdir().unwrap();
    // A folder that holds no model: whoever opens it fails otherwise.
    let folder = place.path().join("one");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("config.json"), "{").unwrap();
    let whole = params(vec![folder], &"ACGT".repeat(99), place.path());
    let refused = |change: &dyn Fn(&mut AuditParams), said: &str| {
        let mut params = whole.clone();
        change(&mut params);
        let error = audited(&params).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    };
    refused(&|p| p.analysis.sequences = 0, "analysis_sequences is 0");
    for rate in [0.0, 1.0, -0.1, f64::NAN] {
        refused(&|p| p.analysis.mask_rate = rate, "mask_rate is");
        refused(
            &|p| p.measures.fisher_mask_rate = Some(rate),
            "mask_rate is",
        );
    }
    refused(
        &|p| p.measures.fisher_batches = vec![4, 0],
        "fisher_batches is 0",
    );
    refused(&|p| p.folders.clear(), "folders is none");
    refused(&|p| p.folders.push("none".into()), "none");
}

#[test]
fn models_on_two_devices_in_turn_are_measured_as_on_one() {
    let place = tempfile::tempdir().unwrap();
    let folders = ["a", "b", "c"].map(|name| place.path().join(name));
    let folders = folders.iter().zip(1..);
    let folders = folders.map(|(folder, seed)| checkpoint(folder, 1, 10, seed));
    let mut params = params(folders.collect(), &"ACGTTGCAAC".repeat(32), place.path());
    params.measures = params.measures.with_fisher_sequences(3);
    let apart = cfg!(feature = "ndarray");
    let two = devices(if apart { "cpu,ndarray" } else { "cpu,cpu" }).unwrap();
    let used = RefCell::new(Vec::new());
    let open = |folder: &Path, device: &Device| {
        used.borrow_mut().push(device.clone());
        open_folder::<MaskedLm>(folder, device)
    };
    let found = audit(&params, &open, &two, &mut ()).unwrap();
    assert_eq!(
        used.into_inner(),
        [0, 1, 2].map(|index| two.of(index).clone())
    );
    // Another kind of device rounds in another way.
    assert!(apart || found == audited(&params).unwrap());
}
