//! Numbers that break what was not thought of, shapes that do not fit, files that were changed: a
//! typed error or the documented value.

#![allow(clippy::too_many_lines, reason = "cases one after the other")]

use std::fmt::Debug;

use dissensus_fisher::{
    Accumulate, Counts, Decile, Diagonal, Error, Gradient, Gradients, GroupShare, GroupSums,
    LabelChoice, MemberShare, RoleGrouping, Sample, Squares, TableRows, average,
};
use dissensus_lm::{ParameterKind, ParameterRole};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// A word table of two rows and two columns, its sides apart, and a bias.
fn gradients(values: [f64; 4]) -> Gradients {
    let table = Gradient {
        name: "words".into(),
        role: ParameterRole::embeddings(ParameterKind::WordTied),
        shape: vec![2, 2],
        values: values.to_vec(),
        output_side: Some(vec![0.5, -0.25, 0.0, 1.0]),
    };
    let query = Gradient {
        name: "query".into(),
        role: ParameterRole::layer(0, ParameterKind::Query),
        shape: vec![2],
        values: vec![1.0, -2.0],
        output_side: None,
    };
    Gradients {
        parameters: vec![table, query],
    }
}

const ONE: Counts = Counts {
    examples: 1,
    units: 1,
    sequences: 1,
    tokens: 3,
    skipped: 0,
};

type Both = (GroupSums, Diagonal);

fn nothing() -> Both {
    let (sample, labels) = (Sample::Sequence, LabelChoice::Observed);
    (
        GroupSums::new(sample, labels),
        Diagonal::new(sample, labels),
    )
}

/// Both accumulators after some examples.
fn seen(examples: &[[f64; 4]]) -> Both {
    let mut both = nothing();
    for &values in examples {
        both.example(&gradients(values)).unwrap();
        both.count(&ONE);
    }
    both
}

#[test]
fn a_gradient_that_does_not_fit_is_refused_and_adds_nothing() {
    let first = seen(&[[1.0, 2.0, 3.0, 4.0]]);
    let with = |change: fn(&mut Gradient)| {
        let mut gradients = gradients([0.0; 4]);
        change(&mut gradients.parameters[0]);
        gradients
    };
    let wrong = [
        with(|g| g.shape.clear()),
        with(|g| g.shape = vec![0, 4]),
        with(|g| g.shape = vec![4, 1]),
        with(|g| g.shape = vec![1, 4]),
        with(|g| g.shape = vec![1 << 40, 1 << 40]),
        with(|g| g.values.clear()),
        with(|g| g.output_side = Some(vec![1.0; 3])),
        with(|g| {
            g.shape = vec![3, 2];
            g.values = vec![1.0; 6];
            g.output_side = Some(vec![1.0; 6]);
        }),
        with(|g| g.output_side = None),
        Gradients::default(),
    ];
    for wrong in wrong {
        let mut both = first.clone();
        let error = both.example(&wrong).unwrap_err();
        assert!(
            matches!(error, Error::Shape { .. } | Error::Mismatch { .. }),
            "{error}"
        );
        assert_eq!(both, first, "{error}");
        let mut alone = first.0.clone();
        assert!(alone.example(&wrong).is_err());
        assert_eq!(alone, first.0);
    }
    // Before any example as well.
    for at in [0, 1, 4, 5, 6] {
        let mut both = nothing();
        let wrong = match at {
            0 => with(|g| g.shape.clear()),
            1 => with(|g| g.shape = vec![0, 4]),
            4 => with(|g| g.shape = vec![1 << 40, 1 << 40]),
            5 => with(|g| g.values.clear()),
            _ => with(|g| g.output_side = Some(vec![1.0; 3])),
        };
        assert!(both.example(&wrong).is_err());
        assert_eq!(both, nothing());
    }
}

#[test]
fn nothing_seen_and_nothing_learned_have_no_shares() {
    let (sums, diagonal) = nothing();
    assert!(sums.trace().is_nan() && diagonal.trace().is_nan());
    assert!(matches!(
        sums.shares(RoleGrouping::Three),
        Err(Error::Empty { .. })
    ));
    assert!(matches!(
        diagonal.mean("words"),
        Err(Error::MissingParameter { .. })
    ));
    assert!(matches!(average(&[]), Err(Error::Empty { .. })));
    let rows = |value: f64| TableRows {
        input: vec![value; 3],
        output: vec![0.0; 3],
        cross: vec![0.0; 3],
    };
    assert!(matches!(
        rows(0.0).deciles(&[1, 2, 3]),
        Err(Error::ZeroGradient)
    ));
    assert!(rows(1.0).deciles(&[1, 2]).is_err());
    let unlike = TableRows {
        output: vec![1.0],
        ..rows(1.0)
    };
    assert!(matches!(
        unlike.deciles(&[1, 2, 3]),
        Err(Error::Mismatch { .. })
    ));
    assert!(rows(1.0).deciles(&[u64::MAX; 3]).is_ok());
}

#[test]
fn examples_that_nobody_counted_have_neither_trace_nor_shares() {
    let (mut sums, mut diagonal) = nothing();
    sums.example(&gradients([1.0, 2.0, 3.0, 4.0])).unwrap();
    diagonal.example(&gradients([1.0, 2.0, 3.0, 4.0])).unwrap();
    assert!(!sums.trace().is_finite() && !diagonal.trace().is_finite());
    assert!(matches!(
        sums.shares(RoleGrouping::Three),
        Err(Error::Empty { .. })
    ));
}

#[test]
fn a_gradient_that_is_no_number_has_no_trace() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e200] {
        let (sums, diagonal) = seen(&[[value, 0.0, 0.0, 0.0]]);
        assert!(
            !sums.trace().is_finite() && !diagonal.trace().is_finite(),
            "{value}"
        );
    }
    let (sums, diagonal) = seen(&[[5e-324, -0.0, 0.0, 1e-200]]);
    assert!(sums.trace().is_finite() && diagonal.trace().is_finite());
}

#[test]
fn every_changed_byte_of_a_saved_diagonal_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("diagonal.safetensors");
    let (_, diagonal) = seen(&[[1.0, 2.0, 3.0, 4.0], [0.5, 0.25, -1.0, 0.0]]);
    diagonal.save(&path).unwrap();
    assert_eq!(Diagonal::load(&path).unwrap(), diagonal);
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for bit in [0, 3, 7] {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            std::fs::write(&path, &changed).unwrap();
            // White space of the header may change: then the diagonal is what was written.
            match Diagonal::load(&path) {
                Ok(read) => assert_eq!(read, diagonal, "bit {bit} of byte {at}"),
                Err(error) => assert!(
                    error.to_string().contains("diagonal.safetensors"),
                    "{error}"
                ),
            }
        }
    }
    for length in (0..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(Diagonal::load(&path).is_err(), "{length} bytes");
    }
}

fn reads_back<T: Serialize + DeserializeOwned + Debug>(value: &T) -> bool {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    format!("{read:?}") == format!("{value:?}")
}

#[test]
fn sums_that_do_not_fit_their_shape_are_not_read() {
    let squares = |text: &str| serde_json::from_str::<Squares>(text);
    assert!(squares(r#"{"shape":[2],"sums":[1.0,"Infinity"]}"#).is_ok());
    for text in [
        r#"{"shape":[2],"sums":[1.0]}"#,
        r#"{"shape":[],"sums":[]}"#,
        r#"{"shape":[4294967296,4294967296],"sums":[]}"#,
    ] {
        assert!(squares(text).is_err(), "{text}");
    }
    let rows = |text: &str| serde_json::from_str::<TableRows>(text);
    assert!(rows(r#"{"input":[1.0],"output":[1.0],"cross":["NaN"]}"#).is_ok());
    assert!(rows(r#"{"input":[1.0],"output":[],"cross":[1.0]}"#).is_err());
}

fn example() -> impl Strategy<Value = [f64; 4]> {
    let number = prop_oneof![4 => -2.0..2.0, 1 => Just(0.0), 1 => Just(1e200), 1 => Just(f64::NAN)];
    [number.clone(), number.clone(), number.clone(), number]
}

proptest! {
    #[test]
    fn results_survive_json_whatever_they_hold(x in any::<[f64; 6]>(), members in prop::collection::vec(any::<f64>(), 0..4)) {
        let share = GroupShare {
            label: "head".into(),
            parameters: 3,
            information: x[0],
            information_standard_error: x[1],
            share: x[2],
            share_standard_error: x[3],
            per_parameter: x[4],
        };
        prop_assert!(reads_back(&share));
        let share = MemberShare {
            label: "head".into(),
            share: x[0],
            standard_error: x[1],
            information: x[2],
            per_parameter: x[3],
            members,
        };
        prop_assert!(reads_back(&share));
        let decile = Decile {
            decile: 1,
            rows: 2,
            occurrences: 3,
            input: x[0],
            output: x[1],
            cross: x[2],
            share: x[3],
        };
        prop_assert!(reads_back(&decile));
        let rows = TableRows { input: vec![x[0]], output: vec![x[1]], cross: vec![x[2]] };
        prop_assert!(reads_back(&rows));
        let squares = Squares { shape: vec![2, 3], sums: x.to_vec() };
        prop_assert!(reads_back(&squares));
    }

    #[test]
    fn accumulators_are_monoids_and_read_back(
        a in prop::collection::vec(example(), 0..3), b in prop::collection::vec(example(), 0..3),
    ) {
        let (one, other) = (seen(&a), seen(&b));
        let merged = |left: &Both, right: &Both| {
            let mut sum = left.clone();
            sum.merge(right).map(|()| sum)
        };
        let text = |both: &Both| format!("{both:?}");
        prop_assert_eq!(text(&merged(&one, &nothing()).unwrap()), text(&one));
        prop_assert_eq!(text(&merged(&nothing(), &one).unwrap()), text(&one));
        let sum = merged(&one, &other).unwrap();
        prop_assert_eq!(sum.0.counts.examples, (a.len() + b.len()) as u64);
        prop_assert_eq!(sum.0.counts, merged(&other, &one).unwrap().1.counts);
        prop_assert!(reads_back(&sum.0) && reads_back(&sum.1));
        let mut unlike = nothing();
        unlike.0.sample = Sample::Token;
        unlike.1.sample = Sample::Token;
        let mut kept = one.clone();
        prop_assert!(kept.merge(&unlike).is_err());
        prop_assert_eq!(text(&kept), text(&one));
    }
}
