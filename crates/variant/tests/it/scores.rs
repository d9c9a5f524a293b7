//! Ratios against models whose answers are known.

#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::collections::HashMap;

use dissensus_tokenize::{Bpe, BpeParams, BpeTrainer, Character, Kmer, Layout, Role, Tokenizer};
use dissensus_variant::{
    CausalPredictor, MaskedPredictor, MaskedTokens, ModelError, RatioKind, ScoreParams,
    VariantWindow, base_probabilities, score_causal, score_masked,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Answers that depend on the whole masked sequence, at random but always alike; remembers the
/// sizes of its batches.
struct Arbitrary {
    vocabulary: usize,
    batches: RefCell<Vec<usize>>,
}

impl Arbitrary {
    fn of(tokenizer: &dyn Tokenizer) -> Self {
        Self {
            vocabulary: tokenizer.vocabulary().len(),
            batches: RefCell::default(),
        }
    }
}

fn seed_of(ids: &[u32], at: usize) -> u64 {
    let mix = |hash: u64, id: u64| (hash ^ id).wrapping_mul(0x0100_0000_01b3);
    let hash = ids
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &id| mix(hash, id.into()));
    mix(hash, at as u64)
}

impl MaskedPredictor for Arbitrary {
    fn log_probabilities(&self, sequences: &[MaskedTokens]) -> Result<Vec<Vec<f32>>, ModelError> {
        self.batches.borrow_mut().push(sequences.len());
        let answer = |masked: &MaskedTokens| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed_of(&masked.ids, masked.at));
            let weights: Vec<f64> = (0..self.vocabulary)
                .map(|_| rng.random_range(0.01..1.0))
                .collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|w| (w / sum).ln() as f32).collect()
        };
        Ok(sequences.iter().map(answer).collect())
    }
}

impl CausalPredictor for Arbitrary {
    fn log_likelihoods(&self, sequences: &[Vec<u32>]) -> Result<Vec<f64>, ModelError> {
        let one = |ids: &Vec<u32>| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed_of(ids, 0));
            -rng.random_range(1.0..9.0)
        };
        Ok(sequences.iter().map(one).collect())
    }
}

fn bpe() -> Bpe {
    let mut trainer = BpeTrainer::new(BpeParams::default().with_vocabulary_size(40));
    trainer.feed(&"ACGTTGCAACGGTACCATTTGCAAGCATCCGATAGC".repeat(20));
    trainer.train().unwrap()
}

fn tokenizers() -> Vec<Box<dyn Tokenizer>> {
    vec![
        Box::new(Character::dna(Layout::Standard).unwrap()),
        Box::new(Kmer::new(3, Layout::Standard).unwrap()),
        Box::new(bpe()),
    ]
}

fn windows() -> Vec<VariantWindow> {
    let reference = b"ACGTTGCAACGGTACCATTTGCAAGCATCC".to_vec();
    let edit = |at, removed, inserted: &[u8]| {
        VariantWindow::new(reference.clone(), at, removed, inserted.to_vec()).unwrap()
    };
    vec![
        edit(14, 1, b"G"),
        edit(1, 1, b"T"),
        edit(29, 1, b"A"),
        edit(10, 0, b"GA"),
        edit(12, 3, b""),
        edit(8, 2, b"TTT"),
    ]
}

#[test]
fn no_change_has_a_ratio_of_zero() {
    for tokenizer in tokenizers() {
        let model = Arbitrary::of(&*tokenizer);
        let same: Vec<VariantWindow> = windows()
            .into_iter()
            .map(|window| VariantWindow {
                inserted: window.reference[window.at..window.at + window.removed].to_vec(),
                ..window
            })
            .collect();
        let params = ScoreParams::default();
        for score in score_masked(&model, &*tokenizer, &same, &params).unwrap() {
            assert_eq!((score.forward, score.reverse), (0.0, Some(0.0)));
        }
        for score in score_causal(&model, &*tokenizer, &same, &params).unwrap() {
            assert_eq!(score.ratio(), 0.0);
        }
    }
}

#[test]
fn the_other_strand_has_the_scores_of_the_strands_swapped() {
    for tokenizer in tokenizers() {
        let model = Arbitrary::of(&*tokenizer);
        let params = ScoreParams::default();
        let others: Vec<VariantWindow> = windows()
            .iter()
            .map(VariantWindow::reverse_complement)
            .collect();
        let scores = score_masked(&model, &*tokenizer, &windows(), &params).unwrap();
        let swapped = score_masked(&model, &*tokenizer, &others, &params).unwrap();
        for (score, swapped) in scores.iter().zip(&swapped) {
            assert_eq!(
                (Some(score.forward), score.reverse),
                (swapped.reverse, Some(swapped.forward))
            );
            assert_eq!(score.ratio(), swapped.ratio());
        }
        let one = score_masked(
            &model,
            &*tokenizer,
            &windows(),
            &params.with_both_strands(false),
        )
        .unwrap();
        for (one, both) in one.iter().zip(&scores) {
            assert_eq!(
                (one.forward, one.reverse, one.ratio()),
                (both.forward, None, both.forward)
            );
        }
    }
}

#[test]
fn undoing_an_edit_turns_the_sign() {
    for tokenizer in tokenizers() {
        let model = Arbitrary::of(&*tokenizer);
        let params = ScoreParams::default().with_kind(RatioKind::Tokens);
        let undone: Vec<VariantWindow> = windows().iter().map(VariantWindow::swapped).collect();
        let scores = score_masked(&model, &*tokenizer, &windows(), &params).unwrap();
        let undone = score_masked(&model, &*tokenizer, &undone, &params).unwrap();
        for (score, undone) in scores.iter().zip(&undone) {
            assert!(score.forward != 0.0);
            assert!((score.ratio() + undone.ratio()).abs() < 1e-9);
        }
    }
}

#[test]
fn the_size_of_a_batch_changes_nothing_and_is_kept() {
    for tokenizer in tokenizers() {
        let all = score_masked(
            &Arbitrary::of(&*tokenizer),
            &*tokenizer,
            &windows(),
            &ScoreParams::default(),
        );
        let all = all.unwrap();
        for batch in [1, 2, 5] {
            let model = Arbitrary::of(&*tokenizer);
            let params = ScoreParams::default().with_batch(batch);
            let found = score_masked(&model, &*tokenizer, &windows(), &params).unwrap();
            assert_eq!(found, all);
            assert!(model.batches.borrow().iter().all(|&size| size <= batch));
            assert_eq!(
                score_causal(&model, &*tokenizer, &windows(), &params)
                    .unwrap()
                    .len(),
                6
            );
        }
    }
}

/// A k-mer model by hand: every base independent, with a probability that depends on its offset in
/// the window's token.
struct ByOffset {
    tokenizer: Kmer,
    /// P(A, C, G, T) at each of three offsets.
    bases: [[f64; 4]; 3],
}

impl MaskedPredictor for ByOffset {
    fn log_probabilities(&self, sequences: &[MaskedTokens]) -> Result<Vec<Vec<f32>>, ModelError> {
        let place = |base: u8| b"ACGT".iter().position(|&known| known == base);
        let p = |symbol: &str| {
            let each = symbol.bytes().enumerate();
            let product: Option<f64> = each
                .map(|(j, base)| Some(self.bases[j][place(base)?]))
                .product();
            product.filter(|_| symbol.len() == 3).unwrap_or(1e-12).ln() as f32
        };
        let row: Vec<f32> = self
            .tokenizer
            .letters()
            .unwrap()
            .iter()
            .map(|letters| p(letters))
            .collect();
        Ok(vec![row; sequences.len()])
    }
}

#[test]
fn a_kmer_model_is_summed_over_bases_and_averaged_over_phases() {
    let bases = [[0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25; 4]];
    let model = ByOffset {
        tokenizer: Kmer::new(3, Layout::Standard).unwrap(),
        bases,
    };
    let window = VariantWindow::new(b"CCCCCCACCCCC".to_vec(), 6, 1, b"T".to_vec()).unwrap();
    let params = ScoreParams::default();
    let found = score_masked(&model, &model.tokenizer, &[window], &params).unwrap()[0];
    let mean = |base: usize| bases.iter().map(|p| p[base]).sum::<f64>() / 3.0;
    assert!((found.forward - (mean(3) / mean(0)).ln()).abs() < 1e-6);
    // On the other strand T becomes A.
    assert!((found.reverse.unwrap() - (mean(0) / mean(3)).ln()).abs() < 1e-6);
}

#[test]
fn marginal_probabilities_sum_to_one() {
    let tokenizer = Kmer::new(3, Layout::Standard).unwrap();
    let model = Arbitrary::of(&tokenizer);
    let masked = MaskedTokens {
        ids: vec![2, 4, 9, 3],
        at: 1,
    };
    let answer = &model.log_probabilities(&[masked]).unwrap()[0];
    for offset in 0..3 {
        let found = base_probabilities(answer, &tokenizer.letters().unwrap(), offset, 3);
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // However unlikely words of three bases are.
    let low: Vec<f32> = answer.iter().map(|log| log - 2000.0).collect();
    let [found, shifted] = [answer, &low]
        .map(|answer| base_probabilities(answer, &tokenizer.letters().unwrap(), 1, 3));
    for (found, shifted) in found.iter().zip(shifted) {
        assert!((found - shifted).abs() < 1e-3);
    }
}

/// The twin masks every token of both windows: what does not differ gives the same in a model that
/// sees the masked token's identity only.
#[test]
fn tokens_that_both_windows_share_fall_out() {
    struct Context(HashMap<u32, f32>, usize);
    impl MaskedPredictor for Context {
        fn log_probabilities(
            &self,
            sequences: &[MaskedTokens],
        ) -> Result<Vec<Vec<f32>>, ModelError> {
            let row: Vec<f32> = (0..self.1).map(|id| self.0[&(id as u32)]).collect();
            Ok(vec![row; sequences.len()])
        }
    }
    for tokenizer in tokenizers() {
        let size = tokenizer.vocabulary().len();
        let model = Context(
            (0..size as u32)
                .map(|id| (id, -0.1 - (id % 7) as f32))
                .collect(),
            size,
        );
        let params = ScoreParams::default()
            .with_kind(RatioKind::Tokens)
            .with_both_strands(false);
        for window in windows() {
            let found =
                score_masked(&model, &*tokenizer, std::slice::from_ref(&window), &params).unwrap();
            let sum = |bases: &[u8]| -> f64 {
                let ids = tokenizer
                    .encode(std::str::from_utf8(bases).unwrap())
                    .unwrap()
                    .ids;
                ids.iter().map(|id| f64::from(model.0[id])).sum()
            };
            let twin = sum(&window.alternative()) - sum(&window.reference);
            assert!((found[0].forward - twin).abs() < 1e-5);
        }
    }
}

#[test]
fn a_window_longer_than_the_positions_is_refused() {
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let params = ScoreParams::default().with_max_length(20);
    let error =
        score_masked(&Arbitrary::of(&tokenizer), &tokenizer, &windows(), &params).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tokens of a window: expected at most what there is room for, found 30"
    );
}

#[test]
fn what_the_model_says_is_passed_on() {
    struct Broken;
    impl MaskedPredictor for Broken {
        fn log_probabilities(&self, _: &[MaskedTokens]) -> Result<Vec<Vec<f32>>, ModelError> {
            Err("out of memory".into())
        }
    }
    let tokenizer = Character::dna(Layout::Standard).unwrap();
    let error = score_masked(&Broken, &tokenizer, &windows(), &ScoreParams::default()).unwrap_err();
    assert_eq!(error.to_string(), "the model failed: out of memory");
}

/// The twin masks every token of both windows by itself and adds up.
#[test]
fn the_ratio_of_windows_is_the_difference_of_their_pseudo_log_likelihoods() {
    for tokenizer in tokenizers() {
        let model = Arbitrary::of(&*tokenizer);
        let params = ScoreParams::default()
            .with_kind(RatioKind::Window)
            .with_both_strands(false);
        let found = score_masked(&model, &*tokenizer, &windows(), &params).unwrap();
        let likelihood = |bases: Vec<u8>| -> f64 {
            let encoding = tokenizer.encode(std::str::from_utf8(&bases).unwrap());
            let specials = tokenizer.specials();
            let ids = tokenizer.framing().around(&encoding.unwrap().ids);
            let one = |at: usize| {
                let mut masked = ids.clone();
                masked[at] = specials.require(Role::Mask).unwrap();
                let asked = MaskedTokens { ids: masked, at };
                f64::from(model.log_probabilities(&[asked]).unwrap()[0][ids[at] as usize])
            };
            let bare = (0..ids.len()).filter(|&at| !specials.contains(ids[at]));
            bare.map(one).sum()
        };
        for (window, score) in windows().iter().zip(found) {
            let twin = likelihood(window.alternative()) - likelihood(window.reference.clone());
            assert!((score.forward - twin).abs() < 1e-9);
        }
    }
}
