//! Values that another program computed (`tests/reference/source_golden.py`).

#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use dissensus_source::{Alphabet, HiddenMarkov, Markov, Source};
use serde_json::Value;

fn golden(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../golden/source.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

/// Rows as written have lost the last digit; a row must sum to one.
fn rows(value: &Value, size: usize) -> Vec<f64> {
    let mut table = numbers(value);
    for row in table.chunks_mut(size) {
        let total: f64 = row.iter().sum();
        row.iter_mut().for_each(|p| *p /= total);
    }
    table
}

#[test]
fn entropy_rates_agree_with_those_from_eigenvectors() {
    for case in golden("markov") {
        let size = case["size"].as_u64().unwrap() as usize;
        let alphabet = Alphabet::new(&"abcd"[..size]).unwrap();
        let order = case["order"].as_u64().unwrap() as usize;
        let source = Markov::new(alphabet, order, &rows(&case["table"], size)).unwrap();
        let rate = source.entropy_rate().value().unwrap();
        assert_relative_eq!(rate, case["rate_bits"].as_f64().unwrap(), epsilon = 1e-10);
    }
}

#[test]
fn hidden_posteriors_agree_with_products_of_matrices() {
    for case in golden("hidden") {
        let emission = rows(&case["emission"], 4);
        let transition = rows(&case["transition"], emission.len() / 4);
        let source = HiddenMarkov::new(Alphabet::dna(), &transition, &emission).unwrap();
        let symbols: Vec<u8> = numbers(&case["symbols"]).iter().map(|&x| x as u8).collect();
        let expected = case["log2_probability"].as_f64().unwrap();
        assert_relative_eq!(
            source.log2_probability(&symbols).unwrap(),
            expected,
            epsilon = 1e-9
        );
        let visible: Vec<Option<u8>> = case["visible"]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_u64().map(|x| x as u8))
            .collect();
        let posterior = source.posterior(&visible).unwrap();
        for (i, row) in case["posterior"].as_array().unwrap().iter().enumerate() {
            for (found, expected) in posterior.row(i).iter().zip(numbers(row)) {
                assert_relative_eq!(*found, expected, epsilon = 1e-10);
            }
        }
    }
}
