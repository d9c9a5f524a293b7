//! Windows against a twin that marks every base of the whole sequence.

use std::ops::Range;

use dissensus_corpus::{
    Error, Record, SoftMasked, Track, UnknownRuns, WindowCutter, WindowParams, clean_dna,
    soft_masked_runs, unknown_runs, windows_of,
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
fn between_runs(clean: &str, params: &WindowParams) -> Vec<Range<usize>> {
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
    for part in between_runs(&clean, params) {
        for start in part.clone().step_by(params.stride) {
            let window = start..part.end.min(start + params.length);
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
                .with_length(length)
                .with_stride(stride)
                .with_min_length(min.min(length))
                .with_soft_masked(if upper {
                    SoftMasked::Upper
                } else {
                    SoftMasked::Unknown
                })
                .with_unknown_runs(if run == 0 {
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
        let (windows, coverage) = windows_of(&record(&text), &params).expect("good parameters");
        let clean = clean_dna(text.as_bytes(), params.soft_masked);
        let ranges = windows_naive(&text, &params);
        prop_assert_eq!(windows.len(), ranges.len());
        let mut covered = vec![false; text.len()];
        for (window, range) in windows.iter().zip(&ranges) {
            prop_assert_eq!((window.start, window.bases.as_str()), (range.start as u64, &clean[range.clone()]));
            prop_assert_eq!(window.track(), Track::of(&text.as_bytes()[range.clone()]));
            prop_assert_eq!(window.soft_masked(), soft_masked_runs(&text.as_bytes()[range.clone()]));
            prop_assert_eq!(window.region().length(), range.len() as u64);
            covered[range.clone()].fill(true);
        }
        prop_assert_eq!((coverage.windows, coverage.bases), (ranges.len() as u64, text.len() as u64));
        prop_assert_eq!(coverage.covered, covered.iter().filter(|&&is| is).count() as u64);
        let kept: usize = between_runs(&clean, &params).iter().map(ExactSizeIterator::len).sum();
        prop_assert_eq!(coverage.unknown, (text.len() - kept) as u64);
    }

    #[test]
    fn windows_of_parts_equal_those_of_whole_records(
        texts in proptest::collection::vec("([ACGTacgtR]{1,12}|N{1,6}){1,8}", 1..4), params in params(), part in 1usize..9,
    ) {
        let mut cutter = WindowCutter::new(&params).expect("good parameters");
        let mut streamed = Vec::new();
        let mut whole = Vec::new();
        let mut coverage = dissensus_corpus::Coverage::default();
        for (number, text) in (1..).zip(&texts) {
            cutter.begin(number, "a".into(), 0);
            for bases in text.as_bytes().chunks(part) {
                cutter.push(bases);
                streamed.extend(cutter.by_ref());
            }
            cutter.end();
            streamed.extend(cutter.by_ref());
            let (windows, of_one) = windows_of(&Record { number, ..record(text) }, &params).expect("good parameters");
            whole.extend(windows);
            coverage.merge(&of_one);
        }
        prop_assert_eq!(streamed, whole);
        prop_assert_eq!(cutter.coverage(), coverage);
    }
}

#[test]
fn impossible_parameters_are_refused() {
    let bad = [
        WindowParams::default().with_length(0),
        WindowParams::default().with_stride(0),
        WindowParams::default().with_min_length(0),
        WindowParams::default().with_min_length(513),
        WindowParams::default().with_unknown_runs(UnknownRuns::Exclude { run: 0 }),
    ];
    for params in bad {
        let error = windows_of(&record("ACGT"), &params).expect_err("impossible");
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
}
