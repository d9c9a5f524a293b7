//! Attention with rotary angles or distances.

use std::sync::Arc;

use burn::tensor::{Bool, Device, Tensor, TensorData};
use dissensus_layers::product::Precision;
use dissensus_layers::{
    Angles, Distances, Dropout, Gate, Rotation, attention, attention_with_distances, gated, plain,
    rotary,
};

use super::common::{assert_close, leaf, run, values};
use super::differences::check;

fn rotation(head: usize, positions: impl IntoIterator<Item = u32>) -> Rotation {
    let positions: Arc<[u32]> = positions.into_iter().collect();
    let longest = positions.iter().max().map_or(0, |&last| last as usize + 1);
    let angles = Arc::new(Angles::new(10_000.0, head, longest));
    Rotation { angles, positions }
}

/// Slopes that differ by head, and positions with gaps that differ by sequence.
fn distances(batch: usize, time: usize, heads: usize) -> Distances {
    Distances {
        slopes: (0..heads).map(|h| 0.5f32.powi(h as i32 + 1)).collect(),
        positions: (0..batch * time)
            .map(|i| (i % time + (i / time) * (i % time / 3)) as f32)
            .collect(),
    }
}

#[test]
fn rotary_is_its_plain_twin() {
    for [b, t, width, head] in [[1, 1, 2, 2], [2, 7, 12, 6], [3, 130, 256, 32]] {
        let rotation = rotation(head, (0..b * t).map(|i| (i % t * 3) as u32));
        for planes in 1..=3 {
            let x = leaf([3, b, t, width], 1);
            let doubled = || x.clone() * 2.0;
            let ours = run(rotary(doubled(), planes, rotation.clone()), &[(&x).into()]);
            let theirs = run(
                plain::rotary(doubled(), planes, rotation.clone()),
                &[(&x).into()],
            );
            assert_close(
                &ours,
                &theirs,
                2e-6,
                &format!("{b} {t} {width} {head} {planes}"),
            );
        }
    }
}

#[test]
fn rotary_follows_its_differences() {
    check([2, 1, 3, 4], |x| rotary(x, 1, rotation(4, [0, 5, 2])));
}

#[test]
fn rotary_leaves_a_shared_array_alone() {
    let x = leaf([1, 2, 4], 1).inner();
    let before = values(x.clone());
    let turned = values(rotary(x.clone(), 1, rotation(4, [3, 4])));
    assert_eq!(values(x), before);
    assert_ne!(turned, before);
}

#[test]
fn attention_over_distance_is_its_plain_twin() {
    for [b, t, heads, width] in [
        [1usize, 1, 1, 1],
        [2, 7, 3, 12],
        [1, 129, 2, 32],
        [2, 300, 1, 16],
    ] {
        let ids = TensorData::new(
            (0..b * t)
                .map(|i| i % t < t.div_ceil(1 + i / t))
                .collect::<Vec<_>>(),
            [b, t],
        );
        let mask: Tensor<2, Bool> = Tensor::from_data(ids, &Device::flex());
        for (mask, dropout) in [(None, None), (Some(mask), Some(Dropout::new(0.25, 3)))] {
            let x = leaf([3, b, t, width], 1);
            let far = distances(b, t, heads);
            let scaled = || x.clone() * 2.0;
            let ours = attention_with_distances(
                scaled(),
                heads,
                mask.clone(),
                far.clone(),
                dropout,
                Precision::Single,
            );
            let ours = run(ours, &[(&x).into()]);
            let theirs = plain::attention_with_distances(scaled(), heads, mask, far, dropout);
            let theirs = run(theirs, &[(&x).into()]);
            assert_close(&ours, &theirs, 1e-5, &format!("{b} {t} {heads} {width}"));
        }
    }
}

#[test]
fn attention_over_distance_follows_its_differences() {
    check([3, 1, 5, 4], |x| {
        let far = distances(1, 5, 2);
        let dropout = Some(Dropout::new(0.2, 2));
        attention_with_distances(x, 2, None, far, dropout, Precision::Single)
    });
}

#[test]
fn slopes_of_zero_are_no_slopes() {
    let x = leaf([3, 2, 40, 8], 1);
    let mut flat = distances(2, 40, 2);
    flat.slopes = Arc::new([0.0, 0.0]);
    let with = attention_with_distances(x.clone(), 2, None, flat, None, Precision::Single);
    let without = attention(x, 2, None, None, Precision::Single);
    assert_eq!(values(with), values(without));
}

#[test]
fn a_steep_slope_leaves_each_token_itself() {
    let x = leaf([3, 1, 6, 4], 1);
    let mut steep = distances(1, 6, 1);
    steep.slopes = Arc::new([1e4]);
    let y = values(attention_with_distances(
        x.clone(),
        1,
        None,
        steep,
        None,
        Precision::Single,
    ));
    assert_close(&[y], &[values(x)[2 * 24..].to_vec()], 1e-6, "steep");
}

#[test]
fn positions_have_the_same_bits_on_any_number_of_threads() {
    let everything = || {
        let x = leaf([3, 3, 170, 96], 1);
        let turned = rotary(
            x.clone() * 1.5,
            2,
            rotation(32, (0..3 * 170).map(|i| i % 170)),
        );
        let far = distances(3, 170, 3);
        let y = attention_with_distances(turned, 3, None, far, None, Precision::Single);
        run(gated(y, Gate::Silu), &[(&x).into()])
    };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(everything)
    };
    let one = on(1);
    assert!(one.iter().flatten().all(|x| x.is_finite()));
    assert!([2, 3, 5].into_iter().all(|threads| on(threads) == one));
}
