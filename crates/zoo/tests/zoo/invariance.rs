//! Padding, batch, threads and place of a sequence change nothing.

use burn::tensor::Device;
use dissensus_lm::{Batch, Encoder, Pass};
use dissensus_zoo::{MosaicBert, ZooModel, load, load_as, random_twin};

use crate::common::{CASES, Golden, apart, folder, values};

#[test]
fn a_sequence_alone_is_the_sequence_in_its_batch() {
    for case in CASES {
        let golden = Golden::of(case);
        let model = load(folder(case), &Device::flex()).expect(case);
        let (sizes, sequences) = (model.sizes(), golden.sequences());
        let together = values(model.encode(&golden.batch(&sizes), &Pass::default()));
        let longest = sequences.iter().map(Vec::len).max().expect(case);
        for (row, sequence) in sequences.iter().enumerate() {
            let alone = Batch::new(&[sequence], &sizes).expect(case);
            let alone = values(model.encode(&alone, &Pass::default()));
            let together = &together[row * longest * sizes.width..][..alone.len()];
            assert!(apart(&alone, together) < 1e-5, "{case} row {row}");
        }
    }
}

#[test]
fn results_have_the_same_bits_on_any_number_of_threads() {
    for case in ["nt_v1", "nt_v2", "dnabert2", "gena"] {
        let config = wide(case);
        let model = random_twin(&config, 3, &Device::flex()).expect(case);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| logits(&*model))
        };
        let one = on(1);
        assert!(
            [2, 3].into_iter().all(|threads| on(threads) == one),
            "{case}"
        );
    }
}

/// A golden configuration with more of everything, so that work is shared out.
fn wide(case: &str) -> serde_json::Value {
    let text = std::fs::read(folder(case).join("config.json")).expect(case);
    let mut config: serde_json::Value = serde_json::from_slice(&text).expect(case);
    for (key, value) in [
        ("hidden_size", 96),
        ("num_attention_heads", 6),
        ("intermediate_size", 160),
        ("max_position_embeddings", 400),
    ] {
        config[key] = value.into();
    }
    config
}

fn logits(model: &dyn ZooModel) -> Vec<f32> {
    let sequences: Vec<Vec<u32>> = (0..4)
        .map(|row| {
            (0..90 + 40 * row)
                .map(|at| (5 + at * 7 % 19) as u32)
                .collect()
        })
        .collect();
    let batch = Batch::new(&sequences, &model.sizes()).expect("a batch");
    let masked = model.masked().expect("a head");
    values(masked.logits(&batch, &Pass::default()))
}

#[test]
fn the_distance_of_tokens_counts_and_not_their_place() {
    for case in ["nt_v2", "dnabert2"] {
        let model = load(folder(case), &Device::flex()).expect(case);
        let sizes = model.sizes();
        let sequence = [[3u32, 9, 7, 12, 6, 15]];
        let batch = || Batch::new(&sequence, &sizes).expect(case);
        let at = |positions: [usize; 6]| {
            let batch = batch().at_positions(&[positions], &sizes).expect(case);
            values(model.encode(&batch, &Pass::default()))
        };
        let here = values(model.encode(&batch(), &Pass::default()));
        let shifted = at([40, 41, 42, 43, 44, 45]);
        let stretched = at([0, 1, 2, 13, 14, 15]);
        assert!(apart(&here, &at([0, 1, 2, 3, 4, 5])) == 0.0, "{case}");
        assert!(apart(&here, &shifted) < 2e-5, "{case}");
        assert!(apart(&here, &stretched) > 1e-3, "{case}");
    }
}

#[test]
fn alibi_is_the_same_in_a_mirror() {
    let model: MosaicBert = load_as(folder("dnabert2"), &Device::flex()).expect("a model");
    let (sizes, mut sequence) = (model.sizes(), vec![1u32, 9, 7, 12, 6, 15, 2]);
    let encode = |sequence: &[u32]| {
        let batch = Batch::new(&[sequence], &sizes).expect("a batch");
        values(model.encode(&batch, &Pass::default()))
    };
    let forth = encode(&sequence);
    sequence.reverse();
    let back = encode(&sequence);
    let mirrored: Vec<f32> = back.chunks(sizes.width).rev().flatten().copied().collect();
    assert!(apart(&forth, &mirrored) < 1e-5);
}

#[test]
fn one_more_masked_token_moves_every_state_of_a_model_with_token_dropout() {
    let model = load(folder("nt_v1"), &Device::flex()).expect("a model");
    let sizes = model.sizes();
    let first = |sequence: [u32; 5]| {
        let batch = Batch::new(&[sequence], &sizes).expect("a batch");
        values(model.hidden_states(&batch, &Pass::default()).remove(0))
    };
    let (one, two) = (first([3, 2, 9, 9, 9]), first([3, 2, 9, 9, 2]));
    assert!(
        apart(
            &one[2 * sizes.width..][..sizes.width],
            &two[2 * sizes.width..][..sizes.width]
        ) > 1e-3
    );
}
