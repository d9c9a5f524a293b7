//! Windows against a twin that marks every base of the whole sequence.

use std::io::Cursor;
use std::ops::Range;

use dissensus_corpus::{
    Error, FastaReader, Input, Record, SoftMasked, Track, UnknownRuns, WindowParams, Windows,
    clean_dna, unknown_runs, windows_of,
};
use proptest::prelude::*;

fn record(text: &str) -> Record {
    Record {
        number: 1,
        name: "a".into(),
        text: text.into(),
        ..Record::default()
    }
}

/// What lies between the runs of N that are left out.
fn stretches(clean: &str, params: &WindowParams) -> Vec<Range<usize>> {
    let UnknownRuns::Exclude { run } = params.unknown_runs else {
        return std::iter::once(0..clean.len()).collect();
    };
    let mut runs = unknown_runs(clean.as_bytes());
    runs.retain(|one| one.len() >= run);
    let ends = std::iter::once(0).chain(runs.iter().map(|one| one.end));
    let starts = runs.iter().map(|one| one.start).chain([clean.len()]);
    ends.zip(starts).map(|(start, end)| start..end).collect()
}

fn windows_naive(text: &str, params: &WindowParams) -> Vec<Range<usize>> {
    let clean = clean_dna(text.as_bytes(), params.soft_masked);
    let mut windows: Vec<Range<usize>> = Vec::new();
    for stretch in stretches(&clean, params) {
        for start in stretch.clone().step_by(params.stride) {
            let window = start..stretch.end.min(start + params.length);
            let covered = windows.last().map_or(0, |last| last.end);
            if window.len() == params.length {
                windows.push(window);
            } else {
                if window.len() >= params.min_length && window.end > covered {
                    windows.push(window);
                }
                break;
            }
        }
    }
    windows
}

fn params() -> impl Strategy<Value = WindowParams> {
    (1usize..9, 1usize..14, 1usize..9, 0usize..5, any::<bool>()).prop_map(
        |(length, stride, min, run, upper)| {
            WindowParams::default()
                .length(length)
                .stride(stride)
                .min_length(min.min(length))
                .soft_masked(if upper {
                    SoftMasked::Upper
                } else {
                    SoftMasked::Unknown
                })
                .unknown_runs(if run == 0 {
                    UnknownRuns::Keep
                } else {
                    UnknownRuns::Exclude { run }
                })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn windows_equal_those_of_the_twin(text in "([ACGTacgtR]{0,12}|N{0,6}){0,8}", params in params()) {
        let (windows, tally) = windows_of(&record(&text), &params).expect("good parameters");
        let clean = clean_dna(text.as_bytes(), params.soft_masked);
        let ranges = windows_naive(&text, &params);
        prop_assert_eq!(windows.len(), ranges.len());
        let mut covered = vec![false; text.len()];
        for (window, range) in windows.iter().zip(&ranges) {
            prop_assert_eq!((window.start, window.bases.as_str()), (range.start as u64, &clean[range.clone()]));
            prop_assert_eq!(window.track, Track::of(&text.as_bytes()[range.clone()]));
            prop_assert_eq!(window.region().length(), range.len() as u64);
            covered[range.clone()].fill(true);
        }
        prop_assert_eq!((tally.windows, tally.bases), (ranges.len() as u64, text.len() as u64));
        prop_assert_eq!(tally.covered, covered.iter().filter(|&&is| is).count() as u64);
        let kept: usize = stretches(&clean, &params).iter().map(ExactSizeIterator::len).sum();
        prop_assert_eq!(tally.unknown, (text.len() - kept) as u64);
    }

    #[test]
    fn streamed_windows_equal_those_of_whole_records(
        texts in proptest::collection::vec("([ACGTacgtR]{1,12}|N{1,6}){1,8}", 1..4), params in params(),
    ) {
        let fasta: String = texts.iter().map(|text| format!(">a\n{text}\n")).collect();
        let input = Input::new("a.fa", Cursor::new(fasta)).expect("data");
        let mut stream = Windows::new(FastaReader::new(input).expect("a header"), &params).expect("good parameters");
        let streamed: Vec<_> = stream.by_ref().collect::<Result<_, _>>().expect("good");
        let mut whole = Vec::new();
        let mut tally = dissensus_corpus::Tally::default();
        for (number, text) in (1..).zip(&texts) {
            let (windows, part) = windows_of(&Record { number, ..record(text) }, &params).expect("good parameters");
            whole.extend(windows);
            tally.merge(&part);
        }
        prop_assert_eq!(streamed, whole);
        prop_assert_eq!(stream.tally(), tally);
    }
}

#[test]
fn windows_cross_the_chunks_of_a_long_sequence() {
    let text: String = (0..200_000)
        .map(|at| ["A", "C", "G", "T", "N"][(at * at / 7) % 5])
        .collect();
    let fasta = format!(">a\n{text}\n");
    let params = WindowParams::default()
        .length(1000)
        .stride(300)
        .unknown_runs(UnknownRuns::Exclude { run: 3 });
    let input = Input::new("a.fa", Cursor::new(fasta)).expect("data");
    let stream =
        Windows::new(FastaReader::new(input).expect("a header"), &params).expect("good parameters");
    let streamed: Vec<_> = stream.collect::<Result<_, _>>().expect("good");
    assert_eq!(
        streamed,
        windows_of(&record(&text), &params)
            .expect("good parameters")
            .0
    );
}

#[test]
fn a_truncated_file_ends_the_windows() {
    let input = Input::new("a.fa", &b">a\nACGTACGTA?"[..]).expect("data");
    let params = WindowParams::default().length(4);
    let mut windows =
        Windows::new(FastaReader::new(input).expect("a header"), &params).expect("good parameters");
    assert!(windows.any(|window| matches!(window, Err(Error::NotANucleotide { .. }))));
    assert!(windows.next().is_none());
}

#[test]
fn impossible_parameters_are_refused() {
    let bad = [
        WindowParams::default().length(0),
        WindowParams::default().stride(0),
        WindowParams::default().min_length(0),
        WindowParams::default().min_length(513),
        WindowParams::default().unknown_runs(UnknownRuns::Exclude { run: 0 }),
    ];
    for params in bad {
        let error = windows_of(&record("ACGT"), &params).expect_err("impossible");
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
}
