//! Planted motifs: what the source's own posterior says of their variants is the most that any
//! model can say.

#![allow(clippy::unwrap_used)]

use dissensus_source::{MotifParams, Motifs, Source};
use dissensus_stats::{BootstrapParams, Estimate};
use dissensus_tokenize::{Character, Framing, Layout};
use dissensus_variant::{
    ScoreParams, Sign, VariantWindow, score_masked, transition_score, variant_figures,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

mod predictor;
use predictor::Oracle;

/// Windows with one base substituted, and whether it breaks a box: as many that do as do not.
fn variants(source: &Motifs, seed: u64) -> (Vec<VariantWindow>, Vec<Option<bool>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let text = source.text(seed, 0, 60_000);
    let pairs: Vec<usize> = text
        .match_indices("TTGACA")
        .map(|(at, _)| at)
        .filter(|&at| at > 100 && at + 100 < text.len())
        .filter(|&at| (22..=24).any(|gap| text[at + gap..].starts_with("TATAAT")))
        .take(60)
        .collect();
    let (mut windows, mut labels) = (Vec::new(), Vec::new());
    for at in pairs {
        for (offset, breaks) in [
            (rng.random_range(0..6), true),
            (rng.random_range(8..18), false),
        ] {
            let place = at + offset;
            let reference = text.as_bytes()[place - 60..place + 60].to_vec();
            let others: Vec<u8> = b"ACGT"
                .iter()
                .copied()
                .filter(|&base| base != reference[60])
                .collect();
            let inserted = vec![others[rng.random_range(0..3)]];
            windows.push(VariantWindow::new(reference, 60, 1, inserted).unwrap());
            labels.push(Some(breaks));
        }
    }
    (windows, labels)
}

fn source() -> Motifs {
    Motifs::new(&MotifParams::default().with_conservation(0.95)).unwrap()
}

/// The area of one score over one draw of variants, and its interval.
fn area(labels: &[Option<bool>], scores: &[f64]) -> Estimate {
    let none = vec![None; labels.len()];
    let params = BootstrapParams::default().with_draws(200);
    let found = variant_figures(labels, scores, &none, Sign::Low, &params).unwrap();
    found.all.auroc.unwrap()
}

#[test]
fn the_oracle_tells_broken_boxes_from_changed_spacers() {
    let (windows, labels) = variants(&source(), 3);
    assert!(windows.len() >= 80);
    let oracle = Oracle {
        source: source(),
        tokenizer: Character::dna(Layout::Standard).unwrap(),
    };
    // The source has a direction, so the other strand says nothing.
    let params = ScoreParams::default()
        .with_framing(Framing::default())
        .with_both_strands(false);
    let scores: Vec<f64> = score_masked(&oracle, &oracle.tokenizer, &windows, &params)
        .unwrap()
        .iter()
        .map(|score| score.ratio())
        .collect();
    // The twin asks the source for all positions of a window at once.
    for (window, score) in windows.iter().zip(&scores).step_by(10) {
        let twin = ratio_of_all_positions(&oracle.source, window);
        assert!((score - twin).abs() < 1e-4, "{score} for {twin}");
    }
    let found = area(&labels, &scores);
    assert!(found.low > 0.95, "{found}");
}

fn ratio_of_all_positions(source: &Motifs, window: &VariantWindow) -> f64 {
    let text = std::str::from_utf8(&window.reference).unwrap();
    let symbols = source.alphabet().parse(text).unwrap();
    let posterior = source.leave_one_out(&symbols).unwrap();
    let row = posterior.row(window.at);
    let place = |base: u8| b"ACGT".iter().position(|&known| known == base).unwrap();
    (row[place(window.inserted[0])] / row[place(window.reference[window.at])]).ln()
}

/// What is inserted is drawn alike in boxes and spacers, so transition or transversion says nothing
/// of them: over many draws the mean area lies at ½, and all but a few of the 95 % intervals
/// contain it (of 40 independent ones at least 33, but for one time in two thousand).
#[test]
fn over_many_draws_transition_or_transversion_stays_at_chance() {
    const DRAWS: u64 = 40;
    let found: Vec<Estimate> = (0..DRAWS)
        .map(|seed| {
            let (windows, labels) = variants(&source(), seed);
            let scores: Vec<f64> = windows
                .iter()
                .map(|window| transition_score(window).unwrap())
                .collect();
            area(&labels, &scores)
        })
        .collect();
    let mean = found.iter().map(|area| area.value).sum::<f64>() / DRAWS as f64;
    let squares: f64 = found.iter().map(|area| (area.value - mean).powi(2)).sum();
    let error = (squares / (DRAWS * (DRAWS - 1)) as f64).sqrt();
    assert!((mean - 0.5).abs() < 3.5 * error, "{mean} ± {error}");
    let contain = |area: &&Estimate| area.low <= 0.5 && 0.5 <= area.high;
    let covered = found.iter().filter(contain).count();
    assert!(covered >= 33, "{covered} of {DRAWS}");
}
