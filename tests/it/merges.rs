//! Every accumulator that merges: shards in any grouping give one pass, nothing changes nothing,
//! and what is refused changes nothing.

#![allow(clippy::too_many_lines, reason = "one type after the other")]

use std::collections::BTreeSet;
use std::fmt::Debug;

use dissensus_alignment::{Kernel, MinibatchCka};
use dissensus_corpus::{BaseCounts, CharacterCounts, Coverage};
use dissensus_divergence::{EnsembleDivergence, Settings};
use dissensus_input::{InputCounts, TokenCounts};
use dissensus_probe::Scores;
use dissensus_reference::{BlockCounts, CodeLength};
use dissensus_source::{Alphabet, MarkovCounts};
use dissensus_tokenize::Usage;
use dissensus_transfer::{CellKey, CellOutcome, Method, TransferArm, TransferCell, TransferCells};
use nalgebra::DMatrix;
use serde::{Serialize, de::DeserializeOwned};

/// Parts of one type and what they are held to.
struct Joined<T> {
    /// Crate and type.
    name: &'static str,
    empty: T,
    parts: [T; 3],
    /// One pass over what the parts saw; none where there is no other way to make it.
    whole: Option<T>,
    /// Two that are not joined, and why.
    refused: Vec<(&'static str, T, T)>,
    merge: fn(&mut T, T) -> Result<(), String>,
    /// What is compared.
    seen: fn(&T) -> String,
}

impl<T: Clone> Joined<T> {
    fn sum(&self, parts: &[&T]) -> T {
        let mut sum = parts[0].clone();
        for part in &parts[1..] {
            (self.merge)(&mut sum, (*part).clone()).unwrap();
        }
        sum
    }

    /// What breaks a law, after the name.
    fn check(&self) -> (&'static str, Vec<String>) {
        let [a, b, c] = &self.parts;
        let (mut broken, mut accepted) = (Vec::new(), Vec::new());
        let mut same = |law: &str, one: &T, other: &T| {
            let (one, other) = ((self.seen)(one), (self.seen)(other));
            if one != other {
                broken.push(format!("{}: {law}: {one} is not {other}", self.name));
            }
        };
        let all = self.sum(&[a, b, c]);
        same("any grouping", &all, &self.sum(&[a, &self.sum(&[b, c])]));
        for part in [a, b, c, &self.empty] {
            same("empty beside", &self.sum(&[part, &self.empty]), part);
            same("empty before", &self.sum(&[&self.empty, part]), part);
        }
        if let Some(whole) = &self.whole {
            same("one pass", &all, whole);
        }
        for (why, own, other) in &self.refused {
            let mut after = own.clone();
            let found = (self.merge)(&mut after, other.clone());
            same(why, &after, own);
            if found.is_ok() {
                accepted.push(format!("{}: {why}: not refused", self.name));
            }
        }
        broken.extend(accepted);
        (self.name, broken)
    }
}

/// Joins something with itself until that is refused: it and what it refuses.
fn doubled<T: Clone>(one: &T, merge: fn(&mut T, T) -> Result<(), String>) -> (T, T) {
    let mut sum = one.clone();
    for _ in 0..1200 {
        let other = sum.clone();
        if merge(&mut sum, other.clone()).is_err() {
            return (sum, other);
        }
    }
    panic!("it grew without an end");
}

fn said<E: ToString>(found: Result<(), E>) -> Result<(), String> {
    found.map_err(|error| error.to_string())
}

/// Counts that hold the largest number when more does not fit, so that none is refused.
fn counts<T>(name: &'static str, merge: fn(&mut T, T) -> Result<(), String>) -> Joined<T>
where
    T: Default + Clone + Debug + Serialize + DeserializeOwned,
{
    let with = |first: u64| {
        let mut value = serde_json::to_value(T::default()).unwrap();
        let mut next = first;
        fill(&mut value, &mut next);
        serde_json::from_value(value).unwrap()
    };
    Joined {
        name,
        empty: T::default(),
        parts: [with(3), with(u64::MAX - 100), with(50)],
        whole: None,
        refused: Vec::new(),
        merge,
        seen: |counts| format!("{counts:?}"),
    }
}

/// Sets every number to another one.
fn fill(value: &mut serde_json::Value, next: &mut u64) {
    match value {
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|f| fill(f, next)),
        _ => *value = (*next).into(),
    }
    *next = next.saturating_add(11);
}

fn usage() -> Joined<Usage> {
    let of = |symbols: u64, counts: &[u64]| Usage {
        symbols,
        words: 2,
        unknown: 1,
        counts: counts.to_vec(),
    };
    Joined {
        name: "tokenize::Usage",
        empty: Usage::default(),
        parts: [
            of(9, &[1, 2, 0]),
            of(u64::MAX, &[u64::MAX, 1, 1]),
            of(4, &[3, 0, 5]),
        ],
        whole: None,
        refused: vec![("another vocabulary", of(9, &[1, 2, 0]), of(9, &[1, 2]))],
        merge: |a, b| said(a.merge(&b)),
        seen: |usage| format!("{usage:?}"),
    }
}

fn cka() -> Joined<MinibatchCka> {
    let of = |kernel, seeds: &[u32]| {
        let mut sums = MinibatchCka::new(kernel).unwrap();
        for &seed in seeds {
            let table = |k: u32| {
                DMatrix::from_fn(9, 3, |i, j| {
                    ((i * 3 + j) as f64 * f64::from(seed + k)).sin()
                })
            };
            sums.push(&table(1), &table(2)).unwrap();
        }
        sums
    };
    let (linear, rbf) = (Kernel::Linear, Kernel::Rbf { fraction: 1.0 });
    let merge = |a: &mut MinibatchCka, b: MinibatchCka| said(a.merge(&b));
    let (full, more) = doubled(&of(linear, &[1]), merge);
    Joined {
        name: "alignment::MinibatchCka",
        empty: of(linear, &[]),
        parts: [of(linear, &[1]), of(linear, &[2, 3]), of(linear, &[4])],
        whole: Some(of(linear, &[1, 2, 3, 4])),
        refused: vec![
            ("another kernel", of(linear, &[1]), of(rbf, &[1])),
            (
                "another kernel, nothing seen",
                of(linear, &[1]),
                of(rbf, &[]),
            ),
            ("sums beyond the numbers", full, more),
        ],
        merge,
        seen: |sums| format!("{} {:.9?}", sums.batches(), sums.value()),
    }
}

fn ensemble() -> Joined<EnsembleDivergence> {
    let of = |vocabulary: usize, positions: std::ops::Range<u32>| {
        let mut sums = EnsembleDivergence::new(Settings::new(2, vocabulary)).unwrap();
        for position in positions {
            let row = |k: u32| -> Vec<f32> {
                (0..vocabulary)
                    .map(|v| ((v as u32 * 7 + position * 3 + k) as f32).sin())
                    .collect()
            };
            sums.push(&[&row(1), &row(2)], &[position % 3]).unwrap();
        }
        sums
    };
    let merge = |a: &mut EnsembleDivergence, b: EnsembleDivergence| said(a.merge(&b));
    let (full, more) = doubled(&of(4, 0..1), merge);
    Joined {
        name: "divergence::EnsembleDivergence",
        empty: of(4, 0..0),
        parts: [of(4, 0..1), of(4, 1..4), of(4, 4..9)],
        whole: Some(of(4, 0..9)),
        refused: vec![
            ("another vocabulary", of(4, 0..1), of(5, 0..1)),
            ("another vocabulary, nothing seen", of(4, 0..1), of(5, 0..0)),
            ("sums beyond the numbers", full, more),
        ],
        merge,
        seen: |sums| format!("{:?}", sums.finish().ok()),
    }
}

fn code_length() -> Joined<CodeLength> {
    // Whole blocks, as joining does not fill an open one.
    let of = |block: usize, costs: &[f64]| {
        let mut length = CodeLength::new(block);
        costs.iter().for_each(|&bits| length.add(bits));
        length
    };
    let merge = |a: &mut CodeLength, b: CodeLength| said(a.merge(&b));
    let (full, more) = doubled(&of(2, &[1.0]), merge);
    Joined {
        name: "reference::CodeLength",
        empty: CodeLength::new(2),
        parts: [
            of(2, &[1.0, 2.0]),
            of(2, &[0.5, 0.25, 4.0, 1.0]),
            of(2, &[3.0, 3.0]),
        ],
        whole: Some(of(2, &[1.0, 2.0, 0.5, 0.25, 4.0, 1.0, 3.0, 3.0])),
        refused: vec![
            ("another block", of(2, &[1.0, 2.0]), of(3, &[1.0])),
            (
                "another block, nothing seen",
                of(2, &[1.0, 2.0]),
                of(3, &[]),
            ),
            ("more than 2^53 symbols", full, more),
        ],
        merge,
        seen: |length| format!("{length:?}"),
    }
}

fn block_counts() -> Joined<BlockCounts> {
    let of = |size: usize, length: usize, symbols: &[u8]| {
        let mut counts = BlockCounts::new(size, length).unwrap();
        counts
            .push_all(symbols.iter().map(|&symbol| Some(symbol)))
            .unwrap();
        counts
    };
    let merge = |a: &mut BlockCounts, b: BlockCounts| said(a.merge(&b));
    let (full, more) = doubled(&of(4, 1, &[0, 1]), merge);
    Joined {
        name: "reference::BlockCounts",
        empty: of(4, 1, &[]),
        parts: [of(4, 1, &[0, 1]), of(4, 1, &[1, 1, 3]), of(4, 1, &[2])],
        whole: Some(of(4, 1, &[0, 1, 1, 1, 3, 2])),
        refused: vec![
            ("another alphabet", of(4, 1, &[0, 1]), of(3, 1, &[0])),
            ("another length", of(4, 1, &[0, 1]), of(4, 2, &[])),
            ("more than 2^53 words", full, more),
        ],
        merge,
        seen: |counts| format!("{:?}", counts.entropy().ok()),
    }
}

fn markov_counts() -> Joined<MarkovCounts> {
    let of = |alphabet: Alphabet, order: usize, texts: &[&str]| {
        let mut counts = MarkovCounts::new(alphabet, order).unwrap();
        texts.iter().for_each(|text| counts.push(text));
        counts
    };
    let dna = |texts: &[&str]| of(Alphabet::dna(), 1, texts);
    let merge = |a: &mut MarkovCounts, b: MarkovCounts| said(a.merge(&b));
    let (full, more) = doubled(&dna(&["ACG"]), merge);
    Joined {
        name: "source::MarkovCounts",
        empty: dna(&[]),
        parts: [dna(&["ACGT"]), dna(&["AANCA", "CG"]), dna(&["TTT"])],
        whole: Some(dna(&["ACGT", "AANCA", "CG", "TTT"])),
        refused: vec![
            ("another order", dna(&["ACG"]), of(Alphabet::dna(), 2, &[])),
            (
                "another alphabet",
                dna(&["ACG"]),
                of(Alphabet::new("ACGTN").unwrap(), 1, &["ACG"]),
            ),
            ("more than 2^53 symbols", full, more),
        ],
        merge,
        seen: |counts| format!("{counts:?}"),
    }
}

fn transfer_cells() -> Joined<TransferCells> {
    let cell = |seed: u64, rate: f64| TransferCell {
        key: CellKey {
            model: "kmer".into(),
            task: "promoters".into(),
            method: Method::FineTuned,
            arm: TransferArm::Random,
            fold: 0,
            seed,
        },
        outcome: CellOutcome::Scored(Scores::default()),
        bases_seen: None,
        features: 4,
        rate: Some(rate),
        epoch: None,
    };
    let of = |cells: &[(u64, f64)]| {
        let mut all = TransferCells::default();
        cells
            .iter()
            .for_each(|&(seed, rate)| all.insert(cell(seed, rate)).unwrap());
        all
    };
    Joined {
        name: "transfer::TransferCells",
        empty: of(&[]),
        // The same cell twice is one, also where its numbers are not finite.
        parts: [
            of(&[(1, 0.5), (2, f64::NAN)]),
            of(&[(2, f64::NAN)]),
            of(&[(3, 0.5)]),
        ],
        whole: Some(of(&[(1, 0.5), (2, f64::NAN), (3, 0.5)])),
        // The last of what is joined is the one that differs.
        refused: vec![(
            "another content",
            of(&[(3, 0.5)]),
            of(&[(1, 0.5), (2, 0.5), (3, 0.25)]),
        )],
        merge: |a, b| said(a.merge(b)),
        seen: |cells| serde_json::to_string(cells).unwrap(),
    }
}

/// The types with what they break.
fn all() -> Vec<(&'static str, Vec<String>)> {
    macro_rules! saturating {
        ($($name:literal: $type:ty),+) => {
            [$(counts::<$type>($name, |a, b| { a.merge(&b); Ok(()) }).check()),+]
        };
    }
    let mut all = vec![
        usage().check(),
        cka().check(),
        ensemble().check(),
        code_length().check(),
        block_counts().check(),
        markov_counts().check(),
        transfer_cells().check(),
    ];
    all.extend(saturating!(
        "corpus::BaseCounts": BaseCounts,
        "corpus::CharacterCounts": CharacterCounts,
        "corpus::Coverage": Coverage,
        "input::InputCounts": InputCounts,
        "input::TokenCounts": TokenCounts
    ));
    all
}

/// The types that are held to the laws.
pub fn held() -> BTreeSet<&'static str> {
    all().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn shards_join_to_one_pass_and_what_is_refused_changes_nothing() {
    let broken: Vec<String> = all().into_iter().flat_map(|(_, broken)| broken).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}
