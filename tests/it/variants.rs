//! Models of `lm` as predictors and embedders of `variant`.

use burn::tensor::Device;
use dissensus_bert::{Config, MaskedLm};
use dissensus_lm::{Batch, Encoder, Pass, Pool, mean_hidden_states};
use dissensus_tokenize::{Character, Framing, Kmer, Layout, Role, Tokenizer};
use dissensus_variant::{
    Embedder, LocalEmbedder, MaskedModel, MaskedPredictor, MaskedTokens, PooledEncoder,
    ScoreParams, VariantWindow, View, embedding_shifts, score_masked,
};

fn model(tokenizer: &dyn Tokenizer) -> MaskedLm {
    model_of(tokenizer, 128)
}

fn model_of(tokenizer: &dyn Tokenizer, positions: usize) -> MaskedLm {
    let config = Config {
        max_position_embeddings: positions,
        ..Config::preset("tiny").unwrap()
    };
    let pad = tokenizer.specials().require(Role::Pad).unwrap();
    let config = config.with_vocabulary(tokenizer.vocabulary().len(), pad);
    MaskedLm::new(&config, 7, &Device::flex()).unwrap()
}

fn windows() -> Vec<VariantWindow> {
    let reference = b"ACGTTGCAACGGTACCATTTGCAAGCATCC".to_vec();
    let edit = |at, removed, inserted: &[u8]| {
        VariantWindow::new(reference.clone(), at, removed, inserted.to_vec()).unwrap()
    };
    vec![
        edit(14, 1, b"G"),
        edit(1, 1, b"T"),
        edit(10, 0, b"GA"),
        edit(12, 3, b""),
    ]
}

#[test]
fn probabilities_of_all_tokens_sum_to_one_and_padding_changes_nothing() {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let model = model(&tokenizer);
    let masked = |length: usize| {
        let mut ids: Vec<u32> = (0..length).map(|i| 5 + (i * 7 % 4) as u32).collect();
        ids[1] = tokenizer.specials().require(Role::Mask).unwrap();
        MaskedTokens { ids, at: 1 }
    };
    let together = MaskedModel(&model)
        .log_probabilities(&[masked(5), masked(20)])
        .unwrap();
    for (row, length) in together.iter().zip([5, 20]) {
        assert_eq!(row.len(), tokenizer.vocabulary().len());
        let sum: f64 = row.iter().map(|&log| f64::from(log).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5);
        let alone = &MaskedModel(&model)
            .log_probabilities(&[masked(length)])
            .unwrap()[0];
        for (one, other) in row.iter().zip(alone) {
            assert!((one - other).abs() < 1e-5);
        }
    }
}

#[test]
fn scores_of_a_model_do_not_depend_on_the_batch_and_swap_with_the_strand() {
    let tokenizers: [Box<dyn Tokenizer>; 2] = [
        Box::new(Character::dna(Layout::Standard).unwrap()),
        Box::new(Kmer::new(3, Layout::Standard).unwrap()),
    ];
    for tokenizer in &tokenizers {
        let model = model(tokenizer.as_ref());
        let score = |windows: &[VariantWindow], batch: usize| {
            let params = ScoreParams::default().with_batch(batch);
            score_masked(&MaskedModel(&model), tokenizer.as_ref(), windows, &params).unwrap()
        };
        let many = score(&windows(), 64);
        assert!(many.iter().all(|score| score.forward.abs() > 1e-6));
        let others: Vec<_> = windows()
            .iter()
            .map(VariantWindow::reverse_complement)
            .collect();
        for (score, (one, swapped)) in many
            .iter()
            .zip(score(&windows(), 1).iter().zip(score(&others, 3)))
        {
            assert!((score.forward - one.forward).abs() < 1e-4);
            assert!((score.ratio() - one.ratio()).abs() < 1e-4);
            assert!((score.forward - swapped.reverse.unwrap()).abs() < 1e-4);
            assert!((score.reverse.unwrap() - swapped.forward).abs() < 1e-4);
        }
    }
}

#[test]
fn pools_leave_special_tokens_and_padding_out() {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let model = model(&tokenizer);
    let sequences: Vec<Vec<u8>> = ["ACGTACGT", "GG", "TTTTTTTTTTTTTTTT"]
        .map(|s| s.as_bytes().to_vec())
        .into();
    let mut encoder = PooledEncoder::new(&model, &tokenizer, Pool::Mean);
    let framed = encoder.embed(&sequences).unwrap();
    encoder.batch = 1;
    for (one, other) in framed
        .iter()
        .flatten()
        .zip(encoder.embed(&sequences).unwrap().iter().flatten())
    {
        assert!((one - other).abs() < 1e-5);
    }
    // Without special tokens nothing is left out, and the mean is that of all states.
    encoder.framing = Framing::default();
    let bare = encoder.embed(&sequences).unwrap();
    let encode = |sequence: &Vec<u8>| {
        tokenizer
            .encode(std::str::from_utf8(sequence).unwrap())
            .unwrap()
            .ids
    };
    let ids: Vec<Vec<u32>> = sequences.iter().map(encode).collect();
    let tables = mean_hidden_states(&model, &ids, 4).unwrap();
    for (one, other) in bare.iter().flatten().zip(tables.last().unwrap()) {
        assert!((one - other).abs() < 1e-5);
    }
    assert!(
        framed
            .iter()
            .flatten()
            .zip(bare.iter().flatten())
            .any(|(a, b)| (a - b).abs() > 1e-3)
    );
    encoder.view = View::last(Pool::Max);
    for (most, mean) in encoder
        .embed(&sequences)
        .unwrap()
        .iter()
        .flatten()
        .zip(bare.iter().flatten())
    {
        assert!(*most >= mean - 1e-6);
    }
}

#[test]
fn a_long_sequence_is_pooled_over_all_tokens_of_its_pieces() {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    // Room for twelve bases between the special tokens: segments of 12, 12 and 6.
    let model = model_of(&tokenizer, 14);
    let sequence = b"ACGTTGCAACGGTACCATTTGCAAGCATCC".to_vec();
    let mut encoder = PooledEncoder::new(&model, &tokenizer, Pool::Mean);
    let whole = &encoder.embed(std::slice::from_ref(&sequence)).unwrap()[0];
    let segments: Vec<Vec<u8>> = sequence.chunks(12).map(<[u8]>::to_vec).collect();
    let apart = encoder.embed(&segments).unwrap();
    for (h, &found) in whole.iter().enumerate() {
        let weighted = (12.0 * apart[0][h] + 12.0 * apart[1][h] + 6.0 * apart[2][h]) / 30.0;
        assert!((found - weighted).abs() < 1e-5);
    }
    encoder.view = View::last(Pool::Max);
    let most = &encoder.embed(std::slice::from_ref(&sequence)).unwrap()[0];
    let apart = encoder.embed(&segments).unwrap();
    for (h, &found) in most.iter().enumerate() {
        let largest = apart
            .iter()
            .map(|segment| segment[h])
            .fold(f32::MIN, f32::max);
        assert!((found - largest).abs() < 1e-5);
    }
}

#[test]
fn all_views_come_from_one_pass() {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let model = model(&tokenizer);
    let sequences = vec![b"ACGTACGT".to_vec(), b"GGTTAACC".to_vec(), b"T".to_vec()];
    let mut encoder = PooledEncoder::new(&model, &tokenizer, Pool::Mean);
    let views = View::all(&model);
    assert_eq!(views.len(), 3 * 4);
    let together = encoder.embed_views(&sequences, &views).unwrap();
    for (&view, found) in views.iter().zip(&together) {
        encoder.view = view;
        assert_eq!(&encoder.embed(&sequences).unwrap(), found);
    }
    // The last layer's states are what the model gives as its last.
    encoder.view = View::last(Pool::Mean);
    let last = encoder.embed(&sequences).unwrap();
    let of_layer = &together[views.len() - 4];
    for (one, other) in last.iter().flatten().zip(of_layer.iter().flatten()) {
        assert!((one - other).abs() < 1e-6);
    }
    assert!(
        encoder
            .embed_views(&sequences, &[View::of_layer(3, Pool::Mean)])
            .is_err()
    );
}

#[test]
fn a_shift_is_seen_at_the_variant_and_is_nothing_without_a_change() {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let model = model(&tokenizer);
    let encoder = PooledEncoder::new(&model, &tokenizer, Pool::Mean);
    let mut windows = windows();
    windows.push(VariantWindow::new(b"ACGTTGCA".to_vec(), 3, 1, b"T".to_vec()).unwrap());
    let shifts = embedding_shifts(&encoder, &windows, 2).unwrap();
    let (same, changed) = shifts.split_last().unwrap();
    assert!(same.distance < 1e-5 && same.cosine_distance.abs() < 1e-6);
    assert!(changed.iter().all(|shift| shift.distance > 1e-2));
    // The pool over one base is the state of its token.
    let place = (b"ACGTTGCA".to_vec(), 3..4);
    let local = &encoder.embed_at(&[place]).unwrap()[0];
    let encoding = tokenizer.encode("ACGTTGCA").unwrap();
    let framed = encoder.framing.apply(encoding);
    let batch = Batch::new(&[framed.ids], &model.sizes()).unwrap();
    let states = model.encode(&batch, &Pass::default()).into_data();
    let states: Vec<f32> = states.iter::<f32>().collect();
    let width = model.sizes().width;
    // One special token stands in front.
    for (one, other) in local.iter().zip(&states[4 * width..5 * width]) {
        assert!((one - other).abs() < 1e-6);
    }
}
