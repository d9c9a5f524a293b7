//! Values that other programs computed (`tests/reference/reference_golden.py`).

#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use dissensus_reference::{ContextTree, Predictor, block_entropy, lempel_ziv};
use serde_json::Value;

fn golden(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../golden/reference.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

fn symbols(value: &Value) -> Vec<u8> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_u64().unwrap() as u8)
        .collect()
}

#[test]
fn block_entropies_agree_with_adaptive_quadrature() {
    for case in golden("block_entropy") {
        let runs: Vec<(u64, usize)> = serde_json::from_value(case["counts"].clone()).unwrap();
        let counts: Vec<u64> = runs
            .iter()
            .flat_map(|&(count, times)| std::iter::repeat_n(count, times))
            .collect();
        let found = block_entropy(&counts, case["words"].as_f64().unwrap()).unwrap();
        let expected = |key: &str| case[key].as_f64().unwrap();
        assert_relative_eq!(
            found.plug_in_bits,
            expected("plug_in_bits"),
            epsilon = 1e-10
        );
        assert_relative_eq!(
            found.miller_madow_bits,
            expected("miller_madow_bits"),
            epsilon = 1e-10
        );
        assert_relative_eq!(
            found.grassberger_bits,
            expected("grassberger_bits"),
            epsilon = 1e-9
        );
        assert_relative_eq!(found.nsb_bits, expected("nsb_bits"), max_relative = 1e-9);
        assert_relative_eq!(
            found.nsb_deviation_bits,
            expected("nsb_deviation_bits"),
            max_relative = 1e-6
        );
    }
}

#[test]
fn context_trees_agree_with_exact_fractions() {
    for case in golden("context_tree") {
        let number = |key: &str| case[key].as_u64().unwrap() as usize;
        let mut tree = ContextTree::new(number("size"), number("depth")).unwrap();
        tree.set_past(&symbols(&case["past"])).unwrap();
        let bits: f64 = symbols(&case["symbols"])
            .iter()
            .map(|&x| tree.push(x))
            .sum();
        assert_relative_eq!(bits, case["bits"].as_f64().unwrap(), max_relative = 1e-11);
    }
}

#[test]
fn lempel_ziv_parses_agree_with_a_search() {
    for case in golden("lempel_ziv") {
        let found = lempel_ziv(&symbols(&case["symbols"])).unwrap();
        assert_eq!(found.phrases as u64, case["phrases"].as_u64().unwrap());
    }
}
