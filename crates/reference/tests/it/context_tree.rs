//! Context tree weighting against a direct recursive twin.

#![allow(clippy::unwrap_used)]

use approx::assert_relative_eq;
use dissensus_reference::{ContextTree, ContextTreeParams, Predictor, code_length};
use dissensus_source::{Alphabet, Markov, Source, TextLike};

/// `P_e` of the symbols that follow a context, by definition.
fn estimate(symbols: &[usize], size: usize, alpha: f64) -> f64 {
    let mut counts = vec![0.0; size];
    let mut p = 1.0;
    for (n, &x) in symbols.iter().enumerate() {
        p *= (counts[x] + alpha) / (n as f64 + size as f64 * alpha);
        counts[x] += 1.0;
    }
    p
}

/// `P_w(s) = ½ P_e(s) + ½ Π_c P_w(cs)`, by definition. An item is what follows a context, with that
/// context's history, nearest last; `size` is an unknown letter.
fn weighted(
    items: &[(Vec<usize>, usize)],
    depth: usize,
    deepest: usize,
    size: usize,
    alpha: f64,
) -> f64 {
    let followers: Vec<usize> = items.iter().map(|i| i.1).collect();
    let own = estimate(&followers, size, alpha);
    if depth == deepest {
        return own;
    }
    let children: f64 = (0..=size)
        .map(|c| {
            let of_child: Vec<_> = items
                .iter()
                .filter(|(h, _)| h[h.len() - 1 - depth] == c)
                .cloned()
                .collect();
            if of_child.is_empty() {
                1.0
            } else {
                weighted(&of_child, depth + 1, deepest, size, alpha)
            }
        })
        .product();
    0.5 * own + 0.5 * children
}

fn items(symbols: &[u8], past: &[u8], depth: usize, unknown: usize) -> Vec<(Vec<usize>, usize)> {
    let mut history = vec![unknown; depth + 1];
    history.extend(past.iter().map(|&x| x as usize));
    let mut items = Vec::new();
    for &x in symbols {
        items.push((history.clone(), x as usize));
        history.push(x as usize);
    }
    items
}

fn cost(tree: &mut ContextTree, symbols: &[u8]) -> f64 {
    symbols.iter().map(|&x| tree.push(x)).sum()
}

#[test]
fn the_worked_example_has_its_printed_probability() {
    let mut tree = ContextTree::new(2, 3).unwrap();
    tree.set_past(&[1, 1, 0]).unwrap();
    let bits = cost(&mut tree, &[0, 1, 0, 0, 1, 1, 0]);
    assert_relative_eq!((-bits).exp2(), 7.0 / 2048.0, epsilon = 1e-12);
}

#[test]
fn four_letters_agree_with_the_recursive_twin() {
    let source = Markov::random(Alphabet::dna(), 2, 1.4, 3).unwrap();
    for (depth, alpha) in [(0, 0.5), (1, 0.5), (3, 0.5), (4, 0.0625)] {
        let symbols = source.document(depth as u64, 0, 120);
        let params = ContextTreeParams::new(4)
            .with_depth(depth)
            .with_alpha(alpha);
        let bits = cost(&mut ContextTree::with_params(params).unwrap(), &symbols);
        let twin = weighted(&items(&symbols, &[], depth, 4), 0, depth, 4, alpha);
        assert_relative_eq!(bits, -twin.log2(), max_relative = 1e-10);
    }
}

#[test]
fn many_letters_agree_with_the_twin_of_their_decisions() {
    let text = TextLike::default();
    let symbols = text.document(1, 0, 90);
    let size = text.alphabet().size();
    let depth = 2;
    let bits = cost(&mut ContextTree::new(size, depth).unwrap(), &symbols);
    let mut twin = 0.0;
    for place in 0..5 {
        for prefix in 0..1usize << place {
            // Decision number `place` of the letters whose code begins with `prefix`; forced ones
            // cost nothing.
            if (2 * prefix + 1) << (4 - place) >= size {
                continue;
            }
            let decisions: Vec<_> = items(&symbols, &[], depth, size)
                .into_iter()
                .filter(|(_, x)| x >> (5 - place) == prefix)
                .map(|(history, x)| (history, x >> (4 - place) & 1))
                .collect();
            twin -= decided(&decisions, 0, depth, size).log2();
        }
    }
    assert_relative_eq!(bits, twin, max_relative = 1e-10);
}

/// As [`weighted`] for a binary decision in contexts of `size` letters.
fn decided(items: &[(Vec<usize>, usize)], depth: usize, deepest: usize, size: usize) -> f64 {
    let followers: Vec<usize> = items.iter().map(|i| i.1).collect();
    let own = estimate(&followers, 2, 0.5);
    if depth == deepest {
        return own;
    }
    let child = |c: usize| {
        let below: Vec<_> = items
            .iter()
            .filter(|(h, _)| h[h.len() - 1 - depth] == c)
            .cloned()
            .collect();
        if below.is_empty() {
            1.0
        } else {
            decided(&below, depth + 1, deepest, size)
        }
    };
    0.5 * own + 0.5 * (0..=size).map(child).product::<f64>()
}

#[test]
fn an_interruption_forgets_the_past() {
    let mut tree = ContextTree::new(4, 3).unwrap();
    let first = tree.push(2);
    tree.interrupt();
    // The same unknown context a second time: one count of four letters, (1 + 1/2) / (1 + 2) in
    // every node.
    let second = tree.push(2);
    assert_relative_eq!(first, 2.0, epsilon = 1e-12);
    assert_relative_eq!(second, 1.0, epsilon = 1e-12);
}

#[test]
fn a_full_tree_still_predicts() {
    let source = Markov::random(Alphabet::dna(), 3, 1.5, 2).unwrap();
    let symbols = source.document(1, 0, 50_000);
    let code = |nodes: usize| {
        let params = ContextTreeParams::new(4).with_nodes(nodes);
        let mut tree = ContextTree::with_params(params).unwrap();
        let length = code_length(&mut tree, symbols.iter().map(|&x| Some(x)), 1_000).unwrap();
        assert!(tree.nodes() <= nodes);
        length.bits_per_symbol().unwrap().value
    };
    let (small, large) = (code(1024), code(1 << 22));
    assert!(large < 1.6 && small < 1.95, "{small} and {large}");
}

#[test]
fn the_cost_of_a_chain_is_its_entropy_rate_and_the_price_of_its_parameters() {
    let source = Markov::random(Alphabet::dna(), 2, 1.5, 2).unwrap();
    let n = 200_000;
    let symbols = source.document(5, 0, n);
    let mut tree = ContextTree::new(4, 6).unwrap();
    let length = code_length(&mut tree, symbols.iter().map(|&x| Some(x)), 5_000).unwrap();
    let ideal = -source.log2_probability(&symbols).unwrap();
    // 16 leaves with 3 parameters of (1/2) log2(n / 16) bits, and the description of the tree.
    let price = 16.0 * 1.5 * (n as f64 / 16.0).log2() + 60.0;
    assert!(
        length.bits > ideal - 40.0,
        "{} against {ideal}",
        length.bits
    );
    assert!(
        length.bits < ideal + price,
        "{} against {ideal} + {price}",
        length.bits
    );
}

#[test]
fn bad_parameters_are_refused() {
    assert!(ContextTree::new(1, 3).is_err());
    assert!(ContextTree::new(4, 25).is_err());
    let params = ContextTreeParams::new(4).with_alpha(0.0);
    assert!(ContextTree::with_params(params).is_err());
}

#[test]
fn symbols_cost_the_same_one_by_one_and_together() {
    let source = Markov::random(Alphabet::dna(), 2, 1.7, 3).unwrap();
    let symbols = source.document(2, 0, 5_003);
    let mut together = Vec::new();
    ContextTree::new(4, 10)
        .unwrap()
        .push_all(&symbols, &mut |bits| together.push(bits));
    let mut tree = ContextTree::new(4, 10).unwrap();
    let one_by_one: Vec<f64> = symbols.iter().map(|&x| tree.push(x)).collect();
    assert_eq!(together, one_by_one);
}
