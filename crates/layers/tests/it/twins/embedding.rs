//! Look-ups of embeddings and of rows.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dissensus_layers::{Lookup, embedding, gather_rows, plain};

use super::common::{assert_close, leaf, run};

fn ids(shape: [usize; 2], id: impl Fn(usize) -> usize) -> Tensor<2, Int> {
    let ids: Vec<i64> = (0..shape[0] * shape[1]).map(|i| id(i) as i64).collect();
    Tensor::from_data(TensorData::new(ids, shape), &Device::flex())
}

#[test]
fn embedding_is_its_plain_twin() {
    for [b, t, v, h] in [
        [1, 1, 1, 1],
        [2, 3, 5, 7],
        [3, 64, 300, 33],
        [4, 100, 4096, 16],
    ] {
        let tables = [leaf([v, h], 1), leaf([t, h], 2), leaf([2, h], 3)];
        let word = ids([b, t], |i| i * i * 7 % v);
        let place = ids([b, t], |i| i % t);
        let kind = ids([b, t], |i| i / t % 2);
        for count in 1..=3 {
            let lookups = || {
                let pairs = tables.iter().zip([&word, &place, &kind]).take(count);
                pairs
                    .map(|(table, ids)| Lookup {
                        table: table.clone(),
                        ids: ids.clone(),
                        hook: None,
                    })
                    .collect()
            };
            let leaves = || {
                tables
                    .iter()
                    .take(count)
                    .map(Into::into)
                    .collect::<Vec<_>>()
            };
            let ours = run(embedding(lookups()), &leaves());
            let theirs = run(plain::embedding(lookups()), &leaves());
            assert_close(&ours, &theirs, 2e-6, &format!("{b} {t} {v} {h} {count}"));
        }
    }
}

#[test]
fn rows_are_those_of_the_plain_twin() {
    let x = leaf([3, 5, 9], 1);
    let rows = || Tensor::<1, Int>::from_data([0i64, 14, 7, 7, 3], &Device::flex());
    let ours = run(gather_rows(x.clone(), rows()), &[(&x).into()]);
    let theirs = run(plain::gather_rows(x.clone(), rows()), &[(&x).into()]);
    assert_close(&ours, &theirs, 1e-6, "rows");
}

#[test]
fn no_rows_at_all_are_allowed() {
    let x = leaf([1, 2, 3], 1);
    let none =
        Tensor::<1, Int>::from_data(TensorData::new(Vec::<i64>::new(), [0]), &Device::flex());
    assert_eq!(gather_rows(x, none).dims(), [0, 3]);
}

#[test]
#[should_panic(expected = "expected ids from 0 to 3, got 4")]
fn an_unknown_id_is_named() {
    let table = leaf([4, 2], 1);
    embedding(vec![Lookup {
        table,
        ids: ids([1, 2], |i| 3 + i),
        hook: None,
    }]);
}
